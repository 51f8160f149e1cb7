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

from helium.api.answers import Made, instant
from helium.api.callers import Caller
from helium.api.deps import Deps
from helium.api.naming import generated
from helium.api.shelf import Shelf
from helium.core.digest import Json, digest
from helium.core.status import Word, ends, status
from helium.errors import Fault, HeliumError, KeyReused, NotFound, NotOwner, SourceError, SpecError
from helium.reconcile import requests
from helium.reconcile.ports import Request
from helium.reconcile.requests import Editing, Ground, not_deleting, owner_now

T = TypeVar("T")
_KEYS = 10_000
_HALF = 16


@dataclass(frozen=True, slots=True)
class Wish:
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


class Desk:
    """Takes wishes. One for the process."""

    def __init__(self, deps: Deps, shelf: Shelf) -> None:
        self._deps = deps
        self._shelf = shelf
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

    def create(self, wish: Wish) -> Made:
        """A new workspace, or an update of one if the wish says so."""
        fields = dict(wish.fields)
        name = fields.pop("name", None) or generated(wish.key or wish.id)
        if not isinstance(name, str):
            name = str(name)[:80]
        ground = self._ground(wish)
        if wish.updates or wish.blobs:
            edit = requests.creation_or_update(name, fields, ground=ground, blobs=wish.blobs)
        else:
            edit = requests.creation(name, fields, ground=ground)
        with self._keyed(wish):
            commit = self._submitted(wish, f"Add {name}", edit=edit)
        self._not_deleting(name)
        return self._made(name, commit)

    def change(self, name: str, wish: Wish) -> Made:
        """Other fields for a workspace that is there; a deadline is the usual one."""
        if not wish.fields:
            raise SpecError((Fault("", 1, 1, "", 'say what is to change, like {"expiry": "+7d"}'),))
        ground = self._ground(wish)
        edit = requests.update(name, wish.fields, ground=ground, blobs=wish.blobs)
        says = "Extend" if set(wish.fields) == {"expiry"} else "Update"
        with self._keyed(wish):
            commit = self._submitted(wish, f"{says} {name}", edit=edit)
        self._not_deleting(name)
        return self._made(name, commit)

    def remove(self, name: str, wish: Wish) -> Made:
        """Take the file away. A workspace whose file is gone already is as good as removed."""
        ground = self._ground(wish)
        try:
            edit = requests.removal(name, ground=ground, blobs=wish.blobs)
            with self._keyed(wish):
                commit = self._submitted(wish, f"Remove {name}", edit=edit)
        except NotFound:
            record = self._shelf.ledger().records.get(name)
            if record is None:
                raise
            owner = owner_now(None, record)
            if not ground.asker.admin and owner != ground.asker.owner:
                raise NotOwner(name, owner) from None
            commit = ""
        return replace(self._made(name, commit), Status=Word.DELETING)

    def _made(self, name: str, commit: str) -> Made:
        """As a read tells it from now on."""
        row = self._shelf.look().row(name)
        if row is None:
            return Made(name, Commit=commit)
        stands = status(row.reading, row.record, now=self._deps.clock())
        return Made(name, Status=stands.word, Expiry=instant(ends(row.reading, row.record)), Commit=commit)

    def _submitted(self, wish: Wish, message: str, *, edit: Editing) -> str:
        return self._deps.door.submit(Request(wish.id, wish.caller.by, message, edit, bool(wish.key)))

    def _ground(self, wish: Wish) -> Ground:
        snapshot = self._shelf.snapshot

        def born(name: str) -> datetime | None:
            since = snapshot.register.seen if snapshot.register else None
            births = self._deps.repo.births(self._deps.door.view().commit, since=since)
            return births[name].born if name in births else None

        return Ground(
            specs=self._deps.specs,
            asker=wish.caller.asker,
            now=self._deps.clock(),
            records=snapshot.records,
            born=born,
        )

    def _not_deleting(self, name: str) -> None:
        """Main has the commit; the ledger as it is now says whether that came too late."""
        try:
            record = self._shelf.ledger().records.get(name)
        except SourceError:
            return
        not_deleting(name, record)

    @contextmanager
    def _keyed(self, wish: Wish) -> Iterator[None]:
        """Hold the wish's key for it. One that was refused gives its key back: nothing came of it."""
        if wish.key:
            self._remember(wish)
        try:
            yield
        except SourceError:
            raise
        except HeliumError:
            self._keys.pop(wish.key, None)
            raise

    def _remember(self, wish: Wish) -> None:
        with self._lock:
            if self._keys.setdefault(wish.key, wish.id) != wish.id:
                raise KeyReused
            self._keys.move_to_end(wish.key)
            if len(self._keys) > _KEYS:
                self._keys.popitem(last=False)
