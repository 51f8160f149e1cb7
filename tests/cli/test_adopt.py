"""docs/how-to/adopt.md, played as it stands: its shell blocks, a real Gitea, real Pulumi, the sandbox as the cloud."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from pulumi.automation import PulumiCommand

from tests.gitea import OWNER, Gitea

pytestmark = pytest.mark.slow
DOCUMENT = Path(__file__).parents[2] / "docs/how-to/adopt.md"
BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PIN = "example/helium@0123456789abcdef0123456789abcdef01234567"


def test_an_empty_project_becomes_a_fleet_with_a_workspace(
    gitea: Gitea, tmp_path: Path, pulumi_command: PulumiCommand
) -> None:
    """Whoever types what the document says, and nothing else, ends with `ready` and a comment that says so."""
    (tmp_path / "git").write_text("[user]\n\tname = Ops\n\temail = ops@example.com\n")
    (tmp_path / "state").mkdir()
    env = {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "HOME": str(tmp_path),
        "GIT_CONFIG_GLOBAL": str(tmp_path / "git"),
        "GIT_CONFIG_NOSYSTEM": "1",
        "HELIUM_PULUMI": pulumi_command.command,
        "GITEA": gitea.address,
        "OWNER": OWNER,
        "ADMIN_TOKEN": gitea.token,
        "CLONE_FROM": gitea.with_token(gitea.address),
        "HELIUM_PIN": PIN,
        "STATE": f"file://{tmp_path / 'state'}",
    }
    script = "\n".join(["set -euo pipefail", *BLOCK.findall(DOCUMENT.read_text())])
    done = subprocess.run(
        ["bash", "-c", script], cwd=tmp_path, env=env, capture_output=True, text=True, check=False, timeout=300
    )
    told = f"{done.stdout}\n{done.stderr}"

    assert done.returncode == 0, told
    assert "1 to create" in done.stdout, told
    assert re.search(r"^status +ready", done.stdout, re.MULTILINE), told
    (comment,) = gitea.call("GET", f"/repos/{OWNER}/demo-fleet/issues/1/comments")
    assert "helium-robot" == comment["user"]["login"]
    assert "first | ready" in comment["body"].partition("**Merged.**")[2], comment["body"]
