from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from helium.core.fleet_record import Lease, Pause
from helium.core.live import LiveStack
from helium.core.plan import Change, Code, Overrides
from helium.core.record import Phase
from helium.core.stack import StackId
from helium.errors import EngineError, LeaseTakenError, OvertakenError, SourceError, StackBusyError
from helium.reconcile.guard import deletes_digest
from helium.reconcile.loop import PassOptions
from tests.reconcile.harness import RECIPE, SETTINGS, START, Stage, summary


@pytest.fixture
def stage() -> Stage:
    """A fleet without workspaces."""
    return Stage()


@pytest.fixture
def grown(stage: Stage) -> Stage:
    """A fleet with the workspaces `a` and `b`, ready."""
    stage.land({"a.yaml": "expiry: 2026-12-24\n", "b.yaml": "expiry: 2026-12-24\n"})
    stage.go()
    stage.engine.calls.clear()
    return stage


def test_a_file_becomes_a_stack(stage: Stage) -> None:
    """A new file is created, recorded as ready with its outputs, and logged."""
    stage.land({"a.yaml": "expiry: 2026-12-24\n"})
    result = stage.go()
    record = stage.record("a")

    assert summary(result) == [("create", "a", "new-file", True)]
    assert record is not None
    assert (record.phase, record.outputs, record.added_at) == (Phase.READY, {"url": "https://a"}, START)
    assert [(line.name, line.code) for line in stage.ledger.lines] == [("a", "new-file")]


def test_the_marker_is_announced_before_it_is_created(stage: Stage) -> None:
    """A new fleet says `pending`, makes the marker, then says `made`."""
    stage.land({"a.yaml": "{}\n"})
    stage.go()
    registers = [write.fleet_record for write in stage.ledger.writes if write.fleet_record]

    assert (registers[0].marker, registers[-1].marker) == ("pending", "created")
    assert stage.engine.marker


def test_the_phase_is_in_the_ledger_before_the_engine_starts(stage: Stage) -> None:
    """The first commit of a pass says `creating`, and holds the lease."""
    stage.land({"a.yaml": "{}\n"})
    stage.go()
    first = stage.ledger.writes[0]

    assert first.records["a"] is not None
    assert first.records["a"].phase is Phase.CREATING
    assert first.fleet_record is not None
    assert first.fleet_record.lease is not None
    assert stage.ledger.snapshot.fleet_record is not None
    assert stage.ledger.snapshot.fleet_record.lease is None


def test_a_second_pass_does_nothing(grown: Stage) -> None:
    """In step: one listing, nothing else, and no commit within fifteen minutes."""
    writes = len(grown.ledger.writes)
    result = grown.go()

    assert (result.outcomes, grown.engine.calls) == ((), [("observe", "")])
    assert len(grown.ledger.writes) == writes


def test_an_idle_pass_writes_its_time_every_fifteen_minutes(grown: Stage) -> None:
    """So that safeguard `trusted_clock` and people know that passes go on."""
    writes = len(grown.ledger.writes)
    grown.now += timedelta(minutes=20)
    grown.go()
    grown.go()

    assert len(grown.ledger.writes) == writes + 1


def test_a_dry_pass_shows_and_touches_nothing(stage: Stage) -> None:
    """`plan` is the same path without the last step."""
    stage.land({"a.yaml": "{}\n"})
    result = stage.go(dry=True)

    assert [change.kind for change in result.plan.changes] == ["create"]
    assert (stage.ledger.writes, stage.engine.calls, len(stage.shown)) == ([], [("observe", "")], 1)


