"""A commit where main is checked out and there is no remote: branch, index and working tree move together.

A person works here, so only the commit's own paths are touched, their hooks run, and what else they have staged stays
staged. The index is locked against every other git meanwhile, and put right by the next Helium if this one is killed.
Refuses a path with uncommitted changes, a merge in progress, and an index that another git holds; never overwrites what
a person changed.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from socket import gethostname

import pygit2

from helium.adapters import processes
from helium.adapters.git_repo.clone import Clone
from helium.adapters.git_repo.commit_header import header_of
from helium.adapters.git_repo.commit_object import CommitParts, write_commit
from helium.adapters.git_repo.git_messages import sentence
from helium.adapters.git_repo.read import tree_of
from helium.core.spec import WORKSPACES
from helium.errors import SourceError

_OURS = re.compile(r"helium (?P<host>\S+) (?P<pid>[0-9]+)(?: @(?P<began>[0-9]+))?(?: (?P<commit>[0-9a-f]{40,64}))?\n")
"""What Helium writes into git's lock on the index: who holds it since when, and which commit the branch moves to."""


@dataclass(frozen=True, slots=True)
class CommitToShow:
    """The commit to make: on `head` of `ref`, with this tree, where these paths have these blobs (`None`: removed)."""

    ref: str
    head: str
    tree: pygit2.Oid
    blobs: Mapping[str, pygit2.Oid | None]
    author: pygit2.Signature
    message: str


def commit(clone: Clone, work: CommitToShow) -> str:
    """The new commit's id; `HeadMovedError` when the branch moved in between."""
    _refuse_dirty(clone, list(work.blobs))
    with _held_index(clone) as here:
        text = _hooked(clone, work, scratch=here.copy.with_name(f"helium-{os.getpid()}"))
        _fill(clone, here.copy, blobs=work.blobs)
        parts = CommitParts(str(work.tree), [work.head], work.author, clone.committer(), text)
        new = write_commit(clone, parts)
        # Noted before the branch moves: if Helium is killed right after, the next one finishes index and files.
        here.about_to_be(new)
        clone.program.swap(work.ref, new, old=work.head)
        _show(clone, here.copy, blobs=work.blobs)
    _hook(clone, "post-commit", extra={})
    return new


def _refuse_dirty(clone: Clone, paths: list[str]) -> None:
    if clone.repository.state():
        raise SourceError("A merge or rebase is in progress here. Finish it first, or run `git merge --abort`.")
    flags = ("--porcelain", "-z", "--untracked-files=all", "--ignored", "--no-renames", "--ignore-submodules=none")
    dirty = clone.program.run("--literal-pathspecs", "status", *flags, "--", *paths).split(b"\0")
    for line in dirty:
        if line:
            path = line[3:].decode(errors="replace")
            raise SourceError(f"{path} has uncommitted changes. Commit or stash them first.")
    for path in paths:
        links = [parent for parent in (clone.folder / path).parents if parent.is_symlink()]
        if any(link.is_relative_to(clone.folder) and link != clone.folder for link in links):
            raise SourceError(f"{path} is behind a symbolic link, so it is not written.")


def _hooked(clone: Clone, work: CommitToShow, *, scratch: Path) -> str:
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
        raise SourceError(f"The hook {name} refused the commit: {said}")


@dataclass(frozen=True, slots=True)
class LockedIndex:
    """Git's lock on the index, and the copy that replaces the index at the end."""

    lock: Path
    copy: Path

    def about_to_be(self, commit: str) -> None:
        """Note which commit the branch is about to move to, for the Helium that finds this lock after a kill."""
        self.lock.write_text(f"{_signed()} {commit}\n")


@contextmanager
def _held_index(clone: Clone) -> Iterator[LockedIndex]:
    """Hold the index. At the end the copy replaces it; after an error, nothing has changed."""
    recover(clone)
    git = _folder(clone)
    here = LockedIndex(git / "index.lock", git / f"index.helium-{os.getpid()}")
    try:
        with here.lock.open("x") as lock:
            lock.write(f"{_signed()}\n")
    except OSError as error:
        why = f"{here.lock}: {error.strerror}"
        raise SourceError(
            f"Another git is at work here ({why}). Try again when it is done, or remove that file if no git runs."
        ) from None
    try:
        if (git / "index").exists():
            shutil.copy2(git / "index", here.copy)
        yield here
        here.copy.replace(git / "index")
    except OSError as error:
        raise SourceError(f"The commit's files could not be written: {error.strerror}") from None
    finally:
        here.copy.unlink(missing_ok=True)
        here.lock.unlink(missing_ok=True)


