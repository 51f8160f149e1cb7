from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from helium.core import incarnations, transitions
from helium.core.lifetimes import End, LifetimeRules
from helium.core.record import Held, Phase
from helium.core.spec import Addition, Removal, Spec
from helium.core.workspace import Workspace
from tests.builders import ADDED_AT, DEADLINE, FLEET, NOW, ownership, record, spec

REMOVAL = Removal("a", "c9", NOW)
WORKSPACE = Workspace(FLEET.name, spec(), "ada@example.com", ADDED_AT, DEADLINE, {"cluster": "ci"}, {"program": "p2"})
THREE_DAYS = timedelta(days=3)


def test_a_new_incarnation_begins_as_creating_with_what_never_moves() -> None:
    """Born, place and default lifetime are those of the first pass; the rest follows."""
    new = transitions.begun(WORKSPACE, record=None, now=NOW, lifetime=THREE_DAYS, metadata_only=False)

    assert (new.phase, new.added_at, new.placement, new.lifetime) == (Phase.CREATING, ADDED_AT, {"cluster": "ci"}, "3d")
    assert (new.stack, new.half_done, new.spec_blob) == ("organization/acme.gcp-namespace/a", True, None)


def test_an_update_begins_without_moving_the_good_blob() -> None:
    """`spec_blob` moves only with `ready`; a metadata-only update leaves nothing half done."""
    new = transitions.begun(WORKSPACE, record=record(spec_blob="old"), now=NOW, lifetime=THREE_DAYS, metadata_only=True)

    assert (new.phase, new.spec_blob, new.half_done) == (Phase.UPDATING, "old", False)


def test_protection_holds_from_the_first_look_and_ends_only_with_a_good_update() -> None:
    """Protected is what either the record or the file says, until an `up` of the unprotected file ended well."""
    begun = transitions.begun(
        WORKSPACE, record=record(protected=True), now=NOW, lifetime=THREE_DAYS, metadata_only=True
    )

    assert begun.protected
    assert not transitions.ready(begun, WORKSPACE, outputs={}, now=NOW).protected


def test_ready_moves_the_blob_and_forgets_the_trouble() -> None:
    """After a good `up` nothing is left of the failures before it."""
    troubled = record(
        phase=Phase.UPDATING, attempts=3, next_attempt_at=NOW, error="no", half_done=True, spec_blob="old"
    )
    good = transitions.ready(troubled, WORKSPACE, outputs={"bucket": "b"}, now=NOW)

    assert (good.phase, good.spec_blob, good.program, good.outputs) == (Phase.READY, "blob-a", "p2", {"bucket": "b"})
    assert (good.attempts, good.next_attempt_at, good.error, good.half_done) == (0, None, "", False)


@pytest.mark.parametrize(("attempts", "minutes"), [(0, 0), (1, 1), (2, 2), (3, 4), (6, 32), (7, 60), (50, 60)])
def test_the_wait_doubles_up_to_an_hour(attempts: int, minutes: int) -> None:
    """The first retry may come at once; then the wait doubles."""
    after = transitions.failed(record(attempts=attempts), error="no quota", now=NOW)

    assert after.next_attempt_at == NOW + timedelta(minutes=minutes)
    assert (after.phase, after.attempts) == (Phase.FAILED, attempts + 1)


def test_a_failed_destroy_stays_deleting_and_its_error_is_cut() -> None:
    """What was being deleted goes on being deleted; an error keeps at most 300 characters."""
    after = transitions.failed(record(phase=Phase.DELETING), error="x" * 1000, now=NOW)

    assert (after.phase, len(after.error)) == (Phase.DELETING, 300)


def test_what_was_seen_empty_stays_gone_when_its_name_could_not_be_taken_away() -> None:
    """Only the stack's name is left; `failed` would say that there is something to be repaired."""
    gone = transitions.emptied(record(phase=Phase.DELETING), now=NOW)

    assert Phase.GONE == transitions.failed(gone, error="its worker died", now=NOW).phase


def test_emptied_reaches_nowhere() -> None:
    """Once the stack is empty, no output is shown any more."""
    gone = transitions.emptied(record(phase=Phase.DELETING, outputs={"bucket": "b"}), now=NOW)

    assert (gone.phase, gone.emptied, gone.outputs, gone.alive) == (Phase.GONE, NOW, {}, False)


