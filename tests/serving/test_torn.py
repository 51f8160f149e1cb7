"""A repository in which a power cut left an object short: what lives long says so when it begins, and does not hang."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.serving.processes import ServedFleet, site


def torn(made: ServedFleet, path: str) -> Path:
    """The loose object of a file at main's head, cut short."""
    told = ["git", "-C", str(made.fleet), "rev-parse", f"main:{path}"]
    blob = subprocess.run(told, capture_output=True, text=True, check=True).stdout.strip()
    file = made.fleet / ".git/objects" / blob[:2] / blob[2:]
    file.chmod(0o644)
    file.write_bytes(file.read_bytes()[:20])
    return file


@pytest.mark.parametrize(("command", "remote"), [("serve", False), ("controlplane", False), ("controlplane", True)])
def test_a_torn_object_is_named_at_the_start(tmp_path: Path, command: str, remote: bool) -> None:
    """With git's own sentence and the exit code of git's errors; libgit2 would never come back."""
    made = site(tmp_path)
    if not remote:
        subprocess.run(["git", "-C", str(made.fleet), "remote", "remove", "origin"], check=True)
    torn(made, "helium.yaml")
    started = [sys.executable, "-m", "helium", command]
    ended = subprocess.run(
        started, cwd=made.fleet, env=made.env, capture_output=True, timeout=60, text=True, check=False
    )

    assert (6, True) == (ended.returncode, "A git object is damaged" in ended.stderr), ended.stderr