def test_a_removed_file_is_destroyed_with_proof(grown: Stage) -> None:
    """Destroy, an export that shows nothing, `emptied` pushed, the stack's name, a later listing, the record."""
    grown.land({"a.yaml": None})
    result = grown.go()

    assert summary(result) == [("destroy", "a", "file-removed", True)]
    assert [call for call in grown.engine.calls if call[1] == "a"] == [
        ("ownership", "a"),
        ("resolve_pending", "a"),
        ("destroy", "a"),
        ("empty", "a"),
        ("remove", "a"),
    ]
    emptied = [write.records["a"] for write in grown.ledger.writes if write.records.get("a")]
    assert emptied[-1] is not None
    assert emptied[-1].emptied is not None
    assert (grown.stacks(), grown.phases()) == (["b"], {"b": "ready"})
    assert [line.code for line in grown.ledger.lines if line.name == "a"] == ["new-file", "file-removed"]


def test_a_destroy_that_leaves_something_is_a_failure(grown: Stage) -> None:
    """A destroy is believed only when an export shows no resources."""

    class Leaky(type(grown.engine)):  # type: ignore[misc]
        """Says that it destroyed, and did not."""

        def destroy(self, resolved: object) -> None:
            """Nothing."""

    grown.engine.__class__ = Leaky
    grown.land({"a.yaml": None})
    result = grown.go(once=True)

    assert summary(result) == [("destroy", "a", "file-removed", False)]
    assert (grown.stacks(), grown.phases()["a"]) == (["a", "b"], "deleting")


def test_an_expired_file_is_destroyed_and_stays_on_record_until_its_file_goes(grown: Stage) -> None:
    """Removing the file is the bookkeeping, and may be late."""
    grown.land({"a.yaml": "expiry: 2026-11-25\n"})
    grown.go()
    grown.now += timedelta(days=2)
    assert summary(grown.go()) == [("destroy", "a", "expired", True)]
    assert grown.phases() == {"a": "gone", "b": "ready"}

    grown.land({"a.yaml": None})
    grown.go()
    assert grown.phases() == {"b": "ready"}


def test_a_new_expiry_creates_what_is_gone_again(grown: Stage) -> None:
    """Only a new expiry in the file brings it back."""
    grown.land({"a.yaml": "expiry: 2026-11-25\n"})
    grown.go()
    grown.now += timedelta(days=2)
    grown.go()
    assert grown.go().outcomes == ()

    grown.land({"a.yaml": "expiry: 2026-12-25\n"})
    assert summary(grown.go()) == [("create", "a", "new-expiry", True)]


def test_another_incarnation_of_what_was_never_created_begins_with_its_own_addition(stage: Stage) -> None:
    """A create that never reached the engine, edited, removed and added again: record and stack agree on when."""

    def killed() -> None:
        raise EngineError("a", "killed before the engine was asked")

    stage.land({"z.yaml": "{}\n"})
    stage.go()
    stage.land({"a.yaml": "expiry: 2026-12-24\n"})
    stage.on_start(killed)
    with pytest.raises(EngineError):
        stage.go()
    assert (["z"], "creating") == (stage.stacks(), stage.phases()["a"])
    for text, author in (("expiry: 2026-12-25\n", "Ada"), (None, "Ada"), ("expiry: 2026-12-26\n", "Bob")):
        stage.now += timedelta(hours=1)
        stage.land({"a.yaml": text}, author=f"{author} <{author.lower()}@example.com>")

    stage.go()

    record, ownership = stage.record("a"), stage.engine.stacks[stage.stack("a")].ownership
    assert record is not None
    assert ownership is not None
    assert (stage.now - timedelta(minutes=1), record.added_at) == (record.added_at, ownership.added_at)
    stage.land({"a.yaml": None})
    assert [("destroy", "a", "file-removed", True)] == summary(stage.go())


def test_another_incarnation_is_created_in_the_same_pass(grown: Stage) -> None:
    """The old one is destroyed, and the pass goes round once more to make the new one."""
    added_at = grown.record("a")
    grown.land({"a.yaml": None})
    grown.now += timedelta(minutes=1)
    grown.land({"a.yaml": "description: another\n"}, author="Bob <bob@example.com>")
    result = grown.go()
    record = grown.record("a")

    assert summary(result)[0] == ("destroy", "a", "replaced", True)
    assert summary(result)[1][:2] == ("create", "a")
    assert added_at is not None
    assert record is not None
    assert (record.phase, record.owner, record.added_at > added_at.added_at) == (Phase.READY, "bob@example.com", True)


