from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from helium.core.record import Phase
from helium.errors import StackBusyError
from helium.reconcile.stack_locks import superseded
from tests.builders import NOW, record

TIMEOUT = timedelta(minutes=20)
LONG_AGO = NOW - timedelta(minutes=26)
AT_WORK = record(phase=Phase.UPDATING, host="host-1")


@pytest.mark.parametrize("phase", [Phase.CREATING, Phase.UPDATING, Phase.DELETING])
def test_the_lock_of_a_run_that_was_at_work_is_left_over(phase: Phase) -> None:
    """On the record's host, and older than any operation can be."""
    busy = StackBusyError("a", "locked", host="host-1", since=LONG_AGO)

    assert superseded(busy, record(phase=phase, host="host-1"), timeout=TIMEOUT, now=NOW)


@pytest.mark.parametrize(
    ("known", "lock"),
    [
        (None, {}),
        (record(phase=Phase.READY, host="host-1"), {}),
        (AT_WORK, {"since": None}),
        (AT_WORK, {"host": "host-2"}),
        (AT_WORK, {"since": NOW - timedelta(minutes=25)}),
        (record(phase=Phase.UPDATING, host=""), {"host": ""}),
    ],
    ids=["no record", "at rest", "of unknown age", "of another host", "within its time", "of no host"],
)
def test_any_other_lock_is_somebodys(known: Any, lock: dict[str, Any]) -> None:
    """Nothing is guessed: each missing or different fact leaves the lock where it is."""
    busy = StackBusyError("a", "locked", **{"host": "host-1", "since": LONG_AGO, **lock})

    assert not superseded(busy, known, timeout=TIMEOUT, now=NOW)
