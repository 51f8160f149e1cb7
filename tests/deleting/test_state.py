"""Brakes 2 and 3 on the real engine: a state that is not this fleet's, and stacks that are lost."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from helium.errors import EngineError, HeliumError, SourceError, SpecError
from tests.adapters import yard
from tests.deleting.ground import KEPT, SETTINGS, Ground, codes, summary

BUCKETS = ["acme-a", "acme-a/data", "acme-b", "acme-c"]


def emptied(ground: Ground) -> None:
    """Somebody empties the state's folder."""
    shutil.rmtree(ground.folder / ".helium" / "state" / ".pulumi")


def anothers(ground: Ground) -> None:
    """The URL is that of another fleet's state."""
    for project in (ground.folder / ".helium" / "state" / ".pulumi" / "stacks").iterdir():
        for file in project.glob("*.json"):
            file.write_text(file.read_text().replace("acme", "rival"))
        project.rename(project.with_name(project.name.replace("acme", "rival")))


def silent(ground: Ground) -> None:
    """Another CLI lists nothing, and calls that a success."""
    fake = ground.folder / ".helium" / "pulumi"
    real = ground.environ["HELIUM_PULUMI"]
    fake.write_text(f'#!/bin/sh\ncase "$*" in *"stack ls"*) echo "[]" ;; *) exec {real} "$@" ;; esac\n')
    fake.chmod(0o755)
    ground.fresh({"HELIUM_PULUMI": str(fake)})


@pytest.mark.parametrize("how", [emptied, anothers, silent])
def test_a_state_without_our_marker_stops_everything(ground: Ground, how: Callable[[Ground], None]) -> None:
    """Neither a create nor a destroy, no line and no record: the state may be another's."""
    head = ground.fleet().ledger.read().head
    how(ground)
    ground.land({"a.yaml": None, "d.yaml": KEPT})
    result = ground.go()

    assert (codes(result)[0], result.outcomes) == ("not-ours", ())
    assert "accept-loss --state" in result.plan.refusals[0].override
    assert ground.buckets() == BUCKETS
    assert ground.fleet().ledger.read().head == head


@pytest.mark.parametrize(("url", "error"), [("file://.helium/sate", EngineError), ("s4://bucket/state", SpecError)])
def test_a_state_url_with_a_typing_mistake_is_an_error(ground: Ground, url: str, error: type[HeliumError]) -> None:
    """A state that is not there is no empty state, and no kind of URL is guessed."""
    ground.settings(f"{SETTINGS}state: {url}\n")
    ground.land({"a.yaml": None})

    with pytest.raises(error, match=r"not there|not the URL of a state"):
        ground.go()
    assert ground.buckets() == BUCKETS


def test_a_wrong_passphrase_applies_nothing(ground: Ground) -> None:
    """No stack is made that nobody can destroy, none is destroyed, and the ledger says nothing new."""
    head = ground.fleet().ledger.read().head
    ground.fresh({"HELIUM_PASSPHRASE": "another one"})
    ground.land({"a.yaml": None, "d.yaml": KEPT})

    with pytest.raises(EngineError, match="passphrase"):
        ground.go()
    assert (ground.buckets(), ground.stacks()) == (BUCKETS, ["a", "b", "c", "marker"])
    assert ground.fleet().ledger.read().head == head


def test_one_lost_stack_spoils_its_own_name(ground: Ground) -> None:
    """It is neither made anew nor dropped; others go on; a person gives it up by name."""
    ground.lose("a")
    ground.land({"a.yaml": None, "b.yaml": None})

    assert summary(ground.go()) == [("destroy", "b", "file-removed", True)]
    assert ground.phases() == {"a": "ready", "c": "ready"}
    assert "record without its stack" in ground.helium("orphans")
    ground.helium("ledger", "accept-loss", "b", code=2)
    ground.helium("ledger", "accept-loss", "a")
    ground.go()
    assert ground.phases() == {"c": "ready"}
    assert [(line.code, line.approved_by) for line in ground.log("a")][1:] == [
        ("lost-stack", "Own User <own@example.com>"),
        ("gone", ""),
    ]


def test_two_lost_stacks_stop_the_pass(ground: Ground) -> None:
    """More than one is no accident of one name; the sentence names them and how to give them up."""
    ground.lose("a", "b")
    ground.land({"c.yaml": None})
    result = ground.go()

    assert (codes(result), result.outcomes) == (["lost-stack"], ())
    assert result.plan.refusals[0].override == "helium ledger accept-loss a b"
    assert ground.buckets() == BUCKETS


def test_a_lost_state_is_given_up_by_a_person(ground: Ground) -> None:
    """`accept-loss --state` makes the marker anew and calls every stack lost; then passes go on."""
    emptied(ground)
    ground.helium("reconcile", code=4)
    ground.helium("ledger", "accept-loss", "--state")
    shutil.rmtree(ground.folder / ".helium" / "sandbox")
    ground.fresh()

    assert "3 to create" in ground.helium("plan")
    assert summary(ground.go("a")) == [("create", "a", "new-expiry", True)]


