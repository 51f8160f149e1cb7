"""Safeguards `own_state` and `no_stack_lost` on the real engine."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from helium.core.record import FORMAT
from helium.errors import EngineError, HeliumError, SourceError, SpecError
from tests.adapters import git_repos
from tests.deleting.real_fleet import KEPT, SETTINGS, RealFleet, codes, summary

BUCKETS = ["acme-a", "acme-a/data", "acme-b", "acme-c"]


def emptied(fleet: RealFleet) -> None:
    """Somebody empties the state's folder."""
    shutil.rmtree(fleet.folder / ".helium" / "state" / ".pulumi")


def anothers(fleet: RealFleet) -> None:
    """The URL is that of another fleet's state."""
    for project in (fleet.folder / ".helium" / "state" / ".pulumi" / "stacks").iterdir():
        for file in project.glob("*.json"):
            file.write_text(file.read_text().replace("acme", "rival"))
        project.rename(project.with_name(project.name.replace("acme", "rival")))


def silent(fleet: RealFleet) -> None:
    """Another CLI lists nothing, and calls that a success."""
    # Something that Helium does not know, so that it asks Pulumi.
    (fleet.folder / ".helium" / "state" / ".pulumi" / "stacks" / "unknown.json").write_text("{}")
    fake = fleet.folder / ".helium" / "pulumi"
    real = fleet.environ["HELIUM_PULUMI"]
    fake.write_text(f'#!/bin/sh\ncase "$*" in *"stack ls"*) echo "[]" ;; *) exec {real} "$@" ;; esac\n')
    fake.chmod(0o755)
    fleet.fresh({"HELIUM_PULUMI": str(fake)})


@pytest.mark.parametrize("how", [emptied, anothers, silent])
def test_a_state_without_our_marker_stops_everything(fleet: RealFleet, how: Callable[[RealFleet], None]) -> None:
    """Neither a create nor a destroy, no line and no record: the state may be another's."""
    head = fleet.fleet().ledger.read().head
    how(fleet)
    fleet.land({"a.yaml": None, "d.yaml": KEPT})
    result = fleet.go()

    assert (codes(result)[0], result.outcomes) == ("foreign-state", ())
    assert "accept-loss --state" in result.plan.refusals[0].override
    assert fleet.buckets() == BUCKETS
    assert fleet.fleet().ledger.read().head == head


@pytest.mark.parametrize(("url", "error"), [("file://.helium/sate", EngineError), ("s4://bucket/state", SpecError)])
def test_a_state_url_with_a_typing_mistake_is_an_error(fleet: RealFleet, url: str, error: type[HeliumError]) -> None:
    """A state that does not exist is not an empty state, and no kind of URL is guessed."""
    fleet.settings(f"{SETTINGS}state: {url}\n")
    fleet.land({"a.yaml": None})

    with pytest.raises(error, match=r"does not exist|not the URL of a state"):
        fleet.go()
    assert fleet.buckets() == BUCKETS


def test_a_wrong_passphrase_applies_nothing(fleet: RealFleet) -> None:
    """No stack is made that nobody can destroy, none is destroyed, and the ledger says nothing new."""
    head = fleet.fleet().ledger.read().head
    fleet.fresh({"HELIUM_PASSPHRASE": "another one"})
    fleet.land({"a.yaml": None, "d.yaml": KEPT})

    with pytest.raises(EngineError, match="passphrase"):
        fleet.go()
    assert (fleet.buckets(), fleet.stacks()) == (BUCKETS, ["a", "b", "c", "marker"])
    assert fleet.fleet().ledger.read().head == head


def test_one_lost_stack_spoils_its_own_name(fleet: RealFleet) -> None:
    """It is neither created again nor dropped; others go on; a person gives it up by name."""
    fleet.lose("a")
    fleet.land({"a.yaml": None, "b.yaml": None})

    assert summary(fleet.go()) == [("destroy", "b", "file-removed", True)]
    assert fleet.phases() == {"a": "ready", "c": "ready"}
    assert "record without its stack" in fleet.helium("orphans")
    fleet.helium("ledger", "accept-loss", "b", code=2)
    fleet.helium("ledger", "accept-loss", "a")
    fleet.go()
    assert fleet.phases() == {"c": "ready"}
    assert [(line.code, line.approved_by) for line in fleet.log("a")][1:] == [
        ("lost-stack", "Own User <own@example.com>"),
    ]


def test_two_lost_stacks_stop_the_pass(fleet: RealFleet) -> None:
    """Losing two is more than an accident of one name. The sentence names them and says how to give them up."""
    fleet.lose("a", "b")
    fleet.land({"c.yaml": None})
    result = fleet.go()

    assert (codes(result), result.outcomes) == (["lost-stack"], ())
    assert result.plan.refusals[0].override == "helium ledger accept-loss a b"
    assert fleet.buckets() == BUCKETS


def test_a_lost_state_is_given_up_by_a_person(fleet: RealFleet) -> None:
    """`accept-loss --state` creates the marker again and calls every stack lost; then passes go on."""
    emptied(fleet)
    fleet.helium("reconcile", code=4)
    fleet.helium("ledger", "accept-loss", "--state")
    shutil.rmtree(fleet.folder / ".helium" / "sandbox")
    fleet.fresh()

    assert "3 to create" in fleet.helium("plan")
    assert summary(fleet.go("a")) == [("create", "a", "new-expiry", True)]