def test_only_a_deadline_ahead_is_recorded() -> None:
    """A deadline that has passed is never recorded, so that it cannot count as expired by itself."""
    later, earlier = NOW + timedelta(hours=1), NOW - timedelta(hours=1)

    assert transitions.seen_end(record(), End(later, later), now=NOW).deadline == later
    assert transitions.seen_end(record(), End(earlier, earlier), now=NOW).deadline == DEADLINE


def test_the_first_sight_is_what_stays() -> None:
    """Made, removed and held remember when they were seen first."""
    later = NOW + timedelta(hours=1)

    assert transitions.seen_listed(record(observed_at=None), now=NOW).observed_at == NOW
    assert transitions.seen_listed(record(), now=later).observed_at == ADDED_AT
    assert transitions.seen_removed(record(removed=REMOVAL), replace(REMOVAL, time=later)).removed == REMOVAL
    assert transitions.held_back(record(held=Held(NOW, "paused")), "paused", now=later).held == Held(NOW, "paused")
    assert transitions.held_back(record(held=Held(NOW, "paused")), "untrusted-clock", now=later).held == Held(
        later, "untrusted-clock"
    )
    assert transitions.released(record(held=Held(NOW, "paused"))).held is None
    assert transitions.seen_back(record(removed=REMOVAL)).removed is None


@pytest.mark.parametrize("origin", ["direct", "request"])
def test_the_last_removal_of_its_own_file_counts(origin: str) -> None:
    """A file that was put back and removed again counts as removed then: by request, or by hand."""
    later = Removal("a", "d1", NOW, origin, added_at=NOW, first_blob=REMOVAL.blob or record().seen_blob)

    assert later == transitions.removal_that_counts(record(removed=REMOVAL), later)
    assert later == transitions.removal_that_counts(record(), later)
    assert REMOVAL == transitions.removal_that_counts(record(removed=REMOVAL), None)


@pytest.mark.parametrize("origin", ["direct", "request"])
def test_what_somebody_else_put_there_and_took_away_says_nothing(origin: str) -> None:
    """Neither that anybody asked for this workspace's end, nor that such a file would be this workspace's."""
    theirs = Removal("a", "d1", NOW, origin, blob="theirs", added_at=NOW, first_blob="theirs")

    assert REMOVAL == transitions.removal_that_counts(record(removed=REMOVAL), theirs)
    assert replace(theirs, origin="direct", blob="") == transitions.removal_that_counts(record(), theirs)


def test_a_release_is_of_one_removal() -> None:
    """What was allowed by name does not stay allowed for what comes later, unless it has begun."""
    later = Removal("a", "d1", NOW)
    allowed = record(removed=REMOVAL, released=True)

    assert (True, False) == tuple(transitions.still_released(allowed, seen) for seen in (REMOVAL, later))
    assert transitions.still_released(replace(allowed, phase=Phase.DELETING), later)
    assert not transitions.seen_removed(allowed, later).released
    assert REMOVAL == transitions.seen_removed(replace(allowed, phase=Phase.DELETING), later).removed


def test_deleting_is_said_before_it_is_done() -> None:
    """The phase says what the engine is about to do."""
    assert transitions.deleting(record(held=Held(NOW, "x")), now=NOW).phase is Phase.DELETING


@pytest.mark.parametrize(
    ("bent", "same"),
    [
        ({}, True),
        ({"added_at": NOW}, False),
        ({"name": "b"}, False),
        ({"backend": "other"}, False),
        ({"blob": "x"}, True),
    ],
)
def test_an_ownership_is_of_the_same_incarnation_by_name_backend_and_addition(bent: dict[str, Any], same: bool) -> None:
    """Blob, deadline and protection in an ownership run ahead, and prove nothing."""
    assert incarnations.same_incarnation(record(), ownership(**bent)) is same


@pytest.mark.parametrize(
    ("addition", "another"),
    [
        (None, False),
        (Addition("a", ADDED_AT, "c8", "x", "blob-2"), False),
        (Addition("a", NOW, "c8", "x", "blob-2"), True),
        (Addition("a", NOW, "c8", "x", "blob-a"), False),
        (Addition("a", NOW, "c8", "x", "blob-2", "blob-2"), False),
        (Addition("a", NOW, "c8", "x", "blob-a", "blob-2"), True),
    ],
    ids=["none", "its own", "another blob", "a revert", "a revert of an edit", "an older blob"],
)
def test_a_later_addition_is_another_incarnation_unless_it_reverts(addition: Addition | None, another: bool) -> None:
    """The blob that was deleted coming back is a revert; anything else of another owner begins a new one."""
    file = spec(blob="blob-now", owner="bob@example.com")
    assert incarnations.is_new_incarnation(record(), file, addition=addition) is another


