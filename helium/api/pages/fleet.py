"""`/`: the whole fleet, searched and filtered on the server, one page at a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from litestar import Controller, Response, get
from litestar.di import NamedDependency

from helium.api.pages import freshness
from helium.api.pages.fleet_table import USUAL, TablePage, TableQuery, Viewer
from helium.api.pages.layout import Asks, Dashboard, environment, may
from helium.api.pages.security import PageRequest, visit_of
from helium.api.pages.sorted_fleet import SORTS, part
from helium.api.tokens import Scope
from helium.core.status import StatusWord

TheDashboard = NamedDependency[Dashboard]
_LONGEST = 200
_COLUMNS = (("name", "Name"), ("status", "Status"), ("owner", "Owner"), ("about", "What for"))
_ORDERS = (
    (USUAL, "Soonest deadline"),
    (f"-{USUAL}", "Latest deadline"),
    *((f"{dash}{key}", f"{text}{' backwards' if dash else ''}") for key, text in _COLUMNS for dash in ("", "-")),
)
"""For a screen too narrow for the heads of columns."""


class FleetPage(Controller):
    """The first page."""

    include_in_schema = False

    @get("/")
    async def show(self, request: PageRequest, dashboard: TheDashboard) -> Response[Any]:
        """The page, or for HTMX only the table, after a search."""
        visit, index, query = visit_of(request), await dashboard.index(), query_of(request.query_params)
        now, at_work = dashboard.parts.clock(), dashboard.indexer.at_work
        viewer = Viewer(visit.caller.owner if visit.caller else "", may(visit, Scope.ADMIN))
        fleet = dashboard.fleets.ready(index, now)
        # What others have asked for a moment ago waits for no thread.
        if fleet is not None and fleet.cut(query, viewer=viewer, at_work=at_work) is not None:
            found = part(fleet, query, viewer=viewer, at_work=at_work)
        else:
            found = await dashboard.writes.read(
                lambda: part(dashboard.fleets.of(index, now), query, viewer=viewer, at_work=at_work)
            )
        asks = Asks(dashboard.version(visit, index, found.version, query), every=freshness.LATER)
        if unchanged := freshness.unchanged(request, asks.version):
            return unchanged
        table = found.table
        name, links = "fleet_part.html" if request.htmx else "fleet.html", _Links(query, table)
        if not found.drawn and table.lines:
            found.drawn.append(drawn(table, links))
        answer = dashboard.page(
            name,
            visit,
            index=index,
            asks=asks,
            part=table,
            query=query,
            links=links,
            table=found.drawn[0] if table.lines else "",
            orders=_ORDERS,
            fragment=bool(request.htmx),
        )
        if request.htmx:
            answer.headers["HX-Push-Url"] = links.here
        return answer


def drawn(table: TablePage, links: _Links) -> str:
    """The whole fleet's table, which is the same for everybody who asks for it."""
    module: Any = environment().get_template("fleet_table.html").module
    return str(module.table(links, "w", "Workspaces", table.lines, sorts=True))


def query_of(sent: Mapping[str, str]) -> TableQuery:
    """The query of an address; a value that makes no sense counts as left out."""
    status, page, sort = sent.get("status", ""), sent.get("page", "1"), sent.get("sort", "")
    return TableQuery(
        q=sent.get("q", "").strip()[:_LONGEST],
        status=status if status in set(StatusWord) else "",
        owner=sent.get("owner", "").strip()[:_LONGEST],
        label=sent.get("label", "").strip()[:_LONGEST],
        urgent=sent.get("urgent", "") == "yes",
        sort=sort if sort.removeprefix("-") in SORTS else USUAL,
        page=int(page) if page.isascii() and page.isdecimal() and len(page) < 7 else 1,
    )


class _Links:
    """Addresses that keep the rest of the query."""

    def __init__(self, query: TableQuery, table: TablePage) -> None:
        self._query, self._table = query, table

    def status(self, status: str) -> str:
        """The same search in another status, from its first page; empty is all."""
        return _address(replace(self._query, status=status, page=1))

    def page(self, page: int) -> str:
        """Another page."""
        return _address(replace(self._query, page=page))

    def label(self, label: str) -> str:
        """Only what has this label, from the first page; empty is whatever its labels are."""
        return _address(replace(self._query, label=label, page=1))

    def sort(self, column: str) -> str:
        """Sorted by that column; by the one that it is sorted by already, the other way."""
        return _address(replace(self._query, sort=f"-{column}" if self._query.sort == column else column, page=1))

    def sorted(self, column: str) -> str:
        """What a screen reader is told of the column."""
        return {column: "ascending", f"-{column}": "descending"}.get(self._query.sort, "none")

    def own(self, owner: str) -> str:
        """All of this person's."""
        return _address(TableQuery(owner=owner))

    @property
    def urgent(self) -> str:
        """All that needs the viewer's attention."""
        return _address(TableQuery(urgent=True))

    @property
    def everything(self) -> str:
        """The same search whether or not it needs attention."""
        return _address(replace(self._query, urgent=False, page=1))

    @property
    def here(self) -> str:
        """This page."""
        return self.page(self._table.page)


def _address(query: TableQuery) -> str:
    words = {
        "q": query.q,
        "owner": query.owner,
        "status": query.status,
        "label": query.label,
        "urgent": "yes" if query.urgent else "",
        "sort": "" if query.sort == USUAL else query.sort,
        "page": "" if query.page == 1 else str(query.page),
    }
    text = urlencode({key: value for key, value in words.items() if value})
    return f"/?{text}" if text else "/"
