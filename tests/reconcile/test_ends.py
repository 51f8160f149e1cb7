"""How a workspace ends: once, with one line in the log, and not while another pass is still creating it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from helium.core.fleet_record import FleetRecord, Lease
from helium.core.plan import Code, Overrides
from helium.core.record import Phase
from helium.core.stack import StackId
from helium.errors import EngineError, StackBusyError, UsageError
from helium.ports.ledger import Snapshot, Writes
from helium.reconcile.guard import deletes_digest
from helium.reconcile.loop import PassOptions
from tests.reconcile.harness import Stage, summary

ENDS = {"expired", "file-removed", "replaced", "deadline-moved", "gone", "lost-stack"}
KEPT = "expiry: 2026-12-24\n"


class KilledError(BaseException):
    """The process is gone: nothing after it runs."""


@pytest.fixture
def grown() -> Stage:
    """A fleet with the workspaces `a` and `b`, ready."""
    stage = Stage()
    stage.land({"a.yaml": KEPT, "b.yaml": KEPT})
    stage.go()
    return stage


def ends_of(stage: Stage, name: str) -> list[str]:
    """The codes of the lines that say that a workspace of that name ended."""
    return [line.code for line in stage.ledger.lines if line.name == name and line.code in ENDS]


def dies_after_remove(stage: Stage) -> None:
    """The next `stack rm` works, and nobody is left to hear of it."""

    class Dying(type(stage.engine)):  # type: ignore[misc]
        """Removes, and takes the process along."""

        def remove(self, stack: StackId) -> None:
            """As the engine does, for the last time."""
            super().remove(stack)
            self.__class__ = type(self).__mro__[1]
            raise KilledError

    stage.engine.__class__ = Dying


@pytest.mark.parametrize("again", [False, True], ids=["removed", "replaced"])
def test_an_end_has_one_line_though_the_pass_died_right_after_it(grown: Stage, again: bool) -> None:
    """The line is written with the proof that the stack is empty, so no kill comes between the two."""
    grown.land({"a.yaml": None})
    if again:
        grown.now += timedelta(minutes=1)
        grown.land({"a.yaml": f"{KEPT}owner: bob@example.com\n"}, author="Bob <bob@example.com>")
    dies_after_remove(grown)
    with pytest.raises(KilledError):
        grown.go()
    grown.ledger.snapshot = without_lease(grown.ledger.snapshot)

    grown.go()
    assert ends_of(grown, "a") == ["replaced" if again else "file-removed"]
    assert ("a" in grown.phases()) is again


def without_lease(snapshot: Snapshot) -> Snapshot:
    """The ledger once the lease of the dead pass ran out."""
    assert snapshot.fleet_record is not None
    return replace(snapshot, fleet_record=replace(snapshot.fleet_record, lease=None))


def test_a_lock_at_the_removal_of_the_stack_puts_nothing_back(grown: Stage) -> None:
    """The workspace is destroyed by then. Calling it `ready` again would hold the name for ever."""
    grown.land({"a.yaml": None})
    grown.engine.errors["remove", "a"] = StackBusyError("a", "its lock is held by bob")

    (outcome,) = grown.go(once=True).outcomes
    assert (outcome.ok, grown.phases()["a"]) == (False, Phase.GONE)
    assert "it is destroyed, but its empty stack is still there" in outcome.sentence

    grown.engine.errors = {("resolve_pending", "a"): StackBusyError("a", "its lock is held by bob")}
    (outcome,) = grown.go(once=True).outcomes
    assert "it is destroyed, but its empty stack is still there: its lock is held by bob" in outcome.sentence

    grown.engine.errors.clear()
    assert summary(grown.go()) == [("destroy", "a", "file-removed", True)]
    assert (grown.stacks(), "a" in grown.phases()) == (["b"], False)
    assert [line.sentence for line in grown.ledger.lines if line.name == "a"][1] == "destroy: destroyed"
    assert len([line for line in grown.ledger.lines if line.sentence == "destroy: destroyed"]) == 1


def test_a_look_without_the_lease_drops_nothing_of_what_is_being_created(grown: Stage) -> None:
    """A file goes after its create was announced and before its stack is there: from outside it looks gone."""
    looked: list[str] = []

    def look() -> None:
        grown.land({"c.yaml": None})
        grown.pass_("looker").go(PassOptions())
        looked.append(grown.phases()["c"])

    grown.land({"c.yaml": KEPT})
    grown.on_start(look)
    grown.go(once=True)
    grown.on_start(lambda: None)

    assert looked == ["creating"]
    assert grown.phases()["c"] == Phase.READY
    assert summary(grown.go()) == [("destroy", "c", "file-removed", True)]


def test_a_lease_that_was_taken_since_the_look_stops_its_notes(grown: Stage) -> None:
    """The other pass began between this one's reading of the ledger and its only write."""
    grown.land({"a.yaml": None})
    before = grown.ledger.read()
    grown.go()

    record = before.records["b"]
    head, dropped = grown.ledger.write(Writes({"b": None}, only_looked=True), on=before)
    assert (dropped, head.records["b"]) == (frozenset({"b"}), record)


def test_a_lease_that_was_renewed_since_the_look_stops_its_notes(grown: Stage) -> None:
    """The other pass slept beyond its lease while this one looked, woke up, and goes on with what it announced."""
    asleep = grown.ledger.read()
    assert asleep.fleet_record is not None
    lease = Lease("of-another", 1, "elsewhere", 7, "boot", grown.now - timedelta(minutes=1))
    before = replace(asleep, fleet_record=replace(asleep.fleet_record, lease=lease))
    renewed = replace(lease, until=grown.now + timedelta(minutes=15))
    grown.ledger.snapshot = replace(asleep, fleet_record=replace(asleep.fleet_record, lease=renewed))

    head, dropped = grown.ledger.write(Writes({"b": None}, only_looked=True), on=before)
    assert (dropped, head.records["b"]) == (frozenset({"b"}), before.records["b"])


