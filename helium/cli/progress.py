"""What a person sees while a pass works on stacks: a live table on a terminal, dated lines everywhere else.

Both are the port `Progress`, and several threads may call them. At any moment they can say how far the pass is, for one
that is interrupted.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from threading import RLock
from time import monotonic
from types import TracebackType

from rich.live import Live
from rich.text import Text

from helium.cli import tables
from helium.cli.colours import redraws
from helium.cli.folding import clean
from helium.cli.redrawn import Row, fitting, spinner
from helium.core.health import NOT_YET
from helium.core.live import DOING, LiveStack
from helium.core.plan import Change, Outcome

_DONE = {"create": "ready", "update": "ready", "destroy": "gone"}


def _word(change: Change, outcome: Outcome) -> str:
    """How it ended. What was made, and is not well yet, is not called ready."""
    if not outcome.ok:
        return "failed"
    return "done" if outcome.sentence.startswith(NOT_YET) else _DONE[change.kind]


def _why(outcome: Outcome) -> str:
    return "" if outcome.ok and not outcome.sentence.startswith(NOT_YET) else outcome.sentence


@dataclass(slots=True)
class ProgressLine:
    """One change under way: when it began, and how it ended."""

    change: Change
    began: float | None = None
    outcome: Outcome | None = None
    stack: LiveStack | None = None

    @property
    def status(self) -> str:
        """One word."""
        if self.outcome is not None:
            return _word(self.change, self.outcome)
        return "waiting" if self.began is None else DOING[self.change.kind]

    @property
    def seconds(self) -> str:
        """How long it takes, or took."""
        if self.outcome is not None:
            return f"{self.outcome.seconds:.1f} s"
        return "" if self.began is None else f"{monotonic() - self.began:.0f} s"

    @property
    def detail(self) -> str:
        """What went wrong, or what it is at and how long that usually takes."""
        if self.outcome is not None:
            return _why(self.outcome)
        if self.began is None or self.stack is None:
            return ""
        return ", ".join(filter(None, [self.stack.usually(monotonic() - self.began), self.stack.progress]))


class ProgressDisplay:
    """What both kinds of progress share: the lines, and how far the pass is."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._lock = RLock()
        self._lines: dict[tuple[str, str], ProgressLine] = {}

    def __enter__(self) -> ProgressDisplay:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end()

    def planned(self, changes: Sequence[Change]) -> None:
        """The work that is about to start."""
        with self._lock:
            self._lines |= {(change.name, change.kind): ProgressLine(change) for change in changes}

    def started(self, change: Change) -> None:
        """The engine starts on this one."""
        with self._lock:
            self._line(change).began = monotonic()

    def finished(self, change: Change, outcome: Outcome) -> None:
        """What became of it."""
        with self._lock:
            self._line(change).outcome = outcome

    def doing(self, stack: LiveStack) -> None:
        """What it is at."""
        with self._lock:
            line = self._lines.get((stack.name, stack.kind))
            if line is not None:
                line.stack = stack

    def note(self, sentence: str) -> None:
        """Something worth a line."""
        tables.say(f"{self._clock():%H:%M:%S} {sentence}")

    def end(self) -> None:
        """Nothing more is coming."""

    def _line(self, change: Change) -> ProgressLine:
        return self._lines.setdefault((change.name, change.kind), ProgressLine(change))

    def summary_line(self) -> str:
        """How far the pass is, in one line for a person who interrupted it."""
        with self._lock:
            done = [line for line in self._lines.values() if line.outcome is not None and line.outcome.ok]
            rest = sorted(line.change.name for line in self._lines.values() if line not in done)
        if not self._lines:
            return "nothing had been started; no stack was touched"
        left = f"not done: {', '.join(rest)}; the next pass continues with them" if rest else "all was done"
        return f"{len(done)} of {len(self._lines)} changes were done; {left}"


class PlainProgress(ProgressDisplay):
    """A dated line for each thing that happens, on standard error."""

    def started(self, change: Change) -> None:
        """One line."""
        super().started(change)
        self.note(f"{DOING[change.kind]} {change.name}")

    def finished(self, change: Change, outcome: Outcome) -> None:
        """One line, with the sentence of a failure."""
        super().finished(change, outcome)
        why = f": {said}" if (said := _why(outcome)) else ""
        self.note(f"{_word(change, outcome)} {change.name} ({outcome.seconds:.1f} s){why}")


class GroupedProgress(PlainProgress):
    """As `PlainProgress`, for the log of a CI that folds: what happened to one name is one group, when it has ended.

    Several names are at work at once, and groups cannot overlap: so the lines of one name wait for its end.
    """

    def __init__(self, clock: Callable[[], datetime]) -> None:
        super().__init__(clock)
        self._kept: dict[str, list[str]] = {}

    def doing(self, stack: LiveStack) -> None:
        """A line in its group."""
        super().doing(stack)
        with self._lock:
            lines = self._kept.setdefault(stack.name, [])
            said = " ".join(stack.sentence(self._clock()).split())
            lines.append(f"{self._clock():%H:%M:%S} {said}")

    def finished(self, change: Change, outcome: Outcome) -> None:
        """Its group, and below it how it ended, which nobody has to unfold."""
        with self._lock:
            lines = self._kept.pop(change.name, [])
            tables.say("\n".join([f"::group::{change.name}: {change.kind}", *lines, "::endgroup::"]))
            super().finished(change, outcome)


class LiveProgress(ProgressDisplay):
    """A table that is redrawn eight times a second."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        super().__init__(clock)
        self._console = tables.console(err=True)
        self._live: Live | None = None
        self._is_last = False

    def planned(self, changes: Sequence[Change]) -> None:
        """Begin to draw."""
        super().planned(changes)
        if self._live is None:
            self._is_last = False
            self._live = Live(get_renderable=self._drawn, console=self._console, refresh_per_second=8)
            self._live.start()

    def note(self, sentence: str) -> None:
        """Above the table, if it is there."""
        if self._live is None:
            super().note(sentence)
        else:
            self._console.print(clean(f"{self._clock():%H:%M:%S} {sentence}"))

    def end(self) -> None:
        """Leave the last drawing on the screen: all of it, since the terminal scrolls from now on."""
        if self._live is not None:
            self._is_last = True
            self._live.stop()
            self._live = None

    def _drawn(self) -> Text:
        size, wheel = self._console.size, spinner(self._console.encoding)
        with self._lock:
            rows = [_row(line, wheel) for line in self._lines.values()]

        def drawn(rows: Sequence[Row]) -> Sequence[str]:
            return tables.table(_HEADS, [row.cells for row in rows], styled=1, width=size.width, drops=_DROPS)

        return fitting(rows, drawn, height=None if self._is_last else size.height)


_HEADS, _DROPS = ("WORKSPACE", "STATUS", "CHANGE", "TIME", ""), ("CHANGE", "TIME")


def _row(line: ProgressLine, wheel: str) -> Row:
    busy = line.began is not None and line.outcome is None
    status = f"{wheel} {line.status}" if busy else line.status
    cells = (line.change.name, status, line.change.kind, line.seconds, line.detail)
    return Row(cells, line.status, 0 if busy else 1 if line.status == "failed" else 2 if line.outcome is None else 3)


def progress(clock: Callable[[], datetime]) -> ProgressDisplay:
    """The kind that this process's standard error can show."""
    if redraws(sys.stderr):
        return LiveProgress(clock)
    # Gitea's runner sets it as well, and folds by the same words.
    grouped = os.environ.get("GITHUB_ACTIONS") == "true"
    return GroupedProgress(clock) if grouped else PlainProgress(clock)
