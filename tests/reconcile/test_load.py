from __future__ import annotations

from datetime import timedelta

import pytest

from helium.core.observation import Observation
from helium.core.spec import NotParsed
from helium.errors import EngineError, EngineInterruptedError, SourceError, SpecError
from helium.reconcile.diff import diff
from helium.reconcile.load import Selection, as_fetched, fleet_at, load, opened, without_state
from tests.builders import stack_id
from tests.reconcile.harness import SETTINGS, Stage


@pytest.fixture
def grown() -> Stage:
    """A fleet with the workspaces `a` and `b`, ready."""
    stage = Stage()
    stage.land({"a.yaml": "expiry: 2026-12-24\n", "b.yaml": "expiry: 2026-12-24\n"})
    stage.go()
    return stage


def unread(stage: Stage, selection: Selection) -> list[str]:
    """The names whose files a look left unparsed."""
    specs = without_state(stage.ports(), selection, now=stage.now).observed.specs
    return sorted(name for name, reading in specs.items() if isinstance(reading, NotParsed))


def test_a_repository_without_settings_is_no_fleet(grown: Stage) -> None:
    """The commit is named, and the command that makes a fleet."""
    commit = grown.repo.land({"helium.yaml": None})

    with pytest.raises(
        SourceError, match=rf"helium.yaml does not exist at {commit[:10]}. Create a fleet with helium init"
    ):
        fleet_at(grown.repo, grown.ports().specs, commit=commit)


def test_settings_with_errors_are_reported_with_all_of_them(grown: Stage) -> None:
    """Nothing is planned on settings that cannot be read."""
    grown.repo.land({"helium.yaml": b"fleet: A\nwrite: push\n"})

    with pytest.raises(SpecError) as caught:
        without_state(grown.ports(), Selection(), now=grown.now)
    assert ["/fleet", "/write"] == [issue.pointer for issue in caught.value.issues]


def test_what_is_in_step_is_not_parsed_again(grown: Stage) -> None:
    """Unless its file changed, or a person wants it rolled."""
    grown.land({"b.yaml": "expiry: 2026-12-25\n"})

    assert ["a"] == unread(grown, Selection())
    assert [] == unread(grown, Selection(roll=frozenset({"a"})))
    assert [] == unread(grown, Selection(roll_all=True))


def test_a_quiet_fleet_needs_no_old_history(grown: Stage) -> None:
    """What lies beside the specs holds no name, so nobody looks for when it was added."""
    grown.repo.shallow = True
    assert grown.repo.read(grown.repo.head(), "workspaces/.gitkeep") == b""

    assert {"a", "b"} <= set(without_state(grown.ports(), Selection(), now=grown.now).observed.specs)


def test_everything_is_parsed_again_when_files_are_read_in_another_way(grown: Stage) -> None:
    """A later default, or a stricter schema, may judge an old file again."""
    grown.repo.land({"helium.yaml": SETTINGS + b"defaults: {lifetime: 4d}\n"})

    assert [] == unread(grown, Selection())


def test_whoever_decides_knows_the_remotes_time(grown: Stage) -> None:
    """The safeguards compare the clocks. A look at what was fetched decides nothing, and asks no remote."""
    grown.repo.time = grown.now
    ports = grown.ports()

    assert grown.now == load(ports, Selection(), now=grown.now).observed.remote_time
    assert grown.now == without_state(ports, Selection(), now=grown.now).observed.remote_time
    assert None is as_fetched(ports, Selection(), now=grown.now).observed.remote_time


def test_another_commit_than_main_is_told_apart(grown: Stage) -> None:
    """A plan may look at any commit; safeguard `history` knows that it is not main's last."""
    before = grown.repo.head()
    grown.land({"a.yaml": None})
    observed = without_state(grown.ports(), Selection(ref=before), now=grown.now).observed

    assert (False, {"a", "b"}) == (observed.on_main, set(observed.specs))
    assert without_state(grown.ports(), Selection(), now=grown.now).observed.on_main


