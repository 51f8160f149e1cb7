"""What people ask for, as edits of main: create, update, remove. The API and the command line share it.

Pure: each function gives a closure that looks at one view of main and says what to write, or raises an error with a
sentence for the person. The commit queue calls it again on each new head, so nothing is decided before the view is
seen. It refuses what is not the person's, what the schema refuses, and what the ledger says is being destroyed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from helium.core.digest import Json
from helium.core.quota import QuotaPlace
from helium.core.spec import team_of
from helium.edits import documents, giving, lookup, permissions, quota
from helium.edits.edit_context import EditContext, Editing, Requester
from helium.edits.job_creation import job_creation, job_fields, named_by_job
from helium.edits.lookup import settings_text
from helium.edits.permissions import require_may_change, require_not_deleting
from helium.edits.refusals import DestroyedError, HeldDeletionError, RemovedError
from helium.edits.renewing import last_file, renewal
from helium.edits.restoring import deadline_then, destroyed_is_told, removed_files, restoration, restored
from helium.edits.retrying import retry_writes
from helium.errors import ChangedError, Issue, ProtectedError, SpecError
from helium.ports.commit_queue import View
from helium.ports.repo import Edit

__all__ = [
    "DestroyedError",
    "EditContext",
    "Editing",
    "HeldDeletionError",
    "RemovedError",
    "Requester",
    "creation",
    "creation_or_update",
    "deadline_then",
    "destroyed_is_told",
    "job_creation",
    "job_fields",
    "last_file",
    "named_by_job",
    "removal",
    "removed_files",
    "renewal",
    "require_may_change",
    "require_not_deleting",
    "restoration",
    "restored",
    "retry_writes",
    "settings_text",
    "update",
]


def creation(name: str, fields: Mapping[str, Json], *, context: EditContext) -> Editing:
    """A new file. `fields` are the schema's own; `expiry` may also be `+7d`, from now. The requester owns it."""

    def edit(view: View) -> Sequence[Edit]:
        fleet, issues, path = lookup.settings(view, context), list[Issue](), lookup.UNNAMED
        # Every error is collected before any is told: a form shows each at its field, all at once.
        with _collecting(issues):
            path = lookup.path_of(name)
        if not issues:
            lookup.require_file(view, name, fleet=fleet, context=context)
            lookup.require_free(name, view.holding(name), record=context.records.get(name))
        permissions.require_may_set(name, fields, requester=context.requester)
        # The owner last: a body that names one must not win over the token.
        said = documents.typed(fields, fleet, backend=fields.get("backend"))
        document = {**said, "owner": context.requester.owner}
        if "expiry" in document:
            asked, document["expiry"] = document["expiry"], None
            with _collecting(issues):
                document["expiry"] = documents.expiry_from(asked, context.now, path=path)
        with _collecting(issues):
            given = {key: value for key, value in document.items() if key != "expiry" or value is not None}
            new = Edit(path, context.specs.text(given, path=path))
            documents.check(new, fleet, context=context, added_at=context.now)
        if issues:
            raise SpecError(map(documents.at_name, issues))
        place = QuotaPlace(name, context.requester.owner, team_of(path))
        quota.require_place(place, view, fleet=fleet, context=context)
        return (new,)

    return edit


@contextmanager
def _collecting(issues: list[Issue]) -> Iterator[None]:
    """Keep the errors of one step, so that the next steps can add theirs."""
    try:
        yield
    except SpecError as error:
        issues += error.issues


def update(name: str, changes: Mapping[str, Json], *, context: EditContext, blobs: Sequence[str] = ()) -> Editing:
    """Set fields of a file that is there; `None` takes one away, and the default counts from then on.

    `blobs`: what it must be (empty: anything); `+7d` is from its deadline.
    """

    def edit(view: View) -> Sequence[Edit]:
        fleet = lookup.settings(view, context)
        lookup.require_file(view, name, fleet=fleet, context=context)
        entry, spec = lookup.spec_of(view, name, fleet=fleet, specs=context.specs)
        summary = lookup.summary_of(name, spec, fleet=fleet, context=context)
        permissions.require_unchanged(name, entry.blob, blobs=blobs)
        permissions.require_may_change(summary, context.requester)
        permissions.require_not_deleting(name, context.records.get(name))
        permissions.require_not_destroyed(name, entry.blob, record=context.records.get(name))
        permissions.require_may_set(name, changes, requester=context.requester)
        permissions.require_may_take_away(spec, changes)
        permissions.require_same_backend(spec, changes)
        # A file that came to main a moment ago may be younger than what this clone knows of history.
        added_at = summary.added_at or context.now
        if "owner" in changes and changes["owner"] != spec.owner:
            giving.require_receiver(spec, changes["owner"], summary=summary, view=view, fleet=fleet, context=context)
        fields = documents.typed(changes, fleet, backend=spec.backend)
        if "expiry" in fields:
            deadline = summary.deadline or fleet.lifetimes.end_of(spec, added_at=added_at).at
            fields["expiry"] = documents.expiry_from(fields["expiry"], deadline, path=entry.path)
        new = Edit(entry.path, documents.text_with(view, spec, changes=fields, specs=context.specs))
        documents.check(new, fleet, context=context, added_at=added_at, checks_date="expiry" in fields)
        return (new,)

    return edit


def removal(name: str, *, context: EditContext, blobs: Sequence[str] = ()) -> Editing:
    """Take the file away, even one with errors; a protected workspace stays."""

    def edit(view: View) -> Sequence[Edit]:
        fleet = lookup.settings(view, context)
        lookup.require_file(view, name, fleet=fleet, context=context, removes=True)
        entries, reading = lookup.reading_of(view, name, fleet=fleet, specs=context.specs)
        summary = lookup.summary_of(name, reading, fleet=fleet, context=context)
        permissions.require_unchanged(name, entries[0].blob, blobs=blobs)
        permissions.require_may_change(summary, context.requester)
        if summary.protected:
            raise ProtectedError(name)
        # Every file of the name: one that is left would keep the workspace, or bring it back.
        return tuple(Edit(entry.path, None) for entry in entries)

    return edit


def creation_or_update(
    name: str, fields: Mapping[str, Json], *, context: EditContext, blobs: Sequence[str] = ()
) -> Editing:
    """An update where the name has a file, else a creation; with `blobs`, only the update."""
    create = creation(name, fields, context=context)
    change = update(name, fields, context=context, blobs=blobs)

    def edit(view: View) -> Sequence[Edit]:
        if view.holding(name):
            return change(view)
        lookup.require_file(view, name, fleet=lookup.settings(view, context), context=context)
        if blobs:
            raise ChangedError(name, "")
        return create(view)

    return edit