def test_a_replacement_that_was_held_is_still_a_replacement_later(grown: Stage) -> None:
    """The former owner's data never reaches the next one, even when a pause lay between."""
    grown.land({"a.yaml": None})
    grown.now += timedelta(minutes=1)
    grown.land({"a.yaml": "description: another\n"}, author="Bob <bob@example.com>")
    grown.repo.land({"helium.yaml": SETTINGS + b"paused: true\n"}, time=grown.now)
    assert grown.go().outcomes == ()
    grown.repo.land({"helium.yaml": SETTINGS}, time=grown.now)

    assert summary(grown.go())[0][:3] == ("destroy", "a", "replaced")


def test_one_failure_never_stops_the_others(stage: Stage) -> None:
    """It ends as an outcome, is retried with back-off, and the others are ready."""
    stage.land({"a.yaml": "{}\n", "b.yaml": "{}\n"})
    stage.engine.errors["up", "a"] = EngineError("a", "no quota")
    result = stage.go(once=True)
    record = stage.record("a")

    assert sorted(summary(result)) == [("create", "a", "new-file", False), ("create", "b", "new-file", True)]
    assert record is not None
    assert (record.phase, record.error, record.attempts) == (Phase.FAILED, "no quota", 1)
    assert summary(stage.go(once=True)) == [("create", "a", "retry-after-failure", False)]
    assert summary(stage.go(once=True)) == [("create", "a", "retry-after-failure", False)]
    assert stage.go().outcomes == ()
    assert summary(stage.go("a")) == [("create", "a", "retry-after-failure", False)]


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (ZeroDivisionError("by zero"), "a bug in Helium: ZeroDivisionError in tests.reconcile.test_loop, line "),
        (SourceError("the remote is away"), "the remote is away"),
    ],
)
def test_an_error_that_is_not_the_engines_is_an_outcome_too(stage: Stage, error: Exception, sentence: str) -> None:
    """The one broad except: what a backend or a library throws spoils its own stack alone, in words of its own."""

    class WildEngine(type(stage.engine)):  # type: ignore[misc]
        """Raises what is not an error of the engine's."""

        def up(self, workspace: object, *options: object) -> object:
            """Never good."""
            raise error

    stage.engine.__class__ = WildEngine
    stage.land({"a.yaml": "{}\n"})
    result = stage.go(once=True)

    assert summary(result) == [("create", "a", "new-file", False)]
    assert result.outcomes[0].sentence.startswith(sentence)


def test_a_busy_stack_is_left_as_it_was(grown: Stage) -> None:
    """Somebody's lock is not a failure: the record is put back, no attempt is counted."""
    before = grown.record("a")
    grown.land({"a.yaml": None})
    grown.engine.errors["destroy", "a"] = StackBusyError("a", "locked by pid 7 on host-2")
    result = grown.go()
    after = grown.record("a")

    assert summary(result) == [("destroy", "a", "busy", False)]
    assert before is not None
    assert after is not None
    assert (after.phase, after.attempts) == (before.phase, 0)


def test_only_the_named_are_applied(stage: Stage) -> None:
    """`--only` narrows what is applied, never what is planned and guarded."""
    stage.land({"a.yaml": "{}\n", "b.yaml": "{}\n"})
    result = stage.go("b")

    assert [change.name for change in result.plan.changes] == ["a", "b"]
    assert stage.stacks() == ["b"]


def test_a_wrong_passphrase_applies_nothing(grown: Stage) -> None:
    """The marker's secret is decrypted before anything is announced."""
    grown.engine.wrong_passphrase = True
    grown.land({"c.yaml": "{}\n"})

    with pytest.raises(EngineError, match="passphrase"):
        grown.go()
    assert (grown.stacks(), grown.phases()) == (["a", "b"], {"a": "ready", "b": "ready"})


