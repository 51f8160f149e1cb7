"""`/workspaces/NAME/extend`: where the link of a warning leads. It asks, and only the button changes anything.

A link carries no right: whoever follows it is judged like anybody else, so it may be forwarded, opened twice or fetched
by a scanner of mails. `by` is how much more time the page offers, `ends` the deadline that the warning told.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from helium.api import problems
from helium.api.index import Index, IndexRow
from helium.api.pages.asked import done
from helium.api.pages.layout import Dashboard
from helium.api.pages.security import PageRequest, Visit, visit_of
from helium.api.pages.workspace import sentence, write_request
from helium.core.deadlines import (
    format_instant,
    format_lifetime,
    instant_text,
    parse_deadline,
    parse_lifetime,
    time_left,
)
from helium.core.summary import Summary
from helium.errors import HeliumError

TheDashboard = NamedDependency[Dashboard]
Name = FromPath[str]
USUAL = ("1d", "3d", "7d")
_DEFAULT = "7d"


@dataclass(frozen=True, slots=True)
class TimeOffer:
    """One button: how much more, and when the workspace would end. `why_not`: why nobody may press it."""

    length: str
    until: str
    why_not: str = ""


class MoreTimePage(Controller):
    """More time for one workspace."""

    include_in_schema = False
    path = "/workspaces/{name:str}/extend"

    @get()
    async def ask(self, request: PageRequest, name: Name, *, dashboard: TheDashboard) -> Response[Any]:
        """What is now, what would be, and the button. Nothing is written."""
        return await _shown(request, name, dashboard=dashboard)

    @post()
    async def extend(self, request: PageRequest, name: Name, *, dashboard: TheDashboard) -> Response[Any]:
        """Move the deadline, as the person confirmed it."""
        expiry = visit_of(request).form.get("expiry", "").strip()
        asked = write_request(request, {"expiry": expiry})
        try:
            await dashboard.writes.written(lambda: dashboard.writes.change(name, asked))
        except HeliumError as error:
            status = problems.of_error(error).status_code
            return await _shown(request, name, dashboard=dashboard, refused=sentence(error), status=status)
        return Redirect(f"/workspace/{name}?done={done(await dashboard.index(), 'extended')}", status_code=303)


async def _shown(
    request: PageRequest, name: str, *, dashboard: Dashboard, refused: str = "", status: int = 200
) -> Response[Any]:
    visit, index, now = visit_of(request), await dashboard.index(), dashboard.parts.clock()
    row = index.row(name) or IndexRow(name, None, None, fleet=index.fleet)
    summary = row.summary(now)
    asked, wrong = _length(request.query_params.get("by", ""))
    offers = await dashboard.writes.read(lambda: _offers(row, asked, visit=visit, dashboard=dashboard))
    stopped = next((each.why_not for each in offers), "") if all(each.why_not for each in offers) else ""
    return dashboard.page(
        "extend.html",
        visit,
        index=index,
        status=status,
        name=name,
        it=summary,
        ends=instant_text(summary.deadline),
        left=time_left(summary.deadline, now) if summary.deadline else "",
        until=instant_text(summary.undo_until),
        offers=[each for each in offers if not each.why_not],
        asked=asked,
        seen=row.reading.blob if row.reading else "",
        refused=refused or wrong or stopped,
        moved=_moved(request.query_params.get("ends", ""), summary.deadline),
        known=_is_known(row, index),
    )


def _is_known(row: IndexRow, index: Index) -> bool:
    """Whether there is a page of it to go to."""
    return index.row(row.name) is not None


def _length(by: str) -> tuple[str, str]:
    """The length that the link offers, and what is wrong with it, if something is."""
    try:
        length = parse_lifetime(by.strip().removeprefix("+")) if by else parse_lifetime(_DEFAULT)
        return next((each for each in USUAL if parse_lifetime(each) == length), format_lifetime(length)), ""
    except (ValueError, OverflowError):
        return _DEFAULT, f"The link asks for {by[:40]!r}, which is not a length like 7d. Choose one here."


def _offers(row: IndexRow, asked: str, *, visit: Visit, dashboard: Dashboard) -> list[TimeOffer]:
    """What can be chosen, that of the link first. Each is judged as a request would be, and nothing is written."""
    assert visit.caller is not None
    summary, offers = row.summary(dashboard.parts.clock()), []
    for length in dict.fromkeys((asked, *USUAL)):
        why_not = dashboard.writes.would_refuse(row.name, {"expiry": f"+{length}"}, caller=visit.caller)
        offers.append(TimeOffer(length, _until(row, summary, length=length), why_not))
    return offers


def _until(row: IndexRow, summary: Summary, *, length: str) -> str:
    """When it would end, which is later than asked for where that is outside working hours."""
    if summary.deadline is None:
        return ""
    lifetimes, added_at = row.fleet.lifetimes, summary.added_at
    try:
        asked = summary.deadline + parse_lifetime(length)
    except OverflowError:
        return ""
    ends = lifetimes.end(asked, added_at=added_at, team=row.team, name=row.name).at if added_at else asked
    return format_instant(ends)


def _moved(ends: str, deadline: datetime | None) -> str:
    """That somebody has given it more time since the warning, where the link tells its deadline."""
    try:
        told = parse_deadline(ends) if ends else None
    except ValueError:
        return ""
    if told is None or deadline is None or deadline <= told:
        return ""
    return (
        f"Since you were warned, its deadline has moved from {format_instant(told)} to {format_instant(deadline)}: "
        "perhaps you pressed this already, or somebody else did. You can give it still more."
    )
