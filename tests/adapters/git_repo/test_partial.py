"""A partial clone reads what it lacks from its remote, and says that it is partial when the remote does not give it."""

from __future__ import annotations

from pathlib import Path

import pytest

from helium.adapters.git_repo import GitRepo, integrity
from helium.errors import SourceError
from helium.ports.repo import Edit
from tests.adapters.git_repos import ANN, begun, cloned, git, land, opened

BOB = "Bob <bob@example.com>"


@pytest.fixture
def remote(tmp_path: Path) -> Path:
    """A remote that filters, whose main has a merged branch."""
    remote = begun(tmp_path, {"helium.yaml": b"x", "workspaces/a.yaml": b"1", "workspaces/team/b.yaml": b"2"})
    git(remote, "config", "uploadpack.allowFilter", "true")
    own = tmp_path / "own"
    git(own, "checkout", "-q", "-b", "side")
    land(own, {"workspaces/c.yaml": b"3"}, author=BOB)
    git(own, "checkout", "-q", "main")
    git(own, "merge", "-q", "--no-ff", "-m", "Merge side", "side")
    git(own, "push", "-q", "origin", "main")
    return remote


@pytest.mark.parametrize("filter", ["blob:none", "tree:0", "blob:limit=1"])
@pytest.mark.parametrize("bare", [True, False], ids=["bare", "checked out"])
def test_a_partial_clone_is_read_and_written(tmp_path: Path, remote: Path, filter: str, *, bare: bool) -> None:
    """Files, folders, history and new commits, without a word about damage."""
    partial = tmp_path / "partial"
    flags = ("--bare",) if bare else ()
    git(tmp_path, "clone", "-q", *flags, f"--filter={filter}", f"file://{remote}", str(partial))
    clone = opened(partial)
    repo = GitRepo(clone)
    repo.fetch()
    integrity.check(clone)
    integrity.check_loose(clone)
    head = repo.head()
    entries = repo.entries(head)
    new = repo.commit([Edit("workspaces/a.yaml", b"4")], head=head, author=ANN, message="Edit a", trailers={})

    assert ["a", "c", "b"] == [entry.name for entry in entries]
    assert [b"1", b"3", b"2"] == list(repo.blobs([entry.blob for entry in entries]).values())
    assert b"x" == repo.read(head, "helium.yaml")
    assert BOB == repo.additions(head, since=None)["c"].author
    assert new == git(remote, "rev-parse", "main").strip()


@pytest.mark.parametrize("filter", ["blob:none", "tree:0"])
def test_what_a_partial_clone_cannot_fetch_names_it(tmp_path: Path, remote: Path, filter: str) -> None:
    """While the remote is away, one sentence says what kind of clone this is and what to do."""
    partial = cloned(remote, tmp_path / "partial", "--no-checkout", f"--filter={filter}")
    repo = GitRepo(opened(partial))
    head = repo.head()
    remote.rename(tmp_path / "away.git")

    with pytest.raises(SourceError, match=r"This clone is partial .*use a clone without --filter"):
        repo.blobs([entry.blob for entry in repo.entries(head)])
