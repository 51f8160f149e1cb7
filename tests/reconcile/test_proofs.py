"""No destroy without all its proofs: whatever is missing, unreadable or in doubt, in whatever combination.

Two directions. Of random observations, each destroy that the guard leaves is held against the list of proofs, which is
written here a second time, without the guard's own code. And a workspace that may go, for any reason, stays as soon as
any one fact is taken away, however many others are taken away with it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helium.core.fleet_record import LastPass, Pause
from helium.core.observation import Observation
from helium.core.plan import Code, Destroy, Overrides, Plan
from helium.core.record import CorruptRecord, Phase, Record
from helium.core.spec import UNDECIDED, UNREVIEWED, Addition, InvalidSpec, NotParsed, Removal, Spec
from helium.core.stack import Stack
from helium.errors import Issue
from helium.reconcile.diff import diff
from helium.reconcile.guard import deletes_digest, guard
from tests.builders import ADDED_AT, DEADLINE, NOW, fleet_of, record, spec, stack_id
from tests.reconcile.test_properties import NAMES

HOUR = timedelta(hours=1)
PAST = NOW - HOUR


Scene = Callable[[Observation, str], Observation]
"""What happened to one name, or what is missing of it."""


def _file(observed: Observation, name: str, /, **changes: Any) -> Observation:
    return replace(observed, specs={**observed.specs, name: spec(name, **changes)})


def _record(observed: Observation, name: str, /, **changes: Any) -> Observation:
    known = observed.records.get(name)
    if not isinstance(known, Record):
        return observed
    return replace(observed, records={**observed.records, name: replace(known, **changes)})


def _says(observed: Observation, name: str, /, **changes: Any) -> Observation:
    said = observed.ownerships.get(stack_id(name))
    if said is None:
        return observed
    return replace(observed, ownerships={**observed.ownerships, stack_id(name): replace(said, **changes)})


def _ledger(observed: Observation, **changes: Any) -> Observation:
    known = observed.fleet_record
    return observed if known is None else replace(observed, fleet_record=replace(known, **changes))


def removed(observed: Observation, name: str) -> Observation:
    """Its file was removed by hand."""
    specs = {other: file for other, file in observed.specs.items() if other != name}
    return replace(observed, specs=specs, removals={**observed.removals, name: Removal(name, "c9", PAST)})


def requested(observed: Observation, name: str) -> Observation:
    """Somebody asked Helium to take it away."""
    seen = removed(observed, name)
    return replace(seen, removals={**seen.removals, name: Removal(name, "c9", PAST, "request")})


def expired(observed: Observation, name: str) -> Observation:
    """Its time is over, by its file, its record and its stack."""
    seen = _record(_file(observed, name, expiry=PAST), name, deadline=PAST)
    return _says(seen, name, deadline=PAST)


def shortened(observed: Observation, name: str) -> Observation:
    """Its file says since a moment ago that its time is over."""
    return _file(observed, name, expiry=PAST, blob="blob-2")


def another(observed: Observation, name: str) -> Observation:
    """Somebody else's file has the name."""
    addition = Addition(name, PAST, "c8", "Bob <bob@example.com>", "blob-of-bob", f"blob-{name}")
    seen = _file(observed, name, blob="blob-of-bob", owner="bob@example.com")
    return replace(seen, additions={**seen.additions, name: addition})


def begun(observed: Observation, name: str) -> Observation:
    """Its end had begun, and its file is back."""
    return _record(observed, name, phase=Phase.DELETING)


def bare(observed: Observation, name: str) -> Observation:
    """It was removed before its stack held anything."""
    seen = _record(removed(observed, name), name, phase=Phase.CREATING, spec_blob=None)
    return replace(
        seen, ownerships={**seen.ownerships, stack_id(name): None}, bare=frozenset({*seen.bare, stack_id(name)})
    )


GOING: dict[str, Scene] = {
    scene.__name__: scene for scene in (removed, requested, expired, shortened, another, begun, bare)
}


def _twice(observed: Observation, name: str) -> Observation:
    stacks = (*observed.listing.stacks, Stack(stack_id(name, "other")))
    return replace(observed, listing=replace(observed.listing, stacks=stacks))


