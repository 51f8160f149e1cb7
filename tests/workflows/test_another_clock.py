"""A machine elsewhere starts the pass that a host's schedule does not, by the very command that the page gives."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.adapters.git_repos import git
from tests.gitea import OWNER, Gitea, running
from tests.serving.processes import until

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs/how-to/run-in-ci.md"
TEMPLATES = ROOT / "helium/cli/templates/workflows"


def fleet_on(host: Gitea, folder: Path) -> None:
    """A repository whose main has the workflows of a fleet."""
    url = host.repository("fleet")
    git(folder.parent, "clone", "--quiet", host.with_token(url), str(folder))
    for name in ("expire.yml", "reconcile.yml"):
        file = folder / ".github/workflows" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text((TEMPLATES / name).read_text())
    git(folder, "checkout", "--quiet", "-b", "main")
    git(folder, "add", "--all")
    git(folder, "-c", "user.name=Ada", "-c", "user.email=ada@example.com", "commit", "--quiet", "--message", "A fleet")
    git(folder, "push", "--quiet", "origin", "main")


def called(host: Gitea, token: str) -> int:
    """The exit code of the page's command for Gitea, with this token."""
    (command,) = re.findall(r"^curl[^#]*?https://git.example.com\S*$", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    command = command.replace("https://git.example.com", host.address).replace("OWNER/FLEET", f"{OWNER}/fleet")
    # It is a line for a shell, as people paste it.
    return subprocess.run(["sh", "-c", command], env={**os.environ, "TOKEN": token}, check=False).returncode


@pytest.mark.slow
def test_another_clock_starts_the_pass(tmp_path: Path) -> None:
    """With a token that may, and with no other. Gitea then has a run of that workflow, on main."""
    (tmp_path / "gitea").mkdir()
    with running(tmp_path / "gitea", actions=True) as host:
        fleet_on(host, tmp_path / "fleet")
        strong, weak = (host.account("clock", scopes=(scope,)) for scope in ("write:repository", "read:repository"))
        host.call("PUT", f"/repos/{OWNER}/fleet/collaborators/clock", {"permission": "write"})
        # Gitea takes in what was pushed a moment later, and dispatches nothing in a repository that is empty to it.
        until(lambda: not host.call("GET", f"/repos/{OWNER}/fleet")["empty"])
        answers = [called(host, each.token) for each in (weak, strong)]
        runs = host.call("GET", f"/repos/{OWNER}/fleet/actions/runs")["workflow_runs"]

    assert [22, 0] == answers
    assert [("expire.yml@refs/heads/main", "workflow_dispatch")] == [(each["path"], each["event"]) for each in runs]
