"""What main would be with a branch merged: real git, real branches, and nothing of theirs checked out."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import pytest

from helium.adapters.git_repo import GitRepo
from helium.adapters.git_repo.merging import changed, merge, pull_request
from helium.core.proposal import FileChange
from helium.errors import SourceError, UnreachableError, UsageError
from tests.adapters.git_repo.test_odd_commits import ODD, odd_commit, staged
from tests.adapters.git_repos import START, begun, git, land, new_repo, opened

LATER = START + timedelta(days=9)


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A repository whose branch `side` left main after its first commit; both went on."""
    own = new_repo(tmp_path / "own")
    land(own, {"helium.yaml": b"fleet: x\n", "workspaces/a.yaml": b"{}\n", "workspaces/b.yaml": b"{}\n"})
    git(own, "checkout", "-q", "-b", "side")
    land(own, {"workspaces/a.yaml": None, "workspaces/c.yaml": b"owner: c@example.com\n"})
    git(own, "checkout", "-q", "main")
    land(own, {"workspaces/d.yaml": b"{}\n"})
    return own


def refs(folder: Path) -> str:
    """All branches and tags, and where they are."""
    return git(folder, "for-each-ref")


def test_a_merge_has_what_both_sides_did_and_moves_nothing(own: Path) -> None:
    """The tree is the host's; branches, index and working tree stay as they were."""
    before, clone = refs(own), opened(own)
    main, head = git(own, "rev-parse", "main", "side").split()
    found = merge(clone, head, main=main, now=LATER)
    repo = GitRepo(clone)

    assert ["b", "c", "d"] == [entry.name for entry in repo.entries(found.commit)]
    assert (before, "") == (refs(own), git(own, "status", "--porcelain"))
    assert git(own, "merge-base", "main", "side").strip() == found.base
    assert {"workspaces/a.yaml", "workspaces/c.yaml"} == {each.path for each in found.files}


def test_history_tells_of_it_as_of_a_merge_made_now(own: Path) -> None:
    """What came with the branch was added when it is merged, by whoever wrote it there."""
    clone = opened(own)
    main, head = git(own, "rev-parse", "main", "side").split()
    commit = merge(clone, head, main=main, now=LATER).commit
    repo = GitRepo(clone)
    added = repo.additions(commit, since=main)["c"]

    assert (LATER, "Ann <ann@example.com>") == (added.added_at, added.author)
    assert {"a"} == set(repo.removals(commit, since=main))
    assert repo.descends(commit, main)


def test_a_branch_that_could_be_fast_forwarded_is_merged_all_the_same(own: Path) -> None:
    """Its commits may be months old; whoever merges does it now."""
    git(own, "checkout", "-q", "side")
    git(own, "rebase", "-q", "main")
    main, head = git(own, "rev-parse", "main", "side").split()
    found = merge(opened(own), head, main=main, now=LATER)

    assert f"{main} {head}" == git(own, "log", "-1", "--format=%P", found.commit).strip()


@pytest.mark.parametrize("author", ODD.values(), ids=ODD)
def test_odd_authors_are_merged(own: Path, author: str) -> None:
    """git takes commits that libgit2 cannot parse, on either side."""
    git(own, "checkout", "-q", "side")
    staged(own, "workspaces/x.yaml")
    odd_commit(own, author)
    main, head = git(own, "rev-parse", "main", "side").split()
    found = merge(opened(own), head, main=main, now=LATER)

    assert "workspaces/x.yaml" in {each.path for each in found.files}


def test_a_conflict_names_its_files(own: Path) -> None:
    """Whoever has to rebase learns where; the rest is counted."""
    many = {f"workspaces/w{number}.yaml": b"main\n" for number in range(7)}
    land(own, many)
    git(own, "checkout", "-q", "side")
    land(own, dict.fromkeys(many, b"side\n"))
    main, head = git(own, "rev-parse", "main", "side").split()

    with pytest.raises(SourceError, match=r"conflicts with main, in workspaces/w0\.yaml, .* and 2 more\. Rebase"):
        merge(opened(own), head, main=main, now=LATER)


def test_a_branch_of_another_repository_is_no_branch_of_this_one(own: Path) -> None:
    """Without common history nothing says what it changes."""
    git(own, "checkout", "-q", "--orphan", "other")
    head = land(own, {"workspaces/z.yaml": b"{}\n"})

    with pytest.raises(SourceError, match="no history in common"):
        merge(opened(own), head, main=git(own, "rev-parse", "main").strip(), now=LATER)