def allow_six(stage: Stage, *, w0: EngineError) -> None:
    """Six workspaces are removed, and a person allows them by their digest; the destroy of `w0` fails so."""
    names = [f"w{number}" for number in range(6)]
    stage.land({f"{name}.yaml": KEPT for name in names})
    stage.go()
    stage.land({f"{name}.yaml": None for name in names})
    stage.engine.errors["destroy", "w0"] = w0
    stage.go(overrides=Overrides(allow_deletes=deletes_digest(names)))


def test_what_a_person_allowed_by_name_needs_no_second_permission(grown: Stage) -> None:
    """Six are allowed together, and one destroy fails. Its retry is the same permission, and counts for nobody else."""
    allow_six(grown, w0=EngineError("w0", "busy"))
    assert grown.stacks() == ["a", "b", "w0"]

    grown.engine.errors.clear()
    grown.now += timedelta(minutes=5)
    assert summary(grown.go()) == [("destroy", "w0", "file-removed", True)]
    grown.land({"a.yaml": None})
    assert summary(grown.go()) == [("destroy", "a", "file-removed", True)]


def test_a_permission_outlives_a_lock_and_ends_when_the_file_is_back(grown: Stage) -> None:
    """The stack was busy, so nothing was destroyed. Then somebody changes their mind."""
    allow_six(grown, w0=StackBusyError("w0", "its lock is held by bob"))

    record = grown.record("w0")
    assert record is not None
    assert record.released
    grown.engine.errors.clear()
    grown.land({"w0.yaml": KEPT})
    grown.go()
    record = grown.record("w0")
    assert record is not None
    assert not record.released


def test_the_last_workspace_of_a_fleet_goes_with_its_digest(grown: Stage) -> None:
    """An empty folder looks like an accident. Whoever means it says so."""
    grown.land({"a.yaml": None, "b.yaml": None})
    (refusal,) = grown.go().plan.refusals

    assert (refusal.code, refusal.override) == (Code.NO_SPECS, f"--allow-deletes {deletes_digest(['a', 'b'])}")
    grown.go(overrides=Overrides(allow_deletes=deletes_digest(["a", "b"])))
    assert grown.stacks() == []


def test_protected_and_overdue_it_goes_once_it_is_unprotected(grown: Stage) -> None:
    """The protection is taken off by an update, as ever; the round after that destroys it."""
    grown.land({"a.yaml": "expiry: 2026-11-25\nprotected: true\n"})
    grown.go()
    grown.now += timedelta(days=2)
    assert summary(grown.go()) == []

    grown.land({"a.yaml": "expiry: 2026-11-25\nprotected: false\n"})
    assert summary(grown.go()) == [("update", "a", "spec-changed", True), ("destroy", "a", "expired", True)]


def test_protected_and_moved_into_the_past_it_goes_once_it_is_unprotected(grown: Stage) -> None:
    """By an update of its own, whichever commit did both. It counts as moved, so the limit of a day knows it."""
    grown.land({"a.yaml": "expiry: 2026-12-24\nprotected: true\n"})
    grown.go()
    grown.land({"a.yaml": "expiry: 2026-11-01\nprotected: true\n"})
    assert summary(grown.go()) == []

    grown.land({"a.yaml": "expiry: 2026-11-01\nprotected: false\n"})
    assert summary(grown.go()) == [("update", "a", "spec-changed", True), ("destroy", "a", "deadline-moved", True)]


def test_a_marker_without_its_proof_is_finished_before_the_first_stack(grown: Stage) -> None:
    """The pass was killed while it created the marker, so nothing has been checked against the passphrase yet."""
    assert grown.ledger.snapshot.fleet_record is not None
    unfinished = replace(grown.ledger.snapshot.fleet_record, marker="pending")
    stage = Stage()
    stage.engine.marker, stage.engine.ledger = True, None
    stage.ledger.snapshot = replace(stage.ledger.snapshot, fleet_record=replace(unfinished, accepted=None, seen=None))
    stage.land({"a.yaml": KEPT})
    stage.go()

    calls = [call for call in stage.engine.calls if call[0] in ("create_marker", "check_marker", "up")]
    assert calls == [("check_marker", ""), ("create_marker", ""), ("up", "a")]


@pytest.mark.parametrize("marker", ["pending", "created"])
def test_a_state_of_another_ledger_is_left_alone(grown: Stage, marker: str) -> None:
    """Two repositories gave their fleets one name and one state: only the ledger whose id the marker has may apply."""
    stage = Stage()
    stage.engine = grown.engine
    stage.ledger.snapshot = Snapshot("0", FleetRecord("acme", marker=marker, id="another"))
    stage.land({"new.yaml": KEPT})
    stacks = stage.stacks()

    with pytest.raises(UsageError, match=r"belongs to another ledger .* rebuild --take-over"):
        stage.go()
    assert stage.stacks() == stacks
    assert [call for call in stage.engine.calls if call[0] == "create_marker"] == [("create_marker", "")]


def test_a_marker_that_lost_its_proof_stops_the_pass_until_a_person_writes_it(grown: Stage) -> None:
    """The ledger says that it was there. Without it any passphrase would do, so nothing is applied."""
    grown.engine.ledger = None
    grown.land({"c.yaml": KEPT})

    with pytest.raises(EngineError, match="run helium ledger accept-loss --state to write it"):
        grown.go()
    assert grown.stacks() == ["a", "b"]
