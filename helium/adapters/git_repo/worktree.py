"""The index of a working tree, while a commit is made: held against every other git, and put right after a kill.

What a person changed in their files is never overwritten by the putting right; git's own lock is never broken.
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
from helium.adapters.git_repo.trees import thing
from helium.core.spec import WORKSPACES
from helium.errors import SourceError

_OURS = re.compile(r"helium (?P<host>\S+) (?P<pid>[0-9]+)(?: @(?P<began>[0-9]+))?(?: (?P<commit>[0-9a-f]{40,64}))?\n")


@dataclass(frozen=True, slots=True)
class HeldIndex:
    """The lock, and the copy of the index that takes its place at the end."""

    lock: Path
    copy: Path

    def about_to_be(self, commit: str) -> None:
        """Note which commit the branch is about to move to, for whoever finds the lock of a dead process."""
        self.lock.write_text(f"{_signed()} {commit}\n")


@contextmanager
def held(clone: Clone) -> Iterator[HeldIndex]:
    """Hold the index; at the end the copy is in its place, or, after an error, nothing has changed."""
    recover(clone)
    git = _folder(clone)
    here = HeldIndex(git / "index.lock", git / f"index.helium-{os.getpid()}")
    try:
        with here.lock.open("x") as lock:
            lock.write(f"{_signed()}\n")
    except OSError as error:
        why = f"{here.lock}: {error.strerror}"
        raise SourceError(
            f"another git is at work here ({why}); try again when it is done, or remove that file if none is"
        ) from None
    try:
        if (git / "index").exists():
            shutil.copy2(git / "index", here.copy)
        yield here
        here.copy.replace(git / "index")
    except OSError as error:
        raise SourceError(f"the commit's files could not be written: {error.strerror}") from None
    finally:
        here.copy.unlink(missing_ok=True)
        here.lock.unlink(missing_ok=True)


def fill(clone: Clone, index: Path, *, blobs: Mapping[str, pygit2.Oid | None]) -> None:
    """Put blobs into an index file as they are, or take paths out of it."""
    nothing = "0" * 40
    lines = [
        f"{0 if blob is None else _mode(clone, path):o} {blob or nothing}\t{path}\0" for path, blob in blobs.items()
    ]
    extra = {"GIT_INDEX_FILE": str(index)}
    clone.program.run("update-index", "-z", "--index-info", data="".join(lines).encode(), extra=extra)


def show(clone: Clone, index: Path, *, blobs: Mapping[str, pygit2.Oid | None]) -> None:
    """Make the files look as the index has them, by git's own rules for this working tree."""
    written = [path for path, blob in blobs.items() if blob is not None]
    flags = ("-f", "-u", "-q", "-z", "--stdin")
    extra = {"GIT_INDEX_FILE": str(index)}
    clone.program.run("checkout-index", *flags, data="\0".join([*written, ""]).encode(), extra=extra)
    for path, blob in blobs.items():
        if blob is None:
            _remove(clone.folder, path)


def recover(clone: Clone) -> None:
    """Where a killed Helium holds the index: finish its commit if the branch has it, and let go of the index."""
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
    made = thing(clone.repository, commit).peel(pygit2.Commit)
    deltas = list(made.parents[0].tree.diff_to_tree(made.tree).deltas)
    blobs = {each.new_file.path: None if each.status_char() == "D" else each.new_file.id for each in deltas}
    fill(clone, copy, blobs=blobs)
    befores = {each.new_file.path: None if each.status_char() == "A" else each.old_file.id for each in deltas}
    show(clone, copy, blobs={path: blob for path, blob in blobs.items() if _as_was(clone, path, blob=befores[path])})
    copy.replace(index)


def _as_was(clone: Clone, path: str, *, blob: pygit2.Oid | None) -> bool:
    """Whether a file in the working tree is as it was before the commit, so that nothing of a person's is lost."""
    file = clone.folder / path
    if not file.is_file():
        return True
    return blob is not None and pygit2.hash(file.read_bytes()) == blob


def _folder(clone: Clone) -> Path:
    return Path(clone.repository.path)


def _runs(pid: int, *, began: str | None) -> bool:
    """Whether that very process is there: in a container that starts again, another has its pid at once."""
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
