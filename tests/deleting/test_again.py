"""The lives of a name on the real engine: what is another life, and that nothing of the old one reaches it."""

from __future__ import annotations

from helium.core.plan import Code
from tests.adapters import yard
from tests.deleting.ground import KEPT, SMALL, Ground, codes, summary

BUCKETS = ["acme-a", "acme-a/data", "acme-b", "acme-c"]
BOB = "Bob <bob@example.com>"
LARGE = f"{KEPT}backend: large\n"


def with_large(ground: Ground) -> None:
    """The fleet gets a second backend, whose bucket has the very name that the first one's has."""
    files = {f"stacks/large/{path.name}": path.read_bytes() for path in SMALL.iterdir() if path.is_file()}
    yard.land(ground.folder, files, time=ground.now)
    ground.fresh()


def stacks(ground: Ground, name: str) -> list[str]:
    """The projects in which the state has a stack of that name."""
    root = ground.folder / ".helium" / "state" / ".pulumi" / "stacks"
    return sorted(path.parent.name for path in root.glob(f"*/{name}.json"))


def test_made_again_under_another_backend_is_another_life(ground: Ground) -> None:
    """The old stack goes first, as what it is; the new one is another stack, and its bucket has no note in it.

    The removal was seen while nothing may be applied, by a paused pass; that is remembered.
    """
    with_large(ground)
    ground.put("a", "note")
    ground.helium("pause", "--why", "a look")
    ground.land({"a.yaml": None})
    assert codes(ground.go()) == ["paused"]
    ground.land({"a.yaml": LARGE}, author=BOB)
    assert (codes(ground.go()), ground.buckets()) == (["paused"], sorted([*BUCKETS, "acme-a/note"]))
    ground.helium("pause", "--end")
    done = [each[:3] for each in summary(ground.go())]
    record = ground.record("a")

    assert done == [("destroy", "a", "replaced"), ("create", "a", "new-file")]
    assert (ground.buckets(), stacks(ground, "a")) == (["acme-a", "acme-b", "acme-c"], ["acme.large"])
    assert record is not None
    assert (record.backend, record.owner, record.stack) == (
        "large",
        "bob@example.com",
        "organization/acme.large/a",
    )
    assert ground.go().outcomes == ()


def test_another_backend_for_a_living_name_is_refused(ground: Ground) -> None:
    """A backend cannot change: the file that was only edited keeps its stack and its data."""
    with_large(ground)
    ground.land({"a.yaml": LARGE}, author=BOB)
    result = ground.go()
    change = result.plan.of("a")

    assert change is not None
    assert (change.code, result.outcomes) == (Code.BACKEND_CHANGED, ())
    assert (ground.buckets(), stacks(ground, "a")) == (BUCKETS, ["acme.small"])


def test_a_file_that_moved_keeps_its_workspace(ground: Ground) -> None:
    """Into a team's folder, to another ending, in case, too deep: in one commit or two, and back with an edit."""
    before = "a.yaml"
    for path in ("team/a.yaml", "a.yml", "A.yaml", "team/deep/a.yaml"):
        ground.land({before: None, path: KEPT})
        moved = ground.go()
        ground.land({path: None})
        ground.land({path: KEPT})
        again = ground.go()
        assert (moved.outcomes, again.outcomes) == ((), ()), path
        before = path
    ground.land({before: None, "a.yaml": f"{KEPT}description: back\n"})

    assert summary(ground.go()) == [("update", "a", "spec-changed", True)]
    assert ground.buckets() == BUCKETS
