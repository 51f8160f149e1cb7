from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from helium.core.drift import Drift
from helium.core.fleet import DriftSettings
from helium.core.fleet_record import Pause
from helium.core.observation import Observation
from helium.core.plan import Overrides
from helium.core.record import Phase, Record
from helium.core.spec import Addition, InvalidSpec, Removal
from helium.core.stack import Listing
from helium.core.summary import summary
from helium.reconcile.diff import diff
from helium.reconcile.guard import guard
from helium.reconcile.record_observation import changed_records, updated_fleet_record
from tests.builders import DEADLINE, FLEET, NOW, fleet_of, fleet_record, record, spec

REMOVAL = Removal("a", "c9", NOW - timedelta(hours=1), "request")
PAUSED = fleet_record(pause=Pause("ada@example.com", "an incident", NOW))


def noted(observed: Observation) -> Record | None:
    """The record of `a` after a look, as it was when nothing changed."""
    plan = guard(diff(observed, NOW), observed, overrides=Overrides())
    known = observed.records["a"]
    assert isinstance(known, Record)
    return changed_records(plan, observed, now=NOW).get("a", known)


def test_a_look_at_what_is_in_step_writes_nothing() -> None:
    """A pass with nothing to say changes no record."""
    observed = fleet_of("a", "b")

    assert changed_records(diff(observed, NOW), observed, now=NOW) == {}


def test_a_removal_is_written_by_the_first_pass_that_sees_it_even_when_paused() -> None:
    """Who asked is known later too, and the hold says since when and why."""
    new = noted(fleet_of("a", specs={}, removals={"a": REMOVAL}, fleet_record=PAUSED))

    assert new is not None
    assert new.removed == REMOVAL
    assert new.held is not None
    assert (new.held.since, "paused the fleet" in new.held.why) == (NOW, True)
    row = summary("a", None, record=new, addition=None, fleet=FLEET, now=NOW)
    assert row.reason == f"held: {new.held.why}"
    assert "held" not in new.held.why


def test_a_revert_takes_the_removal_back() -> None:
    """The same blob back before `deleting`: nothing happened."""
    new = noted(fleet_of("a", records={"a": record(removed=REMOVAL)}))

    assert new is not None
    assert new.removed is None


def test_a_birth_that_nobody_saw_is_written_as_a_removal() -> None:
    """Held or not, a later pass still knows that this is another incarnation."""
    addition = Addition("a", NOW, "c8", "Bob <bob@example.com>", "blob-2", "blob-a")
    of_bob = spec(blob="blob-2", owner="bob@example.com")
    observed = fleet_of("a", specs={"a": of_bob}, additions={"a": addition}, fleet_record=PAUSED)
    new = noted(observed)

    assert new is not None
    assert new.removed == Removal("a", "c8", NOW)
    # Where history no longer reaches back to it, the record keeps what it knows.
    assert noted(replace(observed, additions={}, records={"a": new})) == new
    later = replace(observed, additions={}, records={"a": new}, fleet_record=fleet_record())
    assert [change.kind for change in diff(later, NOW).changes] == ["destroy"]


def test_an_edit_is_seen_and_ends_the_wait() -> None:
    """A new blob is a reason to try again at once; a deadline ahead is recorded."""
    failing = record(phase=Phase.FAILED, attempts=4, next_attempt_at=DEADLINE)
    later = DEADLINE + timedelta(days=1)
    new = noted(fleet_of("a", specs={"a": spec(blob="blob-2", expiry=later)}, records={"a": failing}))

    assert new is not None
    assert (new.seen_blob, new.attempts, new.next_attempt_at, new.deadline) == ("blob-2", 0, None, later)


def test_what_cannot_be_read_changes_nothing() -> None:
    """An invalid file says nothing: not a deadline, not a removal."""
    broken = InvalidSpec("a", "workspaces/a.yaml", "x", ())

    assert noted(fleet_of("a", specs={"a": broken})) == record()


def test_what_was_begun_is_not_taken_back_by_a_look() -> None:
    """Once `deleting`, or gone, a look neither reverts nor edits."""
    for phase in (Phase.DELETING, Phase.GONE):
        begun = record(phase=phase, emptied=NOW if phase is Phase.GONE else None)
        assert noted(fleet_of("a", specs={"a": spec(blob="blob-2")}, records={"a": begun})) is not None
        new = noted(fleet_of("a", specs={"a": spec(blob="blob-2")}, records={"a": begun}))
        assert new is not None
        assert (new.phase, new.seen_blob) == (phase, "blob-a")


def test_a_stack_seen_for_the_first_time_is_alive() -> None:
    """From now on, its absence from a listing is a loss."""
    new = noted(fleet_of("a", records={"a": record(observed_at=None)}))

    assert new is not None
    assert new.observed_at == NOW


def test_the_record_of_what_is_gone_leaves_with_its_file() -> None:
    """Emptied and not listed, and no file: the record is dropped; with a file it stays."""
    gone = record(phase=Phase.GONE, emptied=NOW)
    nothing = Listing(marker=True)
    late = {"a": spec(expiry=NOW - timedelta(days=1))}

    assert noted(fleet_of("a", specs={}, records={"a": gone}, listing=nothing)) is None
    assert noted(fleet_of("a", specs=late, records={"a": gone}, listing=nothing)) == gone


def test_the_accepted_commit_moves_only_where_history_let_the_pass_through() -> None:
    """`seen` moves with every look; `accepted` needs the safeguard's consent."""
    observed = fleet_of("a")

    assert (
        updated_fleet_record(fleet_record(), observed, read_with="r", accepted=True, seen="c1", now=NOW).accepted
        == "c1"
    )
    assert (
        updated_fleet_record(fleet_record(), observed, read_with="r", accepted=False, seen="c1", now=NOW).accepted
        == "c0"
    )
    assert (
        updated_fleet_record(fleet_record(), observed, read_with="r", accepted=False, seen="c1", now=NOW).seen == "c1"
    )


def test_what_was_found_to_have_drifted_goes_with_the_looks() -> None:
    """Once no pass looks, no record says that something has drifted."""
    drifted = record(drift=Drift(NOW, NOW, ("Ingress/app is gone",)))
    observed = fleet_of("a", records={"a": drifted})
    looks = replace(observed, fleet=replace(observed.fleet, drift=DriftSettings()))

    assert [None] == [each.drift for each in changed_records(diff(observed, NOW), observed, now=NOW).values() if each]
    assert {} == changed_records(diff(looks, NOW), looks, now=NOW)
