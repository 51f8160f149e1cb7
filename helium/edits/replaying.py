"""The edit of a request that was kept as data: made again, on another main, by whoever finds it."""

from __future__ import annotations

from collections.abc import Sequence

from helium import edits
from helium.core.change_request import ChangeRequest, Verb
from helium.edits.edit_context import EditContext, Editing
from helium.ports.commit_queue import View
from helium.ports.repo import Edit, Repo


def editing_of(request: ChangeRequest, *, context: EditContext, repo: Repo) -> Editing:
    """What the request does to main as it is now: it is judged again, by the rules and the records of now."""

    def edit(view: View) -> Sequence[Edit]:
        name, fields, blobs = request.name, request.fields, request.blobs
        match request.verb:
            case Verb.CREATE:
                chosen = edits.creation(name, fields, context=context)
            case Verb.PUT:
                chosen = edits.creation_or_update(name, fields, context=context, blobs=blobs)
            case Verb.UPDATE:
                chosen = edits.update(name, fields, context=context, blobs=blobs)
            case Verb.REMOVE:
                chosen = edits.removal(name, context=context, blobs=blobs)
            case Verb.RESTORE if fields.get("empty"):
                chosen = edits.renewal(name, edits.last_file(repo, name), context=context)
            case Verb.RESTORE:
                files = edits.removed_files(repo, name, context=context)
                chosen = edits.restoration(name, files, context=context)
        return chosen(view)

    return edit