def test_the_lease_of_another_pass_stops_this_one(grown: Stage) -> None:
    """A pass with something to apply waits for the lease, then says whose it is; one without takes none."""
    fleet_record = grown.ledger.snapshot.fleet_record
    assert fleet_record is not None
    theirs = Lease("run-x", 9, "host-2", 7, "boot-2", grown.now + timedelta(hours=1))
    grown.ledger.snapshot = replace(grown.ledger.snapshot, fleet_record=replace(fleet_record, lease=theirs))
    assert grown.go().outcomes == ()

    grown.land({"c.yaml": "{}\n"})
    with pytest.raises(LeaseTakenError, match="run-x on host-2"):
        grown.go()
    assert grown.stacks() == ["a", "b"]
    assert grown.ledger.snapshot.fleet_record is not None
    assert grown.ledger.snapshot.fleet_record.lease == theirs


def test_a_lease_that_is_past_is_taken(grown: Stage) -> None:
    """No operation outlives its timeout, so a lease that ran out is nobody's."""
    fleet_record = grown.ledger.snapshot.fleet_record
    assert fleet_record is not None
    theirs = Lease("run-x", 9, "host-2", 7, "boot-2", grown.now)
    grown.ledger.snapshot = replace(grown.ledger.snapshot, fleet_record=replace(fleet_record, lease=theirs))
    grown.land({"c.yaml": "{}\n"})

    assert summary(grown.go()) == [("create", "c", "new-file", True)]


def overtaken_by(stage: Stage) -> None:
    """As soon as the next plan is shown, another pass begins and ends."""

    class Rival(list[object]):
        """Where plans are shown, once."""

        def append(self, plan: object) -> None:
            """Run the other pass."""
            stage.shown = []
            stage.pass_("rival").go(PassOptions())

    stage.shown = Rival()  # type: ignore[assignment]


def test_a_pass_that_was_overtaken_writes_and_applies_nothing(grown: Stage) -> None:
    """Two passes planned the same, and one was done before the other began: the other's plan is out of date."""
    grown.land({"a.yaml": None, "c.yaml": "{}\n"})
    overtaken_by(grown)

    with pytest.raises(OvertakenError, match="took the lease in the meantime: rival"):
        grown.go()
    assert (grown.calls_of("up"), grown.calls_of("destroy"), grown.stacks()) == (["c"], ["a"], ["b", "c"])
    assert grown.phases() == {"b": "ready", "c": "ready"}


def test_a_pass_that_may_wait_looks_again_when_it_was_overtaken(grown: Stage) -> None:
    """It plans again, and finds that the other did it all."""
    grown.land({"a.yaml": None, "c.yaml": "{}\n"})
    overtaken_by(grown)

    result = grown.go(wait=timedelta(minutes=1))
    assert (result.outcomes, grown.calls_of("up"), grown.calls_of("destroy")) == ((), ["c"], ["a"])
    assert [line for line in grown.progress.lines if "took the lease" in line]


def test_a_pass_waits_for_the_lease_and_plans_again(grown: Stage) -> None:
    """What the other pass left is what counts, not what was seen before it ended."""
    fleet_record = grown.ledger.snapshot.fleet_record
    assert fleet_record is not None
    theirs = Lease("run-x", 9, "host-2", 7, "boot-2", grown.now + timedelta(hours=1))
    free = grown.ledger.snapshot
    grown.ledger.snapshot = replace(free, fleet_record=replace(fleet_record, lease=theirs))

    class EndingEngine(type(grown.progress)):  # type: ignore[misc]
        """The other pass ends as soon as it is waited for, and the file is removed."""

        def note(self, sentence: str) -> None:
            """Give the lease back, once it is waited for."""
            super().note(sentence)
            if sentence.startswith("Waiting for another pass: run-x"):
                grown.land({"c.yaml": None})
                grown.ledger.snapshot = free

    grown.progress = EndingEngine()
    grown.land({"c.yaml": "{}\n"})

    assert (grown.go(wait=timedelta(minutes=1)).outcomes, grown.stacks()) == ((), ["a", "b"])


