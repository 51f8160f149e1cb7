"""What holds for every fleet, however odd: drawn by Hypothesis, decided by the real diff and guard."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from helium.core.observation import Observation
from helium.core.plan import Create, Destroy, Keep, Overrides, Update
from helium.core.record import CorruptRecord, Phase, Record
from helium.core.spec import Addition, InvalidSpec, NotParsed, Reading, Removal, Spec
from helium.core.stack import Listing, Stack
from helium.core.transitions import begun, emptied, ready
from helium.errors import Issue
from helium.reconcile.diff import diff
from helium.reconcile.guard import guard
from helium.reconcile.record_observation import changed_records
from tests.builders import (
    ADDED_AT,
    DEADLINE,
    FLEET,
    NOW,
    RECIPE,
    fleet_of,
    fleet_record,
    ownership,
    record,
    spec,
    stack_id,
)

NAMES = ("a", "b", "c", "d")
INSTANTS = st.sampled_from([NOW - timedelta(days=1), NOW, NOW + timedelta(hours=1), DEADLINE])


@st.composite
def files(draw: st.DrawFn, name: str) -> Reading | None:
    """No file, a valid one, one that was not read, or one that cannot be."""
    blob = draw(st.sampled_from([f"blob-{name}", "blob-2"]))
    path = f"workspaces/{name}.yaml"
    kind = draw(st.sampled_from(["none", "spec", "unread", "broken"]))
    if kind == "none":
        return None
    if kind == "unread":
        return NotParsed(name, path, blob)
    if kind == "broken":
        return InvalidSpec(name, path, blob, (Issue(path, 1, 1, "", "is broken"),))
    expiry = draw(st.none() | INSTANTS)
    backend = draw(st.sampled_from(["gcp-namespace", "other"]))
    return spec(name, blob=blob, expiry=expiry, backend=backend, protected=draw(st.booleans()))


@st.composite
def records(draw: st.DrawFn, name: str) -> Record | CorruptRecord | None:
    """No record, one in any phase, or one that cannot be read."""
    kind = draw(st.sampled_from(["none", "record", "record", "corrupt"]))
    if kind == "none":
        return None
    if kind == "corrupt":
        return CorruptRecord(name, f"records/00/{name}.json", "is torn")
    return record(
        name,
        phase=draw(st.sampled_from(list(Phase))),
        deadline=draw(INSTANTS),
        protected=draw(st.booleans()),
        observed_at=draw(st.none() | st.just(ADDED_AT)),
        emptied=draw(st.none() | st.just(NOW)),
        half_done=draw(st.booleans()),
        spec_blob=draw(st.none() | st.just(f"blob-{name}")),
        removed=draw(st.none() | st.just(Removal(name, "c9", NOW))),
        attempts=draw(st.integers(0, 3)),
        next_attempt_at=draw(st.none() | INSTANTS),
    )


@st.composite
def fleets(draw: st.DrawFn) -> Observation:
    """Any mixture of files, records, stacks, ownerships and additions for a few names."""
    observed = fleet_of()
    specs, known, stacks, ownerships, additions = {}, {}, [], {}, {}
    for name in NAMES:
        if (file := draw(files(name))) is not None:
            specs[name] = file
        if (entry := draw(records(name))) is not None:
            known[name] = entry
        if draw(st.booleans()):
            stacks.append(Stack(stack_id(name)))
            ownerships[stack_id(name)] = draw(
                st.sampled_from([None, ownership(name), ownership(name, fleet="other"), ownership(name, added_at=NOW)])
            )
        if draw(st.booleans()):
            additions[name] = Addition(name, draw(INSTANTS), "c8", "Bob <bob@example.com>", "blob-2")
    return replace(
        observed,
        specs=specs,
        records=known,
        listing=Listing(tuple(stacks), marker=draw(st.booleans())),
        ownerships=ownerships,
        additions=additions,
        fleet_record=draw(st.sampled_from([fleet_record(), fleet_record(accepted=None), None])),
        recipes=draw(st.sampled_from([observed.recipes, {}])),
        descends=draw(st.sampled_from([True, True, False, None])),
    )


@given(fleets())
def test_every_name_has_exactly_one_change(observed: Observation) -> None:
    """The plan is sorted and complete: every name of specs, stacks and ledger, once."""
    names = sorted({*observed.specs, *observed.records, *(stack.id.name for stack in observed.listing.stacks)})

    assert [change.name for change in diff(observed, NOW).changes] == names
    assert [change.name for change in guard(diff(observed, NOW), observed, overrides=Overrides()).changes] == names


@given(fleets())
def test_a_destroy_is_never_left_for_a_name_whose_facts_are_missing(observed: Observation) -> None:
    """Without a record, or an ownership of this fleet, name and incarnation in the stack, nothing goes."""
    for change in guard(diff(observed, NOW), observed, overrides=Overrides()).destroys:
        known = observed.records.get(change.name)
        proof = observed.ownerships.get(change.stack)

        assert isinstance(known, Record)
        assert not known.protected
        assert not isinstance(observed.specs.get(change.name), NotParsed)
        assert proof is not None
        assert (proof.fleet, proof.name, proof.added_at) == (FLEET.name, change.name, known.added_at)


@given(fleets())
def test_the_guard_only_removes(observed: Observation) -> None:
    """What the guard leaves was in the plan; what it took away is kept, with the change that it was."""
    plan = diff(observed, NOW)
    guarded = guard(plan, observed, overrides=Overrides())

    for before, after in zip(plan.changes, guarded.changes, strict=True):
        assert after == before or (isinstance(after, Keep) and after.held == before)
    assert guarded.digest == plan.digest


@given(fleets(), st.randoms())
def test_digests_do_not_depend_on_order(observed: Observation, random: object) -> None:
    """The same facts in another order are the same plan."""
    keys = list(observed.specs)
    random.shuffle(keys)  # type: ignore[attr-defined]
    shuffled = replace(
        observed,
        specs={key: observed.specs[key] for key in keys},
        records=dict(reversed(list(observed.records.items()))),
        listing=replace(observed.listing, stacks=observed.listing.stacks[::-1]),
    )

    assert diff(shuffled, NOW) == diff(observed, NOW)


@given(fleets())
def test_digests_do_not_cover_the_clock(observed: Observation) -> None:
    """A second later, where no deadline passed and no wait ended in between, the digest is the same."""
    earlier, later = NOW + timedelta(minutes=10), NOW + timedelta(minutes=20)

    assert diff(observed, earlier).digest == diff(observed, later).digest


def _after(observed: Observation) -> Observation:
    """The facts once every change of the guarded plan was carried out and ended well, as apply leaves them."""
    stacks = {stack.id: stack for stack in observed.listing.stacks}
    plan = guard(diff(observed, NOW), observed, overrides=Overrides())
    noted = changed_records(plan, observed, now=NOW)
    known = {name: record for name, record in {**observed.records, **noted}.items() if record is not None}
    for change in plan.work:
        old = known.get(change.name)
        assert not isinstance(old, CorruptRecord)
        if isinstance(change, Destroy):
            assert old is not None
            del stacks[change.stack]
            known[change.name] = emptied(replace(old, phase=Phase.DELETING), now=NOW)
            if change.name not in observed.specs:
                del known[change.name]
            continue
        base = None if old is None or old.emptied else old
        lifetime = observed.fleet.lifetimes.of(change.workspace.spec.team).usual
        metadata_only = isinstance(change, Update) and change.metadata_only
        new = begun(change.workspace, record=base, now=NOW, lifetime=lifetime, metadata_only=metadata_only)
        known[change.name] = ready(new, change.workspace, outputs={}, now=NOW)
        stacks[stack_id(change.name, change.backend)] = Stack(stack_id(change.name, change.backend))
    marker = observed.listing.marker or bool(plan.work)
    listing = Listing(tuple(stacks.values()), marker=marker)
    return replace(
        observed, records=known, listing=listing, additions={}, fleet_record=observed.fleet_record or fleet_record()
    )


def _asked(spec: Spec) -> datetime:
    """The deadline that a file asks for; without one, later than any."""
    return spec.expiry or datetime.max.replace(tzinfo=UTC)


@settings(max_examples=300)
@given(fleets())
def test_plan_after_apply_does_nothing(observed: Observation) -> None:
    """Applied once, the plan has nothing left but what is held.

    Twice, where a name starts another incarnation, or where it expired and was unprotected only then.
    """
    observed = replace(
        observed, fleet_record=fleet_record(), descends=True, listing=replace(observed.listing, marker=True)
    )
    twice = any(
        (isinstance(change, Destroy) and change.again)
        or (isinstance(change, Update) and min(change.workspace.deadline, _asked(change.workspace.spec)) <= NOW)
        for change in diff(observed, NOW).changes
    )
    once = _after(observed)
    again = _after(once) if twice else once

    assert guard(diff(again, NOW), again, overrides=Overrides()).work == ()


def test_a_create_carries_what_the_backend_needs() -> None:
    """The workspace of a create is the file's, with today's place and make."""
    observed = fleet_of("a", records={}, listing=Listing(marker=True))
    (change,) = diff(observed, NOW).changes

    assert isinstance(change, Create)
    assert isinstance(observed.specs["a"], Spec)
    assert change.workspace.placement == RECIPE.placement
    assert change.workspace.pins == {**RECIPE.pins, "program": RECIPE.program}
