"""Another attempt: who may ask, what is written, and that a pass carries it out once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from helium.core.log_line import ORDERED
from helium.core.record import CorruptRecord, Phase, Record
from helium.core.summary import summary
from helium.edits import Requester, retry_writes
from helium.errors import EngineError, HeliumError
from helium.ports.ledger import Snapshot, Writes
from tests.builders import FLEET, NOW, fleet_record, record, spec
from tests.reconcile.harness import Stage
from tests.reconcile.harness import summary as outcomes

ADA, BOB, ROOT = (Requester("ada@example.com"), Requester("bob@example.com"), Requester("root@example.com", admin=True))
MINUTE = timedelta(minutes=1)
WAITS = record(
    phase=Phase.FAILED, error="no quota", attempts=3, updated_at=NOW - 2 * MINUTE, next_attempt_at=NOW + 4 * MINUTE
)


def asked(known: Record | CorruptRecord | None = WAITS, *, by: Requester = ADA) -> Writes | None:
    """What is written."""
    row = summary("a", spec(), record=known, addition=None, fleet=FLEET, now=NOW)
    snapshot = Snapshot("1", fleet_record(), {} if known is None else {"a": known})
    return retry_writes(row, snapshot=snapshot, requester=by, by=f"X <{by.owner}>", now=NOW)


@pytest.mark.parametrize("by", [ADA, ROOT])
def test_the_wait_ends_and_the_history_says_who(by: Requester) -> None:
    """How often it failed stays, so the next wait is as long as it would have been; a pass at work looks again."""
    writes = asked(by=by)
    assert writes is not None
    known, (line,) = writes.records["a"], writes.log

    assert replace(WAITS, next_attempt_at=None) == known
    assert (ORDERED, f"X <{by.owner}>") == (line.code, line.by)
    assert writes.fleet_record is not None
    assert 1 == writes.fleet_record.ordered - fleet_record().ordered


def test_asked_twice_it_is_asked_once() -> None:
    """There is nothing to write where the next pass tries it anyway."""
    assert None is asked(replace(WAITS, next_attempt_at=None))
    assert None is asked(replace(WAITS, next_attempt_at=NOW))


@pytest.mark.parametrize(
    ("known", "by", "sentence"),
    [
        (WAITS, BOB, "belongs to ada@example.com"),
        (record(), ADA, "has not failed: it is ready"),
        (None, ADA, "No pass has tried a yet: it is requested"),
        (CorruptRecord("a", "records/00/a.json", "no JSON"), ROOT, "cannot be read"),
        (replace(WAITS, updated_at=NOW - MINUTE / 2), ADA, "failed a moment ago, at 2026-11-24T11:59:30Z"),
    ],
)
def test_it_is_refused(known: Record | CorruptRecord | None, by: Requester, sentence: str) -> None:
    """With a sentence that says why, or when."""
    with pytest.raises(HeliumError, match=sentence):
        asked(known, by=by)


def test_a_pass_takes_it_once() -> None:
    """The next pass tries again; where that fails as well, the one after it waits as before."""
    stage = Stage()
    stage.land({"a.yaml": "owner: ada@example.com\n"})
    stage.engine.errors["up", "a"] = EngineError("a", "no quota")
    known = None
    while known is None or known.next_attempt_at is None or known.next_attempt_at < stage.now + 7 * MINUTE:
        stage.go()
        known = stage.record("a")
    stage.now += 2 * MINUTE
    assert [] == outcomes(stage.go())
    row = summary("a", None, record=known, addition=None, fleet=FLEET, now=stage.now)
    snapshot = stage.ledger.read()
    writes = retry_writes(row, snapshot=snapshot, requester=ADA, by="Ada <ada@example.com>", now=stage.now)
    assert writes is not None
    stage.ledger.write(writes, on=snapshot)

    assert [("create", "a", "retry-after-failure", False)] == outcomes(stage.go())
    assert [] == outcomes(stage.go())
    assert known.attempts + 1 == ((after := stage.record("a")) and after.attempts)
