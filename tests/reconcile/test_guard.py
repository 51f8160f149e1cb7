"""One section for each safeguard: what it holds, what it lets through, and how it is overridden.

`tools/safeguards.py` takes each safeguard out in turn and shows that a test of its section fails.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from helium.core.fleet_record import LastPass, Pause
from helium.core.observation import Observation
from helium.core.plan import Code, Destroy, Keep, Overrides, Plan, Work
from helium.core.record import Phase
from helium.core.spec import UNDECIDED, UNREVIEWED, Entry, InvalidSpec, NotParsed, Removal
from helium.core.stack import Listing, Stack, StackId
from helium.errors import Issue
from helium.reconcile.diff import diff
from helium.reconcile.guard import changed_meanwhile, deletes_digest, guard
from tests.builders import (
    ADDED_AT,
    BACKEND,
    DEADLINE,
    NOW,
    decided,
    fleet_of,
    fleet_record,
    ownership,
    record,
    spec,
    stack_id,
)

PASSED = NOW - timedelta(minutes=1)
DIRECT = Removal("a", "c9", NOW - timedelta(hours=1))
ASKED = replace(DIRECT, origin="request")


def removed(*names: str, kept: str = "k", **changes: Any) -> Observation:
    """A fleet where the files of `names` are gone, and one other workspace is in step."""
    observed = fleet_of(*names, kept)
    return replace(observed, specs={kept: observed.specs[kept]}, **changes)


def expired(name: str = "a", **changes: Any) -> Observation:
    """A fleet where one deadline has passed, as recorded, and one other workspace is in step."""
    observed = fleet_of(name, "k")
    records = {**observed.records, name: record(name, deadline=PASSED)}
    specs = {**observed.specs, name: spec(name, expiry=PASSED)}
    return replace(observed, records=records, specs=specs, **changes)


def applied(plan: Plan) -> list[tuple[str, str]]:
    """What would be applied: kind and name."""
    return [(change.kind, change.name) for change in plan.work]


def refused(plan: Plan) -> list[Code]:
    """The codes of what was refused."""
    return [refusal.code for refusal in plan.refusals]


def forced(observed: Observation, code: Code = Code.FILE_REMOVED, *, now: datetime = NOW, **changes: Any) -> Plan:
    """A plan that would destroy `a` whatever the diff thinks of it, guarded."""
    destroy = Destroy(name="a", code=code, reason="told to", backend=BACKEND, stack=stack_id("a"), added_at=ADDED_AT)
    kept = tuple(change for change in diff(observed, now).changes if change.name != "a")
    plan = Plan("c1", now, (replace(destroy, **changes), *kept))
    return guard(plan, observed, overrides=Overrides())


def test_a_removed_file_and_a_passed_deadline_go_when_no_safeguard_holds() -> None:
    """The safeguards let through what is sound."""
    assert applied(decided(removed("a"))) == [("destroy", "a")]
    assert applied(decided(expired())) == [("destroy", "a")]


def test_a_held_change_keeps_its_digest_and_says_what_it_was() -> None:
    """What a person reviewed stays what it was, held or not."""
    observed = removed("a", gaps=("the ledger",))
    held = decided(observed).of("a")

    assert isinstance(held, Keep)
    assert held.held == (planned := diff(observed, NOW).of("a"))
    assert planned is not None
    assert held.reason == f"{planned.reason} This destroy is held: {held.why}"
    assert decided(observed).digest == diff(observed, NOW).digest


def test_complete_observation_holds_destroys_alone() -> None:
    """A part that could not be read stops every destroy, and no create."""
    observed = removed("a", gaps=("the schema",))
    observed = replace(observed, specs={**observed.specs, "new": spec("new")})
    plan = decided(observed)

    assert (applied(plan), refused(plan)) == ([("create", "new")], [Code.INCOMPLETE_OBSERVATION])


@pytest.mark.parametrize(
    ("reg", "listing"),
    [
        (fleet_record(), Listing()),
        (None, Listing(marker=True)),
        (None, Listing((Stack(stack_id("a")),))),
        (fleet_record(marker="pending", accepted=None), Listing((Stack(stack_id("a")),))),
    ],
    ids=["marker lost", "ledger lost", "ledger and marker lost", "marker never made"],
)
def test_own_state_holds_everything(reg: object, listing: Listing) -> None:
    """A state that does not carry this fleet's marker, or a ledger that is not there, stops creates as well."""
    observed = fleet_of("a", "b", fleet_record=reg, listing=listing)
    observed = replace(observed, specs={**observed.specs, "new": spec("new")}, records={})
    plan = decided(observed)

    assert (applied(plan), refused(plan)) == ([], [Code.FOREIGN_STATE])


