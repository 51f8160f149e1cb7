"""Which change starts next: slots, what is slow, retries, and who has waited long."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from helium.core.plan import Code, Destroy
from helium.reconcile.work_queue import AtWork, WorkQueue, fitting
from helium.reconcile.workers import ThreadWorkers
from tests.builders import ADDED_AT, stack_id

SLOTS = 4


def change(name: str, *, code: Code = Code.FILE_REMOVED) -> Destroy:
    """A change of this name."""
    return Destroy(name=name, code=code, reason="because", stack=stack_id(name), added_at=ADDED_AT)


def at_work(number: int, *, since: float = 0.0, code: Code = Code.FILE_REMOVED) -> list[AtWork]:
    """So many, that usually take a minute."""
    return [AtWork(change(f"at-{each}", code=code), since) for each in range(number)]


def chosen(names: str, busy: Sequence[AtWork], *, now: float = 10.0, since: dict[str, float] | None = None) -> str:
    """Which of these names start, in their order."""
    work = [change(name, code=Code.RETRY if name.isupper() else Code.FILE_REMOVED) for name in names]
    return "".join(each.name for each in fitting(work, busy, slots=SLOTS, now=now, since=since or {}))


def test_as_many_start_as_there_are_slots() -> None:
    """In the order of the plan; what is at work has a slot."""
    assert chosen("abcdef", []) == "abcd"
    assert chosen("abcdef", at_work(3)) == "a"
    assert chosen("abcdef", at_work(4)) == ""


def test_what_is_slow_leaves_its_slot_and_no_more_than_twice_as_many_run() -> None:
    """Twice its usual time; a fleet in which everything hangs must not start a process for each name."""
    assert chosen("abcdef", at_work(4), now=119) == ""
    assert chosen("abcdef", at_work(4), now=121) == "abcd"
    assert chosen("abcdef", at_work(7), now=121) == "a"
    assert chosen("abcdef", at_work(8), now=121) == ""


def test_retries_leave_one_slot() -> None:
    """However slow they are: what fails every time would have all of them one day."""
    assert chosen("ABCDe", []) == "ABCe"
    assert chosen("AB", at_work(3, code=Code.RETRY)) == ""
    assert chosen("AB", at_work(3, code=Code.RETRY), now=121) == ""
    assert [each.name for each in fitting([change("A", code=Code.RETRY)], [], slots=1, now=0, since={})] == ["A"]


def test_what_has_waited_ten_minutes_goes_first() -> None:
    """Nobody starves in a fleet that never rests."""
    waits = {"e": 0.0, "d": 500.0}
    assert chosen("abcde", at_work(2, since=690), now=700, since=waits) == "ea"
    assert replace(at_work(1)[0], usual=400.0).slow(700) is False


class _NoThreads(ThreadWorkers):
    """A machine that has no thread left."""

    def start(self, call: Callable[[], None]) -> None:
        """Never."""
        raise RuntimeError("can't start new thread")


def test_what_cannot_begin_is_not_waited_for() -> None:
    """The pass ends with what went wrong, instead of waiting for ever with the lease in its hands."""
    queue = WorkQueue(_NoThreads(), slots=1)
    queue.add(change("a"), lambda: pytest.fail("it never began"))
    with pytest.raises(RuntimeError, match="new thread"):
        queue.start()
    queue.give_up()
    assert queue.idle
