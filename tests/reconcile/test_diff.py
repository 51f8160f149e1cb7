from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from helium.core.observation import Observation, Recipe
from helium.core.plan import Code, Create, Destroy, Keep, Update
from helium.core.record import CorruptRecord, Phase
from helium.core.spec import Addition, InvalidSpec, NotParsed, Removal
from helium.core.stack import Listing, Stack, StackId
from helium.errors import Issue
from helium.reconcile.diff import diff
from tests.builders import ADDED_AT, DEADLINE, NOW, RECIPE, fleet_of, ownership, record, spec, stack_id

LISTED = Listing((Stack(stack_id("a")),), marker=True)
NOTHING = Listing(marker=True)
ISSUE = Issue("workspaces/a.yaml", 3, 1, "/expiry", "is not a date")
BROKEN = InvalidSpec("a", "workspaces/a.yaml", "blob-x", (ISSUE,))
TOO_LONG = replace(BROKEN, until=NOW + timedelta(days=1))
PASSED = NOW - timedelta(minutes=1)
OLD = NOW - timedelta(days=10)
OTHER_BACKEND = spec(backend="other", fields={"backend": "other"}, expiry=PASSED)
REMOVAL = Removal("a", "c9", NOW - timedelta(hours=1), "request")


def kind_and_code(observed: Observation) -> tuple[str, str]:
    """The kind and code of the one change."""
    (change,) = diff(observed, NOW).changes
    return change.kind, change.code.value


@pytest.mark.parametrize(
    ("bent", "kind", "code"),
    [
        ({}, "keep", "in-step"),
        ({"specs": {"a": NotParsed("a", "workspaces/a.yaml", "blob-a")}}, "keep", "in-step"),
        ({"records": {}, "listing": NOTHING}, "create", "new-file"),
        ({"records": {}}, "keep", "no-record"),
        ({"records": {}, "ownerships": {stack_id("a"): None}}, "keep", "foreign"),
        ({"records": {}, "ownerships": {stack_id("a"): ownership(fleet="other")}}, "keep", "foreign"),
        ({"records": {}, "specs": {}}, "keep", "no-record"),
        ({"records": {}, "listing": NOTHING, "specs": {"a": spec(expiry=PASSED)}}, "keep", "expired"),
        ({"records": {}, "listing": NOTHING, "recipes": {}}, "keep", "backend-unknown"),
        ({"records": {}, "listing": NOTHING, "specs": {"a": BROKEN}}, "keep", "invalid-spec"),
        ({"records": {"a": CorruptRecord("a", "records/x/a.json", "torn")}, "specs": {}}, "keep", "corrupt-record"),
        ({"specs": {"a": spec(blob="blob-2", fields={"pachdVersion": "2"})}}, "update", "spec-changed"),
        ({"records": {"a": record(phase=Phase.FAILED, half_done=True)}}, "update", "retry-after-failure"),
        ({"records": {"a": record(phase=Phase.UPDATING, half_done=True)}}, "update", "retry-after-failure"),
        ({"records": {"a": record(phase=Phase.CREATING, spec_blob=None)}}, "create", "retry-after-failure"),
        ({"records": {"a": record(program="p0", pins={"program": "p0"})}}, "keep", "older-program"),
        ({"rolled": frozenset("a")}, "update", "rolled"),
        ({"specs": {}}, "destroy", "file-removed"),
        ({"specs": {}, "records": {"a": record(deadline=PASSED)}}, "destroy", "expired"),
        ({"specs": {}, "records": {"a": record(protected=True)}}, "keep", "protected"),
        ({"specs": {}, "listing": NOTHING}, "keep", "lost-stack"),
        ({"specs": {}, "listing": NOTHING, "records": {"a": record(emptied=NOW)}}, "keep", "gone"),
        ({"specs": {}, "listing": NOTHING, "records": {"a": record(observed_at=None)}}, "keep", "gone"),
        ({"specs": {"a": spec(expiry=PASSED)}, "records": {"a": record(deadline=PASSED)}}, "destroy", "expired"),
        ({"specs": {"a": spec(expiry=PASSED)}}, "destroy", "deadline-moved"),
        (
            {
                "specs": {"a": spec(expiry=PASSED, protected=True)},
                "records": {"a": record(deadline=PASSED, protected=True)},
            },
            "keep",
            "protected",
        ),
        (
            {"specs": {"a": spec(expiry=PASSED)}, "records": {"a": record(deadline=PASSED, protected=True)}},
            "update",
            "spec-changed",
        ),
        ({"specs": {"a": spec(expiry=PASSED)}, "records": {"a": record(protected=True)}}, "update", "spec-changed"),
        ({"specs": {"a": spec(expiry=None)}, "records": {"a": record(added_at=OLD)}}, "keep", "in-step"),
        (
            {"specs": {"a": OTHER_BACKEND}, "records": {"a": record(deadline=PASSED)}},
            "destroy",
            "expired",
        ),
        ({"specs": {"a": BROKEN}}, "keep", "invalid-spec"),
        ({"specs": {"a": BROKEN}, "records": {"a": record(deadline=PASSED)}}, "destroy", "expired"),
        # Whoever asks for more than the maximum wants to keep it: it has the maximum, and no more.
        ({"specs": {"a": TOO_LONG}, "records": {"a": record(deadline=PASSED)}}, "keep", "invalid-spec"),
        (
            {"specs": {"a": replace(TOO_LONG, until=NOW)}, "records": {"a": record(deadline=PASSED)}},
            "destroy",
            "expired",
        ),
        ({"specs": {"a": replace(OTHER_BACKEND, expiry=DEADLINE)}}, "keep", "backend-changed"),
        ({"specs": {"a": spec(backend="other")}}, "keep", "in-step"),
        ({"specs": {"a": spec(blob="blob-2")}, "recipes": {}}, "keep", "backend-unknown"),
        ({"listing": NOTHING}, "keep", "lost-stack"),
        (
            {"listing": NOTHING, "records": {"a": record(observed_at=None, spec_blob=None)}},
            "create",
            "retry-after-failure",
        ),
        (
            {"listing": NOTHING, "records": {"a": record(observed_at=None, spec_blob=None)}, "recipes": {}},
            "keep",
            "backend-unknown",
        ),
        ({"records": {"a": record(phase=Phase.DELETING)}}, "destroy", "replaced"),
        ({"records": {"a": record(phase=Phase.GONE, emptied=NOW)}}, "destroy", "replaced"),
        ({"listing": NOTHING, "records": {"a": record(phase=Phase.GONE, emptied=NOW)}}, "create", "new-expiry"),
    ],
)
def test_every_case_has_one_change(bent: dict[str, Any], kind: str, code: str) -> None:
    """One name, one change, and its code says why."""
    assert kind_and_code(replace(fleet_of("a"), **bent)) == (kind, code)


