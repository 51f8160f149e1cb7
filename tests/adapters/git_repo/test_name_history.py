"""A name's commits are the same whether asked for once, or again and again while main grows."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from helium.adapters.git_repo import GitRepo, open_clone
from tests.adapters.git_repos import ENVIRON, START, git, land, new_repo

NAMES = ("a", "b", "c")


def opened(folder: Path) -> GitRepo:
    """The repository, by who knows nothing of it yet."""
    return GitRepo(open_clone(folder, environ=ENVIRON))


def walked(folder: Path, name: str, *, commit: str) -> list[str]:
    """What git itself says, newest first."""
    order = ("log", "--first-parent", "-m", "--format=%H", commit, "--", f"workspaces/{name}.yaml")
    return git(folder, *order, f"workspaces/*/{name}.yaml").split()


@pytest.mark.parametrize("edits", [18, pytest.param(80, marks=pytest.mark.slow)])
def test_it_goes_on_where_it_stopped(tmp_path: Path, edits: int) -> None:
    """At every commit of a history of edits, moves, removals and merges, and at any older one in between."""
    own, chance = new_repo(tmp_path / "own"), random.Random(6)
    kept, heads = opened(own), list[str]()
    for number in range(edits):
        name = chance.choice(NAMES)
        paths = (f"workspaces/{name}.yaml", f"workspaces/team/{name}.yaml")
        there = [path for path in paths if (own / path).exists()]
        gone = {path: None for path in there if chance.random() < 0.5}
        put = {chance.choice(paths): str(number).encode()} if not gone or chance.random() < 0.5 else {}
        if number and number % 8 == 0:
            git(own, "checkout", "-q", "-b", f"side-{number}", "HEAD~1")
            land(own, {f"workspaces/{name}.yaml": str(number).encode()})
            git(own, "checkout", "-q", "main")
            # By hand: where main moved or removed the file meanwhile, no strategy of git's would know what to keep.
            git(own, "merge", "-q", "--no-ff", "--no-commit", "-s", "ours", f"side-{number}")
            git(own, "checkout", "-q", f"side-{number}", "--", f"workspaces/{name}.yaml")
            git(own, "commit", "-q", "-m", "Merge")
            heads.append(kept.head())
        heads.append(land(own, {**gone, **put, "README.md": str(number).encode()}))
        for commit in (heads[-1], chance.choice(heads)):
            assert {each: walked(own, each, commit=commit) for each in NAMES} == {
                each: [found.id for found in kept.commits(each, commit=commit)] for each in NAMES
            }


def test_a_rewritten_main_is_walked_again(tmp_path: Path) -> None:
    """Nothing of what is no longer main's stays."""
    own = new_repo(tmp_path / "own")
    first = land(own, {"workspaces/a.yaml": b"1"})
    second, kept = land(own, {"workspaces/a.yaml": b"2"}), opened(own)
    before = [each.id for each in kept.commits("a", commit=second)]
    git(own, "reset", "-q", "--hard", first)
    third = land(own, {"workspaces/a.yaml": b"3"})

    assert ([second, first], [third, first]) == (before, [each.id for each in kept.commits("a", commit=third)])


def test_many_may_ask_at_once(tmp_path: Path) -> None:
    """For old and new heads alike, each gets the answer to its own question."""
    own = new_repo(tmp_path / "own")
    heads = [land(own, {"workspaces/a.yaml": str(number).encode()}) for number in range(12)]
    kept = opened(own)
    with ThreadPoolExecutor(6) as pool:
        counts = list(pool.map(lambda head: len(kept.commits("a", commit=head)), heads * 4))

    assert [*range(1, 13)] * 4 == counts


def test_only_what_is_new_is_walked(tmp_path: Path) -> None:
    """What was walked before is not read again: its objects may even be gone."""
    own = new_repo(tmp_path / "own")
    first = land(own, {"workspaces/a.yaml": b"1", "workspaces/b.yaml": b"1"})
    kept = opened(own)
    kept.commits("a", commit=first)
    tree = git(own, "rev-parse", f"{first}:workspaces").strip()
    second = land(own, {"workspaces/a.yaml": b"2"})
    third = land(own, {"workspaces/a.yaml": b"3"})
    kept.commits("a", commit=second)
    (own / ".git/objects" / tree[:2] / tree[2:]).unlink()

    assert [third, second, first] == [each.id for each in kept.commits("a", commit=third)]


def test_only_what_is_recent_is_walked(tmp_path: Path) -> None:
    """By the time of the commits on main, newest first; what a merge brought counts at the merge."""
    own, day = new_repo(tmp_path / "own"), timedelta(days=1)
    land(own, {"workspaces/a.yaml": b"1", "workspaces/b.yaml": b"1"}, time=START)
    git(own, "checkout", "-q", "-b", "side")
    land(own, {"workspaces/c.yaml": b"1"}, time=START + 20 * day)
    git(own, "checkout", "-q", "main")
    dated = {"GIT_COMMITTER_DATE": (START + 21 * day).isoformat()}
    git(own, "merge", "-q", "--no-ff", "-m", "Merge", "side", extra=dated)
    merge = git(own, "rev-parse", "HEAD").strip()
    last = land(own, {"workspaces/a.yaml": b"2", "README.md": b"x"}, time=START + 22 * day)
    repo = opened(own)

    recent = repo.recent(repo.head(), newer=START + 7 * day)

    assert {"a": [last], "c": [merge]} == {name: [each.id for each in found] for name, found in recent.items()}
    assert {} == repo.recent(repo.head(), newer=START + 30 * day)
