"""`/workspace/NAME`: how one workspace stands, how to reach it, what was done with it, and what its owner may ask."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect, Template

from helium.api import problems
from helium.api.index import Index, IndexRow
from helium.api.pages.fleet_table import left
from helium.api.pages.history import Moment, moments
from helium.api.pages.layout import Site, may
from helium.api.pages.security import Asked, Visit, visit_of
from helium.api.request_id import request_id
from helium.api.responses import whole
from helium.api.tokens import Scope
from helium.api.writes import WriteRequest
from helium.core.digest import Json
from helium.core.summary import Summary
from helium.errors import HeliumError, NotFoundError, SpecError

TheSite = NamedDependency[Site]
Name = FromPath[str]
SAID = {
    "asked": "Asked for. Its file is on main; the next pass brings it up.",
    "extended": "Its deadline has moved.",
    "deleted": "Its file is gone from main; the next pass destroys what there is of it.",
}


class WorkspacePage(Controller):
    """One workspace, also one that is gone."""

    include_in_schema = False
    path = "/workspace/{name:str}"

    @get()
    async def show(self, request: Asked, name: Name, *, site: TheSite) -> Template:
        """The page."""
        return await _shown(request, name, site=site)

    @post("/extend")
    async def extend(self, request: Asked, name: Name, *, site: TheSite) -> Response[Any]:
        """Move the deadline."""
        form = visit_of(request).form
        write_request = _wish(request, {"expiry": form.get("expiry", "").strip()})
        return await _done(
            request, name, site=site, work=lambda: site.writes.change(name, write_request), said="extended"
        )

    @post("/delete")
    async def delete(self, request: Asked, name: Name, *, site: TheSite) -> Response[Any]:
        """Take its file away, if the name was typed."""
        if visit_of(request).form.get("confirm", "").strip() != name:
            fault = f"type {name} to say that you mean it"
            return await _shown(request, name, site=site, faults={"deleted": fault}, status=422)
        write_request = _wish(request, {})
        return await _done(
            request, name, site=site, work=lambda: site.writes.remove(name, write_request), said="deleted"
        )


def _wish(request: Asked, fields: dict[str, Json]) -> WriteRequest:
    """Only for the spec that the person saw: pressed twice, or changed meanwhile, is done once or not at all."""
    visit = visit_of(request)
    if visit.caller is None or not visit.caller.token.may(Scope.WRITE):
        raise problems.problem(403, "your token may only read; ask an admin for one that may write")
    seen = visit.form.get("seen", "")
    return WriteRequest(request_id(request.scope), visit.caller, fields, blobs=(seen,) if seen else ())


async def _done(request: Asked, name: str, *, site: Site, work: Callable[[], object], said: str) -> Response[Any]:
    try:
        await site.writes.written(work)
    except HeliumError as error:
        fault, status = sentence(error), problems.of_error(error).status_code
        return await _shown(request, name, site=site, faults={said: fault}, status=status)
    return Redirect(f"/workspace/{name}?done={said}", status_code=303)


def sentence(error: HeliumError) -> str:
    """What went wrong, without the place in a file that was never written."""
    return "; ".join(fault.sentence for fault in error.faults) if isinstance(error, SpecError) else str(error)


async def _shown(
    request: Asked, name: str, *, site: Site, faults: dict[str, str] | None = None, status: int = 200
) -> Template:
    visit, index, now = visit_of(request), await site.index(), site.deps.clock()
    row, said = index.row(name), SAID.get(request.query_params.get("done", ""), "")
    told, text = await site.writes.read(lambda: _read(site, index, name=name, row=row))
    if row is None:
        if not told:
            raise NotFoundError(name)
        return site.page("gone.html", visit, index=index, status=status, name=name, moments=told, said=said)
    info, summary = whole(row, now=now), row.summary(now)
    return site.page(
        "workspace.html",
        visit,
        index=index,
        status=status,
        name=name,
        it=info.Workspace,
        reach=info.ConnectionInfo,
        left=left(summary, now=now, lifetime=index.fleet.defaults.lifetime),
        seen=row.reading.blob if row.reading else "",
        mine=_mine(visit, summary.owner),
        latest=_latest(index, summary),
        text=text,
        moments=told,
        faults={**dict.fromkeys(SAID, ""), **(faults or {})},
        said=said,
    )


def _read(site: Site, index: Index, *, name: str, row: IndexRow | None) -> tuple[tuple[Moment, ...], str]:
    commits, log = site.deps.repo.commits(name, commit=index.commit), site.deps.ledger.log(name=name)
    path = row.reading.path if row is not None and row.reading is not None else ""
    data = site.deps.repo.read(index.commit, path) if path else None
    return moments(commits, log), (data or b"").decode(errors="replace")


def _mine(visit: Visit, owner: str) -> bool:
    same = visit.caller is not None and visit.caller.owner.lower() == owner.lower()
    return may(visit, Scope.ADMIN) or (may(visit, Scope.WRITE) and same)


def _latest(index: Index, summary: Summary) -> str:
    """The last day that may be asked for; empty while nobody knows when the file was added."""
    if summary.added_at is None:
        return ""
    return f"{summary.added_at + index.fleet.defaults.max_lifetime:%Y-%m-%d}"
