from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from helium.errors import ExitCode
from tests.cli.conftest import CommandLineFleet


def demo(folder: Path, **env: str) -> subprocess.CompletedProcess[str]:
    """The tour, as a person starts it in a folder."""
    command = [sys.executable, "-m", "helium", "demo"]
    environ = {**os.environ, **env}
    return subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, check=False)


@pytest.mark.slow
def test_the_tour_shows_a_whole_life_and_its_next_commands_work(tmp_path: Path) -> None:
    """For somebody whom git does not know: three up, an update, a destroy, an expiry, a pass with nothing to do."""
    done = demo(tmp_path, GIT_CONFIG_GLOBAL="/dev/null")
    shown = done.stdout

    assert 0 == done.returncode, done.stderr
    for pattern in (
        r"3 to create",
        r"3 created",
        # The new deadline is an update as well. On a slow machine it passes too early, and the tour extends again.
        r"update +sales-demo ",
        r"[12] to update, 1 to destroy",
        r"[12] updated, 1 destroyed",
        r"1 file removed by",
        r"nothing to do: 1 to keep",
    ):
        assert re.search(pattern, shown) is not None, pattern
    assert shown.count("pachctl config set context") == 3
    assert all("SANDBOX" in screen for screen in shown.split("\n── ")[1:])
    lines = shown.partition("Five commands to try next:\n")[2].splitlines()
    assert 5 == len(lines)
    for line in lines:
        subprocess.run(
            shlex.split(line), cwd=tmp_path, env={**os.environ, "GIT_CONFIG_GLOBAL": "/dev/null"}, check=True
        )


def test_the_tour_touches_nothing_but_its_own(fleet: CommandLineFleet, tmp_path: Path) -> None:
    """A folder that no demo made is refused and left as it was."""
    (tmp_path / ".demo").mkdir()
    (tmp_path / ".demo" / "precious").write_text("mine")
    done = demo(tmp_path, **fleet.env)

    assert ExitCode.USAGE == done.returncode
    assert "no demo created it" in done.stderr
    assert "mine" == (tmp_path / ".demo" / "precious").read_text()
