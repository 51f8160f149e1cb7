"""A repository in which a power cut left an object short: what lives long says so when it begins, and does not hang."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.serving.processes import ServedFleet, site


def torn(served_fleet: ServedFleet, path: str) -> Path:
    """The loose object of a file at main's head, cut short."""
    command = ["git", "-C", str(served_fleet.fleet), "rev-parse", f"main:{path}"]
    blob = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    file = served_fleet.fleet / ".git/objects" / blob[:2] / blob[2:]
    file.chmod(0o644)
    file.write_bytes(file.read_bytes()[:20])
    return file


@pytest.mark.parametrize(("command", "remote"), [("serve", False), ("controlplane", False), ("controlplane", True)])
def test_a_torn_object_is_named_at_the_start(tmp_path: Path, command: str, remote: bool) -> None:
    """With git's own sentence and the exit code of git's errors; libgit2 would never come back."""
    served_fleet = site(tmp_path)
    if not remote:
        subprocess.run(["git", "-C", str(served_fleet.fleet), "remote", "remove", "origin"], check=True)
    torn(served_fleet, "helium.yaml")
    started = [sys.executable, "-m", "helium", command]
    ended = subprocess.run(
        started, cwd=served_fleet.fleet, env=served_fleet.env, capture_output=True, timeout=600, text=True, check=False
    )

    assert (6, True) == (ended.returncode, "A git object is damaged" in ended.stderr), ended.stderr
