"""What a power cut leaves in a person's clone is named before libgit2 reads it, which would never come back."""

from __future__ import annotations

from pathlib import Path

import pytest

from helium.adapters.git_repo import integrity, open_clone
from helium.errors import SourceError
from tests.adapters.git_repos import ENVIRON, bare, cloned, git, land, new_repo


def torn(folder: Path, revision: str) -> str:
    """The id of the loose object that a revision names, cut short."""
    id = git(folder, "rev-parse", revision).strip()
    file = folder / ".git/objects" / id[:2] / id[2:]
    data = file.read_bytes()
    file.chmod(0o644)
    file.write_bytes(data[: len(data) // 2])
    return id


def checked(folder: Path, *, ref: str | None = None) -> str:
    """What the check says; empty when all is well."""
    try:
        integrity.check_loose(open_clone(folder, environ=ENVIRON), ref=ref)
    except SourceError as error:
        return str(error)
    return ""


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A clone with two commits."""
    folder = new_repo(tmp_path / "own")
    land(folder, {"helium.yaml": b"fleet: acme\n", "workspaces/a.yaml": b"# one\n"})
    land(folder, {"workspaces/a.yaml": b"# two\n"})
    return folder


@pytest.mark.parametrize(
    "revision", ["main", "main^", "main^{tree}", "main:workspaces", "main:workspaces/a.yaml", "main:helium.yaml"]
)
def test_an_object_that_was_cut_short_is_named(own: Path, revision: str) -> None:
    """Whatever it is: a file, a folder, a commit, an older commit."""
    id = torn(own, revision)

    assert id in checked(own)


def test_what_is_whole_passes(own: Path) -> None:
    """Loose or packed."""
    before = checked(own)
    git(own, "gc", "-q", "--prune=now")

    assert ("", "") == (before, checked(own))


def test_what_nobody_reads_may_be_torn(own: Path) -> None:
    """A file of a commit that no branch shows any more."""
    id = git(own, "rev-parse", "main:workspaces/a.yaml").strip()
    land(own, {"workspaces/a.yaml": b"# three\n"})
    torn(own, id)

    assert "" == checked(own)


def test_what_a_ref_shows_is_looked_at_too(own: Path) -> None:
    """The same file, once a person asks for the commit that has it; a ref that is none is for others to name."""
    old = git(own, "rev-parse", "main").strip()
    land(own, {"workspaces/a.yaml": b"# three\n"})
    torn(own, f"{old}:workspaces/a.yaml")

    assert ("", True) == (checked(own, ref="nothing-like-it"), "damaged" in checked(own, ref=old))


def test_of_a_clone_the_remotes_branches_count(tmp_path: Path) -> None:
    """As they were fetched, the ledger's among them; its own branches are its person's."""
    remote = bare(tmp_path / "remote.git")
    own = cloned(remote, tmp_path / "own")
    land(own, {"helium.yaml": b"fleet: acme\n"})
    git(own, "push", "-q", "origin", "main", "main:helium-ledger")
    git(own, "fetch", "-q")
    land(own, {"mine.txt": b"mine\n"})
    torn(own, "main:mine.txt")
    before = checked(own)
    torn(own, "origin/helium-ledger:helium.yaml")

    assert ("", True) == (before, "damaged" in checked(own))


def test_in_a_worktree_the_objects_are_elsewhere(own: Path, tmp_path: Path) -> None:
    """The folder of a linked worktree has no objects of its own."""
    git(own, "worktree", "add", "-q", "-b", "side", str(tmp_path / "side"))
    torn(own, "main:helium.yaml")

    assert "damaged" in checked(tmp_path / "side")


def test_an_empty_repository_has_nothing_to_check(tmp_path: Path) -> None:
    """Before the first commit."""
    folder = new_repo(tmp_path / "own")
    git(folder, "hash-object", "-w", "--stdin", data=b"loose\n")

    assert "" == checked(folder)
