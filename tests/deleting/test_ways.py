"""Ways to lose a workspace that no brake was made for, played with the sandbox's resources counted before and after."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from helium.core.plan import Code
from helium.sandbox import put_object
from tests.adapters import yard
from tests.deleting.ground import KEPT, SETTINGS, Ground, codes, summary

BUCKETS = ["acme-a", "acme-a/data", "acme-b", "acme-c"]


def test_the_sandbox_is_no_place_to_destroy_what_lives_elsewhere(ground: Ground) -> None:
    """Looked for in another cloud than it lives in, it would be deleted with success: nothing is applied at all."""
    ground.land({"a.yaml": None, "d.yaml": KEPT})
    head = ground.fleet().ledger.read().head
    passphrase = (ground.folder / ".helium" / "passphrase").read_text().strip()
    for sandbox in ("none", "kubernetes"):
        ground.fresh({"HELIUM_SANDBOX": sandbox, "HELIUM_PASSPHRASE": passphrase})
        result = ground.go()

        assert (codes(result), result.outcomes, ground.buckets()) == (["not-whole"], (), BUCKETS), sandbox
        assert "put sandbox in helium.yaml, or HELIUM_SANDBOX, back" in result.plan.refusals[0].sentence
        assert ground.fleet().ledger.read().head == head, sandbox
    ground.fresh({"HELIUM_SANDBOX": "gcp,kubernetes"})
    assert summary(ground.go("a")) == [("destroy", "a", "file-removed", True)]


def test_an_empty_fleet_may_leave_the_sandbox(empty: Ground, tmp_path: Path) -> None:
    """Where nothing lives there is nothing to lose: trying it in the sandbox first is how everybody begins."""
    ground = empty.copied(tmp_path / "acme")
    ground.go()
    ground.fresh({"HELIUM_SANDBOX": "none", "HELIUM_PASSPHRASE": "one that is kept"})
    ground.go()

    assert (codes(ground.go()), ground.register().sandbox) == ([], ())


def test_a_ledger_put_back_to_an_older_commit_destroys_nothing_more(ground: Ground) -> None:
    """What it forgot is kept, what it tells of and is gone is lost; only what was removed goes."""
    old = ground.fleet().ledger.read().head
    ground.land({"a.yaml": None, "d.yaml": KEPT})
    ground.go()
    assert ground.buckets() == ["acme-b", "acme-c", "acme-d"]
    yard.git(ground.folder, "update-ref", "refs/heads/helium-ledger", str(old))
    ground.land({"b.yaml": None, "d.yaml": None})
    result = ground.go()

    assert summary(result) == [("destroy", "b", "file-removed", True)]
    assert {change.name: change.code for change in result.plan.changes if change.name in "ad"} == {
        "a": Code.LOST_STACK,
        "d": Code.NO_RECORD,
    }
    assert ground.buckets() == ["acme-c", "acme-d"]


def test_another_ledger_is_no_new_fleet(ground: Ground) -> None:
    """Somebody changes the branch's name in `helium.yaml`: the stacks are there, so nothing is applied or begun."""
    ground.settings(f"{SETTINGS}ledger: other\n")
    ground.land({"a.yaml": None, "d.yaml": KEPT})
    result = ground.go()

    assert (codes(result), result.outcomes, ground.buckets()) == (["not-ours"], (), BUCKETS)
    assert "other" not in yard.git(ground.folder, "for-each-ref", "--format=%(refname:short)").split()


def theirs(ground: Ground) -> None:
    """In the same cloud is `d` of the fleet `acme-x`, as our `a` but for its names, and its owner's data."""
    sandbox = ground.folder / ".helium" / "sandbox"
    (ours,) = sandbox.rglob("*Bucket~acme-a.json")
    named = {"acme-a": "acme-x-d", '"fleet": "acme"': '"fleet": "acme-x"', '"workspace": "a"': '"workspace": "d"'}
    text = ours.read_text()
    for our, their in named.items():
        assert our in text
        text = text.replace(our, their)
    ours.with_name(ours.name.replace("acme-a", "acme-x-d")).write_text(text)
    put_object(sandbox, "acme-x-d", key="theirs")