def _torn(observed: Observation, name: str) -> Observation:
    stacks = tuple(replace(s, corrupt="is torn") if s.id == stack_id(name) else s for s in observed.listing.stacks)
    return replace(observed, listing=replace(observed.listing, stacks=stacks))


def _unlisted(observed: Observation, name: str) -> Observation:
    stacks = tuple(stack for stack in observed.listing.stacks if stack.id.name != name)
    return replace(observed, listing=replace(observed.listing, stacks=stacks))


def _not_opened(observed: Observation, name: str) -> Observation:
    said = {stack: one for stack, one in observed.ownerships.items() if stack != stack_id(name)}
    return replace(observed, ownerships=said)


def _anonymous(observed: Observation, name: str) -> Observation:
    said = {**observed.ownerships, stack_id(name): None}
    return replace(observed, ownerships=said, bare=observed.bare - {stack_id(name)})


def _corrupt_record(observed: Observation, name: str) -> Observation:
    corrupt = CorruptRecord(name, f"records/{name}.json", "is torn")
    return replace(observed, records={**observed.records, name: corrupt})


def _without_record(observed: Observation, name: str) -> Observation:
    return replace(observed, records={other: one for other, one in observed.records.items() if other != name})


def _not_parsed(observed: Observation, name: str) -> Observation:
    unread = NotParsed(name, f"workspaces/{name}.yaml", f"blob-{name}")
    return replace(observed, specs={**observed.specs, name: unread})


def _invalid(observed: Observation, name: str) -> Observation:
    path = f"workspaces/{name}.yaml"
    file = InvalidSpec(name, path, "blob-3", (Issue(path, 1, 1, "", "is broken"),))
    return replace(observed, specs={**observed.specs, name: file})


def _of_bare(change: Scene) -> Scene:
    """What only a stack that says something can say otherwise: of a bare one, it is the record that goes."""

    def changed(observed: Observation, name: str) -> Observation:
        seen = change(observed, name)
        return seen if seen != observed else _without_record(observed, name)

    return changed


MISSING: dict[str, Scene] = {
    "a source could not be read": lambda seen, _: replace(seen, gaps=("the settings",)),
    "the marker": lambda seen, _: replace(seen, listing=replace(seen.listing, marker=False)),
    "the ledger": lambda seen, _: replace(seen, fleet_record=None),
    "the tip of main": lambda seen, _: replace(seen, on_main=False),
    "main's history, rewritten": lambda seen, _: replace(seen, descends=False),
    "main's history, in a shallow clone": lambda seen, _: replace(seen, descends=None),
    "an accepted commit": lambda seen, _: _ledger(seen, accepted=None),
    "the settings' permission": lambda seen, _: replace(seen, fleet=replace(seen.fleet, paused=True)),
    "a person's permission": lambda seen, _: _ledger(seen, pause=Pause("bob", "looks", PAST)),
    "the record": _without_record,
    "a record that can be read": _corrupt_record,
    "a record of something alive": lambda seen, name: (
        _record(seen, name, emptied=PAST) if seen.ownerships.get(stack_id(name)) else _without_record(seen, name)
    ),
    "the end of its protection, by its record": lambda seen, name: _record(seen, name, protected=True),
    "the end of its protection, by its stack": _of_bare(lambda seen, name: _says(seen, name, protected=True)),
    "the stack of its record": lambda seen, name: _record(seen, name, stack=f"organization/acme.other/{name}"),
    "its incarnation": _of_bare(lambda seen, name: _says(seen, name, added_at=ADDED_AT + HOUR)),
    "its fleet": _of_bare(lambda seen, name: _says(seen, name, fleet="other")),
    "its name": _of_bare(lambda seen, name: _says(seen, name, name="another")),
    "its opened stack": _not_opened,
    "a stack that can be opened": lambda seen, name: replace(seen, unopened={stack_id(name): "is torn"}),
    "a stack that says whose it is": _anonymous,
    "a whole state file": _torn,
    "a line of the listing": _unlisted,
    "one stack of the name": _twice,
    "two other stacks": lambda seen, _: replace(seen, records={**seen.records, "x": record("x"), "y": record("y")}),
    "its own cluster": lambda seen, name: replace(seen, wrong_cluster={stack_id(name): "it is another one"}),
    "a look into its file": _not_parsed,
}
"""Each of them alone holds the name, whatever it is to go for."""
LAST = LastPass(NOW - HOUR, "c0", 1.0)
BY_THE_CLOCK: dict[str, Scene] = {
    "the remote's time": lambda seen, _: replace(seen, remote_time=NOW - timedelta(days=6)),
    "a pass of this week": lambda seen, _: _ledger(seen, last_pass=replace(LAST, time=NOW - timedelta(days=7))),
    "a clock that goes on": lambda seen, _: _ledger(seen, last_pass=replace(LAST, time=NOW + HOUR)),
}
BY_HAND: dict[str, Scene] = {
    "a pull request that showed it": lambda seen, name: replace(
        seen, removals={**seen.removals, name: Removal(name, "c9", PAST, "unreviewed-removal")}
    ),
    "room below the limit": lambda seen, _: replace(seen, recent_deletes=frozenset("uvwxy")),
    "a limit of yesterday": lambda seen, _: _ledger(seen, deletes=0),
    "any other spec": lambda seen, _: replace(seen, specs={}),
}
CONSENT: dict[str, Scene] = {
    "the stack's consent": lambda seen, name: _says(seen, name, deadline=DEADLINE + HOUR, blob="of another repository"),
}
OF_ONE: dict[str, dict[str, Scene]] = {
    "removed": {**BY_HAND, **CONSENT},
    "bare": BY_HAND,
    "expired": {**BY_THE_CLOCK, **CONSENT},
    "shortened": {**BY_THE_CLOCK, **CONSENT, "a valid file": _invalid},
    "another": {**CONSENT, "a valid file": _invalid},
    "begun": {**CONSENT, "a valid file": _invalid},
    "requested": {},
}


