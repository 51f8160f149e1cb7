"""The calls under `/v1/api`. Reads come from the index, writes go to `WorkspaceWrites`; nothing is decided here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from litestar import Controller, Request, Response, delete, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, HeaderParameter
from litestar.response import Stream

from helium.api import openapi, request_body
from helium.api.auth import needs
from helium.api.events import StreamEvent
from helium.api.http_methods import method_of
from helium.api.index import Index, Indexer, IndexRow
from helium.api.parts import ApiParts
from helium.api.query import Query, page
from helium.api.request_id import name_request, request_id
from helium.api.requests_to_commits import WorkspaceWrites, WriteRequest, identified
from helium.api.responses import (
    ExpiredResponse,
    HistoryResponse,
    ListResponse,
    LogResponse,
    WorkspaceResponse,
    WriteResponse,
    commit_info,
    outcome_info,
    workspace_response,
)
from helium.api.tokens import Scope
from helium.core.digest import Json
from helium.core.record import Phase, Record
from helium.errors import Issue, NotFoundError, SpecError

ApiRequest = Request[Any, Any, Any]
TheParts = NamedDependency[ApiParts]
TheWrites = NamedDependency[WorkspaceWrites]
TheIndexer = NamedDependency[Indexer]
Key = Annotated[
    str | None,
    HeaderParameter(
        name="Idempotency-Key", max_length=255, description="The same request sent twice with one key is done once."
    ),
]
Match = Annotated[
    str | None,
    HeaderParameter(name="If-Match", max_length=1000, description="Write only if the spec still has this ETag."),
]
LastEvent = Annotated[
    str | None,
    HeaderParameter(
        name="Last-Event-ID", max_length=100, description="The `id` of the last event that the client has."
    ),
]
_WRITES = (needs(Scope.WRITE),)


async def current(indexer: Indexer, writes: WorkspaceWrites) -> Index:
    """The newest index; built in a thread when main or the ledger moved."""
    index = indexer.index
    return index if index is not None else await writes.read(indexer.look)


def row_of(index: Index, name: str) -> IndexRow:
    """One name's row; `NotFoundError` without any."""
    row = index.row(name)
    if row is None:
        raise NotFoundError(name)
    return row


async def write_request(
    request: ApiRequest,
    parts: ApiParts,
    *,
    key: str | None,
    match: str | None,
    updates: bool = False,
    fields: Mapping[str, Json] | None = None,
) -> WriteRequest:
    """What a call asks for, with the id that its commit will carry: of the key if there is one, else of the request.

    `fields`: what it asks for by its address; otherwise its body says it.
    """
    if fields is None:
        fields = dict(await request_body.fields_of(request, parts.specs)) if request.method != "DELETE" else {}
    id, key_id = request_id(request.scope), ""
    if key:
        id, key_id = identified(key, request.auth, method=request.method, path=request.url.path, fields=fields)
        name_request(request.scope, id)
    blobs = tuple(each.strip().removeprefix("W/").strip('"') for each in (match or "").split(",") if each.strip())
    if match is not None and not any(blobs):
        # An empty variable was meant as a condition. Without one, this would write over, or delete, what is there.
        raise SpecError((Issue("", 1, 1, "/If-Match", "If-Match is empty; send the ETag of a read, or leave it out"),))
    return WriteRequest(id, request.auth, fields, key=key_id, blobs=blobs, updates=updates)


