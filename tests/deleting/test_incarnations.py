"""Incarnations of a name on the harness: when a new one begins, and when it only looks so."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from helium.adapters.specs import YamlSpecs
from helium.core.plan import Code, Overrides
from helium.core.record import Phase, Record
from helium.core.removal_requests import RemovalRequest
from helium.core.stack import StackId
from helium.errors import EngineError, StackBusyError
from helium.ports import Ports
from helium.reconcile.guard import deletes_digest
from tests.backend_rules import GCP
from tests.reconcile.harness import RECIPE, SETTINGS, Stage, summary

PLAIN = "expiry: 2026-12-24\n"
EDITED = "expiry: 2026-12-24\ndescription: edited\n"


@pytest.fixture
def grown() -> Stage:
    """A fleet with the workspaces `a` and `b`; `a` was edited after it was made."""
    stage = Stage()
    stage.land({"a.yaml": PLAIN, "b.yaml": PLAIN})
    stage.go()
    stage.land({"a.yaml": EDITED})
    stage.go()
    stage.engine.calls.clear()
    return stage


class Two(Stage):
    """A fleet that has the backend `large`, too."""

    def ports(self) -> Ports:
        """With what either would make a workspace with."""
        self.backends.all["large"] = RECIPE
        return replace(super().ports(), specs=YamlSpecs({"gcp-namespace": GCP, "large": GCP}))


def rebased(stage: Stage) -> None:
    """Somebody rebases main and forces it: the same files, in commits of today."""
    stage.now += timedelta(hours=1)
    stage.repo.line = []
    stage.repo.land({"helium.yaml": SETTINGS, "workspaces/.gitkeep": b"", "NEWS": b"rebased"}, time=stage.now)
    for text in (PLAIN, EDITED):
        stage.now += timedelta(minutes=1)
        stage.land({"a.yaml": text, "b.yaml": PLAIN})


def accept(stage: Stage) -> None:
    """A person accepts main as it is."""
    fleet_record = stage.ledger.snapshot.fleet_record
    assert fleet_record is not None
    fleet_record = replace(fleet_record, accepted=stage.repo.head())
    stage.ledger.snapshot = replace(stage.ledger.snapshot, fleet_record=fleet_record)


def test_a_rebased_main_begins_no_new_incarnation(grown: Stage) -> None:
    """After a force-push nothing is applied; once it is accepted, commits with new times begin no incarnation."""
    rebased(grown)
    held = grown.go()
    assert [refusal.code for refusal in held.plan.refusals] == [Code.HISTORY]
    accept(grown)
    grown.land({"a.yaml": "expiry: 2026-12-26\n"})

    assert summary(grown.go()) == [("update", "a", "spec-changed", True)]
    assert grown.calls_of("destroy") == []


def test_after_a_rebase_of_main_a_workspace_is_handed_over_and_lives_on(grown: Stage) -> None:
    """The addition that history shows now is younger than the record, and the file names somebody else."""
    rebased(grown)
    accept(grown)
    grown.land({"a.yaml": "expiry: 2026-12-24\nowner: bob@example.com\n"})

    assert summary(grown.go()) == [("update", "a", "spec-changed", True)]
    assert grown.calls_of("destroy") == []


def test_a_rebased_main_begins_no_new_incarnation_of_a_name_that_had_two(grown: Stage) -> None:
    """In rewritten history an absence may come before the recorded incarnation, so it begins no new one."""
    grown.land({"a.yaml": None})
    grown.go()
    grown.land({"a.yaml": f"{EDITED}owner: bob@example.com\n"})
    grown.go()
    grown.land({"a.yaml": f"{PLAIN}owner: bob@example.com\n"})
    grown.go()
    grown.engine.calls.clear()
    rebased(grown)
    grown.land({"a.yaml": None})
    for text in (EDITED, PLAIN):
        grown.land({"a.yaml": f"{text}owner: bob@example.com\n"})
    accept(grown)
    grown.land({"a.yaml": "owner: carol@example.com\nexpiry: 2026-12-26\n"})

    assert summary(grown.go()) == [("update", "a", "spec-changed", True)]
    assert grown.calls_of("destroy") == []


def test_created_again_by_a_committer_whose_clock_is_slow_is_another_incarnation(grown: Stage) -> None:
    """Away since the last pass and back as another file: the old one goes first, whatever the new commit's time."""
    grown.land({"a.yaml": None})
    grown.repo.land(
        {"workspaces/a.yaml": b"owner: bob@example.com\nexpiry: 2026-12-25\n"}, time=grown.now.replace(day=1)
    )

    assert summary(grown.go()) == [("destroy", "a", "replaced", True), ("create", "a", "new-file", True)]