def planned(observed: Observation, overrides: Overrides | None = None) -> Plan:
    """The plan that a pass would carry out."""
    return guard(diff(observed, NOW), observed, overrides=overrides or Overrides())


def goes(observed: Observation, name: str) -> bool:
    """Whether the name would be destroyed."""
    return name in {change.name for change in planned(observed).destroys}


@pytest.mark.parametrize("why", GOING)
def test_each_fact_is_needed_by_itself(why: str) -> None:
    """With all of them it goes, or the rest would hold for a guard that lets nothing go. Without any one it stays."""
    observed = GOING[why](fleet_of("a", "b"), "a")
    missing = {**MISSING, **OF_ONE[why]}

    assert goes(observed, "a")
    assert [] == [fact for fact, lacks in missing.items() if goes(lacks(observed, "a"), "a")]


@settings(max_examples=200)
@given(st.data())
def test_no_combination_of_missing_facts_leads_to_a_destroy(data: st.DataObject) -> None:
    """Two facts that are missing never make up for each other."""
    why = data.draw(st.sampled_from(sorted(GOING)))
    observed, missing = GOING[why](fleet_of("a", "b"), "a"), {**MISSING, **OF_ONE[why]}
    for fact in data.draw(st.lists(st.sampled_from(sorted(missing)), min_size=1, max_size=6, unique=True)):
        observed = missing[fact](observed, "a")

    assert not goes(observed, "a")


@st.composite
def mixed(draw: st.DrawFn) -> Observation:
    """Four names to which anything may have happened, and of which now and then a fact is missing."""
    observed = fleet_of(*NAMES)
    observed = replace(
        observed, fleet=replace(observed.fleet, limits=replace(observed.fleet.limits, deletes=draw(st.integers(0, 4))))
    )
    observed = replace(observed, recent_deletes=draw(st.sampled_from([frozenset(), frozenset("x"), frozenset("ax")])))
    scenes = {**GOING, **MISSING, **BY_THE_CLOCK, **BY_HAND, "a valid file": _invalid}
    for name in NAMES:
        for scene in draw(st.lists(st.sampled_from(sorted(GOING)), max_size=2)):
            observed = scenes[scene](observed, name)
    for name, scene in draw(st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(sorted(scenes))), max_size=2)):
        observed = scenes[scene](observed, name)
    return observed


ALLOWED = st.sampled_from([None, None, deletes_digest(["a"]), deletes_digest(["a", "b"]), deletes_digest(NAMES)])