def test_own_state_lets_a_new_fleet_begin() -> None:
    """Neither ledger, marker nor stack: the fleet is new."""
    observed = fleet_of("a", fleet_record=None, listing=Listing(), records={}, descends=None)

    assert applied(decided(observed)) == [("create", "a")]


def test_no_stack_lost_holds_everything_when_two_are_missing() -> None:
    """One lost stack spoils its own name; two stop the pass."""
    one = fleet_of("a", "b", "c")
    one = replace(one, listing=replace(one.listing, stacks=one.listing.stacks[1:]), specs={"b": one.specs["b"]})
    two = replace(one, listing=replace(one.listing, stacks=one.listing.stacks[1:]))

    assert applied(decided(one)) == [("destroy", "c")]
    assert (applied(decided(two)), refused(decided(two))) == ([], [Code.LOST_STACK])


def test_no_stack_lost_counts_what_another_backends_stack_hides() -> None:
    """A state in which stacks of the same names lie elsewhere is no more what it was than one without them."""
    fleet = fleet_of("a", "b", "c")
    elsewhere = tuple(Stack(StackId.of("acme", "other", name=name)) for name in "ab")
    moved = replace(fleet, listing=replace(fleet.listing, stacks=(*elsewhere, fleet.listing.stacks[2])))
    moved = replace(moved, specs={name: fleet.specs[name] for name in "ab"})

    assert (applied(decided(moved)), refused(decided(moved))) == ([], [Code.LOST_STACK])


@pytest.mark.parametrize(
    "bent",
    [{"on_main": False}, {"descends": False}, {"descends": None}],
    ids=["another branch", "history rewritten", "shallow"],
)
def test_history_holds_everything_off_the_accepted_line(bent: dict[str, Any]) -> None:
    """Only main as it is now, and only where it goes on from what was accepted."""
    observed = removed("a", **bent)
    observed = replace(observed, specs={**observed.specs, "new": spec("new")})
    plan = decided(observed)

    assert (applied(plan), refused(plan)) == ([], [Code.HISTORY])


def test_history_holds_destroys_after_a_rebuild() -> None:
    """A rebuilt ledger has accepted nothing yet: it creates, and destroys nothing."""
    observed = removed("a", fleet_record=fleet_record(accepted=None), descends=None)
    observed = replace(observed, specs={**observed.specs, "new": spec("new")})

    assert applied(decided(observed)) == [("create", "new")]


@pytest.mark.parametrize(
    "bent",
    [
        {"remote_time": NOW - timedelta(minutes=6)},
        {"remote_time": NOW + timedelta(minutes=6)},
        {"fleet_record": fleet_record(last_pass=LastPass(NOW + timedelta(seconds=1), "c0", 1.0))},
        {"fleet_record": fleet_record(last_pass=LastPass(NOW - timedelta(hours=25), "c0", 1.0))},
    ],
    ids=["fast", "slow", "before the last pass", "asleep for a day"],
)
def test_trusted_clock_holds_what_expired(bent: dict[str, Any]) -> None:
    """A doubtful clock ends nobody's time; a person may say that it is right."""
    observed = expired(**bent)
    plan = decided(observed)

    assert (applied(plan), refused(plan)) == ([], [Code.UNTRUSTED_CLOCK])
    assert applied(decided(observed, overrides=Overrides(clock_is_right=True))) == [("destroy", "a")]


def test_trusted_clock_holds_what_expired_where_no_pass_was_noted() -> None:
    """A rebuilt ledger knows no pass: its oldest record speaks for a day, and then a person must."""
    observed = expired(fleet_record=fleet_record(last_pass=None))
    created = {"a": record("a", deadline=PASSED, created_at=NOW - timedelta(hours=25))}

    assert refused(decided(replace(observed, records=created))) == [Code.UNTRUSTED_CLOCK]
    assert applied(decided(observed, overrides=Overrides(clock_is_right=True))) == [("destroy", "a")]


def test_not_paused_holds_until_a_believed_clock_says_that_the_pause_is_over() -> None:
    """By a clock that is days ahead, a pause for two hours would be over at once."""
    pause = Pause("ada@example.com", "an incident", NOW - timedelta(days=2), NOW - timedelta(hours=46))
    known = fleet_record(pause=pause, last_pass=LastPass(NOW - timedelta(days=2), "c0", 1.0))

    assert refused(decided(removed("a", fleet_record=known))) == [Code.PAUSED]
    assert applied(decided(removed("a", fleet_record=known, remote_time=NOW))) == [("destroy", "a")]


