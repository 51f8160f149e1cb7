"""One commit to main, on exactly the head that the caller saw: pushed to the remote, or by compare-and-swap.

Bytes go into git as they are: no filter, no line-ending setting touches them. Refuses any path outside `workspaces/`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pygit2

from helium.adapters.git_repo import worktree
from helium.adapters.git_repo.clone import Clone
from helium.adapters.git_repo.commit_object import CommitParts, write_commit
from helium.adapters.git_repo.push import push
from helium.adapters.git_repo.read import tree_of
from helium.adapters.git_repo.trees import edited
from helium.core.spec import WORKSPACES
from helium.errors import HeadMovedError, SourceError, UsageError
from helium.ports.repo import Edit

_AUTHOR = re.compile(r"([^<>\n\0]+) <([^<>\n\0]*)>")
_TRAILER = re.compile(r"[A-Za-z0-9-]+")


@dataclass(frozen=True, slots=True)
class CommitDraft:
    """A commit before it is written: what it changes, who requested it, its message and trailers."""

    edits: tuple[Edit, ...]
    author: str
    message: str
    trailers: Mapping[str, str] = field(default_factory=dict)


def commit(clone: Clone, draft: CommitDraft, *, head: str) -> str:
    """The new commit's id, or `head` when nothing would change. `HeadMovedError`, `SourceError` or `UsageError`."""
    if clone.remote or not _checked_out(clone):
        new_commit = beside_main(clone, draft, head=head)
        if new_commit != head:
            _publish(clone, new_commit, head=head)
        return new_commit
    change = _changed(clone, draft, head=head)
    if change.tree is None:
        return head
    local = f"refs/heads/{clone.main}"
    if clone.tip(local) != head:
        raise HeadMovedError(f"{clone.main} has moved to {clone.tip(local)}, from {head}")
    shown = worktree.CommitToShow(local, head, change.tree, change.blobs, change.author, change.text)
    return worktree.commit(clone, shown)


def beside_main(clone: Clone, draft: CommitDraft, *, head: str) -> str:
    """A commit on `head` that no branch has yet; `head` itself when nothing would change."""
    change = _changed(clone, draft, head=head)
    if change.tree is None:
        return head
    return write_commit(clone, CommitParts(str(change.tree), [head], change.author, clone.committer(), change.text))


@dataclass(frozen=True, slots=True)
class _ChangedTree:
    """What a draft makes of a commit. `tree`: nothing where it is the same one."""

    tree: pygit2.Oid | None
    blobs: Mapping[str, pygit2.Oid | None]
    author: pygit2.Signature
    text: str


def _changed(clone: Clone, draft: CommitDraft, *, head: str) -> _ChangedTree:
    check(draft.edits)
    author, tree = signature(draft.author), tree_of(clone.repository, head)
    blobs = {edit.path: _blob(clone.repository, edit) for edit in draft.edits}
    new = edited(clone.repository, tree, edits=blobs)
    return _ChangedTree(None if new == tree.id else new, blobs, author, message(draft.message, draft.trailers))


def _publish(clone: Clone, new: str, *, head: str) -> None:
    local = f"refs/heads/{clone.main}"
    if clone.remote is None:
        clone.program.swap(local, new, old=head)
        return
    push(clone.program, new, remote=clone.remote, ref=local)
    if clone.pushes_elsewhere:
        # One repository by two ways, as a rule. If it is a fork, nobody ever sees what was written.
        clone.fetch(clone.main)
        if not clone.descends(clone.tip(clone.ref(clone.main)) or head, new):
            raise SourceError(
                f"The push went to the pushurl of {clone.remote}, but {clone.main} at its url does not have "
                "the commit, so no pass will see it. Let both lead to one repository, or set HELIUM_REMOTE."
            )
    if clone.tip(clone.ref(clone.main)) == head:
        clone.program.ask("update-ref", clone.ref(clone.main), new, head)


def _checked_out(clone: Clone) -> bool:
    repository = clone.repository
    if repository.is_bare or repository.head_is_detached:
        return False
    return bool(repository.references["HEAD"].target == f"refs/heads/{clone.main}")


def _blob(repository: pygit2.Repository, edit: Edit) -> pygit2.Oid | None:
    return None if edit.data is None else repository.create_blob(edit.data)


def check(edits: Sequence[Edit]) -> None:
    """`UsageError` for what nobody may write: a path outside `workspaces/`, the same path twice, nothing at all."""
    if not edits:
        raise UsageError("A commit needs at least one change.")
    for edit in edits:
        parts = edit.path.split("/")
        odd = any(part in {"", ".", ".."} or part.lower() == ".git" for part in parts) or "\0" in edit.path
        if odd or len(parts) < 2 or parts[0] != WORKSPACES:
            raise UsageError(f"{edit.path!r} is not a file under {WORKSPACES}/, and only those may be written.")
    if len({edit.path for edit in edits}) != len(edits):
        raise UsageError("One commit cannot change the same path twice.")


def signature(author: str) -> pygit2.Signature:
    """`name <mail>` as git's author, now."""
    parts = _AUTHOR.fullmatch(author.strip())
    if parts is None:
        raise UsageError(f"{author!r} is not an author. Write it as: Name <name@example.com>")
    try:
        return pygit2.Signature(parts[1], parts[2])
    except (ValueError, pygit2.GitError) as error:
        raise UsageError(f"{author!r} is not an author: {error}") from None


def message(text: str, trailers: Mapping[str, str]) -> str:
    """The message, and below an empty line one `Key: value` a line, as git's own trailers are written."""
    wrong = [key for key in trailers if not _TRAILER.fullmatch(key)]
    if wrong or "\0" in text or not text.strip():
        raise UsageError(f"a commit needs a message, and trailers that are words with hyphens, not {wrong}")
    lines = [f"{key}: {' '.join(value.split())}" for key, value in trailers.items()]
    return "\n".join([text.strip(), *([""] if lines else []), *lines, ""])
