"""A commit's files as git objects: what lies under `workspaces/`, one file, many blobs, and the commit a `ref` names.

Works on any repository that pygit2 opened, a bare mirror too. Refuses nothing that a person may have committed: links,
submodules and strange names are listed with their modes, for the reader of specs to judge.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pygit2

from helium.adapters.git_repo.commit_header import CommitHeader, header_of
from helium.adapters.git_repo.partial import PartialRepository
from helium.adapters.git_repo.trees import FOLDER, UNREADABLE, leaves, name_of, object_at, tree_at
from helium.core.spec import IN_ANOTHER_CASE, WORKSPACES, Entry, in_another_case
from helium.errors import Issue, SourceError, SpecError


def resolved(repository: pygit2.Repository, ref: str, *, remote: str | None) -> str:
    """The commit that `ref` names: a branch (here, else the remote's), a tag, an id or its start, `main~2`."""
    why = "no commit here is called that"
    for spelling in (ref, *([f"refs/remotes/{remote}/{ref}"] if remote else [])):
        try:
            return str(repository.revparse_single(spelling).peel(pygit2.Commit).id)
        except UNREADABLE as error:
            why = "more than one commit begins so" if "ambiguous" in str(error) else why
    raise SourceError(f"{ref!r}: {why}. `git log` shows the commits.")


def specs(repository: pygit2.Repository, commit: str) -> tuple[Entry, ...]:
    """What holds a name in `workspaces/`; `SpecError` when that is not a directory."""
    require_folder(repository, commit)
    return entries(repository, commit)


def require_folder(repository: pygit2.Repository, commit: str) -> None:
    """`SpecError` when `workspaces/` is not a directory, or is spelt otherwise: every spec would look removed."""
    tree = tree_of(repository, commit)
    if odd := next((name for name in map(name_of, tree) if in_another_case(name)), ""):
        raise SpecError((Issue(odd, 1, 1, "", IN_ANOTHER_CASE),))
    if WORKSPACES in tree and tree[WORKSPACES].filemode != FOLDER:
        sentence = f"{WORKSPACES} at {commit[:10]} must be a folder, with the specs in it; put the folder back"
        raise SpecError((Issue(WORKSPACES, 1, 1, "", sentence),))


def entries(repository: pygit2.Repository, commit: str, *, folder: str = WORKSPACES) -> tuple[Entry, ...]:
    """Everything under a folder, sorted by path; nothing when it is absent or not a folder.

    Files that hold no name are left out here, once for everybody: whoever compared them by name took `README.md` for a
    file of the workspace `readme`.
    """
    tree = object_at(repository, tree_of(repository, commit), path=folder)
    if not isinstance(tree, pygit2.Tree):
        return ()
    inside = leaves(repository, tree, prefix=f"{folder}/")
    listed = (Entry(leaf.path, str(leaf.id), leaf.mode) for leaf in inside)
    return tuple(sorted(entry for entry in listed if not entry.exempt))


def read(repository: pygit2.Repository, commit: str, *, path: str) -> bytes | None:
    """One file's bytes; `None` when it is absent, a folder or a submodule."""
    blob = object_at(repository, tree_of(repository, commit), path=path)
    return bytes(blob.data) if isinstance(blob, pygit2.Blob) else None


def blobs(repository: pygit2.Repository, ids: Sequence[str]) -> Mapping[str, bytes]:
    """The bytes by id. An id that is not a blob here (a submodule's commit) is left out; a damaged one is an error."""
    bytes_of: dict[str, bytes] = {}
    if isinstance(repository, PartialRepository):
        repository.bring(ids)
    for oid in ids:
        try:
            blob = repository[oid]
        except KeyError:
            continue
        except UNREADABLE as error:
            raise SourceError(f"Git object {oid} cannot be read: {error}. `git fsck` says more.") from None
        if isinstance(blob, pygit2.Blob):
            bytes_of[oid] = blob.data
    return bytes_of


def tree_of(repository: pygit2.Repository, commit: str) -> pygit2.Tree:
    """A commit's root tree; `SourceError` when this repository has no such commit."""
    return tree_at(repository, header_of(repository, commit).tree)


def last_author(repository: pygit2.Repository, merge: str, *, path: str, blob: str | None) -> str | None:
    """Who last touched a file that a merge brought, as `name <mail>`; `None` when no merged side has it like that.

    `blob`: as the merge left it; `None` is absent. A malformed author is empty: nobody, and not whoever merged.
    """
    for parent in header_of(repository, merge).parents[1:]:
        side = header_of(repository, parent)
        if _holds(repository, side, path=path, blob=blob):
            while side.parents and _holds(
                repository, before := header_of(repository, side.parents[0]), path=path, blob=blob
            ):
                side = before
            return side.author
    return None


def _holds(repository: pygit2.Repository, commit: CommitHeader, *, path: str, blob: str | None) -> bool:
    entry = object_at(repository, tree_at(repository, commit.tree), path=path)
    return (None if entry is None else str(entry.id)) == blob