def test_trusted_clock_believes_the_remote_before_the_last_pass() -> None:
    """With a remote's clock that agrees, a long sleep is not a reason to doubt."""
    long_ago = fleet_record(last_pass=LastPass(NOW - timedelta(days=30), "c0", 1.0))

    assert applied(decided(expired(remote_time=NOW, fleet_record=long_ago))) == [("destroy", "a")]


@pytest.mark.parametrize("how", ["settings", "for ever", "for now"])
def test_not_paused_holds_everything(how: str) -> None:
    """Paused by helium.yaml or in the ledger: nothing is applied, the plan still tells."""
    observed = removed("a")
    observed = replace(observed, specs={**observed.specs, "new": spec("new")})
    if how == "settings":
        observed = replace(observed, fleet=replace(observed.fleet, paused=True))
    else:
        until = None if how == "for ever" else NOW + timedelta(hours=1)
        pause = Pause("ada@example.com", "an incident", NOW - timedelta(hours=1), until)
        observed = replace(observed, fleet_record=fleet_record(pause=pause))
    plan = decided(observed)

    assert (applied(plan), refused(plan)) == ([], [Code.PAUSED])


def test_a_pause_ends_at_its_time() -> None:
    """A pause with an end holds nothing after it."""
    over = Pause("ada@example.com", "an incident", NOW - timedelta(hours=2), NOW)

    assert applied(decided(removed("a", fleet_record=fleet_record(pause=over)))) == [("destroy", "a")]


@pytest.mark.parametrize("kind", ["unreadable", "unread"])
def test_valid_spec_holds_a_name_whose_file_is_there(kind: str) -> None:
    """A file that was not read, or cannot be, keeps its stack while its last deadline is in the future."""
    issue = Issue("workspaces/a.yaml", 1, 1, "", "is not valid")
    file = (
        InvalidSpec("a", "workspaces/a.yaml", "x", (issue,))
        if kind == "unreadable"
        else NotParsed("a", "workspaces/a.yaml", "blob-a")
    )
    observed = fleet_of("a", "k")
    plan = forced(replace(observed, specs={**observed.specs, "a": file}))

    assert (applied(plan), refused(plan)) == ([], [Code.INVALID_SPEC])


def test_valid_spec_holds_removals_while_something_stands_where_a_folder_was() -> None:
    """`workspaces/team` became a link or a submodule: what was in it is not seen, which is not a removal."""
    link = InvalidSpec("team", "workspaces/team", "x", (Issue("workspaces/team", 1, 1, "", "is a link"),))
    observed = removed("a")
    observed = replace(observed, specs={**observed.specs, "team": link})

    assert (applied(decided(observed)), refused(decided(observed))) == ([], [Code.INVALID_SPEC])
    origin = Removal("a", "c1", NOW, origin="request")
    assert applied(decided(replace(observed, removals={"a": origin}))) == [("destroy", "a")]


@pytest.mark.parametrize(
    "bent",
    [
        {"records": {}},
        {"ownerships": {}},
        {"ownerships": {stack_id("a"): None}},
        {"ownerships": {stack_id("a"): ownership(fleet="other")}},
        {"ownerships": {stack_id("a"): ownership(name="b")}},
        {"ownerships": {stack_id("a"): ownership(added_at=ADDED_AT - timedelta(days=9))}},
    ],
    ids=["no record", "not opened", "no ownership", "another fleet", "another name", "another incarnation"],
)
def test_proven_ownership_holds_what_is_not_proven_ours(bent: dict[str, Any]) -> None:
    """Missing facts never lead to a destroy."""
    plan = forced(removed("a", **bent))

    assert (applied(plan), refused(plan)) == ([], [Code.NO_RECORD])


def test_proven_ownership_lets_an_emptied_stack_finish() -> None:
    """A stack that an earlier pass emptied carries no ownership any more; its deletion goes on."""
    observed = removed("a", ownerships={stack_id("a"): None}, bare=frozenset({stack_id("a")}))
    begun = replace(observed, records={**observed.records, "a": record(phase=Phase.DELETING)})

    assert applied(decided(begun)) == [("destroy", "a")]
    assert applied(decided(observed)) == []


