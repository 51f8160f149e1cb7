"""`workingHours` of `helium.yaml`, as a value, and what is wrong with it besides what its schema says.

The rules of a time zone come from the machine, or from the package `tzdata`. Where neither knows the zone, that is an
error of the settings at its place: no pass guesses when a workspace ends.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import timedelta, tzinfo
from typing import TYPE_CHECKING

from helium.adapters.specs.findings import Finding, show
from helium.core.digest import Json
from helium.core.fleet import SETTINGS
from helium.core.working_hours import USUAL_DAYS, WorkingHours
from helium.errors import Issue, SpecError

if TYPE_CHECKING:
    from helium.adapters.specs.strict_yaml import Document

KEY = "workingHours"
_TIME = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")


def hours_of(section: Mapping[str, Json]) -> WorkingHours:
    """The section of a document without flaws; `SpecError` where this machine does not know the zone any more."""
    zone = _zone(section["zone"])
    if isinstance(zone, str):
        # The settings were found valid before, and the machine's rules went since.
        raise SpecError((Issue(SETTINGS, 1, 1, f"/{KEY}/zone", zone),))
    return WorkingHours(
        days=tuple(section.get("days", USUAL_DAYS)),
        begins=_since_midnight(section["from"]),
        ends=_since_midnight(section["to"]),
        zone=zone,
    )


def hours_findings(document: Document) -> Iterator[Finding]:
    """A zone that nobody knows, and hours that end before they begin."""
    section = document.value.get(KEY)
    if not isinstance(section, Mapping):
        return
    if isinstance(name := section.get("zone"), str) and isinstance(why := _zone(name), str):
        yield document.finding((KEY, "zone"), why)
    begins, ends = str(section.get("from")), str(section.get("to"))
    # What is no time at all, the schema says.
    if _TIME.fullmatch(begins) and _TIME.fullmatch(ends) and ends <= begins:
        sentence = f"{ends} is not later than {begins}; working hours lie within one day, which ends at 24:00"
        yield document.finding((KEY, "to"), sentence)


def _since_midnight(text: str) -> timedelta:
    hours, _, minutes = text.partition(":")
    return timedelta(hours=int(hours), minutes=int(minutes))


def _zone(name: str) -> tzinfo | str:
    """The zone, or why there is none."""
    # Few fleets have working hours, and every command reads the settings.
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        pass
    try:
        ZoneInfo("Europe/Berlin")
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return (
            "this machine has no rules of time zones, so nobody knows when the working hours are; install the system's "
            "package tzdata, or the Python package of that name"
        )
    return f"{show(name)} is not a time zone that this machine knows; write a name like Europe/Berlin or UTC"
