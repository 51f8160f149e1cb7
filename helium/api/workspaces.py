"""The calls under `/v1/api`: read from the shelf, or hand a wish to the desk. They decide nothing themselves."""

from __future__ import annotations

from typing import Annotated, Any

from litestar import Controller, Request, Response, delete, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, HeaderParameter

from helium.api import openapi, request_body
from helium.api.auth import needs
from helium.api.deps import Deps
from helium.api.index import Index, Indexer, IndexRow
from helium.api.query import Query, page
from helium.api.request_id import name_request, request_id
from helium.api.responses import (
    ExpiredResponse,
    HistoryResponse,
    ListResponse,
    WorkspaceResponse,
    WriteResponse,
    commit_info,
    outcome_info,
    whole,
)
from helium.api.tokens import Scope
from helium.api.writes import WorkspaceWrites, WriteRequest, identified
from helium.core.digest import Json
from helium.errors import NotFoundError

Asked = Request[Any, Any, Any]
TheDeps = NamedDependency[Deps]
TheWrites = NamedDependency[WorkspaceWrites]
TheIndexer = NamedDependency[Indexer]
Key = Annotated[
    str | None,
    HeaderParameter(
        name="Idempotency-Key", max_length=255, description="The same wish sent twice with one key is done once."
    ),
]
Match = Annotated[
    str | None, HeaderParameter(name="If-Match", max_length=1000, description="Only if the spec still has this ETag.")
]
_WRITES = (needs(Scope.WRITE),)


async def current(indexer: Indexer, writes: WorkspaceWrites) -> Index:
    """The newest index; made in a thread when main or ledger moved."""
    index = indexer.index
    return index if index is not None else await writes.read(indexer.look)


def found(index: Index, name: str) -> IndexRow:
    """One name's row, or `NotFound`."""
    row = index.row(name)
    if row is None:
        raise NotFoundError(name)
    return row


async def write_request(
    request: Asked, deps: Deps, *, key: str | None, match: str | None, updates: bool = False
) -> WriteRequest:
    """What a call asks for, with the id that its commit will carry."""
    fields: dict[str, Json] = {}
    if request.method != "DELETE":
        fields = dict(await request_body.fields_of(request, deps.specs))
    id, half = request_id(request.scope), ""
    if key:
        id, half = identified(key, request.auth, method=request.method, path=request.url.path, fields=fields)
        name_request(request.scope, id)
    blobs = tuple(each.strip().removeprefix("W/").strip('"') for each in (match or "").split(",") if each.strip())
    return WriteRequest(id, request.auth, fields, key=half, blobs=blobs, updates=updates)


class Workspaces(Controller):
    """Reads need the scope `read`; writes `write`, and `admin` for a workspace that is not the caller's."""

    guards = (needs(Scope.READ),)
    tags = ("workspaces",)

    @get("/workspaces", summary="List the workspaces", responses=openapi.READ, operation_class=openapi.ListBody)
    async def list(
        self, *, indexer: TheIndexer, writes: TheWrites, deps: TheDeps, wanted: NamedDependency[Query]
    ) -> Response[ListResponse]:
        """`{"IDs": […]}`; with `detail=true` a page of workspaces, filtered and sorted."""
        index = await current(indexer, writes)
        answer = page(index, wanted, now=deps.clock()) if wanted.detail else ListResponse(index.names)
        return Response(answer, headers=_age(indexer))

    @get("/workspace/{id:str}", summary="Read one workspace", responses=openapi.READ_ONE)
    async def read(
        self, id: FromPath[str], *, indexer: TheIndexer, writes: TheWrites, deps: TheDeps
    ) -> Response[WorkspaceResponse]:
        """How it stands, and how to reach it. The ETag is of its spec."""
        row = found(await current(indexer, writes), id)
        headers = {**_age(indexer), **({"ETag": f'"{row.reading.blob}"'} if row.reading else {})}
        return Response(whole(row, now=deps.clock()), headers=headers)

    @get("/workspace/{id:str}/expired", summary="Whether its deadline has passed", responses=openapi.READ_ONE)
    async def expired(
        self, id: FromPath[str], *, indexer: TheIndexer, writes: TheWrites, deps: TheDeps
    ) -> Response[ExpiredResponse]:
        """By its file, or by its record where the file says nothing."""
        row = found(await current(indexer, writes), id)
        return Response(ExpiredResponse(row.summary(deps.clock()).expired), headers=_age(indexer))

    @get("/workspace/{id:str}/history", summary="The commits and outcomes of its life", responses=openapi.READ_ONE)
    async def history(
        self, id: FromPath[str], *, indexer: TheIndexer, writes: TheWrites, deps: TheDeps
    ) -> Response[HistoryResponse]:
        """Also of names that are gone."""
        index = await current(indexer, writes)

        def history_of() -> HistoryResponse:
            commits = tuple(commit_info(each) for each in deps.repo.commits(id, commit=index.commit))
            return HistoryResponse(id, commits, tuple(outcome_info(each) for each in deps.ledger.log(name=id)))

        answer = await writes.read(history_of)
        if not answer.Commits and not answer.Outcomes:
            found(index, id)
        return Response(answer, headers=_age(indexer))

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
        request: Asked,
        *,
        writes: TheWrites,
        deps: TheDeps,
        key: Key = None,
        match: Match = None,
        update: FromQuery[bool] = False,
    ) -> Response[WriteResponse]:
        """Every field is optional; without a name it gets one. An existing name needs `update=true` or `If-Match`."""
        wanted = await write_request(request, deps, key=key, match=match, updates=update)
        made = await writes.written(lambda: writes.create(wanted))
        return Response(made, status_code=202, headers=_location(made))

    @patch(
        "/workspace/{id:str}",
        guards=_WRITES,
        summary="Extend or change a workspace",
        responses=openapi.WRITE_ONE,
        operation_class=openapi.ChangeBody,
    )
    async def change(
        self,
        id: FromPath[str],
        request: Asked,
        *,
        writes: TheWrites,
        deps: TheDeps,
        key: Key = None,
        match: Match = None,
    ) -> WriteResponse:
        """`{"expiry": "+7d"}` counts from the deadline; the answer has the new one."""
        wanted = await write_request(request, deps, key=key, match=match)
        return await writes.written(lambda: writes.change(id, wanted))

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
        request: Asked,
        *,
        writes: TheWrites,
        deps: TheDeps,
        key: Key = None,
        match: Match = None,
    ) -> Response[WriteResponse]:
        """Its file is gone from main when the answer comes; the next pass destroys it."""
        wanted = await write_request(request, deps, key=key, match=match)
        made = await writes.written(lambda: writes.remove(id, wanted))
        return Response(made, status_code=202, headers=_location(made))


def _age(indexer: Indexer) -> dict[str, str]:
    return {"Age": str(indexer.age()), "Cache-Control": "no-store"}


def _location(made: WriteResponse) -> dict[str, str]:
    return {"Location": f"/v1/api/workspace/{made.ID}"}