def test_a_commit_dated_ahead_begins_no_new_incarnation_after_a_rebuild() -> None:
    """A record clamps a committer's clock that ran ahead; a walk of all history must not see an incarnation in it."""
    stage = Stage()
    stage.repo.land({"workspaces/a.yaml": PLAIN.encode()}, time=stage.now + timedelta(minutes=9))
    stage.land({"b.yaml": PLAIN})
    stage.go()
    stage.land({"a.yaml": EDITED})
    stage.go()
    fleet_record = stage.ledger.snapshot.fleet_record
    assert fleet_record is not None
    stage.ledger.snapshot = replace(stage.ledger.snapshot, fleet_record=replace(fleet_record, seen=None))
    stage.land({"a.yaml": "expiry: 2026-12-26\n"})

    assert summary(stage.go()) == [("update", "a", "spec-changed", True)]


def test_a_commit_dated_2099_is_a_named_error_and_stops_nobodys_expiry() -> None:
    """It counts as added at the pass that first saw it, with the default lifetime, and goes when that is over."""
    stage = Stage()
    stage.repo.land({"workspaces/a.yaml": b"{}\n"}, time=stage.now.replace(year=2099))
    stage.land({"b.yaml": PLAIN})
    result = stage.go()
    record = stage.record("a")

    assert [issue.path for issue in result.plan.issues] == ["workspaces/a.yaml"]
    assert "2099" in result.plan.issues[0].sentence
    assert record is not None
    assert record.added_at == stage.now
    stage.now += timedelta(days=4)
    assert summary(stage.go()) == [("destroy", "a", "expired", True)]


def test_the_same_blob_back_before_deleting_is_a_revert(grown: Stage) -> None:
    """Whoever committed it: stack, `added_at` and owner stay the record's."""
    before = grown.record("a")
    grown.land({"a.yaml": None})
    grown.land({"a.yaml": EDITED}, author="Bob <bob@example.com>")
    after = grown.go().plan.of("a")

    assert after is not None
    assert after.code is Code.IN_STEP
    assert grown.record("a") == before


def test_removed_and_added_again_by_its_owner_is_an_edit(grown: Stage) -> None:
    """Two commits of a branch that a rebase brought to main: the pull request showed one changed line."""
    grown.land({"a.yaml": None})
    grown.now += timedelta(minutes=1)
    grown.land({"a.yaml": PLAIN + "description: mine\n"})

    assert [each[:3] for each in summary(grown.go())] == [("update", "a", "spec-changed")]
    assert grown.go().outcomes == ()


def test_another_blob_of_another_owner_is_another_incarnation(grown: Stage) -> None:
    """Deleted and made again before the next pass, by somebody else: the old one goes first."""
    grown.land({"a.yaml": None})
    grown.now += timedelta(minutes=1)
    grown.land({"a.yaml": "description: mine\n"}, author="Bob <bob@example.com>")

    assert [each[:3] for each in summary(grown.go())] == [
        ("destroy", "a", "replaced"),
        ("create", "a", "new-file"),
    ]


PAUSED = SETTINGS + b"paused: true\n"


