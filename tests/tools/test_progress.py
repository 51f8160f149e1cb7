"""Long commands, told about."""

from __future__ import annotations

import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios
from pathlib import Path

import pytest

from tests.cli.terminals import read_terminal
from tools.progress import SetupError, fitting, hint, run, spell


@pytest.mark.parametrize(("seconds", "spelt"), [(0.4, "0s"), (59.4, "59s"), (59.6, "1m00s"), (125, "2m05s")])
def test_lengths_read_as_people_write_them(seconds: float, spelt: str) -> None:
    """Minutes and seconds, rounded, seconds always in two digits after minutes."""

    assert spelt == spell(seconds)


def test_the_end_says_how_long_it_took(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A command that ends well has a line at its start, with an estimate, and one at its end."""
    run(["true"], "making tea", log=tmp_path / "log", about=90)

    assert ["making tea, about 1m30s, once per machine …", "making tea: done in 0s"] == (
        capsys.readouterr().err.splitlines()
    )


def test_a_failure_shows_the_last_words(tmp_path: Path) -> None:
    """What the command said last is in the error, so that nobody has to look for a log first."""
    log = tmp_path / "log"

    with pytest.raises(SetupError) as raised:
        run(["sh", "-c", "seq 100; exit 3"], "counting", log=log)

    lines = str(raised.value).splitlines()
    assert ("counting: failed after 0s (exit 3)", "    76", "    100") == (lines[0], lines[1], lines[-2])


def test_an_estimate_that_has_passed_says_so() -> None:
    """Rather than that it takes about three minutes, at four and a half."""
    assert ["", ", about 3m00s, once per machine", ", longer than usual"] == [
        hint(about, passed) for about, passed in ((0, 9), (180, 170), (180, 270))
    ]


def test_a_line_that_is_redrawn_takes_one_line() -> None:
    """Or each redrawing would leave the one before behind; the time stays."""
    sentence = "installing the locked Python packages into .venv, about 1m30s, once per machine … 12s"
    short = fitting(sentence, 80)

    assert (79, True, sentence) == (len(short), short.endswith("… 12s"), fitting(sentence, 120))


WHAT = "installing the locked Python packages into .venv"


@pytest.mark.parametrize(("term", "redrawn"), [("xterm", True), ("dumb", False)])
def test_a_terminal_gets_what_it_can_show(tmp_path: Path, *, term: str, redrawn: bool) -> None:
    """As wide as it is, though standard output goes to a file; and whole lines where it cannot go back in one."""
    program = (
        "import sys; from pathlib import Path; from tools.progress import run; "
        f"run(['sleep', '1.2'], {WHAT!r}, log=Path(sys.argv[1]), about=90)"
    )
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 50, 0, 0))
    environ = {name: value for name, value in os.environ.items() if name != "COLUMNS"} | {"TERM": term}
    with (tmp_path / "out").open("wb") as out:
        command = [sys.executable, "-c", program, str(tmp_path / "log")]
        child = subprocess.Popen(command, env=environ, stdout=out, stderr=theirs, cwd=Path(__file__).parents[2])
        os.close(theirs)
        said = read_terminal(ours)
    *drawn, last = said.rstrip().split("\r\x1b[K") if redrawn else said.splitlines()

    assert 0 == child.wait(10)
    assert f"{WHAT}: done in 1s" == last
    assert redrawn == ("\x1b" in said)
    assert not redrawn or [each for each in drawn if len(each) >= 50] == []