def test_proven_ownership_lets_a_stack_go_that_was_never_begun() -> None:
    """A create that was killed before its ownership was written, and whose file went: there is nothing to lose."""
    observed = removed("a", ownerships={stack_id("a"): None}, bare=frozenset({stack_id("a")}))
    created = record(phase=Phase.CREATING, spec_blob=None)

    assert applied(decided(replace(observed, records={**observed.records, "a": created}))) == [("destroy", "a")]


def test_an_ownership_that_ran_ahead_proves_nothing() -> None:
    """Blob and deadline in an ownership run ahead of a failed update, which the ledger announced: they hold nothing."""
    ahead = ownership(blob="blob-9", deadline=DEADLINE + timedelta(days=9))
    observed = removed("a", ownerships={stack_id("a"): ahead})
    announced = replace(observed, records={**observed.records, "a": record(seen_blob="blob-9")})

    assert applied(decided(announced)) == [("destroy", "a")]


def test_unprotected_holds_what_was_protected_when_last_applied() -> None:
    """Neither a missing file nor a passed deadline takes a protected workspace."""
    observed = removed("a")
    plan = forced(replace(observed, records={**observed.records, "a": record(protected=True)}))

    assert (applied(plan), refused(plan)) == ([], [Code.PROTECTED])


def test_unprotected_holds_what_its_own_stack_calls_protected() -> None:
    """A ledger that was put back to an older commit does not know the protection; the stack itself does."""
    observed = removed("a")
    plan = forced(replace(observed, ownerships={**observed.ownerships, stack_id("a"): ownership("a", protected=True)}))

    assert (applied(plan), refused(plan)) == ([], [Code.PROTECTED])


@pytest.mark.parametrize("how", ["unknown", "changed"])
def test_known_backend_holds_while_the_file_is_there(how: str) -> None:
    """A backend that is unknown or changed keeps the stack until the deadline that a pass recorded."""
    there = spec(backend="other", expiry=PASSED, fields={"backend": "other"}) if how == "changed" else spec()
    observed = fleet_of("a", "b", specs={"a": replace(there, expiry=PASSED), "b": spec("b")})
    if how == "unknown":
        observed = replace(observed, recipes={})
    plan = decided(observed)

    assert applied(decided(replace(observed, records={"a": record(deadline=PASSED)}))) == [("destroy", "a")]
    assert applied(plan) == []
    assert refused(plan) == [Code.BACKEND_UNKNOWN if how == "unknown" else Code.BACKEND_CHANGED]


def test_known_backend_lets_a_removed_file_go_without_its_backend() -> None:
    """A destroy needs neither the file nor the backend's folder."""
    assert applied(decided(removed("a", recipes={}))) == [("destroy", "a")]


def test_recorded_deadline_holds_a_deadline_that_came_nearer_by_itself() -> None:
    """Expired is only what was recorded while it was still in the future."""
    observed = fleet_of("a", "k")
    plan = forced(replace(observed, specs={**observed.specs, "a": spec(expiry=PASSED)}), Code.EXPIRED)

    assert (applied(plan), refused(plan)) == ([], [Code.DEADLINE_MOVED])


def test_a_deadline_that_moved_into_the_past_counts_as_a_removed_file() -> None:
    """It goes by the rules of a removed file, within the limit of deletes."""
    names = [f"w{number}" for number in range(6)]
    observed = fleet_of(*names, "k")
    shortened = {name: spec(name, blob="blob-2", expiry=PASSED) for name in names}
    plan = decided(replace(observed, specs={**observed.specs, **shortened}))

    assert (applied(plan), refused(plan)) == ([], [Code.TOO_MANY])


def many(count: int, **changes: Any) -> Observation:
    """A fleet where the files of `count` workspaces are gone."""
    return removed(*(f"w{number}" for number in range(count)), **changes)


def test_few_deletes_holds_all_of_too_many() -> None:
    """Five may go in 24 hours; of six none goes without the digest of exactly those names."""
    names = [f"w{number}" for number in range(6)]
    allowed = Overrides(allow_deletes=deletes_digest(names))
    plan = decided(many(6))

    assert len(applied(decided(many(5)))) == 5
    assert (applied(plan), refused(plan)) == ([], [Code.TOO_MANY])
    assert plan.refusals[0].override == f"--allow-deletes {deletes_digest(names)}"
    assert len(applied(decided(many(6), overrides=allowed))) == 6
    assert applied(decided(many(7), overrides=allowed)) == []