class Workspaces(Controller):
    """Reads need the scope `read`; writes `write`, and `admin` for a workspace that is not the caller's."""

    guards = (needs(Scope.READ),)
    tags = ("workspaces",)

    @get("/workspaces", summary="List the workspaces", responses=openapi.READ, operation_class=openapi.ListBody)
    async def list(
        self, *, indexer: TheIndexer, writes: TheWrites, parts: TheParts, page_query: NamedDependency[Query]
    ) -> Response[ListResponse]:
        """`{"IDs": […]}`; with `detail=true` a page of workspaces, filtered and sorted."""
        index = await current(indexer, writes)
        answer = (
            page(index, page_query, now=parts.clock(), at_work=indexer.at_work)
            if page_query.detail
            else ListResponse(index.names)
        )
        return Response(answer, headers=_age(indexer))

    @get("/workspace/{id:str}", summary="Read one workspace", responses=openapi.READ_ONE)
    async def read(
        self, id: FromPath[str], *, indexer: TheIndexer, writes: TheWrites, parts: TheParts
    ) -> Response[WorkspaceResponse]:
        """Its status, and how to reach it. The ETag is that of its spec."""
        row = row_of(await current(indexer, writes), id)
        headers = {**_age(indexer), **({"ETag": f'"{row.reading.blob}"'} if row.reading else {})}
        return Response(await _answer(row, indexer=indexer, writes=writes, parts=parts), headers=headers)

    @get("/workspace/{id:str}/expired", summary="Whether its deadline has passed", responses=openapi.READ_ONE)
    async def expired(
        self, id: FromPath[str], *, indexer: TheIndexer, writes: TheWrites, parts: TheParts
    ) -> Response[ExpiredResponse]:
        """By its file, else by its record, else by the fleet's default lifetime."""
        row = row_of(await current(indexer, writes), id)
        return Response(ExpiredResponse(row.summary(parts.clock()).expired), headers=_age(indexer))

    @get("/workspace/{id:str}/history", summary="Its commits and outcomes", responses=openapi.READ_ONE)
    async def history(
        self, id: FromPath[str], *, indexer: TheIndexer, writes: TheWrites, parts: TheParts
    ) -> Response[HistoryResponse]:
        """Also of a workspace that is gone."""
        index = await current(indexer, writes)

        def history_of() -> HistoryResponse:
            commits = tuple(commit_info(each) for each in parts.repo.commits(id, commit=index.commit))
            return HistoryResponse(id, commits, tuple(outcome_info(each) for each in parts.ledger.log(name=id)))

        answer = await writes.read(history_of)
        if not answer.Commits and not answer.Outcomes:
            row_of(index, id)
        return Response(answer, headers=_age(indexer))

    @get("/workspace/{id:str}/log", summary="What Pulumi said when it failed", responses=openapi.READ_ONE)
    async def log(
        self, id: FromPath[str], *, indexer: TheIndexer, writes: TheWrites, parts: TheParts
    ) -> Response[LogResponse]:
        """The last 8 KiB, without secrets, until it is ready or gone. Empty where nothing failed."""
        row_of(await current(indexer, writes), id)
        text = await writes.read(lambda: parts.ledger.diagnostics(id))
        return Response(LogResponse(id, text), headers=_age(indexer))

    @get(
        "/workspace/{id:str}/events",
        summary="Follow one workspace",
        responses=openapi.EVENTS,
        media_type="text/event-stream",
    )
    async def events(
        self,
        id: FromPath[str],
        request: ApiRequest,
        *,
        indexer: TheIndexer,
        writes: TheWrites,
        parts: TheParts,
        last: LastEvent = None,
    ) -> Stream:
        """By server-sent events: `workspace` with the same JSON as a read, at first and after each change; `gone` when
        neither file nor record is left; `end`, with a `Reason`, when Helium ends the stream. `Last-Event-ID` counts.
        """
        row_of(await current(indexer, writes), id)
        caller, clock = request.auth, parts.clock

        async def look() -> StreamEvent:
            row = (await current(indexer, writes)).row(id)
            if row is None:
                return StreamEvent.of("gone", {"ID": id})
            return StreamEvent.of("workspace", await _answer(row, indexer=indexer, writes=writes, parts=parts))

        def may() -> bool:
            return bool(caller.holds(parts.tokens, now=clock()))

        parts.streams.require_room(caller.token.name)
        stream = parts.streams.of(caller.token.name, look=look, may=may, known=last or "")
        bare = method_of(request.scope) == "HEAD"
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return Stream([] if bare else stream, media_type="text/event-stream", headers=headers)

    @post(
        "/workspace",
        guards=_WRITES,
        status_code=202,
        summary="Create a workspace",
        responses=openapi.WRITE,
        operation_class=openapi.CreateBody,
    )
    async def create(
        self,
        request: ApiRequest,
        *,
        writes: TheWrites,
        parts: TheParts,
        key: Key = None,
        match: Match = None,
        update: FromQuery[bool] = False,
    ) -> Response[WriteResponse]:
        """All fields are optional; the name too. To change one that exists: `update=true` or `If-Match`."""
        body = await write_request(request, parts, key=key, match=match, updates=update)
        answer = await writes.written(lambda: writes.create(body))
        return Response(answer, status_code=202, headers=_location(answer))

    @patch(
        "/workspace/{id:str}",
        guards=_WRITES,
        summary="Extend or change a workspace",
        responses=openapi.CHANGE_ONE,
        operation_class=openapi.ChangeBody,
    )
    async def change(
        self,
        id: FromPath[str],
        request: ApiRequest,
        *,
        writes: TheWrites,
        parts: TheParts,
        key: Key = None,
        match: Match = None,
    ) -> Response[WriteResponse]:
        """`{"expiry": "+7d"}` counts from the deadline; the answer has the new deadline."""
        body = await write_request(request, parts, key=key, match=match)
        return answered(await writes.written(lambda: writes.change(id, body)))

    @delete(
        "/workspace/{id:str}",
        guards=_WRITES,
        status_code=202,
        summary="Delete a workspace",
        responses=openapi.WRITE_ONE,
    )
    async def remove(
        self,
        id: FromPath[str],
        request: ApiRequest,
        *,
        writes: TheWrites,
        parts: TheParts,
        key: Key = None,
        match: Match = None,
    ) -> Response[WriteResponse]:
        """The answer comes when its file is gone from main; the next pass destroys the workspace."""
        body = await write_request(request, parts, key=key, match=match)
        answer = await writes.written(lambda: writes.remove(id, body))
        return Response(answer, status_code=202, headers=_location(answer))


async def _answer(row: IndexRow, *, indexer: Indexer, writes: WorkspaceWrites, parts: ApiParts) -> WorkspaceResponse:
    record = row.record
    # What is ready has no log, so most reads wait for nothing.
    may_have_log = isinstance(record, Record) and record.phase is not Phase.READY
    has_log = may_have_log and bool(await writes.read(lambda: parts.ledger.diagnostics(row.name)))
    return workspace_response(row, now=parts.clock(), doing=indexer.at_work.get(row.name), has_log=has_log)


def _age(indexer: Indexer) -> dict[str, str]:
    return {"Age": str(indexer.age()), "Cache-Control": "no-store"}


def answered(answer: WriteResponse) -> Response[WriteResponse]:
    """202 while a pull request waits for its merge: nothing is done yet."""
    return Response(answer, status_code=202 if answer.PullRequest else 200)


def _location(answer: WriteResponse) -> dict[str, str]:
    return {"Location": f"/v1/api/workspace/{answer.ID}"}