def test_a_whole_folder_lost_is_given_up_by_a_person(fleet: RealFleet) -> None:
    """Where state, passphrase and sandbox are gone together, the sentence says what to do, and that works."""
    shutil.rmtree(fleet.folder / ".helium")
    fleet.fresh()
    fleet.helium("reconcile", code=2)
    fleet.helium("ledger", "accept-loss", "--state")

    assert "3 to create" in fleet.helium("plan")
    assert summary(fleet.go("a")) == [("create", "a", "new-expiry", True)]


def test_a_lost_ledger_stops_everything_until_it_is_rebuilt(fleet: RealFleet) -> None:
    """No branch is begun beside a marker. After a rebuild nothing is destroyed before main was accepted."""
    record = fleet.fleet().ledger.fleet_record()
    assert record is not None
    (fleet.folder / ".git" / "refs" / "heads" / "helium-ledger").unlink()
    head = fleet.land({"a.yaml": None, "d.yaml": KEPT})
    assert codes(fleet.go()) == ["foreign-state"]
    assert fleet.fleet().ledger.read().head is None

    fleet.helium("ledger", "rebuild", code=2)
    fleet.helium("ledger", "rebuild", "--take-over", record.id)
    assert [each[:2] for each in summary(fleet.go())] == [("create", "d")]
    assert fleet.buckets() == [*BUCKETS, "acme-d"]
    assert "stack without a record" in fleet.helium("orphans")
    fleet.helium("ledger", "accept", head)
    fleet.go()
    assert fleet.stacks() == ["a", "b", "c", "d", "marker"]
    fleet.helium("orphans", "--destroy", "a")
    assert fleet.buckets() == ["acme-b", "acme-c", "acme-d"]
    assert fleet.phases() == {"b": "ready", "c": "ready", "d": "ready"}


def beside(fleet: RealFleet, folder: Path) -> Path:
    """The ledger's branch, checked out for a person's hands."""
    git_repos.git(fleet.folder, "worktree", "add", "-q", str(folder), "helium-ledger")
    return folder


def test_a_rewritten_log_stops_everything_until_a_person_accepts_it(fleet: RealFleet, tmp_path: Path) -> None:
    """Safeguard `complete_observation`: without those lines nobody knows how many went today. Nothing is done."""
    branch = beside(fleet, tmp_path / "ledger")
    (day,) = (path.relative_to(branch) for path in (branch / "log").rglob("*.jsonl"))
    git_repos.land(branch, {str(day): b""})
    fleet.land({"a.yaml": None, "d.yaml": KEPT})
    head = fleet.fleet().ledger.read().head
    result = fleet.go()
    assert (codes(result), result.outcomes, fleet.buckets()) == (["incomplete-observation"], (), BUCKETS)
    assert "somebody rewrote" in fleet.helium("plan", code=4)
    assert fleet.fleet().ledger.read().head == head

    fleet.helium("ledger", "accept", code=2)
    fleet.helium("ledger", "accept", "--log")
    assert [each[:2] for each in summary(fleet.go("a"))] == [("destroy", "a")]


def test_a_rebuild_leaves_what_a_newer_helium_wrote(fleet: RealFleet, tmp_path: Path) -> None:
    """A record that this one cannot read, since a newer one wrote it, is named; neither rebuilt nor forgotten."""
    branch = beside(fleet, tmp_path / "ledger")
    (path,) = (path.relative_to(branch) for path in (branch / "records").rglob("a.json"))
    text = (branch / path).read_text().replace('"ready"', '"asleep"')
    text = text.replace(f'"format": {FORMAT}', f'"format": {FORMAT + 1}')
    git_repos.land(branch, {str(path): text.encode()})

    for command in (("ledger", "rebuild"), ("orphans", "--forget", "a"), ("orphans", "--destroy", "a")):
        assert f"{path} of the ledger was written by a newer Helium (format {FORMAT + 1})" in fleet.helium(
            *command, code=6
        )
    assert text == git_repos.git(fleet.folder, "show", f"helium-ledger:{path}")
    assert fleet.buckets() == BUCKETS


@pytest.mark.parametrize("kind", ["a file", "a link"])
def test_workspaces_that_is_no_folder_is_a_named_error(fleet: RealFleet, kind: str) -> None:
    """That is not a fleet without specs: nothing is planned, and the command ends with 3, whatever stacks there are."""
    placement = fleet.folder / "workspaces"
    shutil.rmtree(placement)
    if kind == "a file":
        placement.write_text("soon\n")
    else:
        placement.symlink_to("stacks")
    git_repos.land(fleet.folder, {}, time=fleet.now)

    for command in ("plan", "reconcile", "expire"):
        assert "must be a folder" in fleet.helium(command, code=3)
    assert fleet.buckets() == BUCKETS


def test_a_register_that_cannot_be_read_applies_nothing(fleet: RealFleet, tmp_path: Path) -> None:
    """The ledger is a part of the whole picture."""
    git_repos.git(fleet.folder, "worktree", "add", "-q", str(tmp_path / "ledger"), "helium-ledger")
    git_repos.land(tmp_path / "ledger", {"fleet.json": b"{"})
    fleet.land({"a.yaml": None})

    with pytest.raises(SourceError, match=r"fleet\.json"):
        fleet.go()
