"""What main would be if a branch were merged, as objects alone: no branch moves, and no file is checked out.

git merges, as the host would. Nothing that comes with the branch is run. Refuses what has conflicts, and a pull request
whose head is not the expected one.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime

from helium.adapters.git_repo.clone import IDENTITY, Clone
from helium.adapters.git_repo.git_messages import failure, refuses, sentence
from helium.core.proposal import FileChange
from helium.core.spec import Entry
from helium.errors import NotPlannedError, SourceError, UsageError

FETCH_SECONDS = 60.0
"""How long a pull request's commits may take to come. A stranger decides how much there is."""
_CONFLICTS = 1
_MOST_NAMED = 5
_GONE = "0" * 40


@dataclass(frozen=True, slots=True)
class Merge:
    """A commit on no branch. `base`: where the branch left main; `files`: what the branch itself changed since."""

    commit: str
    main: str
    head: str
    base: str
    files: tuple[FileChange, ...]


@contextmanager
def pull_request(clone: Clone, number: int, *, head: str) -> Iterator[str]:
    """Fetch a pull request's commits, as Gitea and GitHub offer them; what it fetched is let go of at the end.

    `SourceError` where its head is not `head`: what somebody asked about is not what would be planned.
    """
    if clone.remote is None:
        raise UsageError("Without a remote there are no pull requests. Plan the branch: helium plan --ref BRANCH")
    ours = f"refs/helium/pull/{number}"
    flags = ("--no-tags", "--no-write-fetch-head", "--no-recurse-submodules", "--quiet")
    program = replace(clone.program, seconds=FETCH_SECONDS)
    answer = program.ask("fetch", *flags, clone.remote, f"+refs/pull/{number}/head:{ours}")
    if answer.code:
        why = f"The pull request {number} cannot be fetched: {sentence(answer.err)}"
        raise failure(why, away=not refuses(answer.err))
    try:
        tip = clone.tip(ours)
        if tip != head:
            raise SourceError(
                f"The pull request {number} is at {str(tip)[:10]} by now, not at {head[:10]}. "
                "The run of its newer commit plans it."
            )
        yield head
    finally:
        with suppress(SourceError):
            clone.program.run("update-ref", "-d", ours)


def merge(clone: Clone, head: str, *, main: str, now: datetime) -> Merge:
    """Main with the branch of `head` in it. `SourceError` where that has conflicts, or no common history."""
    found = clone.program.ask("merge-base", main, head)
    if found.code and clone.repository.is_shallow:
        raise SourceError(
            "This clone is shallow, so git cannot tell where the branch left main. Fetch all of its history."
        )
    if found.code:
        raise NotPlannedError(f"{head[:10]} has no history in common with main, so it cannot be merged.")
    base = found.out.decode().split()[0]
    commit = _committed(clone, _merged(clone, head, main=main), parents=(main, head), now=now)
    return Merge(commit, main, head, base, changed(clone, since=base, commit=head))


def changed(clone: Clone, *, since: str, commit: str) -> tuple[FileChange, ...]:
    """The files that differ between two commits, sorted by path; a move is a removal and an addition."""
    raw = clone.program.run("diff-tree", "-r", "-z", "--no-renames", "--raw", since, commit)
    fields = raw.decode(errors="replace").split("\0")
    pairs = list(zip(fields[::2], fields[1::2], strict=False))
    sizes = _sizes(clone, [heading.split()[3] for heading, _ in pairs])
    return tuple(
        FileChange(path, blob="" if blob == _GONE else blob, size=size)
        for (heading, path), size in zip(pairs, sizes, strict=True)
        for blob in (heading.split()[3],)
    )


def between(clone: Clone, since: str, *, commit: str) -> tuple[tuple[Entry | None, Entry | None], ...]:
    """The same, as each path was and as it is, with git's modes; `None` where it is not there."""
    raw = clone.program.run("diff-tree", "-r", "-z", "--no-renames", "--raw", since, commit)
    fields = raw.decode(errors="replace").split("\0")
    return tuple(
        _sides(heading.removeprefix(":").split(), path)
        for heading, path in zip(fields[::2], fields[1::2], strict=False)
    )


def taken_away(clone: Clone, head: str, *, main: str) -> frozenset[str]:
    """The paths that some commit of a branch takes away, also where a later one puts them back.

    A host that rebases puts each of these commits onto main.
    """
    flags = ("--format=", "--name-only", "-z", "--no-renames", "--diff-filter=D")
    listed = clone.program.run("log", *flags, f"{main}..{head}")
    return frozenset(path for path in listed.decode(errors="replace").split("\0") if path)


def _sides(heading: list[str], path: str) -> tuple[Entry | None, Entry | None]:
    old_mode, new_mode, old, new, *_ = heading
    sides = ((old_mode, old), (new_mode, new))
    before, after = (None if blob == _GONE else Entry(path, blob, mode) for mode, blob in sides)
    return before, after


def _merged(clone: Clone, head: str, *, main: str) -> str:
    """The id of the merged tree."""
    answer = clone.program.ask("merge-tree", "--write-tree", "--name-only", "--no-messages", "-z", main, head)
    tree, *paths = answer.out.decode(errors="replace").strip("\0").split("\0")
    if answer.code == _CONFLICTS and paths:
        more = len(paths) - _MOST_NAMED
        named = ", ".join(paths[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
        raise NotPlannedError(f"It conflicts with main, in {named}. Rebase it on main, and push.")
    if answer.code:
        raise SourceError(f"git merge-tree failed: {sentence(answer.err)}. It needs git 2.38 or newer.")
    return tree


def _committed(clone: Clone, tree: str, *, parents: tuple[str, ...], now: datetime) -> str:
    named = dict(zip(("NAME", "EMAIL"), IDENTITY, strict=True), DATE=f"{int(now.timestamp())} +0000")
    who = {f"GIT_{role}_{key}": value for role in ("AUTHOR", "COMMITTER") for key, value in named.items()}
    flags = [word for parent in parents for word in ("-p", parent)]
    return clone.program.run("commit-tree", tree, *flags, "-m", "Merge, to plan it", extra=who).decode().strip()


def _sizes(clone: Clone, blobs: list[str]) -> list[int]:
    """In bytes; nothing for what is gone, or is a submodule's commit."""
    answer = clone.program.run("cat-file", "--batch-check=%(objectsize)", data="\n".join(blobs).encode())
    return [int(line) if line.isdigit() else 0 for line in answer.decode().splitlines()]
