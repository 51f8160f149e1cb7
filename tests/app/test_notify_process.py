"""The process that tells people beside a pass: real ones, which end, fail, or hang."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from helium.app import notify_process
from helium.app.notify_process import NotifyProcess, StandingNotifier, TellingProgress, tell_at_end
from helium.app.open_fleet import OpenFleet, open_fleet
from helium.core.live import LiveStack
from helium.core.notify_settings import NotifySettings
from helium.core.plan import Change, Code, Keep, Outcome
from helium.settings import Settings
from tests.adapters.git_repos import land, new_repo

SAYS = 'print(\'{"sent": [], "troubles": ["hook: it answers 500"], "next_at": "2026-11-29T12:00:00Z"}\')'
NOT_TOLD = "people were not told what becomes of workspaces"
CHANGE = Keep(name="a", code=Code.IN_STEP, reason="")
OUTCOME = Outcome("a", "create", "new-file", True, "done")


class NotedProgress:
    """The port `Progress`: what it was told, in order."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    def planned(self, changes: Sequence[Change]) -> None:
        self.heard.append("planned")

    def started(self, change: Change) -> None:
        self.heard.append("started")

    def doing(self, stack: LiveStack) -> None:
        self.heard.append("doing")

    def finished(self, change: Change, outcome: Outcome) -> None:
        self.heard.append("finished")

    def note(self, sentence: str) -> None:
        self.heard.append(sentence)


def process(program: str) -> NotifyProcess:
    """One that runs this program instead of `helium`."""
    settings = Settings.from_env({"PATH": os.environ["PATH"]})
    return NotifyProcess(Path("/"), settings, (sys.executable, "-c", program))


def until(so: Callable[[], bool]) -> None:
    """Wait for it."""
    end = time.monotonic() + 60
    while not so():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_what_a_process_says_is_heard_once() -> None:
    """Its troubles, and when the next one has something to do."""
    one = process(SAYS)
    for _ in range(2):
        one.start()
        one.wait()
    assert (["hook: it answers 500"], "2026-11-29 12:00:00+00:00") == (list(one.troubles), str(one.next_at))
    one.wait()
    assert one.idle


@pytest.mark.parametrize(
    ("program", "says"),
    [
        ("import sys; sys.exit('main cannot be\\nread')", f"{NOT_TOLD}: main cannot be read"),
        ("import os; os._exit(3)", f"{NOT_TOLD}: it took too long"),
        ("print('no json')", ""),
        ("print([])", ""),
    ],
)
def test_a_process_that_fails_is_a_sentence(program: str, says: str) -> None:
    """And nothing else."""
    one = process(program)
    one.start()
    one.wait()
    assert [says] * bool(says) == list(one.troubles)


def test_one_is_at_work_at_a_time_and_one_that_hangs_is_killed(a_second: None) -> None:
    """Whoever waits for it waits no longer than it may take."""
    one = process("import time; time.sleep(600)")
    began = time.monotonic()
    one.start()
    first = one._process
    one.start()
    assert first is one._process
    one.wait()
    assert time.monotonic() - began < 30
    one.start()
    until(lambda: one.idle)
    assert [f"{NOT_TOLD}: it took too long"] == list(one.troubles)


@pytest.fixture
def a_second() -> Iterator[None]:
    """A second, instead of a minute and a half."""
    was, notify_process.LONGEST = notify_process.LONGEST, 1.0
    yield
    notify_process.LONGEST = was


class InterruptedProcess(NotifyProcess):
    """One at which somebody presses Ctrl-C."""

    def wait(self, seconds: float = 0.0) -> bool:
        raise KeyboardInterrupt


def test_ctrl_c_ends_the_wait_and_not_the_exit_code_of_what_is_done() -> None:
    """Whoever waits for a channel that hangs goes on, and reads that the next pass does the rest."""
    said: list[str] = []
    tell_at_end(InterruptedProcess(Path("/"), Settings.from_env({})), said.append)
    assert ["Not everybody is told yet"] == [each.partition(".")[0] for each in said]


def test_a_pass_that_is_over_waits_for_two_no_longer_than_for_one() -> None:
    """One that began late and one at the end; what is at work still ends by itself."""
    said: list[str] = []
    one = process("import time; time.sleep(600)")
    was, notify_process.AT_END = notify_process.AT_END, 1.0
    try:
        one.start()
        began = time.monotonic()
        tell_at_end(one, said.append)
        assert time.monotonic() - began < 30
        assert not one.idle
        assert ["Not everybody is told within 1 seconds"] == [each.partition(".")[0] for each in said]
    finally:
        notify_process.AT_END = was
        assert one._process is not None
        one._process.kill()
        one.wait()


def test_a_process_that_says_much_ends() -> None:
    """A pipe that nobody reads would hold it up."""
    one = process("print('x' * 3_000_000)")
    one.start()
    until(lambda: one.idle)


def test_an_end_has_people_told_while_a_pass_goes_on(tmp_path: Path) -> None:
    """Everything is handed on; without an end, a turn comes all the same, since deadlines do."""
    heard, one = NotedProgress(), process(f"open({str(tmp_path / 'told')!r}, 'a').write('x')")
    telling = TellingProgress(heard, one, after=0.0, every=600.0)
    telling.planned([CHANGE])
    telling.started(CHANGE)
    telling.note("a note")
    telling.finished(CHANGE, OUTCOME)
    until((tmp_path / "told").exists)
    telling.end()
    one.wait()
    assert ["planned", "started", "a note", "finished"] == heard.heard
    by_itself = TellingProgress(heard, one, after=0.0, every=0.05)
    until(lambda: len((tmp_path / "told").read_text()) > 1)
    by_itself.end()
    one.wait()


def test_a_process_that_stays_has_people_told_when_something_moves(tmp_path: Path) -> None:
    """Main or the ledger, or the clock; not each time that it looks."""
    fleet = opened(tmp_path / "fleet")
    log = tmp_path / "told"
    told = process(f"open({str(log)!r}, 'a').write('x'); {SAYS.replace('2026', '2999')}")
    notifier = StandingNotifier(every=0.0, begin=lambda _: told)
    for seen in ("a", "a", "a", "b", "b"):
        notifier.go(fleet, seen=seen)
        until(lambda: notifier.idle)
    assert "xx" == log.read_text()
    notifier.go(replace(fleet, fleet=replace(fleet.fleet, notify=None)), seen="c")
    with notifier.beside(fleet, NotedProgress()) as progress:
        progress.note("x")
    notifier.go(fleet, seen="b")
    until(lambda: notifier.idle)
    assert "xxx" == log.read_text()


def opened(folder: Path) -> OpenFleet:
    """A fleet that tells people."""
    land(new_repo(folder), {"helium.yaml": b"fleet: acme\nsandbox: [gcp, kubernetes]\n"})
    fleet = open_fleet(folder, Settings.from_env({"PATH": os.environ["PATH"]}))
    return replace(fleet, fleet=replace(fleet.fleet, notify=NotifySettings()))
