"""A fleet at a server, as the port `FleetAccess`: each question is a read of the API, and each request a write."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, TypeVar

from helium.adapters.server import answers, usage_values, values
from helium.adapters.server.decoding import read_answer
from helium.adapters.server.refusals import ServerReply
from helium.adapters.server.transport import ServerTransport
from helium.core.fleet_view import (
    ChangeFacts,
    FleetLabel,
    HistoryEvent,
    ListedFleet,
    UntoldPeople,
    WorkspaceDetails,
    WrittenRequest,
)
from helium.core.server_errors import ServerError
from helium.core.spec import NAME
from helium.core.watched import WatchedName, WatchedNames
from helium.errors import HeliumError, NotFoundError, UsageError

if TYPE_CHECKING:
    from helium.core.digest import Json
    from helium.core.usage_report import MonthUsage
    from helium.core.usage_sums import Month
    from helium.ports.fleet_access import FleetWatch

T = TypeVar("T")
API = "/v1/api"
_PAGE = 1000


@dataclass(slots=True)
class ServerAccess:
    """The port `FleetAccess` at a server."""

    transport: ServerTransport
    _fleet: answers.FleetAnswer | None = field(default=None, init=False)

    @property
    def server(self) -> str:
        """Its address."""
        return self.transport.address

    @property
    def label(self) -> FleetLabel:
        """As the server says."""
        return values.label(self._known())

    def me(self) -> str:
        """Whom the server takes the token for."""
        return self._read(f"{API}/me", answers.MeAnswer).owner

    def names(self) -> Sequence[str]:
        """All that it lists."""
        try:
            return self._read(f"{API}/workspaces", answers.ListAnswer).ids
        except HeliumError:
            return ()

    def listed(self, now: datetime) -> ListedFleet:
        """Page by page."""
        rows = tuple(each.row for each in self.all().values() if each.row is not None)
        # Read again, since a heartbeat grows old.
        self._fleet = None
        return self._valued(
            lambda: ListedFleet(self.label, rows, values.beat(self._known().passes), self._known().silent_channels)
        )

    def untold(self) -> UntoldPeople:
        """The channels alone."""
        self._fleet = None
        return UntoldPeople(None, self._known().silent_channels)

    def all(self) -> WatchedNames:
        """Every workspace, with what a pass is at."""
        found: dict[str, WatchedName] = {}
        cursor: dict[str, str] = {}
        while True:
            page = self._read(f"{API}/workspaces", answers.ListAnswer, detail="true", limit=_PAGE, **cursor)
            found |= self._valued(partial(values.page, page))
            if not page.next:
                return found
            cursor = {"cursor": page.next}

    def details(self, name: str, *, now: datetime) -> WorkspaceDetails:
        """By one read, whose ETag is the id of its file's text."""
        reply = self.transport.get(_path(name), about=name)
        answer = read_answer(reply, answers.WorkspaceAnswer, server=self.server)
        blob = reply.headers.get("etag", "").removeprefix("W/").strip('"')
        return self._valued(lambda: values.details(answer, self.label, blob=blob))

    def diagnostics(self, name: str, *, now: datetime) -> tuple[str, str]:
        """As the server's ledger keeps it."""
        status = self._one(name).workspace.status
        return self._read(_path(name, "log"), answers.LogAnswer, about=name).log, status

    def explained(self, name: str, *, state: bool, now: datetime) -> ChangeFacts:
        """By the ledger's word alone."""
        if state:
            raise UsageError("A server does not look at Pulumi's state. Leave out --state, or run this in a clone.")
        answer = self._read(_path(name, "why"), answers.WhyAnswer, about=name)
        return self._valued(lambda: values.facts(answer))

    def history(self, name: str) -> Sequence[HistoryEvent]:
        """Commits and outcomes."""
        answer = self._read(_path(name, "history"), answers.HistoryAnswer, about=name)
        return self._valued(lambda: values.events(answer))

    def usage(self, month: Month, *, by: str, now: datetime) -> MonthUsage:
        """As far as whoever signed in may see it."""
        answer = self._read(f"{API}/usage", answers.UsageAnswer, month=str(month), by=by)
        return self._valued(lambda: usage_values.month_usage(answer))

    def watch(self, name: str | None, *, now: datetime) -> FleetWatch:
        """One name by its events, or all by one look after the other."""
        if name is None:
            from helium.adapters.server.watch import ServerWatch

            return ServerWatch(self.all)
        from helium.adapters.server.events import EventsWatch

        path = _path(name, "events")
        return EventsWatch(self.transport, path, name=name, look=partial(self._look, name), read=self._event)

    def _look(self, name: str) -> WatchedNames:
        try:
            answer = self._one(name)
        except NotFoundError:
            return {}
        return {name: self._valued(lambda: values.watched(answer))}

    def _event(self, data: str) -> WatchedNames:
        reply = ServerReply(200, {"content-type": "application/json"}, data.encode())
        answer = read_answer(reply, answers.WorkspaceAnswer, server=self.server)
        return {answer.workspace.id: self._valued(lambda: values.watched(answer))}

    def create(self, name: str, fields: Mapping[str, Json], *, owner: str) -> WrittenRequest:
        """It belongs to whom the token names."""
        if owner:
            raise UsageError("At a server, a workspace belongs to whoever signed in. Leave out --owner.")
        return self._write("POST", f"{API}/workspace", about=name, body={"name": name, **fields})

    def extend(self, name: str, expiry: str) -> WrittenRequest:
        """If it is one's own, or an admin asks."""
        return self._write("PATCH", _path(name), about=name, body={"expiry": expiry})

    def give(self, name: str, to: str) -> WrittenRequest:
        """If it is one's own, or an admin asks."""
        return self._write("POST", _path(name, "owner"), about=name, query={"to": to})

    def remove(self, name: str, *, blob: str = "") -> WrittenRequest:
        """If it is one's own, or an admin asks."""
        return self._write("DELETE", _path(name), about=name, blob=blob)

    def restore(self, name: str, *, empty: bool = False) -> WrittenRequest:
        """If it is one's own, or an admin asks."""
        return self._write("POST", _path(name, "restore"), about=name, query={"empty": "true"} if empty else {})

    def retry(self, name: str) -> bool:
        """If it is one's own, or an admin asks."""
        reply = self.transport.send("POST", _path(name, "retry"), about=name)
        read_answer(reply, answers.WriteAnswer, server=self.server)
        return reply.status == HTTPStatus.ACCEPTED

    def _one(self, name: str) -> answers.WorkspaceAnswer:
        return self._read(_path(name), answers.WorkspaceAnswer, about=name)

    def _known(self) -> answers.FleetAnswer:
        if self._fleet is None:
            self._fleet = self._read(f"{API}/fleet", answers.FleetAnswer)
        return self._fleet

    def _read(self, path: str, kind: type[T], *, about: str = "", **query: str | int) -> T:
        return read_answer(self.transport.get(path, about=about, **query), kind, server=self.server)

    def _write(
        self,
        method: str,
        path: str,
        *,
        about: str,
        body: Mapping[str, Json] | None = None,
        **how: Any,
    ) -> WrittenRequest:
        reply = self.transport.send(method, path, about=about, body=body, **how)
        answer = read_answer(reply, answers.WriteAnswer, server=self.server)
        return self._valued(lambda: values.written(answer))

    def _valued(self, make: Callable[[], T]) -> T:
        try:
            return make()
        except ValueError as error:
            raise ServerError(
                f"{self.server} says what this Helium does not understand ({str(error)[:200]}). It is of another "
                "version: compare helium --version with that of whoever runs it."
            ) from None


def _path(name: str, what: str = "") -> str:
    """`NotFoundError` for what cannot be a name, and would be another path."""
    if not NAME.fullmatch(name):
        raise NotFoundError(name)
    return f"{API}/workspace/{name}{f'/{what}' if what else ''}"