def test_few_deletes_counts_earlier_passes_and_what_has_begun() -> None:
    """The count goes over all passes of 24 hours."""
    observed = many(3, recent_deletes=frozenset({"x", "y", "z"}))
    begun = {name: record(name, phase=Phase.DELETING, observed_at=None) for name in ("d0", "d1", "d2")}
    beside = many(3)
    beside = replace(beside, records={**beside.records, **begun})

    assert refused(decided(observed)) == [Code.TOO_MANY]
    assert Code.TOO_MANY in refused(decided(beside))


def test_few_deletes_does_not_count_what_expired_or_was_requested() -> None:
    """The expired and the requested are not accidents."""
    observed = many(9)
    origin = {name: replace(ASKED, name=name) for name in observed.records if name != "k"}
    gone = {name: record(name, deadline=PASSED) for name in origin}

    assert len(applied(decided(replace(observed, removals=origin)))) == 9
    assert len(applied(decided(replace(observed, records={**observed.records, **gone})))) == 9


def test_some_spec_left_holds_an_emptied_folder() -> None:
    """With no spec left, only what expired or was requested goes."""
    plan = decided(fleet_of("a", specs={}))

    assert (applied(plan), refused(plan)) == ([], [Code.NO_SPECS])
    assert applied(decided(fleet_of("a", specs={}, removals={"a": ASKED}))) == [("destroy", "a")]
    over = fleet_of("a", specs={}, records={"a": record(deadline=PASSED)})
    assert applied(decided(over)) == [("destroy", "a")]


def test_expected_plan_holds_everything_on_another_plan() -> None:
    """`--expect` applies nothing on a difference, and everything on the same plan, whatever the clock says."""
    observed = removed("a")
    reviewed = diff(observed, NOW - timedelta(minutes=30)).digest

    assert applied(decided(observed, overrides=Overrides(expect=reviewed))) == [("destroy", "a")]
    plan = decided(observed, overrides=Overrides(expect="something else"))
    assert (applied(plan), refused(plan)) == ([], [Code.UNEXPECTED_PLAN])


def test_expected_plan_tells_a_difference_even_with_nothing_to_do() -> None:
    """A digest that does not fit is an error in any case."""
    plan = decided(fleet_of("a"), overrides=Overrides(expect="something else"))

    assert refused(plan) == [Code.UNEXPECTED_PLAN]


def test_reviewed_removal_holds_a_removal_that_was_not_shown() -> None:
    """A merged pull request that did not show the removal is not a permission."""
    observed = removed("a", removals={"a": replace(DIRECT, origin=UNREVIEWED)})
    plan = decided(observed)

    assert (applied(plan), refused(plan)) == ([], [Code.UNREVIEWED_REMOVAL])
    assert plan.refusals[0].override == f"--allow-deletes {deletes_digest(['a'])}"
    assert "merged without showing" in plan.refusals[0].sentence


def test_reviewed_removal_is_released_by_name_beside_others() -> None:
    """Whoever allows exactly those names lets them go; what was removed by hand beside them needs no permission."""
    both = {"a": replace(DIRECT, origin=UNREVIEWED), "b": replace(DIRECT, name="b")}
    observed = removed("a", "b", removals=both)
    plan = decided(observed, overrides=Overrides(allow_deletes=deletes_digest(["a"])))
    origins = {change.name: change.origin for change in plan.destroys}

    assert ([("destroy", "b")], [Code.UNREVIEWED_REMOVAL]) == (applied(decided(observed)), refused(decided(observed)))
    assert {"a": "released", "b": "direct"} == origins
    assert [] == refused(plan)


def test_reviewed_removal_holds_what_nobody_can_ask_about_now() -> None:
    """While the host is away, nobody knows; the sentence says why, and a deadline still counts."""
    waits = removed("a", removals={"a": replace(DIRECT, origin=UNDECIDED)}, reviews_away="The host is away.")
    over = replace(waits, records={**waits.records, "a": record("a", deadline=NOW - timedelta(hours=1))})

    assert (applied(decided(waits)), refused(decided(waits))) == ([], [Code.UNREVIEWED_REMOVAL])
    assert decided(waits).refusals[0].sentence.endswith("The host is away.")
    assert [("destroy", "a")] == applied(decided(over))


