"""One row for each workspace, with its links, as main and the ledger have them now: for pages of hosts."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from helium.app.open_fleet import OpenFleet
from helium.core.connections import ConnectionText, ways_in
from helium.core.observation import Observation
from helium.core.record import Record
from helium.core.spec import Spec
from helium.core.summary import Summary, summary_of
from helium.ports.ledger import Snapshot
from helium.reconcile.load import Selection, as_fetched


@dataclass(frozen=True, slots=True)
class SummarizedFleet:
    """By name: the row of each workspace, the links of those that were asked for, and where each file is."""

    rows: Mapping[str, Summary]
    links: Mapping[str, tuple[ConnectionText, ...]]
    paths: Mapping[str, str]


def summarized(
    fleet: OpenFleet, names: Collection[str], *, now: datetime, snapshot: Snapshot | None = None
) -> SummarizedFleet:
    """Every workspace, with the links of `names`. `snapshot`: the ledger, where it is known already."""
    # Selected, so that their files are read although their records know them: an instance's links may need a field.
    selection = Selection(roll=frozenset(names))
    observed = as_fetched(fleet, selection, now=now, snapshot=snapshot).observed
    rows = {name: summary_of(name, observed, now=now) for name in {*observed.specs, *observed.records}}
    return SummarizedFleet(
        rows,
        {name: _links(rows[name], observed) for name in names if name in rows},
        {name: spec.path for name, spec in observed.specs.items()},
    )


def _links(row: Summary, observed: Observation) -> tuple[ConnectionText, ...]:
    record, file = observed.records.get(row.name), observed.specs.get(row.name)
    if not isinstance(record, Record):
        return ()
    said = file.fields if isinstance(file, Spec) else None
    return ways_in(row, fleet=observed.fleet, record=record, said=said, placement=record.placement).listed
