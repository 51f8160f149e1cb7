"""Whether all that the branches show can be read, asked of the `git` program before anything else reads it.

libgit2 1.9 never comes back from a loose object that was cut short, as a power cut leaves them, and holds the whole
process meanwhile; git says so, in a sentence. Processes that live long have all of it checked when they begin, and
commands what lies loose. Refuses to mend anything.
"""

from __future__ import annotations

import os
from collections.abc import Container
from pathlib import Path

from helium.adapters.git_repo.clone import Clone
from helium.adapters.git_repo.git_messages import sentence
from helium.adapters.git_repo.partial import PartialRepository
from helium.errors import SourceError

_ID = 40
_TODO = "`git fsck` says more, and another clone may have it undamaged."


def check(clone: Clone) -> None:
    """`SourceError` when a branch's history, or something that its head shows, cannot be read.

    The branches are the remote's as fetched, or the repository's own where there is no remote.
    """
    _check(clone, _heads(clone), among=None)


def check_loose(clone: Clone, *, ref: str | None = None) -> None:
    """The same of what lies loose, and of what a person's `ref` shows; nothing to do where all is in packs."""
    if loose := _loose(clone):
        revisions = [*_heads(clone), *([ref] if ref is not None and _is_known(clone, ref) else [])]
        _check(clone, revisions, among=loose)


def _check(clone: Clone, revisions: list[str], *, among: Container[bytes] | None) -> None:
    if not revisions:
        return
    clone.program.run("rev-list", "--quiet", *revisions, "--")
    # What a partial clone never had is not damaged; git would fetch each of them here, one after the other.
    flags = ("--missing=allow-promisor",) if isinstance(clone.repository, PartialRepository) else ()
    listed = clone.program.run("rev-list", "--objects", "--no-walk", *flags, *revisions, "--")
    ids = (line[:_ID] for line in listed.splitlines())
    wanted = b"\n".join(id for id in ids if among is None or id in among)
    # git calls a torn object missing, and goes on: only its complaint shows that something is wrong.
    read = clone.program.ask("cat-file", "--batch", data=wanted)
    if read.code or read.err:
        raise SourceError(f"A git object is damaged: {sentence(read.err)}. {_TODO}")


def _heads(clone: Clone) -> list[str]:
    """What names the branches; nothing where there are none."""
    kind, refs = ("--remotes", f"refs/remotes/{clone.remote}") if clone.remote else ("--branches", "refs/heads")
    answer = clone.program.ask("for-each-ref", refs)
    # git also warns of a branch that points at a removed one, which harms nobody.
    if answer.code or "broken ref" in answer.err:
        raise SourceError(f"The repository's branches cannot be read: {sentence(answer.err)}. {_TODO}")
    return [f"{kind}={clone.remote}" if clone.remote else kind] if answer.out else []


def _is_known(clone: Clone, ref: str) -> bool:
    answer = clone.program.ask("rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}")
    if answer.err:
        raise SourceError(f"{ref!r} cannot be read: {sentence(answer.err)}. {_TODO}")
    return answer.code == 0


def _loose(clone: Clone) -> frozenset[bytes]:
    """The ids of all objects that lie in files of their own."""
    objects = Path(clone.repository.path) / "objects"
    if not objects.is_dir():
        # A linked working tree keeps its objects in the repository that it belongs to.
        objects = clone.folder / clone.program.text("rev-parse", "--git-path", "objects")
    folders = [folder for folder in _listed(objects) if len(folder.name) == 2]
    return frozenset(f"{folder.name}{file.name}".encode() for folder in folders for file in _listed(folder))


def _listed(folder: Path | os.DirEntry[str]) -> list[os.DirEntry[str]]:
    """What is in a folder. Every command looks at a few hundred of them, and `Path.glob` takes twice as long."""
    with os.scandir(folder) as found:
        return list(found)
