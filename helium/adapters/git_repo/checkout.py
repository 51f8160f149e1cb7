"""A commit where main is checked out and there is no remote: branch, index and working tree move together.

A person works here, so only the commit's own paths are touched, their hooks run, and what else they have staged stays
staged. Refuses a path with changes that are not committed, a merge in progress, and an index that another git holds.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pygit2

from helium.adapters.git_repo import worktree
from helium.adapters.git_repo.clone import Clone
from helium.adapters.git_repo.git_cli import sentence
from helium.errors import SourceError


@dataclass(frozen=True, slots=True)
class Work:
    """The commit to make: on `head` of `ref`, with this tree, in which these paths have these blobs (`None`: gone)."""

    ref: str
    head: str
    tree: pygit2.Oid
    blobs: Mapping[str, pygit2.Oid | None]
    author: pygit2.Signature
    message: str


def commit(clone: Clone, work: Work) -> str:
    """The new commit's id; `HeadMoved` when the branch moved in between."""
    _refuse_dirty(clone, list(work.blobs))
    with worktree.held(clone) as here:
        text = _hooked(clone, work, scratch=here.copy.with_name(f"helium-{os.getpid()}"))
        worktree.fill(clone, here.copy, blobs=work.blobs)
        made = clone.repository.create_commit(None, work.author, clone.committer(), text, work.tree, [work.head])
        here.about_to_be(str(made))
        clone.program.swap(work.ref, str(made), old=work.head)
        worktree.show(clone, here.copy, blobs=work.blobs)
    _hook(clone, "post-commit", extra={})
    return str(made)


def _refuse_dirty(clone: Clone, paths: list[str]) -> None:
    if clone.repository.state():
        raise SourceError("a merge, rebase or the like is under way here; finish it first, or `git merge --abort`")
    flags = ("--porcelain", "-z", "--untracked-files=all", "--ignored", "--no-renames", "--ignore-submodules=none")
    dirty = clone.program.run("--literal-pathspecs", "status", *flags, "--", *paths).split(b"\0")
    for line in dirty:
        if line:
            path = line[3:].decode(errors="replace")
            raise SourceError(f"{path} has changes that are not committed; commit them, or put them aside, first")
    for path in paths:
        links = [parent for parent in (clone.folder / path).parents if parent.is_symlink()]
        if any(link.is_relative_to(clone.folder) and link != clone.folder for link in links):
            raise SourceError(f"{path} lies behind a symbolic link, and is not written")


def _hooked(clone: Clone, work: Work, *, scratch: Path) -> str:
    """Run the hooks that may refuse a commit, on an index with this commit alone; the message as they leave it."""
    alone, note = scratch.with_suffix(".index"), scratch.with_suffix(".message")
    extra = {"GIT_INDEX_FILE": str(alone)}
    try:
        note.write_text(work.message)
        clone.program.run("read-tree", str(work.tree), extra=extra)
        _hook(clone, "pre-commit", extra=extra)
        _hook(clone, "prepare-commit-msg", str(note), "message", extra=extra)
        _hook(clone, "commit-msg", str(note), extra=extra)
        return note.read_text()
    finally:
        alone.unlink(missing_ok=True)
        note.unlink(missing_ok=True)


def _hook(clone: Clone, name: str, *arguments: str, extra: Mapping[str, str]) -> None:
    path = clone.folder / clone.program.text("rev-parse", "--git-path", f"hooks/{name}")
    if not os.access(path, os.X_OK):
        return
    answer = clone.program.execute((str(path), *arguments), extra=extra)
    if answer.code and name != "post-commit":
        said = sentence(answer.err or answer.out.decode(errors="replace"))
        raise SourceError(f"the hook {name} refused the commit: {said}")
