"""A command in a clone that a power cut has damaged says so, and does not hang."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.adapters.git_repos import ENVIRON, git, land, new_repo


@pytest.mark.parametrize("command", [("list",), ("history", "a"), ("new", "b", "--expiry", "+1d")])
def test_every_command_names_a_torn_object(tmp_path: Path, command: tuple[str, ...]) -> None:
    """With git's sentence and the exit code of git's errors."""
    own = new_repo(tmp_path / "own")
    land(own, {"helium.yaml": b"fleet: acme\nsandbox: [gcp, kubernetes]\n", "workspaces/a.yaml": b"{}\n"})
    id = git(own, "rev-parse", "main:helium.yaml").strip()
    file = own / ".git/objects" / id[:2] / id[2:]
    file.chmod(0o644)
    file.write_bytes(file.read_bytes()[:20])
    arguments = [sys.executable, "-m", "helium", *command]
    ended = subprocess.run(arguments, cwd=own, env=ENVIRON, capture_output=True, text=True, timeout=600, check=False)

    assert (6, True) == (ended.returncode, "A git object is damaged" in ended.stderr), ended.stderr