@settings(max_examples=200)
@given(mixed(), ALLOWED, st.booleans())
def test_each_destroy_has_all_its_proofs(observed: Observation, digest: str | None, right: bool) -> None:
    """Of the whole look, of the workspace, of the reason and of the number."""
    plan = planned(observed, Overrides(allow_deletes=digest, clock_is_right=right))
    for change in plan.destroys:
        _whole_look(observed)
        known = observed.records[change.name]
        assert isinstance(known, Record)
        _this_workspace(observed, change, known=known)
        _its_reason(observed, change, known=known, right=right)
    _not_too_many(observed, plan, digest=digest)


def _whole_look(observed: Observation) -> None:
    known = observed.fleet_record
    assert (observed.gaps, observed.on_main, observed.descends) == ((), True, True)
    assert observed.listing.marker
    assert known is not None
    assert known.accepted is not None
    assert not observed.fleet.paused
    assert known.pause is None or known.pause.until is not None
    there = {str(stack.id) for stack in observed.listing.stacks}
    alive = [one for one in observed.records.values() if isinstance(one, Record) and one.alive]
    doubly = {name for name in NAMES if sum(stack.id.name == name for stack in observed.listing.stacks) > 1}
    assert len([one for one in alive if one.stack not in there and one.name not in doubly]) < 2


def _this_workspace(observed: Observation, change: Destroy, *, known: Record) -> None:
    (listed,) = (stack for stack in observed.listing.stacks if stack.id.name == change.name)
    assert str(listed.id) == str(change.stack) == known.stack
    assert listed.corrupt == ""
    assert listed.id not in observed.unopened
    assert listed.id not in observed.wrong_cluster
    assert not known.protected
    assert listed.id in observed.ownerships
    said = observed.ownerships[listed.id]
    if said is None:
        assert listed.id in observed.bare
        assert known.spec_blob is None or known.phase in (Phase.DELETING, Phase.GONE)
        return
    assert not said.protected
    assert (said.fleet, said.name, said.added_at) == (observed.fleet.name, change.name, known.added_at)
    assert known.emptied is None


def _its_reason(observed: Observation, change: Destroy, *, known: Record, right: bool) -> None:
    file, said = observed.specs.get(change.name), observed.ownerships[change.stack]
    assert not isinstance(file, NotParsed)
    assert change.code is Code.EXPIRED or change.origin not in (UNREVIEWED, UNDECIDED)
    if said is not None and change.origin not in ("request", "released"):
        known_file = said.blob in (known.spec_blob, known.seen_blob)
        assert known_file or said.deadline <= max(NOW, known.deadline)
    if change.code is Code.EXPIRED:
        assert known.deadline <= NOW
        assert not isinstance(file, Spec) or file.expiry is None or file.expiry <= NOW
        assert right or not _doubted(observed)
        assert said is None or said.deadline <= NOW or said.blob in (known.spec_blob, known.seen_blob)
        return
    assert not isinstance(file, InvalidSpec)
    if change.code is Code.DEADLINE_MOVED:
        assert isinstance(file, Spec)
        assert file.expiry is not None
        assert file.expiry <= NOW
        assert right or not _doubted(observed)
        return
    if file is None:
        assert change.code is Code.FILE_REMOVED
        return
    # Another incarnation has its file there already, or this one's end had begun.
    assert change.code is Code.REPLACED
    assert change.again
    addition = observed.additions.get(change.name)
    later = addition is not None and addition.added_at > known.added_at
    assert known.phase in (Phase.DELETING, Phase.GONE) or known.removed is not None or later


def _doubted(observed: Observation) -> bool:
    if observed.remote_time is not None:
        return abs(observed.remote_time - NOW) > timedelta(minutes=5)
    known = observed.fleet_record
    assert known is not None
    assert known.last_pass is not None
    return not known.last_pass.time <= NOW <= known.last_pass.time + timedelta(hours=24)


def _not_too_many(observed: Observation, plan: Plan, *, digest: str | None) -> None:
    counted = [
        change.name
        for change in plan.destroys
        if (change.code is Code.EXPIRED and _doubted(observed))
        or (change.code is not Code.EXPIRED and change.origin not in ("request", "released"))
    ]
    if digest is None and counted:
        assert len({*counted, *observed.recent_deletes}) <= observed.fleet.limits.deletes
        assert observed.specs
    released = [change.name for change in plan.destroys if change.origin == "released"]
    assert not released or digest is not None
