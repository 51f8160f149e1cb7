"""The end of a pass: what is proven gone is dropped, the last pass written, the lease given back.

It believes a listing only where the fleet's marker is in it. It decides nothing else: what was to be done is done by
now, or left to the next pass.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from helium.core.plan import Destroy, Work
from helium.core.record import Phase
from helium.core.register import UNNOTED, LastPass
from helium.reconcile.apply import Site


@dataclass(frozen=True, slots=True)
class Ending:
    """What the end must know: the work, the plan's counts, names that a file holds, whether the clock may be noted."""

    work: tuple[Work, ...]
    counts: Mapping[str, int]
    files: frozenset[str]
    trusted: bool


def close(site: Site, ending: Ending, *, seconds: float) -> None:
    """One last commit. `seconds`: how long the pass took."""
    if any(isinstance(change, Destroy) for change in ending.work):
        _drop_the_gone(site, ending)
    book, now = site.book, site.clock()
    book.give_lease_back()
    if ending.trusted and (ending.work or _due(book.register.last_pass, now)):
        run, took = site.run, round(seconds, 1)
        last = LastPass(now, site.facts.commit, took, ending.counts, run.id, run.url, run.every)
        book.enter(replace(book.register, last_pass=last))
    book.flush("End a pass" if ending.work else "Note a pass")


def _drop_the_gone(site: Site, ending: Ending) -> None:
    listing = site.ports.engine.observe()
    listed = {stack.id for stack in listing.stacks}
    for change in ending.work:
        record = site.book.record(change.name)
        if not isinstance(change, Destroy) or record is None or record.phase is not Phase.GONE:
            continue
        if listing.marker and change.stack not in listed and change.name not in ending.files:
            site.book.put(change.name, None, site.teller.gone(record, now=site.clock()))


def _due(last: LastPass | None, now: datetime) -> bool:
    return last is None or now - last.time >= UNNOTED
