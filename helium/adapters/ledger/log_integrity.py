"""Whether the log is as Helium left it: each write notes git's id of `log/`, which covers every line in it.

When somebody removes, changes or adds a line, the note no longer fits. Writing on does not renew it: the old note stays
until a person accepts the log. Somebody who rewrites the note as well is not noticed.
"""

from __future__ import annotations

import pygit2

from helium.adapters.git_repo.trees import edited, object_at, tree_at
from helium.adapters.ledger.serialization import LOG

NOTE = "log.id"


def noted(
    repository: pygit2.Repository, new: pygit2.Oid, *, base: pygit2.Tree | None, accepted: bool = False
) -> pygit2.Oid:
    """The tree `new` with the id of its log noted. Where the log of `base` did not fit its note, the note stays.

    `accepted`: a person accepts the log as it is.
    """
    if base is not None and damage(repository, base) and not accepted:
        return new
    text = f"{_log(tree_at(repository, new))}\n".encode()
    return edited(repository, tree_at(repository, new), edits={NOTE: repository.create_blob(text)})


def damage(repository: pygit2.Repository, tree: pygit2.Tree) -> str:
    """What is wrong with the log of a ledger's tree; empty if nothing is, or if an older Helium left no note."""
    note = object_at(repository, tree, path=NOTE)
    if not isinstance(note, pygit2.Blob) or note.data.decode(errors="replace").strip() == _log(tree):
        return ""
    return (
        "the ledger's log is not as the last pass left it, so somebody rewrote the branch; put the branch's last good "
        "commit back, or accept the log with helium ledger accept --log"
    )


def _log(tree: pygit2.Tree) -> str:
    return str(tree[LOG].id) if LOG in tree else ""
