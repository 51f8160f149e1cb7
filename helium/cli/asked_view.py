"""What people ask for by pull requests, beside what `list` and `show` print of workspaces."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from helium.core.change_request import RequestInProgress, asked_for, by_name
from helium.core.deadlines import format_instant
from helium.core.summary import Summary, asked_summary

if TYPE_CHECKING:
    from helium.app.open_fleet import OpenFleet
    from helium.core.digest import Json
    from helium.core.observation import Observation

Requests = Mapping[str, tuple[RequestInProgress, ...]]


def requests_by_name(fleet: OpenFleet) -> Requests:
    """By the ledger as it was fetched last."""
    return by_name(fleet.ledger.known().pull_requests.values())


def asked_rows(requests: Requests, observed: Observation, *, now: datetime) -> dict[str, Summary]:
    """A row for each workspace that has neither a file nor a record yet."""
    names = (name for name in requests if name not in observed.specs and name not in observed.records)
    found = {name: asked_for(requests[name], now=now) for name in names}
    return {name: asked_summary(each, defaults=observed.fleet.defaults) for name, each in found.items() if each}


def as_json(listed: tuple[RequestInProgress, ...]) -> list[Json]:
    """As `show --json` has them, the newest first."""
    return [
        {
            "id": each.request.id,
            "change": each.request.verb.value,
            "by": each.request.by,
            "at": format_instant(each.request.at),
            "state": each.progress.value,
            "reason": each.sentence,
            "pull_request": each.shared.url,
        }
        for each in listed
    ]


def pairs(listed: tuple[RequestInProgress, ...]) -> list[tuple[str, str]]:
    """Those that wait or were refused, for people."""
    shown = (each for each in listed if each.waits or each.request.refused)
    return [
        ("asked for", f"{each.request.verb}, by {each.request.by}: {each.sentence} {each.shared.url}".strip())
        for each in shown
    ]
