"""What one person asks of a fleet in a clone: each request is one commit of main, or one pull request.

Whoever works in a clone can push anything anyway, so they count as an admin.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime

from helium.app.edit_context import edit_context
from helium.app.open_fleet import OpenFleet
from helium.app.run import clock
from helium.app.submit import Submitted, submit
from helium.core.digest import Json
from helium.core.fleet_view import WrittenRequest
from helium.core.spec import is_mail, is_noreply
from helium.core.summary import summary_of
from helium.edits import (
    EditContext,
    Requester,
    creation,
    destroyed_is_told,
    last_file,
    removal,
    removed_files,
    renewal,
    restoration,
    retry_writes,
    update,
)
from helium.errors import Issue, NotFoundError, SpecError, UsageError
from helium.reconcile.load import Selection, without_state


def create(fleet: OpenFleet, name: str, *, fields: Mapping[str, Json], owner: str) -> WrittenRequest:
    """A new file. Without `owner`, it belongs to whom git knows; `UsageError` where no mail reaches them."""
    context = _context(fleet, owner=owner or mail_of(fleet.person()))
    what = f": {fields['description']}" if fields.get("description") else ""
    edit = creation(name, fields, context=context)
    with _without_places():
        written = submit(fleet, f"Ask for workspace {name}{what}"[:100], edit=edit)
    return _as_main_has_it(fleet, name, written=written)


def extend(fleet: OpenFleet, name: str, *, expiry: str) -> WrittenRequest:
    """Another deadline."""
    edit = update(name, {"expiry": expiry}, context=_context(fleet))
    with destroyed_is_told(fleet.ledger, name), _without_places():
        written = submit(fleet, f"Extend workspace {name} to {expiry}", edit=edit)
    return _as_main_has_it(fleet, name, written=written)


def give(fleet: OpenFleet, name: str, *, to: str) -> WrittenRequest:
    """Another owner."""
    edit = update(name, {"owner": to}, context=_context(fleet))
    with destroyed_is_told(fleet.ledger, name), _without_places():
        written = submit(fleet, f"Give workspace {name} to {to}", edit=edit)
    return _as_main_has_it(fleet, name, written=written)


def remove(fleet: OpenFleet, name: str, *, blob: str = "") -> WrittenRequest:
    """No file any more. `blob`: only if it is still this one."""
    edit = removal(name, context=_context(fleet), blobs=(blob,) if blob else ())
    written = submit(fleet, f"Delete workspace {name}", edit=edit)
    until = None if written.pull_request else _undo_until(fleet, name)
    return WrittenRequest(name, written.commit, written.pull_request, undo_until=until)


def restore(fleet: OpenFleet, name: str, *, empty: bool = False) -> WrittenRequest:
    """The file as it was; `empty`: it was destroyed, and its spec makes a new one."""
    context = _context(fleet)
    if empty:
        edit = renewal(name, last_file(fleet.repo, name), context=context)
        written = submit(fleet, f"Ask for workspace {name} again", edit=edit)
        return _as_main_has_it(fleet, name, written=written)
    files = removed_files(fleet.repo, name, context=context)
    with destroyed_is_told(fleet.ledger, name):
        written = submit(fleet, f"Restore workspace {name}", edit=restoration(name, files, context=context))
    return _as_main_has_it(fleet, name, written=written)


def retry(fleet: OpenFleet, name: str) -> bool:
    """The end of a wait, in the ledger. False where nothing is to be written."""
    now, by = clock(), fleet.person()
    observed, snapshot = without_state(fleet, Selection(), now=now).observed, fleet.ledger.read()
    if name not in observed.specs and name not in observed.records:
        raise NotFoundError(name)
    row = summary_of(name, observed, now=now)
    writes = retry_writes(row, snapshot=snapshot, requester=Requester(by, admin=True), by=by, now=now)
    if writes is not None:
        fleet.ledger.write(writes, on=snapshot)
    return writes is not None


@contextmanager
def _without_places() -> Iterator[None]:
    """Let errors name no file: what a person asked for was never written there."""
    try:
        yield
    except SpecError as error:
        raise SpecError(Issue("", 1, 1, each.pointer, each.sentence) for each in error.issues) from None


def _context(fleet: OpenFleet, *, owner: str = "") -> EditContext:
    return edit_context(fleet, Requester(owner, admin=True))


def mail_of(person: str) -> str:
    """The address of `Name <mail>`; `UsageError` for those that git hosts make up and that nobody reads."""
    mail = person.rpartition("<")[2].rstrip(">")
    if is_noreply(mail) or not is_mail(mail):
        raise UsageError(
            f"git knows you as {mail}, and nobody reads mail to {mail}; name the owner: --owner you@example.com"
        )
    return mail


def _undo_until(fleet: OpenFleet, name: str) -> datetime | None:
    """How long the destroy of what was made waits, now that its file is gone."""
    now = clock()
    observed = without_state(fleet, Selection(), now=now).observed
    return summary_of(name, observed, now=now).undo_until if name in observed.records else None


def _as_main_has_it(fleet: OpenFleet, name: str, *, written: Submitted) -> WrittenRequest:
    """With the path, and when the workspace ends, which may be by the fleet's default.

    What a pull request asks for is not on main yet.
    """
    if written.pull_request:
        return WrittenRequest(name, written.commit, written.pull_request)
    now = clock()
    observed = without_state(fleet, Selection(), now=now).observed
    file = observed.specs.get(name)
    if file is None:
        raise NotFoundError(name)
    row = summary_of(name, observed, now=now)
    return WrittenRequest(name, written.commit, path=file.path, deadline=row.deadline, moved_from=row.moved_from)
