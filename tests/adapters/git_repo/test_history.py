"""One walk of main's first parents: merges, shallow clones, odd clocks, hostile settings, thousands of commits."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from helium.adapters.git_repo import GitRepo
from helium.errors import SourceError, SpecError
from tests.adapters.git_repos import ANN, START, cloned, git, imported, land, new_repo, opened
from tests.fakes import FakeRepo

BOB = "Bob <bob@example.com>"


def test_what_a_merge_brings_is_born_at_the_merge_and_owned_by_its_author(tmp_path: Path) -> None:
    """The merge's time counts, and the author is the one who last touched the file on the merged side."""
    own = new_repo(tmp_path / "own")
    land(own, {"helium.yaml": b"x"})
    git(own, "checkout", "-q", "-b", "side")
    land(own, {"workspaces/a.yaml": b"1"}, author=ANN)
    land(own, {"workspaces/a.yaml": b"2"}, author=BOB)
    land(own, {"workspaces/b.yaml": b"1"}, author=ANN)
    git(own, "checkout", "-q", "main")
    when = {"GIT_COMMITTER_DATE": f"@{int((START + timedelta(days=9)).timestamp())} +0000"}
    git(own, "merge", "-q", "--no-ff", "-m", "Merge side", "side", extra=when)
    repo = GitRepo(opened(own))
    addition = repo.additions(repo.head(), since=None)["a"]
    assert (START + timedelta(days=9), repo.head(), BOB) == (addition.added_at, addition.commit, addition.author)
    assert ["Merge side"] == [commit.subject for commit in repo.commits("a", commit=repo.head())]


def test_who_merged_has_approved(tmp_path: Path) -> None:
    """Of a merge the branch's author asked, and whoever merged let it in, unless a trailer names who reviewed it."""
    own = new_repo(tmp_path / "own")
    land(own, {"helium.yaml": b"x", "workspaces/a.yaml": b"1"})
    git(own, "checkout", "-q", "-b", "side")
    land(own, {"workspaces/a.yaml": None, "workspaces/b.yaml": b"1"}, author=BOB)
    git(own, "checkout", "-q", "main")
    git(own, "merge", "-q", "--no-ff", "-m", "Merge side", "side")
    repo = GitRepo(opened(own))
    removal, touched = repo.removals(repo.head(), since=None)["a"], repo.touched(repo.head(), since=None)
    land(own, {"workspaces/b.yaml": b"2"}, trailers={"Reviewed-by": ANN})
    reviewed = repo.touched(repo.head(), since=None)["b"]

    assert (BOB, "Own User <own@example.com>") == (removal.by, removal.approved_by)
    assert (BOB, "Own User <own@example.com>") == (touched["b"].by, touched["b"].approved_by)
    assert ANN == reviewed.approved_by


def test_main_merged_into_a_side_branch_does_not_hide_the_author(tmp_path: Path) -> None:
    """The merged side is followed along its own first parents."""
    own = new_repo(tmp_path / "own")
    land(own, {"helium.yaml": b"x"})
    git(own, "checkout", "-q", "-b", "side")
    land(own, {"workspaces/a.yaml": b"1"}, author=BOB)
    git(own, "checkout", "-q", "main")
    land(own, {"helium.yaml": b"y"})
    git(own, "checkout", "-q", "side")
    git(own, "merge", "-q", "-m", "Catch up", "main")
    git(own, "checkout", "-q", "main")
    git(own, "merge", "-q", "--no-ff", "-m", "Merge side", "side")
    repo = GitRepo(opened(own))
    assert BOB == repo.additions(repo.head(), since=None)["a"].author


