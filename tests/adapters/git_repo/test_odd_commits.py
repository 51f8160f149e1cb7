"""Commits that git takes and libgit2 cannot parse: they spoil at most one name's owner, and nothing else stops."""

from __future__ import annotations

from pathlib import Path

import pytest

from helium.adapters.commit_queue.seen_requests import SeenRequests
from helium.adapters.git_repo import GitRepo
from helium.ports.repo import Edit
from tests.adapters.git_repos import ANN, START, begun, git, land, new_repo, opened

ODD = {
    "broken": "Ada <ada@example.com\n>",
    "unclosed": "Ada <ada@example.com",
    "unopened": "Ada ada@example.com>",
    "nobody": "Ada",
    "empty": "",
}


def odd_commit(folder: Path, author: str, *, committer: str = ANN, message: str = "Add x") -> str:
    """A commit of what is staged, with that author line; checked out as what HEAD names."""
    when = f"{int(START.timestamp())} +0000"
    head, tree = git(folder, "rev-parse", "HEAD").strip(), git(folder, "write-tree").strip()
    lines = [f"tree {tree}", f"parent {head}", f"author {author} {when}", f"committer {committer} {when}", "", message]
    data = "\n".join([*lines, ""]).encode()
    made = git(folder, "hash-object", "-t", "commit", "-w", "--literally", "--stdin", data=data).strip()
    git(folder, "update-ref", git(folder, "symbolic-ref", "HEAD").strip(), made)
    return made


def staged(folder: Path, path: str) -> None:
    """A new file in the index."""
    (folder / path).parent.mkdir(exist_ok=True)
    (folder / path).write_bytes(b"{}")
    git(folder, "add", "-A")


@pytest.mark.parametrize("author", ODD.values(), ids=ODD)
def test_a_malformed_author_on_a_merged_branch_is_nobody(tmp_path: Path, author: str) -> None:
    """The file has no owner then, which is said of it alone; whoever merged does not become the owner."""
    own = new_repo(tmp_path / "own")
    land(own, {"helium.yaml": b"x"})
    git(own, "checkout", "-q", "-b", "side")
    staged(own, "workspaces/x.yaml")
    odd_commit(own, author)
    git(own, "checkout", "-q", "main")
    git(own, "merge", "-q", "--no-ff", "-m", "Merge side", "side")
    repo = GitRepo(opened(own))
    additions = repo.additions(repo.head(), since=None)

    assert {"x": ""} == {name: addition.author for name, addition in additions.items()}


@pytest.mark.parametrize("author", ODD.values(), ids=ODD)
@pytest.mark.parametrize("place", ["plain", "checked out", "remote"])
def test_main_itself_may_be_such_a_commit(tmp_path: Path, place: str, author: str) -> None:
    """It is read, named, walked and written upon like any other."""
    if place == "remote":
        begun(tmp_path, {"helium.yaml": b"x"})
    own = tmp_path / "own" if place == "remote" else new_repo(tmp_path / "own")
    if place != "remote":
        land(own, {"helium.yaml": b"x"})
    root = git(own, "rev-parse", "HEAD").strip()
    staged(own, "workspaces/x.yaml")
    odd = odd_commit(own, author, message="Add x\n\nHelium-Request: 7")
    if place == "remote":
        git(own, "push", "-q", "origin", "main")
    if place == "plain":
        git(own, "checkout", "-q", "--detach")
    clone = opened(own, main="main")
    repo, seen = GitRepo(clone), SeenRequests()
    repo.fetch()
    new = repo.commit([Edit("workspaces/y.yaml", b"{}")], head=repo.head(), author=ANN, message="Add y", trailers={})
    repo.fetch()

    assert (odd, odd) == (git(own, "rev-parse", f"{new}~1").strip(), repo.resolve(f"{new}~1"))
    assert new == repo.head()
    assert (True, True) == (repo.descends(new, root), clone.descends(new, root))
    assert ["workspaces/x.yaml", "workspaces/y.yaml"] == [entry.path for entry in repo.entries(new)]
    assert [odd] == [commit.id for commit in repo.commits("x", commit=new)]
    assert [new] == [commit.id for commit in repo.commits("y", commit=new)]
    assert (True, True) == (seen.follow(clone, root), seen.follow(clone, new))
    assert "7" in seen._known


def test_a_malformed_committer_leaves_the_rest_of_the_fleet_alone(tmp_path: Path) -> None:
    """Its file counts as added long ago, and the ages of all others stay."""
    own = new_repo(tmp_path / "own")
    land(own, {"helium.yaml": b"x", "workspaces/a.yaml": b"{}"})
    staged(own, "workspaces/x.yaml")
    odd_commit(own, ANN, committer="Ada <ada@example.com")
    repo = GitRepo(opened(own))
    additions = repo.additions(repo.head(), since=None)

    assert {"a", "x"} == set(additions)
    assert START == additions["a"].added_at
