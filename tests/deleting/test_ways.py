"""Ways to lose a workspace that no safeguard was written for; the sandbox's resources are counted before and after."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from helium.core.plan import Code
from helium.sandbox import put_object
from tests.adapters import git_repos
from tests.deleting.real_fleet import KEPT, SETTINGS, RealFleet, codes, summary

BUCKETS = ["acme-a", "acme-a/data", "acme-b", "acme-c"]


def test_the_sandbox_is_no_place_to_destroy_what_lives_elsewhere(fleet: RealFleet) -> None:
    """In a cloud that does not hold it, its deletion would succeed: nothing is applied at all."""
    fleet.land({"a.yaml": None, "d.yaml": KEPT})
    head = fleet.fleet().ledger.read().head
    passphrase = (fleet.folder / ".helium" / "passphrase").read_text().strip()
    for sandbox in ("none", "kubernetes"):
        fleet.fresh({"HELIUM_SANDBOX": sandbox, "HELIUM_PASSPHRASE": passphrase})
        result = fleet.go()

        assert (codes(result), result.outcomes, fleet.buckets()) == (["incomplete-observation"], (), BUCKETS), sandbox
        assert "put sandbox in helium.yaml, or HELIUM_SANDBOX, back" in result.plan.refusals[0].sentence
        assert fleet.fleet().ledger.read().head == head, sandbox
    fleet.fresh({"HELIUM_SANDBOX": "gcp,kubernetes"})
    assert summary(fleet.go("a")) == [("destroy", "a", "file-removed", True)]


def test_an_empty_fleet_may_leave_the_sandbox(empty: RealFleet, tmp_path: Path) -> None:
    """An empty fleet has nothing to lose, and trying it in the sandbox first is how everybody begins."""
    fleet = empty.copied(tmp_path / "acme")
    fleet.go()
    fleet.fresh({"HELIUM_SANDBOX": "none", "HELIUM_PASSPHRASE": "one that is kept"})
    fleet.go()

    assert (codes(fleet.go()), fleet.fleet_record().sandbox) == ([], ())


def test_a_ledger_put_back_to_an_older_commit_destroys_nothing_more(fleet: RealFleet) -> None:
    """What it forgot is kept, what it tells of and is gone is lost; only what was removed goes."""
    old = fleet.fleet().ledger.read().head
    fleet.land({"a.yaml": None, "d.yaml": KEPT})
    fleet.go()
    assert fleet.buckets() == ["acme-b", "acme-c", "acme-d"]
    git_repos.git(fleet.folder, "update-ref", "refs/heads/helium-ledger", str(old))
    fleet.land({"b.yaml": None, "d.yaml": None})
    result = fleet.go()

    assert summary(result) == [("destroy", "b", "file-removed", True)]
    assert {change.name: change.code for change in result.plan.changes if change.name in "ad"} == {
        "a": Code.LOST_STACK,
        "d": Code.NO_RECORD,
    }
    assert fleet.buckets() == ["acme-c", "acme-d"]


def test_another_ledger_is_no_new_fleet(fleet: RealFleet) -> None:
    """Somebody changes the branch's name in `helium.yaml`: the stacks are there, so nothing is applied or begun."""
    fleet.settings(f"{SETTINGS}ledger: other\n")
    fleet.land({"a.yaml": None, "d.yaml": KEPT})
    result = fleet.go()

    assert (codes(result), result.outcomes, fleet.buckets()) == (["foreign-state"], (), BUCKETS)
    assert "other" not in git_repos.git(fleet.folder, "for-each-ref", "--format=%(refname:short)").split()


def theirs(fleet: RealFleet) -> None:
    """In the same cloud is `d` of the fleet `acme-x`, as our `a` but for its names, and its owner's data."""
    sandbox = fleet.folder / ".helium" / "sandbox"
    (ours,) = sandbox.rglob("*Bucket~acme-a.json")
    named = {"acme-a": "acme-x-d", '"fleet": "acme"': '"fleet": "acme-x"', '"workspace": "a"': '"workspace": "d"'}
    text = ours.read_text()
    for our, their in named.items():
        assert our in text
        text = text.replace(our, their)
    ours.with_name(ours.name.replace("acme-a", "acme-x-d")).write_text(text)
    put_object(sandbox, "acme-x-d", key="theirs")