def test_a_shallow_clone_says_that_it_is_one(tmp_path: Path) -> None:
    """A checkout without history cannot tell where the branch left main."""
    remote = begun(tmp_path, {"helium.yaml": b"x"}, clones=("others",), time=START)
    others = tmp_path / "others"
    land(others, {"a": b"1"})
    git(others, "checkout", "-q", "-b", "side", "HEAD~1")
    land(others, {"b": b"1"})
    git(others, "push", "-q", "origin", "main", "side")
    shallow = tmp_path / "shallow"
    git(tmp_path, "clone", "-q", "--depth=1", "--no-single-branch", remote.as_uri(), str(shallow))
    main, head = git(shallow, "rev-parse", "origin/main", "origin/side").split()

    with pytest.raises(SourceError, match="shallow"):
        merge(opened(shallow), head, main=main, now=LATER)


def test_names_that_are_no_text_are_changes_like_others(own: Path) -> None:
    """A quote, a newline, a shell's words, and bytes that are no UTF-8."""
    git(own, "checkout", "-q", "side")
    odd = [b'workspaces/"q".yaml', b"workspaces/a\nb.yaml", b"workspaces/$(id).yaml", b"workspaces/\xff.yaml"]
    for path in odd:
        (Path(os.fsdecode(os.fsencode(own) + b"/" + path))).write_bytes(b"{}\n")
    git(own, "add", "-A")
    git(own, "commit", "-q", "-m", "odd")
    paths = {each.path for each in changed(opened(own), since="main", commit="side")}

    assert {path.decode(errors="replace") for path in odd} <= paths


def test_a_change_has_blob_and_size(own: Path) -> None:
    """What is gone has neither; a link and a submodule are listed like files."""
    git(own, "checkout", "-q", "side")
    (own / "link").symlink_to("helium.yaml")
    git(own, "update-index", "--add", "--cacheinfo", f"160000,{'a' * 40},module")
    git(own, "add", "link")
    git(own, "commit", "-q", "-m", "links")
    found = {each.path: each for each in changed(opened(own), since="main~1", commit="side")}

    assert FileChange("workspaces/a.yaml") == found["workspaces/a.yaml"]
    assert (21, 11, 0) == tuple(found[path].size for path in ("workspaces/c.yaml", "link", "module"))
    assert git(own, "rev-parse", "side:workspaces/c.yaml").strip() == found["workspaces/c.yaml"].blob


@pytest.fixture
def proposed(tmp_path: Path) -> tuple[Path, str]:
    """A clone, and the head of pull request 7 in its remote, which no branch has."""
    remote = begun(tmp_path, {"helium.yaml": b"x"}, clones=("others", "own"), time=START)
    head = land(tmp_path / "others", {"workspaces/a.yaml": b"{}\n"})
    git(tmp_path / "others", "push", "-q", "origin", "HEAD:refs/pull/7/head")
    assert remote.is_dir()
    return tmp_path / "own", head


def test_a_pull_request_is_fetched_and_let_go_of(proposed: tuple[Path, str]) -> None:
    """Its commits are there as long as somebody looks; no ref of it stays."""
    own, head = proposed
    clone, before = opened(own), refs(own)
    with pull_request(clone, 7, head=head):
        assert ["workspaces/a.yaml"] == [each.path for each in changed(clone, since=f"{head}~1", commit=head)]

    assert before == refs(own)


def test_a_pull_request_that_moved_on_is_not_planned(proposed: tuple[Path, str]) -> None:
    """What the event named is what somebody looks at; a push after that has an event of its own."""
    own, head = proposed
    clone, before = opened(own), refs(own)

    with (
        pytest.raises(SourceError, match=rf"is at {head[:10]} by now, not at 0000000000"),
        pull_request(clone, 7, head="0" * 40),
    ):
        pass
    assert before == refs(own)


def test_a_pull_request_that_is_not_there_is_named(proposed: tuple[Path, str]) -> None:
    """The remote answered, so trying again does not help."""
    with (
        pytest.raises(SourceError, match="pull request 8 cannot be fetched") as raised,
        pull_request(opened(proposed[0]), 8, head="0" * 40),
    ):
        pass
    assert not isinstance(raised.value, UnreachableError)


def test_a_repository_without_a_remote_has_no_pull_requests(own: Path) -> None:
    """The sentence names what to do instead."""
    with pytest.raises(UsageError, match="helium plan --ref"), pull_request(opened(own), 1, head="0" * 40):
        pass