def test_a_merge_pushed_the_wrong_way_round_adds_only_what_it_brought(tmp_path: Path) -> None:
    """Main is followed back to where the last pass was, though a person's own branch is the merge's first parent."""
    own = new_repo(tmp_path / "own")
    root = land(own, {"helium.yaml": b"x", "workspaces/o.yaml": b"1"})
    seen = land(own, {"workspaces/a.yaml": b"1", "workspaces/b.yaml": b"1", "workspaces/o.yaml": b"2"})
    removed = land(own, {"workspaces/b.yaml": None}, trailers={"Helium-Request": "1"})
    edited = land(own, {"workspaces/a.yaml": b"2"})
    git(own, "checkout", "-q", "-b", "mine", root)
    land(own, {"workspaces/z.yaml": b"1"}, author=BOB)
    git(own, "merge", "-q", "--no-ff", "-m", "Merge main", "main")
    last = land(own, {"workspaces/y.yaml": b"1"})
    git(own, "branch", "-q", "-f", "main", "mine")
    repo = GitRepo(opened(own))
    additions, removals = repo.additions(last, since=seen), repo.removals(last, since=seen)
    touched = repo.touched(last, since=seen)

    assert (last, git(own, "rev-parse", "mine~1").strip()) == (repo.head(), additions["z"].commit)
    assert {"y": last, "z": additions["z"].commit} == {name: addition.commit for name, addition in additions.items()}
    assert {"b": (removed, "1")} == {name: (one.commit, one.request) for name, one in removals.items()}
    assert (edited, ["a", "b", "y", "z"]) == (touched["a"].id, sorted(touched))


def test_a_file_that_was_born_and_removed_on_a_side_never_was(tmp_path: Path) -> None:
    """First parents only: what main never had is neither born nor removed."""
    own = new_repo(tmp_path / "own")
    land(own, {"helium.yaml": b"x"})
    git(own, "checkout", "-q", "-b", "side")
    land(own, {"workspaces/a.yaml": b"1"})
    land(own, {"workspaces/a.yaml": None, "workspaces/b.yaml": b"1"})
    git(own, "checkout", "-q", "main")
    git(own, "merge", "-q", "--no-ff", "-m", "Merge", "side")
    repo = GitRepo(opened(own))
    assert (["b"], {}) == (
        list(repo.additions(repo.head(), since=None)),
        repo.removals(repo.head(), since=None),
    )


def test_a_caller_with_a_list_of_its_own_is_refused_a_file_that_stands_where_the_folder_was(tmp_path: Path) -> None:
    """The list may be empty for that reason alone, and then every spec would look removed."""
    own = new_repo(tmp_path / "own")
    land(own, {"workspaces/a.yaml": b"1"})
    land(own, {"workspaces/a.yaml": None})
    (own / "workspaces").rmdir()
    head = land(own, {"workspaces": b"a file"})
    with pytest.raises(SpecError, match="must be a folder"):
        GitRepo(opened(own)).additions(head, since=None, holding=lambda _: ())


def test_a_shallow_clone_is_refused_where_it_would_lie(tmp_path: Path) -> None:
    """History that is cut off gives no additions; the error says how to get the rest. A whole part gives them."""
    source = new_repo(tmp_path / "source")
    first = land(source, {"workspaces/a.yaml": b"1"})
    second = land(source, {"workspaces/b.yaml": b"1"})
    head = land(source, {"workspaces/c.yaml": b"1"})
    repo = GitRepo(opened(cloned(source, tmp_path / "own", "--depth=2")))
    for since in (None, first):
        with pytest.raises(SourceError, match=r"git fetch --unshallow.*fetch-depth: 0"):
            repo.additions(head, since=since)
    assert ["c"] == list(repo.additions(head, since=second))
    assert (True, None) == (repo.descends(head, second), repo.descends(head, first))


def test_a_whole_clone_that_was_shallow_tells_everything(tmp_path: Path) -> None:
    """After `git fetch --unshallow` nothing is held against it."""
    source = new_repo(tmp_path / "source")
    land(source, {"workspaces/a.yaml": b"1"})
    head = land(source, {"workspaces/b.yaml": b"1"})
    own = cloned(source, tmp_path / "own", "--depth=1")
    git(own, "fetch", "-q", "--unshallow")
    assert ["a", "b"] == list(GitRepo(opened(own)).additions(head, since=None))


