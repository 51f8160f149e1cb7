"""Where wishes are handed in: one request becomes one commit of main, and the answer waits until the remote has it.

Blocking work runs in threads of its own, so that a hundred creates that wait for one push do not keep a read waiting.
The same wish twice, by its `Idempotency-Key`, is one commit: the key is in the commit, so any process finds it again.
"""

from __future__ import annotations

import asyncio
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

from helium import edits
from helium.api.auth import Caller
from helium.api.deps import Deps
from helium.api.index import Indexer
from helium.api.naming import generated
from helium.api.responses import Made, instant
from helium.core.digest import Json, digest
from helium.core.status import StatusWord, ends, status
from helium.edits import EditContext, Editing, not_deleting, owner_now
from helium.errors import Fault, HeliumError, KeyReusedError, NotFoundError, NotOwnerError, SourceError, SpecError
from helium.ports.commit_queue import Request

T = TypeVar("T")
_KEYS = 10_000
_HALF = 16


@dataclass(frozen=True, slots=True)
class WriteRequest:
    """What one call asks for. `id` becomes the commit's trailer; `key` is its first half when the caller gave a key.

    `blobs`: the spec that the caller saw, by `If-Match`; `updates`: whether an existing name may be updated.
    """

    id: str
    caller: Caller
    fields: Mapping[str, Json]
    key: str = ""
    blobs: Sequence[str] = ()
    updates: bool = False


def identified(key: str, caller: Caller, *, method: str, path: str, fields: Mapping[str, Json]) -> tuple[str, str]:
    """The id that an `Idempotency-Key` makes, and its first half, which is of the key and the caller alone."""
    first = digest([caller.token.name, caller.owner, key])[:_HALF]
    return first + digest([method, path, fields])[:_HALF], first


class WorkspaceWrites:
    """Takes wishes. One for the process."""

    def __init__(self, deps: Deps, indexer: Indexer) -> None:
        self._deps = deps
        self._indexer = indexer
        self._writers = ThreadPoolExecutor(deps.writers, thread_name_prefix="write")
        self._readers = ThreadPoolExecutor(8, thread_name_prefix="read")
        self._keys: OrderedDict[str, str] = OrderedDict()
        self._lock = threading.Lock()

    async def written(self, work: Callable[[], T]) -> T:
        """Run what waits for a push."""
        return await asyncio.get_running_loop().run_in_executor(self._writers, work)

    async def read(self, work: Callable[[], T]) -> T:
        """Run what asks git or the disk."""
        return await asyncio.get_running_loop().run_in_executor(self._readers, work)

    def close(self) -> None:
        """Wait for what is being written; take nothing more."""
        self._writers.shutdown(wait=True)
        self._readers.shutdown(wait=True)

    def create(self, write_request: WriteRequest) -> Made:
        """A new workspace, or an update of one if the wish says so."""
        fields = dict(write_request.fields)
        name = fields.pop("name", None) or generated(write_request.key or write_request.id)
        if not isinstance(name, str):
            name = str(name)[:80]
        context = self._context(write_request)
        if write_request.updates or write_request.blobs:
            edit = edits.creation_or_update(name, fields, context=context, blobs=write_request.blobs)
        else:
            edit = edits.creation(name, fields, context=context)
        with self._keyed(write_request):
            commit = self._submitted(write_request, f"Add {name}", edit=edit)
        self._not_deleting(name)
        return self._made(name, commit)

    def change(self, name: str, write_request: WriteRequest) -> Made:
        """Other fields for a workspace that is there; a deadline is the usual one."""
        if not write_request.fields:
            raise SpecError((Fault("", 1, 1, "", 'say what is to change, like {"expiry": "+7d"}'),))
        context = self._context(write_request)
        edit = edits.update(name, write_request.fields, context=context, blobs=write_request.blobs)
        says = "Extend" if set(write_request.fields) == {"expiry"} else "Update"
        with self._keyed(write_request):
            commit = self._submitted(write_request, f"{says} {name}", edit=edit)
        self._not_deleting(name)
        return self._made(name, commit)

    def remove(self, name: str, write_request: WriteRequest) -> Made:
        """Take the file away. A workspace whose file is gone already is as good as removed."""
        context = self._context(write_request)
        try:
            edit = edits.removal(name, context=context, blobs=write_request.blobs)
            with self._keyed(write_request):
                commit = self._submitted(write_request, f"Remove {name}", edit=edit)
        except NotFoundError:
            record = self._indexer.ledger().records.get(name)
            if record is None:
                raise
            owner = owner_now(None, record)
            if not context.requester.admin and owner != context.requester.owner:
                raise NotOwnerError(name, owner) from None
            commit = ""
        return replace(self._made(name, commit), Status=StatusWord.DELETING)

    def _made(self, name: str, commit: str) -> Made:
        """As a read tells it from now on."""
        row = self._indexer.look().row(name)
        if row is None:
            return Made(name, Commit=commit)
        stands = status(row.reading, row.record, now=self._deps.clock())
        return Made(name, Status=stands.word, Expiry=instant(ends(row.reading, row.record)), Commit=commit)

    def _submitted(self, write_request: WriteRequest, message: str, *, edit: Editing) -> str:
        return self._deps.commit_queue.submit(
            Request(write_request.id, write_request.caller.by, message, edit, bool(write_request.key))
        )

    def _context(self, write_request: WriteRequest) -> EditContext:
        snapshot = self._indexer.snapshot

        def added_at(name: str) -> datetime | None:
            since = snapshot.fleet_record.seen if snapshot.fleet_record else None
            additions = self._deps.repo.additions(self._deps.commit_queue.view().commit, since=since)
            return additions[name].added_at if name in additions else None

        return EditContext(
            specs=self._deps.specs,
            requester=write_request.caller.requester,
            now=self._deps.clock(),
            records=snapshot.records,
            added_at=added_at,
        )

    def _not_deleting(self, name: str) -> None:
        """Main has the commit; the ledger as it is now says whether that came too late."""
        try:
            record = self._indexer.ledger().records.get(name)
        except SourceError:
            return
        not_deleting(name, record)

    @contextmanager
    def _keyed(self, write_request: WriteRequest) -> Iterator[None]:
        """Hold the wish's key for it. One that was refused gives its key back: nothing came of it."""
        if write_request.key:
            self._remember(write_request)
        try:
            yield
        except SourceError:
            raise
        except HeliumError:
            self._keys.pop(write_request.key, None)
            raise

    def _remember(self, write_request: WriteRequest) -> None:
        with self._lock:
            if self._keys.setdefault(write_request.key, write_request.id) != write_request.id:
                raise KeyReusedError
            self._keys.move_to_end(write_request.key)
            if len(self._keys) > _KEYS:
                self._keys.popitem(last=False)
