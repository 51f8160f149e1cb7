"""What `helium doctor` says of the grace: how long a destroy really waits, and whether its owner hears that it does."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from helium.app.check import Check
from helium.app.open_fleet import OpenFleet
from helium.core.deadlines import format_lifetime
from helium.core.message import MessageKind

WHAT = "grace"


def grace_checks(fleet: OpenFleet) -> Iterator[Check]:
    """None where nothing waits."""
    grace = fleet.fleet.limits.grace
    if not grace:
        return
    record = fleet.ledger.fleet_record()
    last = record.last_pass if record else None
    every = timedelta(seconds=last.every) if last and last.every else fleet.fleet.schedule.every
    sentence = (
        f"what is to go waits {format_lifetime(grace)}, and then for the next pass; "
        f"passes come every {format_lifetime(every)}"
    )
    if grace < every:
        # One pass sees the removal. By the next one the grace is over.
        sentence += f", so it can be taken back for about {format_lifetime(every)}"
    if fleet.fleet.write == "pull-request":
        sentence += "; a pull request that takes it back has to be merged by then"
    yield Check(WHAT, True, sentence)
    settings = fleet.fleet.notify
    if settings is not None and not any(MessageKind.GRACE in each.events for each in settings.channels.values()):
        why = "no channel of notify tells of `grace`, so nobody hears that they can still keep a workspace"
        yield Check(WHAT, False, why, "helium notify")