@pytest.mark.parametrize(("sandbox", "words"), [("[gcp]", "now it is in place of gcp"), ("[]", "in place of nothing")])
def test_a_sandbox_that_is_not_the_one_of_yesterday_is_a_gap(grown: Stage, sandbox: str, words: str) -> None:
    """What lives in the one world is not there in the other, and would be called gone."""
    grown.repo.land({"helium.yaml": SETTINGS.replace(b"[gcp, kubernetes]", sandbox.encode())})
    (gap,) = without_state(grown.ports(), Selection(), now=grown.now).observed.gaps

    assert words in gap
    assert "put sandbox in helium.yaml, or HELIUM_SANDBOX, back" in gap


def test_an_empty_fleet_may_leave_the_sandbox() -> None:
    """Nothing lives there that could be lost."""
    stage = Stage()
    stage.go()
    stage.repo.land({"helium.yaml": SETTINGS.replace(b"[gcp, kubernetes]", b"[]")})

    assert () == without_state(stage.ports(), Selection(), now=stage.now).observed.gaps


def test_another_name_for_the_fleet_is_a_gap_while_anything_lives(grown: Stage) -> None:
    """Its stacks would be others', and all would be made a second time."""
    grown.repo.land({"helium.yaml": SETTINGS.replace(b"acme", b"acme2")})
    (gap,) = without_state(grown.ports(), Selection(), now=grown.now).observed.gaps

    assert gap.startswith("helium.yaml names the fleet acme2, but the workspaces belong to acme; put the old name back")


def test_what_came_back_since_the_last_pass_is_younger_than_the_record(grown: Stage) -> None:
    """A slow clock dates it before: its commit's time is believed only where it can be so."""
    grown.land({"a.yaml": None})
    grown.repo.land({"workspaces/a.yaml": b"expiry: 2026-12-25\n"}, time=grown.now.replace(day=1))
    observed, record = without_state(grown.ports(), Selection(), now=grown.now).observed, grown.record("a")

    assert record is not None
    assert observed.additions["a"].added_at == record.added_at + timedelta(seconds=1)


def planned_end(stage: Stage) -> Observation:
    """What a pass opens when the files of `a` and `b` are removed."""
    stage.land({"a.yaml": None, "b.yaml": None})
    loaded = load(stage.ports(), Selection(), now=stage.now).observed
    return opened(stage.ports(), loaded, plan=diff(loaded, stage.now), now=stage.now)


def test_a_stack_that_cannot_be_opened_is_kept_and_no_other(grown: Stage) -> None:
    """Its name has a code of its own, and what to do; missing facts never lead to a destroy."""
    grown.engine.errors["ownership", "a"] = EngineError(str(stack_id("a")), "unexpected end of JSON input")
    observed = planned_end(grown)
    changes = diff(observed, grown.now).changes

    assert [("a", "keep", "corrupt-stack"), ("b", "destroy", "file-removed")] == [
        (change.name, change.kind, change.code.value) for change in changes
    ]
    assert "unexpected end of JSON input. Restore its state, or give it up with" in changes[0].reason


def test_an_engine_that_cannot_start_ends_the_pass(grown: Stage) -> None:
    """Its error names no stack, so it says nothing about one."""
    grown.engine.errors["ownership", "a"] = EngineError("", "Pulumi cannot be started")

    with pytest.raises(EngineError, match="cannot be started"):
        planned_end(grown)


def test_an_engine_that_was_stopped_ends_the_pass(grown: Stage) -> None:
    """Ctrl-C is no fault of a stack."""
    grown.engine.errors["bare", "a"] = EngineInterruptedError(str(stack_id("a")), "it was stopped")
    grown.engine.stacks[stack_id("a")].ownership = None

    with pytest.raises(EngineInterruptedError):
        planned_end(grown)
