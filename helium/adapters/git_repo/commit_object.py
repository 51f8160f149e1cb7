"""One commit as a git object, on any parent: no branch moves here.

libgit2 does not write on a parent whose author it cannot parse, so the bytes are Helium's own. Where git's settings ask
for a signature, git itself makes the commit: it knows every way of signing that it has.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pygit2

from helium.adapters.git_repo.clone import Clone


@dataclass(frozen=True, slots=True)
class CommitParts:
    """What a commit consists of; `parents` and `tree` by id."""

    tree: str
    parents: Sequence[str]
    author: pygit2.Signature
    committer: pygit2.Signature
    message: str


def write_commit(clone: Clone, parts: CommitParts) -> str:
    """The id of the new commit."""
    lines = [
        b"tree " + parts.tree.encode(),
        *(b"parent " + parent.encode() for parent in parts.parents),
        b"author " + signed_line(parts.author),
        b"committer " + signed_line(parts.committer),
    ]
    data = b"\n".join([*lines, b"", parts.message.encode()])
    return str(clone.repository.write(pygit2.enums.ObjectType.COMMIT, data))


def signed_line(by: pygit2.Signature) -> bytes:
    """`name <mail> seconds zone`, as git writes it."""
    sign, minutes = "-" if by.offset < 0 else "+", abs(by.offset)
    zone = f"{sign}{minutes // 60:02d}{minutes % 60:02d}".encode()
    return b"%b <%b> %d %b" % (by.raw_name, by.raw_email, by.time, zone)
