"""The threads of a pass."""

from __future__ import annotations

import threading

import pytest

from helium.reconcile.workers import ThreadWorkers


def test_what_is_called_again_and_again_ends_with_its_block() -> None:
    """Beside everything else, also while the pass itself waits for something."""
    called = threading.Event()
    times: list[float] = []

    def call() -> None:
        times.append(1)
        called.set()

    with ThreadWorkers().every(0.001, call):
        assert called.wait(20)
    after = len(times)

    assert not [thread for thread in threading.enumerate() if thread.name == "timer"]
    assert len(times) == after


def test_what_a_call_raised_is_raised_in_the_thread_of_the_pass() -> None:
    """Nobody else would read it."""
    workers, before = ThreadWorkers(), ThreadWorkers().now()

    def fail() -> None:
        raise ZeroDivisionError

    workers.start(fail)
    with pytest.raises(ZeroDivisionError):
        workers.wait(20)
    workers.wait(0)
    assert workers.now() >= before


def test_a_call_may_wait_by_itself() -> None:
    """In its own thread, for as long as it says."""
    workers = ThreadWorkers()
    begun = workers.now()
    workers.pause(0.01)

    assert workers.now() - begun >= 0.01
