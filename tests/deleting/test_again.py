"""Incarnations of a name on the real engine: what begins a new one, and that nothing of the old one reaches it."""

from __future__ import annotations

import pytest

from helium.core.plan import Code
from tests.adapters import git_repos
from tests.deleting.real_fleet import KEPT, SMALL, RealFleet, codes, summary

BUCKETS = ["acme-a", "acme-a/data", "acme-b", "acme-c"]
BOB = "Bob <bob@example.com>"
LARGE = f"{KEPT}backend: large\n"


def with_large(fleet: RealFleet) -> None:
    """The fleet gets a second backend, whose bucket has the very name that the first one's has."""
    files = {f"stacks/large/{path.name}": path.read_bytes() for path in SMALL.iterdir() if path.is_file()}
    git_repos.land(fleet.folder, files, time=fleet.now)
    fleet.fresh()


def stacks(fleet: RealFleet, name: str) -> list[str]:
    """The projects in which the state has a stack of that name."""
    root = fleet.folder / ".helium" / "state" / ".pulumi" / "stacks"
    return sorted(path.parent.name for path in root.glob(f"*/{name}.json"))


@pytest.mark.slow
def test_created_again_under_another_backend_is_another_incarnation(fleet: RealFleet) -> None:
    """The old stack goes first, as what it is; the new one is another stack, and its bucket has no note in it.

    The removal was seen while nothing may be applied, by a paused pass; that is remembered.
    """
    with_large(fleet)
    fleet.put("a", "note")
    fleet.helium("pause", "--why", "a look")
    fleet.land({"a.yaml": None})
    assert codes(fleet.go()) == ["paused"]
    fleet.land({"a.yaml": LARGE}, author=BOB)
    assert (codes(fleet.go()), fleet.buckets()) == (["paused"], sorted([*BUCKETS, "acme-a/note"]))
    fleet.helium("pause", "--end")
    done = [each[:3] for each in summary(fleet.go())]
    record = fleet.record("a")

    assert done == [("destroy", "a", "replaced"), ("create", "a", "new-file")]
    assert (fleet.buckets(), stacks(fleet, "a")) == (["acme-a", "acme-b", "acme-c"], ["acme.large"])
    assert record is not None
    assert (record.backend, record.owner, record.stack) == (
        "large",
        "bob@example.com",
        "organization/acme.large/a",
    )
    assert fleet.go().outcomes == ()


def test_another_backend_for_a_living_name_is_refused(fleet: RealFleet) -> None:
    """A backend cannot change: the file that was only edited keeps its stack and its data."""
    with_large(fleet)
    fleet.land({"a.yaml": LARGE}, author=BOB)
    result = fleet.go()
    change = result.plan.of("a")

    assert change is not None
    assert (change.code, result.outcomes) == (Code.BACKEND_CHANGED, ())
    assert (fleet.buckets(), stacks(fleet, "a")) == (BUCKETS, ["acme.small"])


def test_a_file_that_moved_keeps_its_workspace(fleet: RealFleet) -> None:
    """Into a team's folder, to another ending, in case, too deep: in one commit or two, and back with an edit."""
    before = "a.yaml"
    for path in ("team/a.yaml", "a.yml", "A.yaml", "team/deep/a.yaml"):
        fleet.land({before: None, path: KEPT})
        moved = fleet.go()
        fleet.land({path: None})
        fleet.land({path: KEPT})
        again = fleet.go()
        assert (moved.outcomes, again.outcomes) == ((), ()), path
        before = path
    fleet.land({before: None, "a.yaml": f"{KEPT}description: back\n"})

    assert summary(fleet.go()) == [("update", "a", "spec-changed", True)]
    assert fleet.buckets() == BUCKETS