def test_a_second_round_that_finds_the_lease_taken_is_left_to_the_next_pass(grown: Stage) -> None:
    """What the first round did is told all the same, and nothing is begun under somebody else's lease."""
    grown.land({"a.yaml": None})
    grown.land({"a.yaml": "description: another\n"}, author="Bob <bob@example.com>")
    fleet_record = grown.ledger.snapshot.fleet_record
    assert fleet_record is not None
    theirs = Lease("run-x", 9, "host-2", 7, "boot-2", grown.now + timedelta(hours=1))
    taken = replace(fleet_record, lease=theirs, counter=9)

    class Quick(type(grown.engine)):  # type: ignore[misc]
        """Somebody takes the lease as soon as the old stack is gone."""

        def remove(self, stack: StackId) -> None:
            """Remove it, and let them."""
            super().remove(stack)
            grown.ledger.snapshot = replace(grown.ledger.snapshot, fleet_record=taken)

    grown.engine.__class__ = Quick
    result = grown.go()

    assert summary(result) == [("destroy", "a", "replaced", True)]
    assert "This pass begins nothing more" in grown.progress.lines[-1]
    assert "this pass no longer holds the lease" in grown.progress.lines[-1]


def test_a_stack_stays_while_its_record_is_another_passs(grown: Stage) -> None:
    """`emptied` must be in the ledger before the stack's name goes, or nobody would know that it was meant to."""
    known = grown.record("a")
    assert known is not None
    other = replace(known, phase=Phase.DELETING, reason="another pass was here")

    class Slow(type(grown.engine)):  # type: ignore[misc]
        """Another pass announces the same destroy while this one is at it."""

        def empty(self, stack: StackId) -> bool:
            """Then it is looked whether anything is left."""
            snapshot = grown.ledger.snapshot
            blobs = {**snapshot.blobs, "a": "another blob"}
            grown.ledger.snapshot = replace(snapshot, records={**snapshot.records, "a": other}, blobs=blobs)
            return bool(super().empty(stack))

    plain, grown.engine.__class__ = grown.engine.__class__, Slow
    grown.land({"a.yaml": None})
    result = grown.go(once=True)

    assert (summary(result), grown.stacks()) == ([("destroy", "a", "file-removed", False)], ["a", "b"])
    assert grown.record("a") == other
    grown.engine.__class__ = plain
    assert (summary(grown.go()), grown.phases()) == ([("destroy", "a", "file-removed", True)], {"b": "ready"})


class Meddler:
    """The port `Progress`: does something once, when the first change starts."""

    def __init__(self, act: object) -> None:
        self.act = act

    def doing(self, stack: LiveStack) -> None:
        """Nobody looks."""

    def planned(self, changes: Sequence[Change]) -> None:
        """Nothing."""

    def started(self, change: Change) -> None:
        """Meddle, once."""
        act, self.act = self.act, lambda: None
        act()  # type: ignore[operator]

    def finished(self, change: Change, outcome: object) -> None:
        """Nothing."""

    def note(self, sentence: str) -> None:
        """Nothing."""


