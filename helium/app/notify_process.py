"""Has people told beside a pass, by a process of its own: what a channel does never stops a pass.

The process is `helium notify --send`. It reads the ledger as everybody does, ends by itself within a minute or so, and
is killed if it does not. Two of them at once, here or on two machines, tell nothing twice. Once all work is done,
whoever runs a pass waits for what its end has to tell, and no longer than `AT_END`.
"""

from __future__ import annotations

import json
import logging
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from time import monotonic
from typing import IO

from helium.app.open_fleet import OpenFleet
from helium.app.run import clock
from helium.core.live import LiveStack
from helium.core.plan import Change, Outcome
from helium.ports.progress import Progress
from helium.settings import Settings

LOG = logging.getLogger(__name__)
LONGEST = 90.0
"""Seconds after which the process is killed: its turn takes a minute at most."""
AFTER_NEWS = 12.0
"""Seconds after something has ended, by when the ledger has it."""
WHILE_AT_WORK = 120.0
AT_END = 90.0
"""Seconds for which a pass that is over waits for what is told: most need two, and ten if a receiver hangs."""
_LATER = "What tells them ends by itself, and the next pass goes on from there."
_LONGEST_NOTE = 500
_HELIUM = (sys.executable, "-P", "-m", "helium")


@dataclass(slots=True)
class NotifyProcess:
    """Starts the process for one fleet, one at a time."""

    folder: Path
    settings: Settings
    command: tuple[str, ...] = ()
    troubles: dict[str, None] = field(default_factory=dict, init=False)
    """What any of them could not do, in the order in which it was heard first."""
    next_at: datetime | None = field(default=None, init=False)
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False)
    _began: float = field(default=0.0, init=False)
    _files: tuple[IO[bytes], ...] = field(default=(), init=False)

    def start(self) -> None:
        """Start one, unless one is at work."""
        if not self.idle:
            return
        self._began = monotonic()
        # Files, since a pipe that nobody reads holds up who writes.
        self._files = out, err = tempfile.TemporaryFile(), tempfile.TemporaryFile()  # noqa: SIM115 - read at the end
        self._process = subprocess.Popen(
            self.command or (*_HELIUM, "notify", "-C", str(self.folder), "--send", "--json"),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            env=dict(self.settings.environ),
            # A Ctrl-C is for the pass; this ends by itself.
            start_new_session=True,
        )

    @property
    def idle(self) -> bool:
        """Whether none is at work. One that takes too long is killed."""
        process = self._process
        if process is None:
            return True
        if process.poll() is None:
            if monotonic() - self._began < LONGEST:
                return False
            process.kill()
        self._heed(process)
        return True

    def wait(self, seconds: float = LONGEST) -> bool:
        """Until the one at work has ended, within its bounds. `False`: it was at work still after so many seconds."""
        process = self._process
        if process is None:
            return True
        left = max(LONGEST - (monotonic() - self._began), 0.0)
        try:
            process.wait(min(left, seconds))
        except subprocess.TimeoutExpired:
            if seconds < left:
                return False
        process.kill()
        self._heed(process)
        return True

    def _heed(self, process: subprocess.Popen[bytes]) -> None:
        self._process = None
        code = process.wait()
        said, err = (_text(each) for each in self._files)
        if code:
            words = " ".join(err.split())[-_LONGEST_NOTE:]
            self.troubles[f"people were not told what becomes of workspaces: {words or 'it took too long'}"] = None
            return
        with suppress(ValueError, TypeError, KeyError, AttributeError):
            answer = json.loads(said)
            at = answer.get("next_at")
            self.next_at = datetime.fromisoformat(at) if at else None
            self.troubles |= dict.fromkeys(answer.get("troubles", ()))


def _text(file: IO[bytes]) -> str:
    with file:
        file.seek(0)
        return file.read().decode(errors="replace")


