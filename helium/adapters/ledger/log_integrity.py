"""Whether the log is as Helium left it: each write notes git's id of `log/`, which vouches for every line there is.

A line that a person took away, changed or added leaves the note as it was. Refuses to vouch for such a log by writing
on: the old note stands until a person accepts the log. Who rewrites the note too is not found out.
"""

from __future__ import annotations

import pygit2

from helium.adapters.git_repo.trees import edited, found, tree_at
from helium.adapters.ledger.serialization import LOG

NOTE = "log.id"


def noted(
    repository: pygit2.Repository, new: pygit2.Oid, *, base: pygit2.Tree | None, accepted: bool = False
) -> pygit2.Oid:
    """The tree `new` with the id of its log noted; the note stays as it is where the log of `base` was not the noted.

    `accepted`: a person says that the log is right.
    """
    if base is not None and fault(repository, base) and not accepted:
        return new
    text = f"{_log(tree_at(repository, new))}\n".encode()
    return edited(repository, tree_at(repository, new), edits={NOTE: repository.create_blob(text)})


def fault(repository: pygit2.Repository, tree: pygit2.Tree) -> str:
    """What is wrong with the log of a ledger's tree, or nothing. Nobody vouches for one of an older Helium."""
    note = found(repository, tree, path=NOTE)
    if not isinstance(note, pygit2.Blob) or note.data.decode(errors="replace").strip() == _log(tree):
        return ""
    return (
        "the ledger's log is not as the last pass left it, so somebody rewrote the branch; put the branch's last good "
        "commit back, or say that the log is right with helium ledger accept --log"
    )


def _log(tree: pygit2.Tree) -> str:
    return str(tree[LOG].id) if LOG in tree else ""
