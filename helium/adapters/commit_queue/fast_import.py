"""Writes the commits of a batch by one `git fast-import`, as one pack.

Written object by object, a commit in a large fleet costs four files. A pack costs two files for a hundred commits, and
its trees are deltas already when they are pushed. No branch moves: only the last commit's id leads to the batch.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile

import pygit2

from helium.adapters.commit_queue.seen_requests import BY, REQUEST
from helium.adapters.git_repo.clone import Clone
from helium.adapters.git_repo.commit_header import first_parents, header_of
from helium.adapters.git_repo.commit_object import CommitParts, write_signed
from helium.adapters.git_repo.write import message, signature
from helium.errors import SourceError
from helium.ports.commit_queue import Request
from helium.ports.repo import Edit

_REF = b"refs/helium/batch"
_NOWHERE = b"0" * 40


@dataclass(frozen=True, slots=True)
class CommitToWrite:
    """One commit that is not written yet; `modes` are git's file modes for its edits, in their order."""

    author: pygit2.Signature
    text: str
    edits: tuple[Edit, ...]
    modes: tuple[str, ...]


def commit_of(request: Request, edits: Sequence[Edit], *, modes: Sequence[str]) -> CommitToWrite:
    """The commit of a request; `UsageError` for an author or a message that git would not take."""
    text = message(request.message, {REQUEST: request.id, BY: request.by})
    return CommitToWrite(signature(request.by), text, tuple(edits), tuple(modes))


def fast_import(clone: Clone, base: str, *, commits: Sequence[CommitToWrite]) -> tuple[str, ...]:
    """The commits' ids, each on the one before, the first on `base`. `SourceError` when git cannot write them."""
    if not commits:
        return ()
    committer = _signed(b"committer", clone.committer())
    lines = [b"feature done"]
    for number, each in enumerate(commits, start=1):
        lines += _lines(each, number=number, committer=committer, base=base)
    # The last id alone: a hundred lines, each written by itself, would wake this busy process a hundred times.
    lines += [b"get-mark :%d\nreset %b\nfrom %b\n" % (len(commits), _REF, _NOWHERE), b"done\n"]
    printed = clone.program.run("fast-import", "--quiet", "--force", data=b"\n".join(lines))
    ids = _back_to(clone, base, head=printed.decode().strip())
    if len(ids) != len(commits):
        raise SourceError(f"git fast-import wrote {len(ids)} commits of {len(commits)}; is the disk full?")
    return _all_signed(clone, base, ids=ids, commits=commits) if clone.signs else ids


def _all_signed(clone: Clone, base: str, *, ids: Sequence[str], commits: Sequence[CommitToWrite]) -> tuple[str, ...]:
    """The same commits once more, signed, each on the one before: fast-import cannot sign."""
    signed: list[str] = []
    for ident, each in zip(ids, commits, strict=True):
        tree = header_of(clone.repository, ident).tree
        parent = signed[-1] if signed else base
        signed.append(write_signed(clone, CommitParts(tree, [parent], each.author, clone.committer(), each.text)))
    return tuple(signed)


def _lines(each: CommitToWrite, *, number: int, committer: bytes, base: str) -> Iterator[bytes]:
    text = each.text.encode()
    yield b"commit %b\nmark :%d" % (_REF, number)
    yield _signed(b"author", each.author)
    yield committer
    yield b"data %d\n%b" % (len(text), text)
    yield b"from " + (base.encode() if number == 1 else b":%d" % (number - 1))
    for edit, mode in zip(each.edits, each.modes, strict=True):
        if edit.data is None:
            yield b"D %b" % _quoted(edit.path)
        else:
            yield b"M %b inline %b" % (mode.encode(), _quoted(edit.path))
            yield b"data %d\n%b" % (len(edit.data), edit.data)
    yield b""


def _back_to(clone: Clone, base: str, *, head: str) -> tuple[str, ...]:
    """The commits after `base` up to `head`, in their order."""
    ids = takewhile(lambda each: each != base, first_parents(clone.repository, head))
    return tuple(reversed(list(ids)))


def _signed(role: bytes, by: pygit2.Signature) -> bytes:
    return b"%b %b <%b> %d +0000" % (role, by.raw_name, by.raw_email, by.time)


def _quoted(path: str) -> bytes:
    """A path in git's quotes, so that a newline in it does not end the command."""
    plain = path.encode().replace(b"\\", b"\\\\").replace(b'"', b'\\"').replace(b"\n", b"\\n")
    return b'"%b"' % plain