def test_agreed_deadline_holds_what_its_stack_says_lives_on() -> None:
    """A job of a copy of the repository, where nobody extended it, finds a stack that is newer than its ledger."""
    later = ownership("a", blob="blob-of-the-other-copy", deadline=NOW + timedelta(days=9))
    observed = expired()
    observed = replace(observed, ownerships={**observed.ownerships, stack_id("a"): later})
    plan = decided(observed)

    assert (applied(plan), refused(plan)) == ([], [Code.OTHER_DEADLINE])
    assert "lives until" in plan.refusals[0].sentence
    allowed = Overrides(allow_deletes=deletes_digest(["a"]))
    assert applied(decided(observed, overrides=allowed)) == [("destroy", "a")]


def test_agreed_deadline_holds_what_an_old_copy_tidied_away() -> None:
    """Somebody removes the file in the old repository. Whoever asks Helium for it there means it."""
    later = ownership("a", blob="blob-of-the-other-copy", deadline=DEADLINE + timedelta(days=9))
    observed = removed("a", ownerships={stack_id("a"): later}, removals={"a": DIRECT})

    assert refused(decided(observed)) == [Code.OTHER_DEADLINE]
    assert applied(decided(replace(observed, removals={"a": ASKED}))) == [("destroy", "a")]
    same = replace(observed, ownerships={stack_id("a"): replace(later, deadline=DEADLINE)})
    assert applied(decided(same)) == [("destroy", "a")]


@pytest.mark.parametrize("blob", ["blob-a", "blob-seen"])
def test_agreed_deadline_lets_the_ledger_decide_about_a_file_that_it_knows(blob: str) -> None:
    """A shortened workspace whose update failed still ends, though its stack has the longer deadline."""
    observed = expired()
    observed = replace(
        observed,
        records={**observed.records, "a": record("a", deadline=PASSED, seen_blob="blob-seen")},
        specs={**observed.specs, "a": spec("a", expiry=PASSED, blob="blob-seen")},
        ownerships={
            **observed.ownerships,
            stack_id("a"): ownership("a", blob=blob, deadline=NOW + timedelta(days=9)),
        },
    )

    assert applied(decided(observed)) == [("destroy", "a")]


@pytest.mark.parametrize(
    ("entries", "paused", "word"),
    [
        ((), False, ""),
        ((Entry("workspaces/team/a.yaml", "blob-9"),), False, "came back"),
        ((Entry("workspaces/a.yml", "blob-9"),), False, "came back"),
        ((), True, "paused"),
    ],
    ids=["still gone", "back in another folder", "back with another ending", "paused"],
)
def test_changed_meanwhile_drops_a_destroy_when_the_world_moved(
    entries: tuple[Entry, ...], paused: bool, word: str
) -> None:
    """Right before a destroy, main and pause are looked at again."""
    (change,) = decided(removed("a")).destroys

    why = changed(change, planned=(), entries=entries, paused=paused)
    assert word in why
    assert bool(why) is bool(word)


def test_changed_meanwhile_drops_a_replacement_whose_file_went() -> None:
    """What may take data away to make it again is not begun when nobody wants it any more."""
    observed = fleet_of("a", specs={"a": spec(blob="blob-2", fields={"pachdVersion": "2"})})
    (change,) = diff(observed, NOW).replacing(frozenset({"a"})).may_delete
    there = Entry("workspaces/a.yaml", "blob-2")

    why = [changed(change, planned=(there,), entries=now) for now in ((), (there,))]
    assert ["its file was removed in the meantime", ""] == why


def test_changed_meanwhile_lets_an_expired_file_go_while_it_is_unchanged() -> None:
    """The file may still be there; only a change of it drops the destroy."""
    (change,) = decided(expired()).destroys
    same, edited = Entry("workspaces/a.yaml", "blob-a"), Entry("workspaces/a.yaml", "blob-9")

    assert changed(change, planned=(same,), entries=(same,)) == ""
    assert changed(change, planned=(same,), entries=(edited,)) != ""


def test_changed_meanwhile_lets_it_go_beside_a_second_file_that_was_there_already() -> None:
    """A stray `a.md` in a team's folder holds the name too. It was there when the plan was made, so nothing changed."""
    (change,) = decided(expired()).destroys
    both = (Entry("workspaces/a.yaml", "blob-a"), Entry("workspaces/team/a.md", "blob-9"))

    assert changed(change, planned=both, entries=both) == ""
    assert changed(change, planned=both[:1], entries=both) != ""


def changed(change: Work, *, planned: tuple[Entry, ...], entries: tuple[Entry, ...], paused: bool = False) -> str:
    """The last look at a change."""
    return changed_meanwhile(
        change, planned=planned, entries=entries, fleet_record=fleet_record(), by_settings=paused, now=NOW
    )