def remove_under_a_request(stage: Stage, name: str) -> None:
    """Somebody asks Helium to take it away, which the ledger knows; a pause holds it."""
    stage.repo.land({"helium.yaml": PAUSED}, time=stage.now)
    stage.ledger.note_requests([RemovalRequest("r-1", (name,), stage.now)])
    trailers = {"Helium-Request": "r-1"}
    stage.repo.land({f"workspaces/{name}.yaml": None}, time=stage.now, trailers=trailers)


def test_a_request_does_not_outlive_the_removal_that_it_asked_for(grown: Stage) -> None:
    """Asked for at the door, put back, and removed again by a script between two passes: now nobody asked for it."""
    remove_under_a_request(grown, "a")
    grown.go()
    grown.land({"a.yaml": EDITED})
    grown.land({"a.yaml": None})
    grown.repo.land({"helium.yaml": SETTINGS + b"limits: {deletes: 0}\n"}, time=grown.now)
    held = grown.go()

    assert [("a", Code.TOO_MANY)] == [(each.names[0], each.code) for each in held.plan.refusals]
    assert ["a", "b"] == grown.stacks()


def test_a_release_does_not_outlive_the_removal_that_it_was_given_for(grown: Stage) -> None:
    """Allowed by name while its stack was busy. Put back, and removed again between two passes, it is held again."""
    grown.repo.land({"helium.yaml": SETTINGS + b"limits: {deletes: 0}\n"}, time=grown.now)
    grown.land({"a.yaml": None})
    grown.engine.errors["resolve_pending", "a"] = StackBusyError("a", "locked by pid 7 on host-2")
    grown.go(overrides=Overrides(allow_deletes=deletes_digest(["a"])))
    busy = grown.record("a")
    assert busy is not None
    assert (Phase.READY, True) == (busy.phase, busy.released)
    grown.engine.errors.clear()
    grown.land({"a.yaml": EDITED})
    grown.land({"a.yaml": None})

    assert [("a", Code.TOO_MANY)] == [(each.names[0], each.code) for each in grown.go().plan.refusals]
    assert ["a", "b"] == grown.stacks()


@pytest.mark.parametrize("seen", [True, False])
def test_what_came_and_went_under_a_name_gets_nothing_of_it(grown: Stage, seen: bool) -> None:
    """Ada's went, Bob's came and went too, all while a pause held it. Bob puts his back: he gets a new one."""
    grown.repo.land({"helium.yaml": PAUSED}, time=grown.now)
    grown.land({"a.yaml": None})
    if seen:
        grown.go()
    grown.now += timedelta(minutes=1)
    grown.land({"a.yaml": "description: mine\n"}, author="Bob <bob@example.com>")
    remove_under_a_request(grown, "a")
    grown.go()
    grown.now += timedelta(minutes=1)
    grown.land({"a.yaml": "description: mine\n"}, author="Bob <bob@example.com>")
    grown.repo.land({"helium.yaml": SETTINGS}, time=grown.now)

    assert [("destroy", "a", "replaced"), ("create", "a", "new-file")] == [each[:3] for each in summary(grown.go())]


@pytest.mark.parametrize("between", [False, True], ids=["before the next pass", "with a pass in between"])
def test_under_another_backend_it_is_another_incarnation(between: bool) -> None:
    """The old one goes, as what it is, before the new one is made, which is another stack."""
    stage = Two()
    stage.land({"a.yaml": PLAIN, "b.yaml": PLAIN})
    stage.go()
    stage.land({"a.yaml": None})
    first = summary(stage.go()) if between else []
    stage.land({"a.yaml": f"{PLAIN}backend: large\n"})
    done = [each[:3] for each in (*first, *summary(stage.go()))]

    assert done == [("destroy", "a", "file-removed" if between else "replaced"), ("create", "a", "new-file")]
    assert stage.stack("a") not in stage.engine.stacks
    assert StackId.of("acme", "large", name="a") in stage.engine.stacks