def _fill(clone: Clone, index: Path, *, blobs: Mapping[str, pygit2.Oid | None]) -> None:
    """Put blobs into an index file as they are, and take removed paths out of it."""
    nothing = "0" * 40
    lines = [
        f"{0 if blob is None else _mode(clone, path):o} {blob or nothing}\t{path}\0" for path, blob in blobs.items()
    ]
    extra = {"GIT_INDEX_FILE": str(index)}
    clone.program.run("update-index", "-z", "--index-info", data="".join(lines).encode(), extra=extra)


def _show(clone: Clone, index: Path, *, blobs: Mapping[str, pygit2.Oid | None]) -> None:
    """Make the files look as the index has them, by git's own rules for this working tree."""
    written = [path for path, blob in blobs.items() if blob is not None]
    flags = ("-f", "-u", "-q", "-z", "--stdin")
    extra = {"GIT_INDEX_FILE": str(index)}
    clone.program.run("checkout-index", *flags, data="\0".join([*written, ""]).encode(), extra=extra)
    for path, blob in blobs.items():
        if blob is None:
            _remove(clone.folder, path)


def recover(clone: Clone) -> None:
    """After a kill: finish the commit if the branch has it already, and unlock the index of the dead Helium."""
    if clone.repository.is_bare:
        return
    git = _folder(clone)
    lock = git / "index.lock"
    ours = _OURS.fullmatch(_text(lock))
    if ours is None or ours["host"] != gethostname() or _runs(int(ours["pid"]), began=ours["began"]):
        return
    if ours["commit"] and clone.tip("HEAD") == ours["commit"]:
        _finish(clone, git / "index", commit=ours["commit"])
    for left in git.glob(f"*helium-{ours['pid']}*"):
        left.unlink(missing_ok=True)
    lock.unlink(missing_ok=True)


def _finish(clone: Clone, index: Path, *, commit: str) -> None:
    copy = index.with_name(f"index.helium-{os.getpid()}")
    shutil.copy2(index, copy)
    before = tree_of(clone.repository, header_of(clone.repository, commit).parents[0])
    deltas = list(before.diff_to_tree(tree_of(clone.repository, commit)).deltas)
    blobs = {each.new_file.path: None if each.status_char() == "D" else each.new_file.id for each in deltas}
    _fill(clone, copy, blobs=blobs)
    befores = {each.new_file.path: None if each.status_char() == "A" else each.old_file.id for each in deltas}
    _show(clone, copy, blobs={path: blob for path, blob in blobs.items() if _as_was(clone, path, blob=befores[path])})
    copy.replace(index)


def _as_was(clone: Clone, path: str, *, blob: pygit2.Oid | None) -> bool:
    """Whether a file is as it was before the commit: if a person changed it meanwhile, it is theirs and stays."""
    file = clone.folder / path
    if not file.is_file():
        return True
    return blob is not None and pygit2.hash(file.read_bytes()) == blob


def _folder(clone: Clone) -> Path:
    return Path(clone.repository.path)


def _runs(pid: int, *, began: str | None) -> bool:
    """Whether that very process runs: in a container that starts again, another process has its pid at once."""
    return processes.runs(pid) and began in (None, processes.began(pid))


def _signed() -> str:
    began = processes.began(os.getpid())
    return f"helium {gethostname()} {os.getpid()}{f' @{began}' if began else ''}"


def _text(lock: Path) -> str:
    try:
        return lock.read_text(errors="replace")
    except OSError:
        return ""


def _mode(clone: Clone, path: str) -> int:
    return 0o100755 if os.access(clone.folder / path, os.X_OK) else 0o100644


def _remove(folder: Path, path: str) -> None:
    (folder / path).unlink(missing_ok=True)
    for parent in Path(path).parents:
        if parent in {Path(WORKSPACES), Path()} or any((folder / parent).iterdir()):
            return
        (folder / parent).rmdir()
