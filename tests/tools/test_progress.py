"""Long commands, told about."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.progress import SetupError, run, spell


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