@pytest.mark.parametrize(
    ("recipes", "words"),
    [
        ({}, "This fleet does not have the backend gcp-namespace. Add it to helium.yaml."),
        (
            {"gcp-namespace": replace(RECIPE, issues=("it lacks a zone", "and a cluster"))},
            "it lacks a zone; and a clus",
        ),
    ],
)
def test_a_backend_that_can_make_nothing_says_why(recipes: dict[str, Recipe], words: str) -> None:
    """It is not there, or what is wrong with it is told, every error of it."""
    (change,) = diff(fleet_of("a", records={}, listing=NOTHING, recipes=recipes), NOW).changes

    assert Code.BACKEND_UNKNOWN == change.code
    assert words in change.reason


def test_two_stacks_of_one_name_are_kept() -> None:
    """A name that two backends hold is nobody's to touch."""
    both = Listing((Stack(stack_id("a")), Stack(StackId.of("acme", "other", name="a"))), marker=True)

    assert kind_and_code(fleet_of("a", listing=both)) == ("keep", "two-stacks")


def test_a_stack_that_is_not_the_records_is_kept() -> None:
    """The record tells of one stack; another one under its name is kept."""
    other = Listing((Stack(StackId.of("acme", "other", name="a")),), marker=True)

    assert kind_and_code(fleet_of("a", listing=other)) == ("keep", "backend-changed")


def test_who_asked_for_too_much_sees_how_long_it_is_kept() -> None:
    """The plan says the maximum, and not that the time is over."""
    (change,) = diff(fleet_of("a", specs={"a": TOO_LONG}, records={"a": record(deadline=PASSED)}), NOW).changes

    assert isinstance(change, Keep)
    assert TOO_LONG.until == change.deadline


@pytest.mark.parametrize(("later", "origin"), [("request", "request"), ("direct", "direct")])
def test_a_held_removal_that_is_asked_for_anew_counts_as_asked_for(later: str, origin: str) -> None:
    """Restored and deleted on its page: so a deletion that is held is let go without a terminal, by name."""
    by_hand = replace(REMOVAL, origin="direct")
    observed = replace(
        fleet_of("a", specs={}, records={"a": record(removed=by_hand)}),
        removals={"a": replace(REMOVAL, commit="d1", origin=later)},
    )
    (change,) = diff(observed, NOW).changes

    assert isinstance(change, Destroy)
    assert origin == change.origin