def test_a_commit_dated_ahead_is_read_as_it_is(tmp_path: Path) -> None:
    """The pass judges clocks; the repository says what git says."""
    own = new_repo(tmp_path / "own")
    ahead = datetime(2096, 5, 4, 3, 2, 1, tzinfo=UTC)
    head = land(own, {"workspaces/a.yaml": b"1"}, time=ahead)
    assert ahead == GitRepo(opened(own)).additions(head, since=None)["a"].added_at


def test_a_persons_git_settings_do_not_change_what_is_read(tmp_path: Path) -> None:
    """Settings that colour, follow, hide or reorder are overruled."""
    own = new_repo(tmp_path / "own")
    land(own, {"workspaces/a.yaml": b"1" * 99, "workspaces/c.yaml": b"2"})
    head = land(own, {"workspaces/a.yaml": None, "workspaces/b.yaml": b"1" * 99})
    for setting in (
        *("log.showRoot=false", "log.follow=true", "diff.renames=copies", "log.showSignature=true"),
        *("color.ui=always", "diff.ignoreSubmodules=all", "log.decorate=full", "diff.noprefix=true"),
        *("core.quotePath=true", "log.date=relative", "format.pretty=oneline", "log.diffMerges=off"),
        "diff.orderFile=/nonexistent",
    ):
        git(own, "config", *setting.split("=", 1))
    repo = GitRepo(opened(own))
    assert (["b", "c"], ["a"]) == (list(repo.additions(head, since=None)), list(repo.removals(head, since=None)))


def test_a_replaced_commit_is_read_as_it_was_pushed(tmp_path: Path) -> None:
    """`git replace` is one clone's own view, and no history."""
    own = new_repo(tmp_path / "own")
    land(own, {"helium.yaml": b"x"})
    head = land(own, {"workspaces/a.yaml": b"1"}, author=BOB)
    git(own, "replace", head, git(own, "commit-tree", "-m", "other", f"{head}^{{tree}}").strip())
    assert BOB == GitRepo(opened(own)).additions(head, since=None)["a"].author


def _lives(count: int) -> Iterator[dict[str, bytes | None]]:
    dice = random.Random(4)
    there: list[str] = []
    for number in range(count):
        if not there or dice.random() < 0.5:
            there.append(f"workspaces/ws-{dice.randrange(300)}.yaml")
            yield {there[-1]: b"%d" % number}
        else:
            path = there.pop(dice.randrange(len(there)))
            yield {path: None if path not in there else b"again %d" % number}


def test_thousands_of_commits_tell_the_same_as_going_forward(tmp_path: Path) -> None:
    """The walk back in time agrees, for 2,000 random commits, with following each name forward; in any two parts."""
    commits = list(_lives(2000))
    own = new_repo(tmp_path / "own")
    imported(own, commits)
    ids = git(own, "rev-list", "--reverse", "main").split()
    forward = FakeRepo()
    for number, files in enumerate(commits):
        forward.land(files, time=START + timedelta(minutes=number), author="Own <own@example.com>")
    real = GitRepo(opened(own))
    named = dict(zip((commit.commit.id for commit in forward.line), ids, strict=True))
    for since in (None, 1000, 1990):
        theirs, ours = (line[since] if since else None for line in (list(named), ids))
        additions = forward.additions(forward.head(), since=theirs)
        walked = real.additions(ids[-1], since=ours)
        assert {name: (b.added_at, named[b.commit], b.blob, b.blob_before) for name, b in additions.items()} == {
            name: (b.added_at, b.commit, b.blob, b.blob_before) for name, b in walked.items()
        }
        gone = forward.removals(forward.head(), since=theirs)
        assert {name: named[removal.commit] for name, removal in gone.items()} == {
            name: removal.commit for name, removal in real.removals(ids[-1], since=ours).items()
        }
