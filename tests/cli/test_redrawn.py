"""What is drawn again and again fits the terminal, and what goes on now is never what is left out."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from rich.console import Console

from helium.cli import progress, redrawn, tables
from helium.cli.folding import cells
from helium.cli.redrawn import Row, fitting
from helium.core.live import Doing, LiveStack
from helium.core.plan import Code, Create, Outcome
from tests.core.test_plan import workspace

NOW = datetime(2026, 11, 28, tzinfo=UTC)
LONG = "a-workspace-with-a-rather-long-name-"
QUOTA = "the quota of the project is exceeded: CPUS in us-east1"


def drawn(width: int, height: int, *, name: str, count: int = 24) -> list[str]:
    """Eight have ended, one of them badly; four are at work; the others wait."""
    shown = progress.LiveProgress(lambda: NOW)
    shown._console = Console(file=io.StringIO(), width=width, height=height, force_terminal=True)
    changes = [
        Create(name=f"{name}{at:02}", code=Code.NEW_FILE, reason="new", workspace=workspace("c")) for at in range(count)
    ]
    shown._lines = {(each.name, each.kind): progress.ProgressLine(each) for each in changes}
    for change in changes[:12]:
        shown.started(change)
        shown.doing(LiveStack(change.name, "create", NOW, Doing("helm.sh/v3:Release", "pachyderm", 3), 14, 70.0))
    for at, change in enumerate(changes[:8]):
        shown.finished(change, Outcome(change.name, "create", "created", at != 1, QUOTA, 1.2))
    return shown._drawn().plain.split("\n")


SIZES = ((40, 16, "w-"), (40, 30, LONG), (60, 24, LONG), (80, 14, "w-"), (80, 24, LONG), (200, 50, LONG))


@pytest.mark.parametrize(("width", "height", "name"), SIZES)
def test_a_pass_on_a_terminal_of_any_size(width: int, height: int, *, name: str) -> None:
    """Names are whole, what is at work and how far it is are there, and nothing scrolls away."""
    lines = drawn(width, height, name=name)

    assert len(lines) < height
    whole = [line for line in lines if cells(line) > width]
    assert [] == [line for line in whole if not line.startswith((name, "WORKSPACE"))]
    assert [f"{name}{at:02}" for at in range(8, 12)] == [
        line.split()[0] for line in lines if "creating" in line and not line.startswith("and ")
    ]
    assert 4 == sum("usually 1m10s" in line for line in lines)


def test_what_is_left_out_is_counted() -> None:
    """What failed stays longer than what waits, and what is done goes first."""
    lines = drawn(80, 14, name="w-")

    assert lines[-1] in ("and 11 waiting, 7 ready", "and 12 waiting, 7 ready")
    assert any(line.startswith("w-01") and "failed" in line for line in lines)


def test_the_last_drawing_is_all_of_it() -> None:
    """The terminal scrolls from then on, so every change can be read."""
    rows = [Row((f"w-{at}",), "ready") for at in range(300)]

    def draw(shown: Sequence[Row]) -> Sequence[str]:
        return [row.cells[0] for row in shown]

    assert 300 == len(fitting(rows, draw, height=None).plain.split("\n"))
    assert ["w-0", "w-1", "and 298 ready"] == fitting(rows, draw, height=4).plain.split("\n")
    assert "w-0" in fitting(rows, draw, height=1).plain


def test_a_terminal_without_unicode_gets_another_wheel() -> None:
    """A letter that it cannot show would be drawn as a number."""
    assert redrawn.spinner("iso8859-1").isascii()
    assert not redrawn.spinner("utf-8").isascii()


@pytest.mark.parametrize("width", [40, 60, 80])
def test_what_is_watched_keeps_its_sentence(width: int) -> None:
    """Beside its name, or below it; in one line, which is cut by columns."""
    sentence = "creating for 40s (usually 1m10s), 12 of 14 resources, now Release \u6771\u4eac"
    lines = tables.one_line(LONG, sentence, style="", room=len(LONG), width=width)

    assert LONG == lines[0].split()[0]
    assert "creating for 40s" in lines[-1]
    assert [] == [line for line in lines if cells(line) > width]