def test_the_same_blob_back_is_a_revert() -> None:
    """A file that comes back unchanged before anything was deleted goes on with its incarnation."""
    observed = fleet_of("a", records={"a": record(removed=REMOVAL)})

    assert kind_and_code(observed) == ("keep", "in-step")


@pytest.mark.parametrize("phase", [Phase.DELETING, Phase.GONE])
def test_the_same_blob_back_after_deleting_is_another_incarnation(phase: Phase) -> None:
    """Once deleting began, even the same file begins another incarnation: the old one is destroyed first."""
    observed = fleet_of("a", records={"a": record(removed=REMOVAL, phase=phase)})

    (change,) = diff(observed, NOW).changes
    assert isinstance(change, Destroy)
    assert (change.code, change.again, change.origin) == (Code.REPLACED, True, "request")


def test_another_blob_after_a_removal_is_another_incarnation() -> None:
    """The former owner's data never reaches the next one."""
    observed = fleet_of("a", specs={"a": spec(blob="blob-2")}, records={"a": record(removed=REMOVAL)})

    assert kind_and_code(observed) == ("destroy", "replaced")


def test_x_two_passes_is_another_incarnation() -> None:
    """A later addition with another blob means that nobody saw the absence, not that there was none."""
    addition = Addition("a", NOW - timedelta(hours=1), "c9", "Bob <bob@example.com>", "blob-2", "blob-a")
    of_bob = spec(blob="blob-2", owner="bob@example.com")
    observed = fleet_of("a", specs={"a": of_bob}, additions={"a": addition})

    assert kind_and_code(observed) == ("destroy", "replaced")


def test_the_plan_says_which_deadline_a_file_without_expiry_keeps() -> None:
    """So that whoever reviews the change sees it before the merge."""
    silent, old = spec(blob="blob-2", expiry=None), record(added_at=OLD)
    change = diff(fleet_of("a", specs={"a": silent}, records={"a": old}), NOW).of("a")

    assert isinstance(change, Update)
    assert change.reason.endswith("It names no expiry, so it keeps its deadline, 2026-11-26T12:00:00Z.")


def test_somebody_elses_file_under_a_protected_name_says_how_the_old_workspace_ends() -> None:
    """The next file's owner never gets the data, and the name is not blocked for ever."""
    of_bob = spec(blob="blob-2", owner="bob@example.com")
    protected = record(removed=REMOVAL, protected=True)
    kept = diff(fleet_of("a", specs={"a": of_bob}, records={"a": protected}), NOW).of("a")

    assert isinstance(kept, Keep)
    assert kept.code is Code.PROTECTED
    assert "put a file with owner: ada@example.com and protected: false" in kept.reason
    of_ada = fleet_of("a", specs={"a": spec(blob="blob-3")}, records={"a": protected})
    assert kind_and_code(of_ada) == ("update", "spec-changed")


def test_deleted_and_reverted_between_two_passes_is_the_same_incarnation() -> None:
    """The blob that was deleted came back: a revert, even where an edit followed."""
    addition = Addition("a", NOW - timedelta(hours=1), "c9", "Bob <bob@example.com>", "blob-a", "blob-a")
    observed = fleet_of("a", specs={"a": spec(blob="blob-3")}, additions={"a": addition})

    assert kind_and_code(observed) == ("update", "spec-changed")


def test_a_new_incarnation_is_as_old_as_its_file() -> None:
    """`added_at` is the commit's time, and the default lifetime counts from it."""
    addition = Addition("a", NOW - timedelta(hours=1), "c9", "Bob <bob@example.com>", "blob-a")
    observed = fleet_of(
        "a", records={}, listing=NOTHING, additions={"a": addition}, specs={"a": spec(expiry=None, owner="")}
    )

    (change,) = diff(observed, NOW).changes
    assert isinstance(change, Create)
    assert change.workspace.added_at == NOW - timedelta(hours=1)
    assert change.deadline == NOW - timedelta(hours=1) + timedelta(days=3)
    assert change.workspace.owner == "bob@example.com"


def test_a_birth_ahead_of_the_clock_is_clamped_to_now() -> None:
    """Nobody is added later than the pass that first saw them."""
    addition = Addition("a", NOW + timedelta(days=400), "c9", "Bob <bob@example.com>", "blob-a")

    (change,) = diff(fleet_of("a", records={}, listing=NOTHING, additions={"a": addition}), NOW).changes
    assert isinstance(change, Create)
    assert change.workspace.added_at == NOW


