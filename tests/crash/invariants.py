"""What must be true once everything has settled, told by looking, not by Helium's own reasoning.

The sandbox's list against what an undisturbed run made; the state's files; the ledger; the locks; the processes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from helium.core.log_line import LogLine
from helium.core.record import Phase, Record
from helium.sandbox import Resource
from tests.crash.killed_fleet import KilledFleet

_INCARNATION = re.compile(r'(?<="helium-incarnation": ")\d+')
"""Each workspace has its own; that it is the record's, the tests of the engine hold."""
ENDS = frozenset(("file-removed", "replaced", "expired", "gone"))
Shape = tuple[str, ...]


@dataclass(slots=True)
class CrashFindings:
    """What one point did; each list is of sentences."""

    unsettled: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    leaked: list[str] = field(default_factory=list)

    @property
    def faults(self) -> list[str]:
        """All of them."""
        return [*self.unsettled, *self.lost, *self.wrong, *self.leaked]


@dataclass(frozen=True, slots=True)
class ExpectedWorkspace:
    """A workspace that is to exist: its version, whether a note lies in its bucket, and when its incarnation began."""

    version: str
    noted: bool
    blob: str
    created: str = ""


def shape(things: Sequence[Resource], name: str) -> Shape:
    """What the cloud has of one name, without the name; the keys of sealed secrets differ, so they are left out."""
    mine = [each for each in things if name in str(each.identity)]
    return tuple(sorted(_INCARNATION.sub("INCARNATION", _plain(each).replace(name, "NAME")) for each in mine))


def _plain(thing: Resource) -> str:
    inputs = {key: value for key, value in thing.inputs.items() if key not in ("stringData", "data")}
    return json.dumps([thing.token, thing.id, inputs], sort_keys=True)


def judge(
    fleet: KilledFleet,
    expected: Mapping[str, ExpectedWorkspace],
    *,
    shapes: Mapping[tuple[str, bool], Shape],
    ended: set[str],
) -> CrashFindings:
    """Look at everything. `shapes`: what a version looks like, with or without a note; `ended`: names that are over."""
    verdict = CrashFindings()
    things, records = fleet.things(), fleet.records()
    for name, workspace in expected.items():
        _living(name, workspace, records.get(name), verdict=verdict)
        found = shape(things, name)
        _same(name, found, shapes[workspace.version, workspace.noted], verdict=verdict)
    _over(records, fleet.log(), ended=ended, verdict=verdict)
    _nothing_else(fleet, expected, things=things, verdict=verdict)
    return verdict


def _living(name: str, workspace: ExpectedWorkspace, record: Record | None, *, verdict: CrashFindings) -> None:
    if record is None:
        verdict.lost.append(f"{name} has a file and no record")
    elif record.phase is not Phase.READY or record.spec_blob != workspace.blob:
        verdict.unsettled.append(f"{name} is {record.phase} ({record.error or record.reason})")
    elif workspace.created and str(record.created_at) != workspace.created:
        verdict.wrong.append(f"{name} began another incarnation at {record.created_at}, not {workspace.created}")


def _same(name: str, found: Shape, wanted: Shape, *, verdict: CrashFindings) -> None:
    """Too much is leaked. Too little is not settled; and wrongly destroyed where it is what a person put there."""
    verdict.leaked += [f"{name} has {each}" for each in set(found) - set(wanted)]
    for each in set(wanted) - set(found):
        (verdict.wrong if "bucketObject" in each else verdict.unsettled).append(f"{name} lacks {each}")


def _over(records: Mapping[str, Record], log: Sequence[LogLine], *, ended: set[str], verdict: CrashFindings) -> None:
    ended_in_log = {line.name for line in log if line.code in ENDS}
    verdict.lost += [f"the log does not tell of the end of {name}" for name in sorted(ended - ended_in_log)]
    verdict.unsettled += [f"{name} is over, and has a record still" for name in sorted(ended & set(records))]


def _nothing_else(
    fleet: KilledFleet, expected: Mapping[str, ExpectedWorkspace], *, things: Sequence[Resource], verdict: CrashFindings
) -> None:
    strangers = [str(each.identity) for each in things if not any(name in str(each.identity) for name in expected)]
    verdict.leaked += [f"the cloud still has {each}" for each in strangers]
    verdict.leaked += [f"the state still has {name}" for name in sorted(fleet.stacks() - set(expected))]
    verdict.unsettled += [f"the state lacks {name}" for name in sorted(set(expected) - fleet.stacks())]
    verdict.leaked += [f"there is a lock {each}" for each in fleet.locks()]