@pytest.mark.parametrize(
    ("file", "requested", "another"),
    [
        (spec(blob="blob-now"), False, False),
        (spec(blob="blob-now", owner="bob@example.com"), False, True),
        (spec(blob="blob-now"), True, True),
        (spec(blob="blob-now", backend="other", fields={"backend": "other"}), False, True),
        (spec(blob="blob-now", owner=""), False, True),
    ],
    ids=[
        "the owner's edit",
        "another owner",
        "after a request",
        "under another backend",
        "its author is not the owner",
    ],
)
def test_two_commits_of_a_rebase_are_an_edit_of_the_owner(file: Spec, requested: bool, another: bool) -> None:
    """Removed and added again before any pass: the pull request showed an edit, so nothing is destroyed for it."""
    addition = Addition("a", NOW, "c8", "Bob <bob@example.com>", "blob-2", after_request=requested)

    assert incarnations.is_new_incarnation(record(), file, addition=addition) is another


@pytest.mark.parametrize(
    ("now", "added", "went", "another"),
    [
        ("blob-a", None, "", False),
        ("blob-edited", "blob-a", "", False),
        ("blob-unseen", None, "blob-unseen", False),
        ("blob-edited", "blob-unseen", "blob-unseen", False),
        ("blob-edited", "blob-other", "blob-unseen", True),
        ("blob-edited", None, "blob-unseen", True),
    ],
    ids=["as it was", "then edited", "an edit that no pass saw", "then edited again", "another file", "nobody knows"],
)
def test_what_was_put_back_goes_on(now: str, added: str | None, went: str, another: bool) -> None:
    """A pass saw the removal and nothing was deleted; the owner put the file back, and may have edited it since."""
    addition = None if added is None else Addition("a", NOW, "c8", "Ada <ada@example.com>", added)
    before = record(removed=replace(REMOVAL, blob=went, origin="request"))

    assert incarnations.is_new_incarnation(before, spec(blob=now), addition=addition) is another
    assert incarnations.is_new_incarnation(replace(before, phase=Phase.DELETING), spec(blob=now), addition=addition)


@pytest.mark.parametrize("owner", ["ada@example.com", "bob@example.com"])
@pytest.mark.parametrize(
    ("origin", "protected", "ends"),
    [("request", False, True), ("direct", False, False), ("request", True, False), ("direct", True, False)],
)
def test_what_its_owner_puts_back_edited_goes_on(owner: str, origin: str, *, protected: bool, ends: bool) -> None:
    """Unless somebody had asked for its end. What is protected could else neither go nor be unprotected."""
    before = record(removed=replace(REMOVAL, origin=origin), protected=protected)
    file = spec(blob="blob-2", owner=owner)

    assert incarnations.is_new_incarnation(before, file, addition=None) is (ends or owner == "bob@example.com")
    assert incarnations.is_new_incarnation(replace(before, phase=Phase.DELETING), file, addition=None)


def test_a_deadline_moves_into_the_past_only_by_a_date_that_somebody_wrote() -> None:
    """The `expiry` line was taken out of a workspace that is older than the default lifetime."""
    old = record(added_at=NOW - timedelta(days=10), deadline=NOW + timedelta(days=9))
    silent, lifetimes = spec(expiry=None), LifetimeRules()

    assert transitions.current_end(old, silent, lifetimes=lifetimes, now=NOW).at == old.deadline
    past = spec(expiry=NOW - timedelta(hours=1))
    assert transitions.current_end(old, past, lifetimes=lifetimes, now=NOW).at == past.expiry
    young = record(added_at=NOW - timedelta(days=1), deadline=NOW + timedelta(days=9))
    assert transitions.current_end(young, silent, lifetimes=lifetimes, now=NOW).at == NOW + timedelta(days=2)


@pytest.mark.parametrize(
    ("said", "known", "addition", "owner"),
    [
        ("bob@x.io", record(), None, "bob@x.io"),
        ("", record(), None, "ada@example.com"),
        ("", None, Addition("a", NOW, "c", "Bob Doe <bob@y.io>", "b"), "bob@y.io"),
        ("", None, None, ""),
    ],
)
def test_the_owner_is_who_requested_it(said: str, known: object, addition: Addition | None, owner: str) -> None:
    """The file says it, or the record of this incarnation, or the author of the commit."""
    assert incarnations.owner_of(spec(owner=said), record=known, addition=addition) == owner  # type: ignore[arg-type]