class TellingProgress:
    """The port `Progress`: hands everything on, and has people told while a pass goes on.

    `after`: seconds from an end to a turn; `every`: seconds to the next turn where nothing ends, since deadlines come.
    """

    def __init__(
        self, progress: Progress, notifier: NotifyProcess, *, after: float = AFTER_NEWS, every: float = WHILE_AT_WORK
    ) -> None:
        self._progress, self._beside, self._after, self._every = progress, notifier, after, every
        self._news, self._over = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._go_on, name="tell", daemon=True)
        self._thread.start()

    def planned(self, changes: Sequence[Change]) -> None:
        """Handed on."""
        self._progress.planned(changes)

    def started(self, change: Change) -> None:
        """Handed on."""
        self._progress.started(change)

    def doing(self, stack: LiveStack) -> None:
        """Handed on."""
        self._progress.doing(stack)

    def finished(self, change: Change, outcome: Outcome) -> None:
        """Somebody waits to hear it."""
        self._progress.finished(change, outcome)
        self._news.set()

    def note(self, sentence: str) -> None:
        """Handed on."""
        self._progress.note(sentence)

    def end(self) -> None:
        """No more is started from here."""
        self._over.set()
        self._news.set()
        self._thread.join()

    def _go_on(self) -> None:
        while True:
            if self._news.wait(self._every):
                self._over.wait(self._after)
                self._news.clear()
            if self._over.is_set():
                return
            with suppress(OSError):
                self._beside.start()


@contextmanager
def telling_people(fleet: OpenFleet, progress: Progress, *, dry: bool = False) -> Iterator[Progress]:
    """Progress for one pass of which people are told, while it goes on and at its end. `dry`: it only shows."""
    if dry or fleet.fleet.notify is None:
        yield progress
        return
    notifier = _process_of(fleet)
    _begun(notifier, progress.note)
    heard = TellingProgress(progress, notifier)
    whole = False
    try:
        yield heard
        whole = True
    finally:
        heard.end()
        if whole:
            tell_at_end(notifier, progress.note)
        else:
            # Whoever stopped the pass does not wait for this.
            _begun(notifier, progress.note)


def tell_now(fleet: OpenFleet, note: Callable[[str], None]) -> None:
    """Tell people what is due, and wait for it, within bounds."""
    if fleet.fleet.notify is not None:
        tell_at_end(_process_of(fleet), note)


def tell_at_end(notifier: NotifyProcess, note: Callable[[str], None]) -> None:
    """Let the one at work end, since it may have looked too early, and run another.

    The work is done by then. So Ctrl-C ends the wait alone, and the exit code still says how the work ended.
    """
    until = monotonic() + AT_END
    try:
        done = notifier.wait(AT_END)
        _begun(notifier, note)
        if not (done and notifier.wait(max(until - monotonic(), 0.0))):
            note(f"Not everybody is told within {AT_END:.0f} seconds. {_LATER}")
    except KeyboardInterrupt:
        note(f"Not everybody is told yet. {_LATER}")
    for sentence in notifier.troubles:
        note(sentence)


def _begun(notifier: NotifyProcess, note: Callable[[str], None]) -> None:
    try:
        notifier.start()
    except OSError as error:
        note(f"People are not told what becomes of workspaces: {error}")


def _process_of(fleet: OpenFleet) -> NotifyProcess:
    return NotifyProcess(fleet.folder, fleet.settings)


@dataclass(slots=True)
class StandingNotifier:
    """For a process that stays: a turn whenever main or the ledger has moved, or something is due by the clock."""

    every: float = 30.0
    """Seconds between two turns, at least."""
    begin: Callable[[OpenFleet], NotifyProcess] = _process_of
    _beside: NotifyProcess | None = None
    _seen: str = ""
    _next: float = 0.0

    @property
    def idle(self) -> bool:
        """Whether none is at work."""
        return self._beside is None or self._beside.idle

    def go(self, fleet: OpenFleet, *, seen: str) -> None:
        """`seen`: what main and the ledger are at. It never waits, and raises nothing."""
        if fleet.fleet.notify is None:
            return
        if self._beside is None:
            self._beside = self.begin(fleet)
        if not self._beside.idle or monotonic() < self._next:
            return
        for sentence in self._beside.troubles:
            LOG.warning("%s", sentence)
        self._beside.troubles.clear()
        at = self._beside.next_at
        if seen == self._seen and at is not None and clock() < at:
            return
        self._seen, self._next = seen, monotonic() + self.every
        with suppress(OSError):
            self._beside.start()

    @contextmanager
    def beside(self, fleet: OpenFleet, progress: Progress) -> Iterator[Progress]:
        """Progress for one pass, while which people are told. Nobody waits for the last turn: the next look has it."""
        if fleet.fleet.notify is None:
            yield progress
            return
        self._beside = self._beside or self.begin(fleet)
        heard = TellingProgress(progress, self._beside)
        try:
            yield heard
        finally:
            heard.end()
            self._seen = ""