def test_the_bucket_of_a_fleet_with_a_longer_name_is_not_ours(ground: Ground) -> None:
    """`d` of the fleet `acme-x` has the bucket that `x-d` of `acme` would have: it outlives our failure, data too."""
    theirs(ground)
    before = ground.buckets()

    ground.land({"x-d.yaml": KEPT})
    assert summary(ground.go()) == [("create", "x-d", "new-file", False)]
    ground.land({"x-d.yaml": None})
    assert summary(ground.go()) == [("destroy", "x-d", "file-removed", True)]
    assert (ground.buckets(), "acme-x-d/theirs" in before) == (before, True)
    assert ground.phases() == {"a": "ready", "b": "ready", "c": "ready"}


def test_a_folder_that_is_called_like_a_specs_file_holds_its_name(ground: Ground) -> None:
    """`a.yaml` became a folder with the spec in it: a fault, and the workspace is kept, however the file is called."""
    (ground.folder / "workspaces" / "a.yaml").unlink()
    ground.land({"a.yaml/spec.yaml": KEPT, "b.yaml": f"{KEPT}description: edited\n"})
    result = ground.go()
    change = result.plan.of("a")

    assert summary(result) == [("update", "b", "spec-changed", True)]
    assert change is not None
    assert (change.code, [fault.path for fault in result.plan.faults]) == (
        Code.SPEC_UNREADABLE,
        ["workspaces/a.yaml/spec.yaml"],
    )
    shutil.rmtree(ground.folder / "workspaces" / "a.yaml")
    ground.land({"a.yaml": KEPT})
    assert (ground.go().outcomes, ground.buckets()) == ((), BUCKETS)


@pytest.mark.parametrize("file", [KEPT, None], ids=["with its file", "without"])
def test_a_stack_that_was_given_up_and_is_back_is_kept(ground: Ground, file: str | None) -> None:
    """A person called it lost, then its state was found again: it was never seen empty, so nothing is "finished"."""
    (path,) = (ground.folder / ".helium" / "state" / ".pulumi" / "stacks").glob("*/a.json")
    found_later = path.read_bytes()
    ground.lose("a")
    ground.helium("ledger", "accept-loss", "a")
    path.write_bytes(found_later)
    ground.land({"a.yaml": file})
    result = ground.go()
    assert (result.outcomes, ground.buckets()) == ((), BUCKETS)
    assert "its stack is back: helium ledger rebuild takes it back" in ground.helium("plan", code=4)

    ground.helium(*(("ledger", "rebuild") if file else ("orphans", "--destroy", "a")))
    assert ground.go().outcomes == ()
    assert ground.buckets() == (BUCKETS if file else ["acme-b", "acme-c"])


def test_a_program_that_forgets_the_bucket_takes_none_away(ground: Ground) -> None:
    """An edit takes today's program along, which no longer declares what holds the data: refused, and all is there."""
    program = b"def declare(workspace):\n    return {}\n"
    yard.land(ground.folder, {"stacks/small/resources.py": program}, time=ground.now)
    ground.land({"a.yaml": f"{KEPT}access: everyone\n"})

    assert summary(ground.go()) == [("update", "a", "would-replace", False)]
    assert ground.buckets() == BUCKETS


def test_a_state_that_was_called_new_by_mistake_destroys_nothing_when_it_is_back(ground: Ground) -> None:
    """The URL was wrong, and a person gave all stacks up there; with the right one all are kept, and taken back."""
    ground.settings(f"{SETTINGS}state: file://.helium/sate\n")
    ground.helium("ledger", "accept-loss", "--state")
    ground.settings(SETTINGS)
    ground.land({"b.yaml": None})
    result = ground.go()
    assert (set(codes(result)), result.outcomes, ground.buckets()) == ({"no-record"}, (), BUCKETS)

    ground.helium("ledger", "rebuild")
    assert (ground.go().outcomes, ground.buckets()) == ((), BUCKETS)
    assert ground.phases() == {"a": "ready", "b": "gone", "c": "ready"}
