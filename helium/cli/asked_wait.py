"""`--wait` where main takes only pull requests: first until what was asked for is on main, or will not come there.

Refuses to call a workspace ready that is so only because nobody has merged the change of it yet.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from helium.cli.folding import clean
from helium.core.waiting import WaitEnd
from helium.core.watched import WatchedName
from helium.errors import NotFoundError, SourceError

if TYPE_CHECKING:
    from helium.core.fleet_view import AskedChange, WorkspaceDetails, WrittenRequest
    from helium.ports.fleet_access import FleetAccess

_PAUSE, _PATIENCE = 2.0, 60.0
"""Between two looks; and for whatever answers to have read what was just written."""


@dataclass(frozen=True, slots=True)
class AskedEnd:
    """Why the waiting is over before a pass had anything to do: how, the reason, and the last look."""

    end: WaitEnd
    why: str
    seen: WatchedName


def until_merged(access: FleetAccess, written: WrittenRequest, *, until: float) -> AskedEnd | None:
    """`None` once main has it, or where nobody here knows what becomes of the pull request, as in a clone."""
    if not written.pull_request or not access.server:
        return None
    first, merged_at, said = None, 0.0, ""
    asked, seen = None, WatchedName(written.name, None)
    began = time.monotonic()
    for details in _looks(access, written.name, until=until):
        asked, seen = _asked(details, written.pull_request), WatchedName(written.name, details.row if details else None)
        now = time.monotonic()
        if asked is None and now - began > _PATIENCE:
            return None
        if asked is not None and asked.state in ("closed", "refused"):
            return AskedEnd(WaitEnd.UNMERGED, asked.reason, seen)
        first = (details.blob if details else "") if first is None else first
        if asked is not None and asked.state == "merged":
            merged_at = merged_at or now
            if (details and details.blob != first) or now - merged_at > _PATIENCE:
                return None
        if asked is not None and said != (said := f"{asked.state}: {asked.reason}"):
            _say(f"{written.name} {said}")
    return AskedEnd(WaitEnd.LATE, asked.reason if asked else "", seen)


def _looks(access: FleetAccess, name: str, *, until: float) -> Iterator[WorkspaceDetails | None]:
    """One after the other, until then; `None` while there is no such name. A server that is away is said once."""
    from helium.app.run import clock

    trouble = ""
    while True:
        try:
            details: WorkspaceDetails | None = access.details(name, now=clock())
            trouble = ""
        except NotFoundError:
            details = None
        except SourceError as error:
            if not trouble:
                _say(f"{error} Looking again.")
            trouble = str(error)
        if not trouble:
            yield details
        if time.monotonic() >= until:
            return
        time.sleep(_PAUSE)


def _asked(details: WorkspaceDetails | None, url: str) -> AskedChange | None:
    return next((each for each in (details.asked if details else ()) if each.pull_request == url), None)


def _say(sentence: str) -> None:
    from helium.app.run import clock

    click.echo(clean(f"{clock():%H:%M:%S} {sentence}"), err=True)
    sys.stderr.flush()