@pytest.mark.parametrize("how", ["back", "paused in git", "paused in the ledger", "lease lost"])
def test_the_last_look_drops_a_destroy_when_the_world_moved(grown: Stage, how: str) -> None:
    """Main, pause and lease are read again right before a destroy; the phase is put back."""

    def meddle() -> None:
        fleet_record = grown.ledger.snapshot.fleet_record
        assert fleet_record is not None
        if how == "back":
            grown.land({"a.yaml": "expiry: 2026-12-24\n"})
        elif how == "paused in git":
            grown.repo.land({"helium.yaml": SETTINGS + b"paused: true\n"})
        elif how == "paused in the ledger":
            paused = replace(fleet_record, pause=Pause("ada@example.com", "an incident", grown.now))
            grown.ledger.snapshot = replace(grown.ledger.snapshot, fleet_record=paused)
        else:
            grown.ledger.snapshot = replace(grown.ledger.snapshot, fleet_record=replace(fleet_record, lease=None))

    grown.land({"a.yaml": None})
    grown.progress = Meddler(meddle)  # type: ignore[assignment]
    result = grown.go()

    assert summary(result) == [("destroy", "a", "changed-meanwhile", False)]
    assert (grown.calls_of("destroy"), grown.stacks()) == ([], ["a", "b"])
    assert grown.phases()["a"] == "ready"


def test_a_pause_is_read_again_before_each_change(stage: Stage) -> None:
    """What has not started when somebody pauses does not start."""

    def meddle() -> None:
        fleet_record = stage.ledger.snapshot.fleet_record
        assert fleet_record is not None
        paused = replace(fleet_record, pause=Pause("ada@example.com", "an incident", stage.now))
        stage.ledger.snapshot = replace(stage.ledger.snapshot, fleet_record=paused)

    stage.land({"a.yaml": "{}\n"})
    stage.progress = Meddler(meddle)  # type: ignore[assignment]

    assert summary(stage.go()) == [("create", "a", "paused", False)]
    assert stage.stacks() == []


def test_a_record_that_somebody_else_changed_is_left_to_the_next_pass(grown: Stage) -> None:
    """If the phase could not be pushed, the engine does not start on that name."""
    grown.land({"a.yaml": None, "c.yaml": "{}\n"})
    known, shown = grown.record("a"), grown.shown
    assert known is not None

    class Busybody(list[object]):
        """Changes the record between the look and the first commit."""

        def append(self, plan: object) -> None:
            """As soon as the plan is shown."""
            assert known is not None
            shown.append(plan)  # type: ignore[arg-type]
            other = replace(known, reason="x")
            blobs = {**grown.ledger.snapshot.blobs, "a": "another blob"}
            records = {**grown.ledger.snapshot.records, "a": other}
            grown.ledger.snapshot = replace(grown.ledger.snapshot, records=records, blobs=blobs)

    grown.shown = Busybody()  # type: ignore[assignment]
    result = grown.go(once=True)

    assert summary(result) == [("create", "c", "new-file", True)]
    assert grown.stacks() == ["a", "b", "c"]


@pytest.mark.parametrize(
    "error", [EngineError("a", "the new chart is broken"), StackBusyError("a", "locked by pid 7 on host-2")]
)
def test_a_roll_goes_one_first_and_stops_unless_that_one_is_ready(grown: Stage, error: EngineError) -> None:
    """One is brought over; the rest follow when that one is ready, and not when it only could not begin."""
    grown.backends.all["gcp-namespace"] = replace(RECIPE, program="program-2")
    assert grown.go().outcomes == ()

    grown.engine.errors["up", "a"] = error
    failed = grown.go(roll=frozenset({"a", "b"}))
    assert [(outcome.name, outcome.ok) for outcome in failed.outcomes] == [("a", False), ("b", False)]
    assert grown.calls_of("up") == ["a"]

    grown.engine.errors.clear()
    assert all(outcome.ok for outcome in grown.go(roll=frozenset({"a", "b"})).outcomes)
    assert grown.calls_of("up") == ["a", "a", "b"]


def test_too_many_deletes_go_with_their_digest(stage: Stage) -> None:
    """Six at once are held, all of them, and told how to go."""
    names = [f"w{number}" for number in range(6)]
    stage.land({f"{name}.yaml": "{}\n" for name in [*names, "k"]})
    stage.go()
    stage.land({f"{name}.yaml": None for name in names})
    held = stage.go()

    assert [refusal.code for refusal in held.plan.refusals] == [Code.TOO_MANY]
    assert len(stage.stacks()) == 7
    stage.go(overrides=Overrides(allow_deletes=deletes_digest(names)))
    assert stage.stacks() == ["k"]


