"""One commit as a git object, on any parent: no branch moves here.

libgit2 does not write on a parent whose author it cannot parse, so the bytes are Helium's own. Where git's settings ask
for a signature, git itself makes the commit: it knows every way of signing that it has.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pygit2

from helium.adapters.git_repo.clone import Clone
from helium.adapters.git_repo.git_messages import sentence
from helium.errors import SourceError


@dataclass(frozen=True, slots=True)
class CommitParts:
    """What a commit consists of; `parents` and `tree` by id."""

    tree: str
    parents: Sequence[str]
    author: pygit2.Signature
    committer: pygit2.Signature
    message: str


def write_commit(clone: Clone, parts: CommitParts) -> str:
    """The id of the new commit, signed where git's settings ask for it."""
    if clone.signs:
        return write_signed(clone, parts)
    lines = [
        b"tree " + parts.tree.encode(),
        *(b"parent " + parent.encode() for parent in parts.parents),
        b"author " + signed_line(parts.author),
        b"committer " + signed_line(parts.committer),
    ]
    data = b"\n".join([*lines, b"", parts.message.encode()])
    return str(clone.repository.write(pygit2.enums.ObjectType.COMMIT, data))


def write_signed(clone: Clone, parts: CommitParts) -> str:
    """The id of the new commit, signed by `git commit-tree -S`: with the way and the key that git itself would use."""
    who: dict[str, str] = {}
    for role, by in (("AUTHOR", parts.author), ("COMMITTER", parts.committer)):
        name, mail = (raw.decode(errors="replace") for raw in (by.raw_name, by.raw_email))
        when = signed_line(by).rpartition(b"> ")[2].decode()
        who |= {f"GIT_{role}_NAME": name, f"GIT_{role}_EMAIL": mail, f"GIT_{role}_DATE": f"@{when}"}
    flags = [flag for parent in parts.parents for flag in ("-p", parent)]
    answer = clone.program.ask("commit-tree", "-S", parts.tree, *flags, data=parts.message.encode(), extra=who)
    if answer.code:
        raise SourceError(
            f"git cannot sign the commit: {sentence(answer.err)}. commit.gpgsign is set: give git a key that works "
            "without a question (an agent), or unset it"
        )
    return answer.out.decode().strip()


def signed_line(by: pygit2.Signature) -> bytes:
    """`name <mail> seconds zone`, as git writes it."""
    sign, minutes = "-" if by.offset < 0 else "+", abs(by.offset)
    zone = f"{sign}{minutes // 60:02d}{minutes % 60:02d}".encode()
    return b"%b <%b> %d %b" % (by.raw_name, by.raw_email, by.time, zone)
