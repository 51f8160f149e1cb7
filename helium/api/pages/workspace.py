"""`/workspace/NAME`: the status of one workspace, how to reach it, its history, and what its owner may do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any
from urllib.parse import quote

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from helium.api import problems
from helium.api.health_info import looked_ago
from helium.api.index import Index, IndexRow
from helium.api.pages import freshness
from helium.api.pages.asked import capital, done, request_lines
from helium.api.pages.confirmations import CONFIRMATIONS, confirmation, is_restorable
from helium.api.pages.connection_lines import connection_lines
from helium.api.pages.cost_lines import spending_of
from helium.api.pages.fleet_table import left
from helium.api.pages.hold import hold_of
from helium.api.pages.layout import Asks, Dashboard, is_own, writer_of
from helium.api.pages.progress import progress
from helium.api.pages.read_from_git import read_from_git
from helium.api.pages.security import PageRequest, visit_of
from helium.api.pages.undo import undo_facts
from helium.api.request_id import request_id
from helium.api.requests_to_commits import WriteRequest
from helium.api.responses import WorkspaceInfo, workspace_response
from helium.api.retries import retried
from helium.core.digest import Json
from helium.core.record import Record
from helium.core.spec import latest_day
from helium.core.status import StatusWord
from helium.core.summary import Summary
from helium.errors import HeliumError, NotFoundError, SpecError

TheDashboard = NamedDependency[Dashboard]
Name = FromPath[str]


class WorkspacePage(Controller):
    """One workspace, even if it is gone."""

    include_in_schema = False
    path = "/workspace/{name:str}"

    @get()
    async def show(self, request: PageRequest, name: Name, *, dashboard: TheDashboard) -> Response[Any]:
        """The page."""
        return await _shown(request, name, dashboard=dashboard)

    @post("/extend")
    async def extend(self, request: PageRequest, name: Name, *, dashboard: TheDashboard) -> Response[Any]:
        """Move the deadline."""
        form = visit_of(request).form
        asked = write_request(request, {"expiry": form.get("expiry", "").strip()})
        return await _done(
            request,
            name,
            dashboard=dashboard,
            work=lambda: dashboard.writes.change(name, asked),
            said="extended",
        )

    @post("/owner")
    async def give(self, request: PageRequest, name: Name, *, dashboard: TheDashboard) -> Response[Any]:
        """Let it belong to somebody else."""
        asked = write_request(request, {"owner": visit_of(request).form.get("owner", "").strip()})
        return await _done(
            request, name, dashboard=dashboard, work=lambda: dashboard.writes.change(name, asked), said="given"
        )

    @post("/delete")
    async def delete(self, request: PageRequest, name: Name, *, dashboard: TheDashboard) -> Response[Any]:
        """Remove its file, if the person typed its name."""
        if visit_of(request).form.get("confirm", "").strip() != name:
            issue = f"Type {name} to confirm."
            return await _shown(request, name, dashboard=dashboard, issues={"deleted": issue}, status=422)
        asked = write_request(request, {})
        return await _done(
            request,
            name,
            dashboard=dashboard,
            work=lambda: dashboard.writes.remove(name, asked),
            said="deleted",
        )

    @post("/retry")
    async def retry(self, request: PageRequest, name: Name, *, dashboard: TheDashboard) -> Response[Any]:
        """Let the next round try again what failed."""
        who = write_request(request, {}).caller
        asked = partial(retried, name, caller=who, indexer=dashboard.indexer, parts=dashboard.parts)
        return await _done(request, name, dashboard=dashboard, work=asked, said="tried")

    @post("/restore")
    async def restore(self, request: PageRequest, name: Name, *, dashboard: TheDashboard) -> Response[Any]:
        """Cancel a deletion that no pass has begun: put the file back. Or make a new one where nothing is left."""
        asked = write_request(request, {"empty": True} if visit_of(request).form.get("empty") == "yes" else {})
        return await _done(
            request,
            name,
            dashboard=dashboard,
            work=lambda: dashboard.writes.restore(name, asked),
            said="requested" if asked.fields else "restored",
        )


def write_request(request: PageRequest, fields: dict[str, Json]) -> WriteRequest:
    """Only for the spec that the person saw: a button pressed twice acts once, and never on a file that changed."""
    visit = visit_of(request)
    caller, seen = writer_of(visit), visit.form.get("seen", "")
    return WriteRequest(request_id(request.scope), caller, fields, blobs=(seen,) if seen else ())


async def _done(
    request: PageRequest, name: str, *, dashboard: Dashboard, work: Callable[[], object], said: str
) -> Response[Any]:
    try:
        await dashboard.writes.written(work)
    except HeliumError as error:
        issue, status = sentence(error), problems.of_error(error).status_code
        return await _shown(request, name, dashboard=dashboard, issues={said: issue}, status=status)
    # An attempt is a note in the ledger: nobody has to merge it.
    said = said if said == "tried" else done(await dashboard.index(), said)
    return Redirect(f"/workspace/{name}?done={said}", status_code=303)


def sentence(error: HeliumError) -> str:
    """What went wrong, without a place in a file that was never written."""
    return (
        "; ".join(issue.sentence for issue in error.issues)
        if isinstance(error, SpecError)
        else problems.with_way_out(error)
    )


async def _shown(
    request: PageRequest, name: str, *, dashboard: Dashboard, issues: dict[str, str] | None = None, status: int = 200
) -> Response[Any]:
    visit, index, now = visit_of(request), await dashboard.index(), dashboard.parts.clock()
    row = index.row(name)
    if row is None or row.asked is not None:
        return await _absent(request, name, dashboard=dashboard, index=index, issues=issues or {}, status=status)
    info, summary = workspace_response(row, now=now), row.summary(now)
    doing, mine = progress(dashboard.indexer.at_work.get(name), now), is_own(visit, summary.owner)
    of_life = left(summary, now=now, lifetime=index.fleet.lifetimes.of(row.team).usual)
    # Main and ledger decide all that is read from git below, so their commits stand for it.
    now_so = info, replace(of_life, text=""), doing and doing.version
    version = dashboard.version(visit, index, index.commit, index.snapshot.head, *now_so)
    if unchanged := freshness.unchanged(request, version):
        return unchanged
    told = await dashboard.writes.read(lambda: read_from_git(dashboard, index, name=name, row=row))
    hold = await dashboard.writes.read(lambda: hold_of(dashboard, index, row=row, visit=visit, now=now))
    return dashboard.page(
        "workspace.html",
        visit,
        index=index,
        status=status,
        asks=Asks(version, every=freshness.every(summary.status), address=_address(name)),
        name=name,
        it=info.Workspace,
        reach=connection_lines(info.Connections),
        health=info.Health,
        **_by_record(row, summary, now=now),
        **told.shown,
        left=of_life,
        **undo_facts(summary, index, now=now),
        doing=doing,
        seen=row.reading.blob if row.reading else "",
        mine=mine,
        **_possible(row, summary=summary),
        hold=hold,
        asked=request_lines(row.requests),
        issues={**dict.fromkeys(CONFIRMATIONS, ""), **(issues or {})},
        refused=_without_place(issues or {}, mine=mine, info=info.Workspace, row=row),
        said=confirmation(request.query_params.get("done", ""), row, late=summary.expired, ordered=hold.waits),
    )


def _asked(
    request: PageRequest, row: IndexRow, *, dashboard: Dashboard, index: Index, issues: Mapping[str, str], status: int
) -> Response[Any]:
    """Neither file nor record yet, only a request for it in a pull request."""
    visit, summary, lines = visit_of(request), row.summary(dashboard.parts.clock()), request_lines(row.requests)
    version = dashboard.version(visit, index, index.commit, index.snapshot.head, summary)
    if unchanged := freshness.unchanged(request, version):
        return unchanged
    return dashboard.page(
        "asked.html",
        visit,
        index=index,
        status=status,
        asks=Asks(version, every=freshness.every(summary.status), address=_address(row.name)),
        name=row.name,
        summary=summary,
        reason=capital(summary.reason),
        asked=lines,
        waits=row.asked is not None and row.asked.waits,
        refused=" ".join(issues.values()),
        said=confirmation(request.query_params.get("done", ""), row),
    )


async def _absent(
    request: PageRequest, name: str, *, dashboard: Dashboard, index: Index, issues: Mapping[str, str], status: int
) -> Response[Any]:
    """Neither file nor record: somebody asks for it, or what is left is the history; `NotFoundError` without that."""
    visit, row = visit_of(request), index.row(name)
    if row is not None:
        return _asked(request, row, dashboard=dashboard, index=index, issues=issues, status=status)
    version = dashboard.version(visit, index, index.commit, index.snapshot.head)
    if unchanged := freshness.unchanged(request, version):
        return unchanged
    told = await dashboard.writes.read(lambda: read_from_git(dashboard, index, name=name, row=None))
    if not told.moments:
        raise NotFoundError(name)
    asks = Asks(version, every=freshness.LATER, address=_address(name))
    more = {"name": name, "moments": told.moments, "refused": " ".join(issues.values())}
    return dashboard.page("gone.html", visit, index=index, status=status, asks=asks, **more)


def _without_place(issues: Mapping[str, str], *, mine: bool, info: WorkspaceInfo, row: IndexRow) -> str:
    """What was refused and has no form on this page any more to stand at: somebody was quicker, or pressed twice."""
    has_file = mine and row.reading is not None and info.Status != StatusWord.DELETING
    shown = {
        "extended": has_file,
        "given": has_file,
        "deleted": has_file and not info.Protected,
        "restored": mine and is_restorable(row),
        "tried": mine and bool(info.NextAttempt),
    }
    return " ".join(sentence for form, sentence in issues.items() if not shown.get(form))


def _address(name: str) -> str:
    return f"/workspace/{quote(name)}"


def _possible(row: IndexRow, *, summary: Summary) -> Mapping[str, object]:
    """What its owner may still do: until when more time may reach, and whether its file can come back."""
    return {"latest": _latest(row, summary), "restorable": is_restorable(row)}


def _by_record(row: IndexRow, summary: Summary, *, now: datetime) -> Mapping[str, object]:
    """By the names that the page has for it: when a pass looked, what it takes and costs, and whether it ever ran."""
    spending = spending_of(row, deadline=summary.deadline, now=now)
    was_ready = isinstance(row.record, Record) and row.record.spec_blob is not None
    return {"looked": looked_ago(row.record, now), "spending": spending, "answers": was_ready}


def _latest(row: IndexRow, summary: Summary) -> str:
    """The last day that an extension may reach; empty while nobody knows when the file was added."""
    if summary.added_at is None:
        return ""
    return latest_day(summary.added_at + row.fleet.lifetimes.of(row.team).longest).isoformat()