def test_a_whole_folder_lost_is_given_up_by_a_person(ground: Ground) -> None:
    """Where state, passphrase and sandbox are gone together, the sentence says what to do, and that works."""
    shutil.rmtree(ground.folder / ".helium")
    ground.fresh()
    ground.helium("reconcile", code=2)
    ground.helium("ledger", "accept-loss", "--state")

    assert "3 to create" in ground.helium("plan")
    assert summary(ground.go("a")) == [("create", "a", "new-expiry", True)]


def test_a_lost_ledger_stops_everything_until_it_is_rebuilt(ground: Ground) -> None:
    """No branch is begun beside a marker. After a rebuild nothing is destroyed before main was accepted."""
    (ground.folder / ".git" / "refs" / "heads" / "helium-ledger").unlink()
    head = ground.land({"a.yaml": None, "d.yaml": KEPT})
    assert codes(ground.go()) == ["not-ours"]
    assert ground.fleet().ledger.read().head is None

    ground.helium("ledger", "rebuild")
    assert [each[:2] for each in summary(ground.go())] == [("create", "d")]
    assert ground.buckets() == [*BUCKETS, "acme-d"]
    assert "stack without a record" in ground.helium("orphans")
    ground.helium("ledger", "accept", head)
    ground.go()
    assert ground.stacks() == ["a", "b", "c", "d", "marker"]
    ground.helium("orphans", "--destroy", "a")
    assert ground.buckets() == ["acme-b", "acme-c", "acme-d"]
    assert ground.phases() == {"b": "ready", "c": "ready", "d": "ready"}


def test_a_corrupt_state_file_is_named(ground: Ground) -> None:
    """One truncated file makes the whole listing fail; it is named, and nothing is applied."""
    (path,) = (ground.folder / ".helium" / "state" / ".pulumi" / "stacks").glob("*/b.json")
    path.write_text(path.read_text()[:100])
    ground.land({"a.yaml": None})

    with pytest.raises(EngineError, match=r"acme\.small/b.*corrupt"):
        ground.go()


def beside(ground: Ground, folder: Path) -> Path:
    """The ledger's branch, checked out for a person's hands."""
    yard.git(ground.folder, "worktree", "add", "-q", str(folder), "helium-ledger")
    return folder


def test_a_rewritten_log_stops_everything_until_a_person_accepts_it(ground: Ground, tmp_path: Path) -> None:
    """Brake 1: with lines taken away nobody knows how many went today; nothing is applied, and nothing written."""
    branch = beside(ground, tmp_path / "ledger")
    (day,) = (path.relative_to(branch) for path in (branch / "log").rglob("*.jsonl"))
    yard.land(branch, {str(day): b""})
    ground.land({"a.yaml": None, "d.yaml": KEPT})
    head = ground.fleet().ledger.read().head
    result = ground.go()
    assert (codes(result), result.outcomes, ground.buckets()) == (["not-whole"], (), BUCKETS)
    assert "somebody rewrote" in ground.helium("plan", code=4)
    assert ground.fleet().ledger.read().head == head

    ground.helium("ledger", "accept", code=2)
    ground.helium("ledger", "accept", "--log")
    assert [each[:2] for each in summary(ground.go("a"))] == [("destroy", "a")]


def test_a_rebuild_leaves_what_a_newer_helium_wrote(ground: Ground, tmp_path: Path) -> None:
    """A record that this one cannot read, since a newer one wrote it, is named; neither rebuilt nor forgotten."""
    branch = beside(ground, tmp_path / "ledger")
    (path,) = (path.relative_to(branch) for path in (branch / "records").rglob("a.json"))
    text = (branch / path).read_text().replace('"ready"', '"asleep"').replace('"format": 1', '"format": 2')
    yard.land(branch, {str(path): text.encode()})

    for command in (("ledger", "rebuild"), ("orphans", "--forget", "a"), ("orphans", "--destroy", "a")):
        assert f"{path} of the ledger was written by a newer Helium (format 2)" in ground.helium(*command, code=6)
    assert text == yard.git(ground.folder, "show", f"helium-ledger:{path}")
    assert ground.buckets() == BUCKETS


@pytest.mark.parametrize("kind", ["a file", "a link"])
def test_workspaces_that_is_no_folder_is_a_named_fault(ground: Ground, kind: str) -> None:
    """It is no fleet without specs: nothing is planned, and the command ends with 3, whatever stacks there are."""
    place = ground.folder / "workspaces"
    shutil.rmtree(place)
    if kind == "a file":
        place.write_text("soon\n")
    else:
        place.symlink_to("stacks")
    yard.land(ground.folder, {}, time=ground.now)

    for command in ("plan", "reconcile", "expire"):
        assert "must be a folder" in ground.helium(command, code=3)
    assert ground.buckets() == BUCKETS


def test_a_register_that_cannot_be_read_applies_nothing(ground: Ground, tmp_path: Path) -> None:
    """The ledger is a part of the whole picture."""
    yard.git(ground.folder, "worktree", "add", "-q", str(tmp_path / "ledger"), "helium-ledger")
    yard.land(tmp_path / "ledger", {"fleet.json": b"{"})
    ground.land({"a.yaml": None})

    with pytest.raises(SourceError, match=r"fleet\.json"):
        ground.go()
