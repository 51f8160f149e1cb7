"""The frame of every page: whose fleet it is, who is signed in, and what you must know first.

The notes are facts about the whole fleet: a sandbox, a pause, a late pass, errors in its settings, an old mirror.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from litestar.plugins.jinja import JinjaTemplateEngine
from litestar.response import Template
from litestar.template.config import TemplateConfig

from helium.api.auth import NO_TOKENS, Caller, only_reads
from helium.api.index import Index, Indexer
from helium.api.offered_orders import OfferedOrders
from helium.api.pages import freshness
from helium.api.pages.security import Visit
from helium.api.pages.sorted_fleet import FleetCache
from helium.api.parts import ApiParts
from helium.api.problems import problem
from helium.api.requests_to_commits import WorkspaceWrites
from helium.api.tokens import Scope
from helium.api.usage_view import UsageView
from helium.api.workspaces import current
from helium.core.deadlines import format_instant, time_left
from helium.core.fleet import PULL_REQUEST
from helium.core.fleet_record import LastPass
from helium.core.heartbeat import heartbeat

HERE = Path(__file__).resolve().parent.parent
STATIC = HERE / "static"
OLD_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Note:
    """One thing to know before anything else. `tone`: `calm`, `warn` or `bad`."""

    tone: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Asks:
    """How a page keeps itself true: the version that it shows, and how often it asks for a newer one, in seconds.

    `address` is where it asks, empty for the address at which the browser is; `frame_only`: what somebody fills in
    stays as it is.
    """

    version: str
    every: int
    address: str = ""
    frame_only: bool = False


def templates() -> TemplateConfig[JinjaTemplateEngine]:
    """The templates, for the framework."""
    return TemplateConfig(instance=JinjaTemplateEngine.from_environment(environment()))


@cache
def environment() -> Environment:
    """The templates: every value is escaped, an unknown name is an error."""
    made = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals["version"] = _version()
    return made


def _version() -> str:
    """A digest of the static files, which their addresses carry: so a browser may keep each file for ever."""
    files = sorted(path for path in STATIC.iterdir() if path.is_file())
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()[:12]


@dataclass(frozen=True, slots=True)
class Dashboard:
    """What all pages share: main and ledger, the way to change them, and the frame around each page."""

    parts: ApiParts
    indexer: Indexer
    writes: WorkspaceWrites
    usages: UsageView
    orders: OfferedOrders
    fleets: FleetCache = field(default_factory=FleetCache)

    async def index(self) -> Index:
        """Main beside the ledger, as they are now."""
        return await current(self.indexer, self.writes)

    def version(self, visit: Visit, index: Index, *facts: object) -> str:
        """Of a page that shows these facts, in the frame that this visitor gets now."""
        last = index.snapshot.fleet_record.last_pass if index.snapshot.fleet_record else None
        frame = tuple(notes(index, age=self.indexer.age(), now=self.parts.clock()))
        return freshness.version(
            environment().globals["version"],
            visit.session.nonce,
            visit.caller,
            index.fleet.name,
            last,
            frame,
            *facts,
        )

    async def sign_in(self, visit: Visit, *, to: str, issue: str = "", status: int = 200) -> Template:
        """The sign-in: by the issuer of the settings, or with a token."""
        index = await self.index()
        by = index.fleet.sign_in if self.parts.sign_ins is not None else None
        issue = issue or ("" if by or self.parts.tokens.all else NO_TOKENS)
        return self.page("sign_in.html", visit, index=index, to=to, issue=issue, by=by, status=status)

    def page(
        self,
        template: str,
        visit: Visit,
        *,
        index: Index,
        status: int = 200,
        asks: Asks | None = None,
        **context: Any,
    ) -> Template:
        """A page of that template, with all that the layout needs. Without `asks` it stays as it is."""
        now = self.parts.clock()
        last = index.snapshot.fleet_record.last_pass if index.snapshot.fleet_record else None
        # Who is not signed in reads nothing of the fleet: no name, no person, no reason, no error in a file.
        known = visit.caller is not None
        common = {
            "asks": asks if known else None,
            "fleet": index.fleet.name if known else "",
            "caller": visit.caller,
            "admin": may(visit, Scope.ADMIN),
            "writes": may(visit, Scope.WRITE),
            "by_pull_request": index.fleet.write == PULL_REQUEST,
            "nonce": visit.session.nonce,
            "notes": tuple(notes(index, age=self.indexer.age(), now=now)) if known else (),
            "last_pass": last_pass_line(last, now=now),
        }
        headers = {"Cache-Control": "no-store", "Vary": f"HX-Request, {freshness.VERSION}"}
        return Template(template_name=template, context={**common, **context}, status_code=status, headers=headers)


def may(visit: Visit, scope: Scope) -> bool:
    """Whether the person's token has the scope."""
    return visit.caller is not None and visit.caller.token.may(scope)


def writer_of(visit: Visit) -> Caller:
    """Who sent a form that writes; a 403 that says why for whoever may only read."""
    if visit.caller is None or not may(visit, Scope.WRITE):
        raise problem(403, only_reads(visit.caller))
    return visit.caller


def is_own(visit: Visit, owner: str) -> bool:
    """Whether the person may change what this owner has."""
    same = visit.caller is not None and visit.caller.owner.lower() == owner.lower()
    return may(visit, Scope.ADMIN) or (may(visit, Scope.WRITE) and same)


def notes(index: Index, *, age: int, now: datetime) -> Iterator[Note]:
    """What you must know first, the worst last."""
    if index.fleet.sandbox:
        yield Note("sandbox", "Sandbox data", f"{index.fleet.simulated}.")
    fleet_record = index.snapshot.fleet_record
    pause = fleet_record.pause if fleet_record else None
    if index.fleet.paused:
        yield Note("warn", "Paused", "helium.yaml says paused: true, so no pass changes anything.")
    if pause is not None and pause.in_force(now):
        until = f" until {format_instant(pause.until)}" if pause.until else ""
        yield Note("warn", "Paused", f"By {pause.by}{until}: {pause.why}")
    beat = heartbeat(fleet_record, now=now)
    if beat is not None and beat.is_late(now):
        yield Note("bad", "Late", f"{beat.sentence(now)} What you request waits for the next one.")
    for sentence in index.snapshot.silent_channels:
        yield Note("warn", "Not everybody is told", f"{sentence}.")
    for issue in index.issues:
        yield Note("bad", "helium.yaml has an error", f"Line {issue.line}: {issue.sentence}")
    if age > OLD_SECONDS:
        yield Note(
            "warn", "Out of date", f"The remote last answered {age} seconds ago. This page shows what it said then."
        )


def last_pass_line(last: LastPass | None, *, now: datetime) -> Mapping[str, Any]:
    """The last pass, as the templates show it."""
    if last is None:
        return {"at": "", "ago": "", "did": "no pass has run yet", "commit": "", "url": "", "seconds": 0}
    kinds = ("create", "update", "destroy", "held")
    did = [f"{last.counts[kind]} {kind}" for kind in kinds if last.counts.get(kind)]
    return {
        "at": format_instant(last.time),
        "ago": time_left(last.time, now),
        "did": ", ".join(did) or "nothing to do",
        "commit": last.commit[:10],
        "url": last.run_url if last.run_url.startswith(("https://", "http://")) else "",
        "seconds": round(last.seconds, 1),
    }