def test_a_file_moved_into_a_folder_is_no_new_incarnation(grown: Stage) -> None:
    """Absent is by name, not by path, in one commit or in two."""
    grown.land({"a.yaml": None, "team/a.yaml": EDITED})
    assert grown.go().outcomes == ()
    grown.land({"team/a.yaml": None})
    grown.land({"other/a.yaml": EDITED})

    assert grown.go().outcomes == ()


@pytest.mark.parametrize("path", ["a.yml", "A.yaml", "team/deep/a.yaml", "a"])
def test_a_file_that_is_named_wrongly_still_holds_its_name(grown: Stage, path: str) -> None:
    """Renamed to `.yml`, changed in case, moved too deep: an error, and the stack is kept."""
    grown.land({"a.yaml": None, path: EDITED})
    result = grown.go()
    change = result.plan.of("a")

    assert result.outcomes == ()
    assert change is not None
    assert change.code is Code.INVALID_SPEC


def test_created_again_while_a_destroy_fails_is_another_incarnation(grown: Stage) -> None:
    """Even the same blob: what was half destroyed is nobody's revert. It is finished, then created again."""
    grown.land({"a.yaml": None})
    grown.engine.errors["destroy", "a"] = EngineError("a", "the cloud is away")
    assert summary(grown.go(once=True)) == [("destroy", "a", "file-removed", False)]
    grown.land({"a.yaml": EDITED})
    grown.engine.errors.clear()
    grown.now += timedelta(hours=2)

    assert [each[:3] for each in summary(grown.go())] == [("destroy", "a", "replaced"), ("create", "a", "new-file")]


def test_extended_while_its_destroy_fails_is_destroyed_and_created_again() -> None:
    """It expired and its deletion had begun: half a workspace is not brought back, another is made."""
    stage = Stage()
    stage.land({"a.yaml": "expiry: 2026-11-25\n", "b.yaml": PLAIN})
    stage.go()
    stage.now += timedelta(days=2)
    stage.engine.errors["destroy", "a"] = EngineError("a", "the cloud is away")
    stage.go()
    stage.engine.errors.clear()
    stage.land({"a.yaml": PLAIN})
    stage.now += timedelta(hours=2)

    assert [each[:2] for each in summary(stage.go())] == [("destroy", "a"), ("create", "a")]
    record = stage.record("a")
    assert isinstance(record, Record)
    assert record.emptied is None


def test_what_a_refused_history_showed_is_not_written_down(grown: Stage) -> None:
    """Main was forced to where `a` was edited and removed, and put right; handed over, it is no new incarnation."""
    whole = list(grown.repo.line)
    grown.repo.line = whole[:-1]
    grown.land({"a.yaml": "expiry: 2026-12-25\n"})
    grown.land({"a.yaml": None})
    assert [refusal.code for refusal in grown.go().plan.refusals] == [Code.HISTORY]
    grown.repo.line = whole
    grown.land({"a.yaml": "expiry: 2026-12-26\nowner: bob@example.com\n"})

    assert summary(grown.go()) == [("update", "a", "spec-changed", True)]
    assert grown.calls_of("destroy") == []


def test_what_was_protected_while_its_stack_was_busy_is_kept(grown: Stage) -> None:
    """An update that did not start is put back, but the protection that this look wrote down stays."""
    grown.land({"a.yaml": f"{EDITED}protected: true\n"})
    grown.engine.errors["up", "a"] = StackBusyError("a", "locked by pid 7 on host-2")
    # One plan: a later round would write it down again.
    assert summary(grown.go(once=True)) == [("update", "a", "busy", False)]
    noted = grown.record("a")
    assert noted is not None
    assert noted.protected
    grown.land({"a.yaml": None})
    result = grown.go()
    change = result.plan.of("a")

    assert change is not None
    assert (result.outcomes, change.code) == ((), Code.PROTECTED)