def test_an_edit_of_metadata_keeps_the_pins() -> None:
    """Expiry, description and protection touch ownership and namespace only, whatever program is there today."""
    observed = fleet_of("a", specs={"a": spec(blob="blob-2", expiry=DEADLINE + timedelta(days=1))})
    observed = replace(observed, recipes={"gcp-namespace": replace(RECIPE, program="program-2")})

    (change,) = diff(observed, NOW).changes
    assert isinstance(change, Update)
    assert (change.metadata_only, change.program) == (True, "program-1")


def test_an_edit_of_metadata_after_a_half_done_update_is_a_full_one() -> None:
    """A stack that a failed update left half way is brought in step as a whole."""
    half = record(phase=Phase.FAILED, half_done=True)
    observed = fleet_of("a", specs={"a": spec(blob="blob-2")}, records={"a": half})

    (change,) = diff(observed, NOW).changes
    assert isinstance(change, Update)
    assert not change.metadata_only


def test_any_other_edit_takes_the_new_make_along_and_stays_in_its_place() -> None:
    """The make moves with an edit; the place never does."""
    observed = fleet_of("a", specs={"a": spec(blob="blob-2", fields={"pachdVersion": "2.3.9"})})
    observed = replace(
        observed, recipes={"gcp-namespace": replace(RECIPE, program="program-2", placement={"cluster": "new"})}
    )

    (change,) = diff(observed, NOW).changes
    assert isinstance(change, Update)
    assert (change.metadata_only, change.program, change.workspace.placement) == (False, "program-2", {"cluster": "ci"})


def test_a_failure_waits_for_its_time() -> None:
    """What failed is left alone until its next attempt is due."""
    waiting = record(phase=Phase.FAILED, attempts=3, next_attempt_at=NOW + timedelta(minutes=2), error="no quota")

    assert kind_and_code(fleet_of("a", records={"a": waiting})) == ("keep", "waiting")
    # Whoever takes the file of a failed create away need not wait; a failed destroy waits.
    assert kind_and_code(fleet_of("a", records={"a": waiting}, specs={})) == ("destroy", "file-removed")
    destroying = replace(waiting, phase=Phase.DELETING)
    assert kind_and_code(fleet_of("a", records={"a": destroying}, specs={})) == ("keep", "waiting")


@pytest.mark.parametrize("how", ["edited", "selected", "due"])
def test_a_wait_ends_early_for_an_edit_or_a_person(how: str) -> None:
    """An edited file, a selected name and a due time are each a reason to try again."""
    waiting = record(phase=Phase.FAILED, attempts=3, next_attempt_at=NOW + timedelta(minutes=2), half_done=True)
    if how == "due":
        waiting = replace(waiting, next_attempt_at=NOW)
    blob = "blob-2" if how == "edited" else "blob-a"
    selected = frozenset("a") if how == "selected" else frozenset()
    observed = fleet_of("a", records={"a": waiting}, specs={"a": spec(blob=blob)}, selected=selected)

    assert kind_and_code(observed)[0] == "update"


def test_a_cluster_that_helium_yaml_forgot_keeps_its_stacks() -> None:
    """A stack whose cluster cannot be reached is kept, even when its file is gone."""
    observed = fleet_of("a", specs={})
    observed = replace(observed, fleet=replace(observed.fleet, sandbox=()))

    assert kind_and_code(observed) == ("keep", "cluster-unknown")


def test_the_default_lifetime_is_that_of_the_day_of_its_addition() -> None:
    """A shorter default is for later workspaces."""
    observed = fleet_of(
        "a", specs={"a": spec(expiry=None)}, records={"a": record(deadline=ADDED_AT + timedelta(days=3))}
    )
    shorter = replace(observed.fleet.defaults, lifetime=timedelta(hours=3))
    observed = replace(observed, fleet=replace(observed.fleet, defaults=shorter))

    assert kind_and_code(observed) == ("keep", "in-step")


def test_errors_and_foreign_stacks_are_in_the_plan() -> None:
    """What spoils one name, and what is another's, is told with the plan."""
    listing = replace(LISTED, foreign=("organization/other.x/b",))
    plan = diff(fleet_of("a", specs={"a": BROKEN}, listing=listing), NOW)

    assert (plan.issues, plan.foreign) == ((ISSUE,), ("organization/other.x/b",))
