"""What holds for every fleet, however odd: drawn by Hypothesis, decided by the real diff and guard."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from helium.core.facts import Facts
from helium.core.life import begun, emptied, ready
from helium.core.plan import Create, Destroy, Keep, Overrides, Update
from helium.core.record import Illegible, Phase, Record
from helium.core.spec import Birth, Reading, Removal, Spec, Unread, Unreadable
from helium.core.stack import Listing, Stack
from helium.errors import Fault
from helium.reconcile.diff import diff
from helium.reconcile.guard import guard
from helium.reconcile.notes import notes
from tests.made import BORN, DEADLINE, FLEET, NOW, RECIPE, fleet_of, mark, record, register, spec, stack_id

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
        return Unread(name, path, blob)
    if kind == "broken":
        return Unreadable(name, path, blob, (Fault(path, 1, 1, "", "is broken"),))
    expiry = draw(st.none() | INSTANTS)
    backend = draw(st.sampled_from(["gcp-namespace", "other"]))
    return spec(name, blob=blob, expiry=expiry, backend=backend, protected=draw(st.booleans()))


@st.composite
def records(draw: st.DrawFn, name: str) -> Record | Illegible | None:
    """No record, one in any phase, or one that cannot be read."""
    kind = draw(st.sampled_from(["none", "record", "record", "illegible"]))
    if kind == "none":
        return None
    if kind == "illegible":
        return Illegible(name, f"records/00/{name}.json", "is torn")
    return record(
        name,
        phase=draw(st.sampled_from(list(Phase))),
        deadline=draw(INSTANTS),
        protected=draw(st.booleans()),
        made_at=draw(st.none() | st.just(BORN)),
        emptied=draw(st.none() | st.just(NOW)),
        half_done=draw(st.booleans()),
        spec_blob=draw(st.none() | st.just(f"blob-{name}")),
        removed=draw(st.none() | st.just(Removal(name, "c9", NOW))),
        attempts=draw(st.integers(0, 3)),
        next_attempt_at=draw(st.none() | INSTANTS),
    )


@st.composite
def fleets(draw: st.DrawFn) -> Facts:
    """Any mixture of files, records, stacks, marks and births for a few names."""
    facts = fleet_of()
    specs, known, stacks, marks, births = {}, {}, [], {}, {}
    for name in NAMES:
        if (file := draw(files(name))) is not None:
            specs[name] = file
        if (entry := draw(records(name))) is not None:
            known[name] = entry
        if draw(st.booleans()):
            stacks.append(Stack(stack_id(name), 3))
            marks[stack_id(name)] = draw(
                st.sampled_from([None, mark(name), mark(name, fleet="other"), mark(name, born=NOW)])
            )
        if draw(st.booleans()):
            births[name] = Birth(name, draw(INSTANTS), "c8", "Bob <bob@example.com>", "blob-2")
    return replace(
        facts,
        specs=specs,
        records=known,
        listing=Listing(tuple(stacks), marker=draw(st.booleans())),
        marks=marks,
        births=births,
        register=draw(st.sampled_from([register(), register(accepted=None), None])),
        recipes=draw(st.sampled_from([facts.recipes, {}])),
        descends=draw(st.sampled_from([True, True, False, None])),
    )


@given(fleets())
def test_every_name_has_exactly_one_change(facts: Facts) -> None:
    """The plan is sorted and complete: every name of specs, stacks and ledger, once."""
    names = sorted({*facts.specs, *facts.records, *(stack.id.name for stack in facts.listing.stacks)})

    assert [change.name for change in diff(facts, NOW).changes] == names
    assert [change.name for change in guard(diff(facts, NOW), facts, overrides=Overrides()).changes] == names


@given(fleets())
def test_a_destroy_is_never_left_for_a_name_whose_facts_are_missing(facts: Facts) -> None:
    """Without a record, or a mark of this fleet, name and life in the stack, nothing goes."""
    for change in guard(diff(facts, NOW), facts, overrides=Overrides()).destroys:
        known = facts.records.get(change.name)
        proof = facts.marks.get(change.stack)

        assert isinstance(known, Record)
        assert not known.protected
        assert not isinstance(facts.specs.get(change.name), Unread)
        assert proof is not None
        assert (proof.fleet, proof.name, proof.born) == (FLEET.name, change.name, known.born)


@given(fleets())
def test_the_guard_only_removes(facts: Facts) -> None:
    """What the guard leaves was in the plan; what it took away is kept, with the change that it was."""
    plan = diff(facts, NOW)
    guarded = guard(plan, facts, overrides=Overrides())

    for before, after in zip(plan.changes, guarded.changes, strict=True):
        assert after == before or (isinstance(after, Keep) and after.held == before)
    assert guarded.digest == plan.digest


@given(fleets(), st.randoms())
def test_digests_do_not_depend_on_order(facts: Facts, random: object) -> None:
    """The same facts in another order are the same plan."""
    keys = list(facts.specs)
    random.shuffle(keys)  # type: ignore[attr-defined]
    shuffled = replace(
        facts,
        specs={key: facts.specs[key] for key in keys},
        records=dict(reversed(list(facts.records.items()))),
        listing=replace(facts.listing, stacks=facts.listing.stacks[::-1]),
    )

    assert diff(shuffled, NOW) == diff(facts, NOW)


@given(fleets())
def test_digests_do_not_cover_the_clock(facts: Facts) -> None:
    """A second later, where no deadline passed and no wait ended in between, the digest is the same."""
    earlier, later = NOW + timedelta(minutes=10), NOW + timedelta(minutes=20)

    assert diff(facts, earlier).digest == diff(facts, later).digest


def _after(facts: Facts) -> Facts:
    """The facts once every change of the guarded plan was carried out and ended well, as apply leaves them."""
    stacks = {stack.id: stack for stack in facts.listing.stacks}
    plan = guard(diff(facts, NOW), facts, overrides=Overrides())
    noted = notes(plan, facts, now=NOW)
    known = {name: record for name, record in {**facts.records, **noted}.items() if record is not None}
    for change in plan.work:
        old = known.get(change.name)
        assert not isinstance(old, Illegible)
        if isinstance(change, Destroy):
            assert old is not None
            del stacks[change.stack]
            known[change.name] = emptied(replace(old, phase=Phase.DELETING), now=NOW)
            if change.name not in facts.specs:
                del known[change.name]
            continue
        base = None if old is None or old.emptied else old
        lifetime = facts.fleet.defaults.lifetime
        light = isinstance(change, Update) and change.light
        new = begun(change.workspace, record=base, now=NOW, lifetime=lifetime, light=light)
        known[change.name] = ready(new, change.workspace, outputs={}, now=NOW)
        stacks[stack_id(change.name, change.backend)] = Stack(stack_id(change.name, change.backend), 3)
    marker = facts.listing.marker or bool(plan.work)
    listing = Listing(tuple(stacks.values()), marker=marker)
    return replace(facts, records=known, listing=listing, births={}, register=facts.register or register())


@settings(max_examples=300)
@given(fleets())
def test_plan_after_apply_does_nothing(facts: Facts) -> None:
    """Applied once, or twice where a name starts another life, the plan has nothing left but what is held."""
    facts = replace(facts, register=register(), descends=True, listing=replace(facts.listing, marker=True))
    lives = any(isinstance(change, Destroy) and change.again for change in diff(facts, NOW).changes)
    once = _after(facts)
    again = _after(once) if lives else once

    assert guard(diff(again, NOW), again, overrides=Overrides()).work == ()


def test_a_create_carries_what_the_backend_needs() -> None:
    """The workspace of a create is the file's, with today's place and make."""
    facts = fleet_of("a", records={}, listing=Listing(marker=True))
    (change,) = diff(facts, NOW).changes

    assert isinstance(change, Create)
    assert isinstance(facts.specs["a"], Spec)
    assert change.workspace.place == RECIPE.place
    assert change.workspace.make == {**RECIPE.make, "program": RECIPE.program}