def test_the_bucket_of_a_fleet_with_a_longer_name_is_not_ours(fleet: RealFleet) -> None:
    """`d` of the fleet `acme-x` has the bucket that `x-d` of `acme` would have: it outlives our failure, data too."""
    theirs(fleet)
    before = fleet.buckets()

    fleet.land({"x-d.yaml": KEPT})
    assert summary(fleet.go(once=True)) == [("create", "x-d", "new-file", False)]
    fleet.land({"x-d.yaml": None})
    assert summary(fleet.go()) == [("destroy", "x-d", "file-removed", True)]
    assert (fleet.buckets(), "acme-x-d/theirs" in before) == (before, True)
    assert fleet.phases() == {"a": "ready", "b": "ready", "c": "ready"}


def test_a_folder_that_is_called_like_a_specs_file_holds_its_name(fleet: RealFleet) -> None:
    """`a.yaml` became a folder with the spec in it: an error, and the workspace is kept, however the file is called."""
    (fleet.folder / "workspaces" / "a.yaml").unlink()
    fleet.land({"a.yaml/spec.yaml": KEPT, "b.yaml": f"{KEPT}description: edited\n"})
    result = fleet.go()
    change = result.plan.of("a")

    assert summary(result) == [("update", "b", "spec-changed", True)]
    assert change is not None
    assert (change.code, [issue.path for issue in result.plan.issues]) == (
        Code.INVALID_SPEC,
        ["workspaces/a.yaml/spec.yaml"],
    )
    shutil.rmtree(fleet.folder / "workspaces" / "a.yaml")
    fleet.land({"a.yaml": KEPT})
    assert (fleet.go().outcomes, fleet.buckets()) == ((), BUCKETS)


@pytest.mark.parametrize(
    "file", [pytest.param(KEPT, id="with its file"), pytest.param(None, marks=pytest.mark.slow, id="without")]
)
def test_a_stack_that_was_given_up_and_is_back_is_kept(fleet: RealFleet, file: str | None) -> None:
    """A person called it lost, then its state was found again: it was never seen empty, so nothing is "finished"."""
    (path,) = (fleet.folder / ".helium" / "state" / ".pulumi" / "stacks").glob("*/a.json")
    found_later = path.read_bytes()
    fleet.lose("a")
    fleet.helium("ledger", "accept-loss", "a")
    path.write_bytes(found_later)
    fleet.land({"a.yaml": file})
    result = fleet.go()
    assert (result.outcomes, fleet.buckets()) == ((), BUCKETS)
    assert "its stack is back; run helium ledger rebuild to keep it" in fleet.helium("plan", code=4)

    fleet.helium(*(("ledger", "rebuild") if file else ("orphans", "--destroy", "a")))
    assert fleet.go().outcomes == ()
    assert fleet.buckets() == (BUCKETS if file else ["acme-b", "acme-c"])


def test_a_program_that_forgets_the_bucket_takes_none_away(fleet: RealFleet) -> None:
    """An edit takes today's program along, which no longer declares what holds the data: refused, and all is there."""
    program = b"def declare(workspace):\n    return {}\n"
    git_repos.land(fleet.folder, {"stacks/small/resources.py": program}, time=fleet.now)
    fleet.land({"a.yaml": f"{KEPT}access: everyone\n"})

    assert summary(fleet.go()) == [("update", "a", "would-replace", False)]
    assert fleet.buckets() == BUCKETS


def test_a_state_that_was_called_new_by_mistake_destroys_nothing_when_it_is_back(fleet: RealFleet) -> None:
    """The URL was wrong, and a person gave all stacks up there; with the right one all are kept, and taken back."""
    fleet.settings(f"{SETTINGS}state: file://.helium/sate\n")
    fleet.helium("ledger", "accept-loss", "--state")
    fleet.settings(SETTINGS)
    fleet.land({"b.yaml": None})
    result = fleet.go()
    assert (set(codes(result)), result.outcomes, fleet.buckets()) == ({"no-record"}, (), BUCKETS)

    fleet.helium("ledger", "rebuild")
    assert (fleet.go().outcomes, fleet.buckets()) == ((), BUCKETS)
    assert fleet.phases() == {"a": "ready", "b": "gone", "c": "ready"}
