"""`/`: the whole fleet, searched and filtered on the server, one page at a time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from litestar import Controller, Response, get
from litestar.di import NamedDependency

from helium.api.pages import freshness
from helium.api.pages.fleet_table import TablePage, TableQuery, part
from helium.api.pages.layout import Asks, Dashboard
from helium.api.pages.security import PageRequest, visit_of
from helium.core.status import StatusWord

TheDashboard = NamedDependency[Dashboard]
_LONGEST = 200


class FleetPage(Controller):
    """The first page."""

    include_in_schema = False

    @get("/")
    async def show(self, request: PageRequest, dashboard: TheDashboard) -> Response[Any]:
        """The page, or for HTMX only the table, after a search."""
        visit, index, query = visit_of(request), await dashboard.index(), query_of(request.query_params)
        now = dashboard.parts.clock()
        table = await dashboard.writes.read(
            lambda: part(dashboard.fleets.of(index, now), query, now=now, at_work=dashboard.indexer.at_work)
        )
        asks = Asks(dashboard.version(visit, index, table, query), every=freshness.LATER)
        if unchanged := freshness.unchanged(request, asks.version):
            return unchanged
        name, links = "fleet_part.html" if request.htmx else "fleet.html", _Links(query, table)
        answer = dashboard.page(
            name, visit, index=index, asks=asks, part=table, query=query, links=links, fragment=bool(request.htmx)
        )
        if request.htmx:
            answer.headers["HX-Push-Url"] = links.here
        return answer


def query_of(sent: Mapping[str, str]) -> TableQuery:
    """The query of an address; a value that makes no sense counts as left out."""
    status, page = sent.get("status", ""), sent.get("page", "1")
    return TableQuery(
        q=sent.get("q", "").strip()[:_LONGEST],
        status=status if status in set(StatusWord) else "",
        owner=sent.get("owner", "").strip()[:_LONGEST],
        page=int(page) if page.isascii() and page.isdecimal() and len(page) < 7 else 1,
    )


class _Links:
    """Addresses that keep the rest of the query."""

    def __init__(self, query: TableQuery, table: TablePage) -> None:
        self._query, self._table = query, table

    def status(self, status: str) -> str:
        """The same search in another status, from its first page; empty is all."""
        return self._link(status=status)

    def page(self, page: int) -> str:
        """Another page."""
        return self._link(status=self._query.status, page="" if page == 1 else str(page))

    @property
    def here(self) -> str:
        """This page."""
        return self.page(self._table.page)

    def _link(self, **more: str) -> str:
        kept = {"q": self._query.q, "owner": self._query.owner, **more}
        text = urlencode({key: value for key, value in kept.items() if value})
        return f"/?{text}" if text else "/"