def test_a_foreign_state_is_not_looked_at_twice(grown: Stage) -> None:
    """With the wrong state, nothing is applied and nothing is written down: not even that stacks are missing."""
    writes = len(grown.ledger.writes)
    grown.engine.marker, grown.engine.stacks = False, {}
    grown.land({"c.yaml": "{}\n"})
    result = grown.go()

    assert result.plan.refusals[0].code is Code.FOREIGN_STATE
    assert (grown.stacks(), grown.phases()) == ([], {"a": "ready", "b": "ready"})
    assert all(not write.records for write in grown.ledger.writes[writes:])


def test_a_ledger_that_cannot_be_read_is_an_error(grown: Stage) -> None:
    """Without the ledger there is no plan."""
    grown.ledger.error = SourceError("the remote is away")

    with pytest.raises(SourceError, match="away"):
        grown.go()


def test_an_invalid_spec_spoils_its_own_name(grown: Stage) -> None:
    """It is kept and named; the others go on."""
    grown.land({"a.yaml": "expiry: never\n", "c.yaml": "{}\n"})
    result = grown.go()

    assert summary(result) == [("create", "c", "new-file", True)]
    assert [issue.path for issue in result.plan.issues] == ["workspaces/a.yaml"]
    change = result.plan.of("a")
    assert change is not None
    assert change.code is Code.INVALID_SPEC


def test_an_author_without_an_address_is_asked_for_one(stage: Stage) -> None:
    """A noreply author is nobody to ask: the file must say who."""
    stage.land({"a.yaml": "{}\n"}, author="Bot <1+bot@users.noreply.example.com>")
    result = stage.go()

    assert (result.outcomes, [issue.pointer for issue in result.plan.issues]) == ((), ["/owner"])


def test_a_clock_that_a_person_vouches_for_is_written_down(grown: Stage) -> None:
    """After a long sleep nothing expires, and the time is not written, until somebody says that the clock is right."""
    grown.repo.clock = None
    grown.now += timedelta(days=10)
    slept = grown.ledger.snapshot.fleet_record
    grown.go()
    assert grown.ledger.snapshot.fleet_record == slept

    grown.go(overrides=Overrides(clock_is_right=True))
    fleet_record = grown.ledger.snapshot.fleet_record
    assert fleet_record is not None
    assert fleet_record.last_pass is not None
    assert fleet_record.last_pass.time == grown.now


def test_an_end_has_one_line_whenever_its_record_leaves(grown: Stage) -> None:
    """Its deadline passed, and its file went days later: the log has the end once, and says when it was."""
    grown.land({"a.yaml": "expiry: 2026-11-25\n"})
    grown.go()
    grown.now += timedelta(days=2)
    grown.go()
    grown.land({"a.yaml": None})
    grown.go()

    assert "a" not in grown.phases()
    assert [line.code for line in grown.ledger.lines if line.name == "a"] == ["new-file", "spec-changed", "expired"]


def test_what_a_rewritten_main_shows_is_not_noted(grown: Stage) -> None:
    """Neither the removal nor the commit: when main is put right again, nothing of it ever happened."""
    before = grown.ledger.snapshot.fleet_record
    assert before is not None
    grown.ledger.snapshot = replace(grown.ledger.snapshot, fleet_record=replace(before, accepted="f" * 40))
    grown.land({"a.yaml": None})
    result = grown.go()
    after, record = grown.ledger.snapshot.fleet_record, grown.record("a")

    assert [Code.HISTORY] == [refusal.code for refusal in result.plan.refusals]
    assert record is not None
    assert after is not None
    assert (None, before.seen, "f" * 40) == (record.removed, after.seen, after.accepted)
