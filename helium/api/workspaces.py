"""The calls under `/v1/api`: read from the shelf, or hand a wish to the desk. They decide nothing themselves."""

from __future__ import annotations

from typing import Annotated, Any

from litestar import Controller, Request, Response, delete, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, HeaderParameter

from helium.api import bodies, documents
from helium.api.answers import (
    Expired,
    History,
    Listed,
    Made,
    Whole,
    commit_info,
    outcome_info,
    whole,
)
from helium.api.callers import needs
from helium.api.deps import Deps
from helium.api.desk import Desk, Wish, identified
from helium.api.listing import Query, page
from helium.api.shelf import Index, Row, Shelf
from helium.api.tokens import Scope
from helium.api.trace import name_request, request_id
from helium.core.digest import Json
from helium.core.status import is_expired
from helium.errors import NotFound

Asked = Request[Any, Any, Any]
TheDeps = NamedDependency[Deps]
TheDesk = NamedDependency[Desk]
TheShelf = NamedDependency[Shelf]
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


async def current(shelf: Shelf, desk: Desk) -> Index:
    """The newest index; made in a thread when main or ledger moved."""
    index = shelf.index
    return index if index is not None else await desk.read(shelf.look)


def found(index: Index, name: str) -> Row:
    """One name's row, or `NotFound`."""
    row = index.row(name)
    if row is None:
        raise NotFound(name)
    return row


async def wish(request: Asked, deps: Deps, *, key: str | None, match: str | None, updates: bool = False) -> Wish:
    """What a call asks for, with the id that its commit will carry."""
    fields: dict[str, Json] = {}
    if request.method != "DELETE":
        fields = dict(await bodies.fields_of(request, deps.specs))
    id, half = request_id(request.scope), ""
    if key:
        id, half = identified(key, request.auth, method=request.method, path=request.url.path, fields=fields)
        name_request(request.scope, id)
    blobs = tuple(each.strip().removeprefix("W/").strip('"') for each in (match or "").split(",") if each.strip())
    return Wish(id, request.auth, fields, key=half, blobs=blobs, updates=updates)


class Workspaces(Controller):
    """Reads need the scope `read`; writes `write`, and `admin` for a workspace that is not the caller's."""

    guards = (needs(Scope.READ),)
    tags = ("workspaces",)

    @get("/workspaces", summary="List the workspaces", responses=documents.READ, operation_class=documents.List)
    async def list(
        self, *, shelf: TheShelf, desk: TheDesk, deps: TheDeps, asked: NamedDependency[Query]
    ) -> Response[Listed]:
        """`{"IDs": […]}`; with `detail=true` a page of workspaces, filtered and sorted."""
        index = await current(shelf, desk)
        answer = page(index, asked, now=deps.clock()) if asked.detail else Listed(index.names)
        return Response(answer, headers=_age(shelf))

    @get("/workspace/{id:str}", summary="Read one workspace", responses=documents.READ_ONE)
    async def read(self, id: FromPath[str], *, shelf: TheShelf, desk: TheDesk, deps: TheDeps) -> Response[Whole]:
        """How it stands, and how to reach it. The ETag is of its spec."""
        row = found(await current(shelf, desk), id)
        headers = {**_age(shelf), **({"ETag": f'"{row.reading.blob}"'} if row.reading else {})}
        return Response(whole(row, now=deps.clock()), headers=headers)

    @get("/workspace/{id:str}/expired", summary="Whether its deadline has passed", responses=documents.READ_ONE)
    async def expired(self, id: FromPath[str], *, shelf: TheShelf, desk: TheDesk, deps: TheDeps) -> Response[Expired]:
        """By its file, or by its record where the file says nothing."""
        row = found(await current(shelf, desk), id)
        return Response(Expired(is_expired(row.reading, row.record, now=deps.clock())), headers=_age(shelf))

    @get("/workspace/{id:str}/history", summary="The commits and outcomes of its life", responses=documents.READ_ONE)
    async def history(self, id: FromPath[str], *, shelf: TheShelf, desk: TheDesk, deps: TheDeps) -> Response[History]:
        """Also of names that are gone."""
        index = await current(shelf, desk)

        def told() -> History:
            commits = tuple(commit_info(each) for each in deps.repo.commits(id, commit=index.commit))
            return History(id, commits, tuple(outcome_info(each) for each in deps.ledger.log(name=id)))

        answer = await desk.read(told)
        if not answer.Commits and not answer.Outcomes:
            found(index, id)
        return Response(answer, headers=_age(shelf))

    @post(
        "/workspace",
        guards=_WRITES,
        status_code=202,
        summary="Create a workspace",
        responses=documents.WRITE,
        operation_class=documents.Create,
    )
    async def create(
        self,
        request: Asked,
        *,
        desk: TheDesk,
        deps: TheDeps,
        key: Key = None,
        match: Match = None,
        update: FromQuery[bool] = False,
    ) -> Response[Made]:
        """Every field is optional; without a name it gets one. An existing name needs `update=true` or `If-Match`."""
        asked = await wish(request, deps, key=key, match=match, updates=update)
        made = await desk.written(lambda: desk.create(asked))
        return Response(made, status_code=202, headers=_location(made))

    @patch(
        "/workspace/{id:str}",
        guards=_WRITES,
        summary="Extend or change a workspace",
        responses=documents.WRITE_ONE,
        operation_class=documents.Change,
    )
    async def change(
        self, id: FromPath[str], request: Asked, *, desk: TheDesk, deps: TheDeps, key: Key = None, match: Match = None
    ) -> Made:
        """`{"expiry": "+7d"}` counts from the deadline; the answer has the new one."""
        asked = await wish(request, deps, key=key, match=match)
        return await desk.written(lambda: desk.change(id, asked))

    @delete(
        "/workspace/{id:str}",
        guards=_WRITES,
        status_code=202,
        summary="Delete a workspace",
        responses=documents.WRITE_ONE,
    )
    async def remove(
        self, id: FromPath[str], request: Asked, *, desk: TheDesk, deps: TheDeps, key: Key = None, match: Match = None
    ) -> Response[Made]:
        """Its file is gone from main when the answer comes; the next pass destroys it."""
        asked = await wish(request, deps, key=key, match=match)
        made = await desk.written(lambda: desk.remove(id, asked))
        return Response(made, status_code=202, headers=_location(made))


def _age(shelf: Shelf) -> dict[str, str]:
    return {"Age": str(shelf.age()), "Cache-Control": "no-store"}


def _location(made: Made) -> dict[str, str]:
    return {"Location": f"/v1/api/workspace/{made.ID}"}
