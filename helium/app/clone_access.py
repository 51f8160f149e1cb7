"""A fleet in a clone of its repository, as the port `FleetAccess`: git is read here, and the requests are commits."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from helium.app.asked_rows import Requests, asked_rows
from helium.app.open_fleet import OpenFleet
from helium.core.change_request import RequestInProgress, by_name
from helium.core.fleet_view import AskedChange, FleetLabel, ListedFleet, RememberedFacts, WorkspaceDetails
from helium.core.heartbeat import heartbeat
from helium.core.observation import Observation
from helium.core.record import Record
from helium.core.spec import InvalidSpec, Spec
from helium.core.summary import Summary, summary_of
from helium.errors import NotFoundError
from helium.reconcile.load import Selection, as_fetched

if TYPE_CHECKING:
    from helium.core.connections import WaysIn
    from helium.core.digest import Json
    from helium.core.fleet_view import ChangeFacts, HistoryEvent, UntoldPeople, WrittenRequest
    from helium.core.plan import Plan
    from helium.core.usage_report import MonthUsage
    from helium.core.usage_sums import Month
    from helium.ports.fleet_access import FleetWatch


@dataclass(frozen=True, slots=True)
class CloneAccess:
    """The port `FleetAccess` on a clone, fetched when it was opened. `planned`: plans with a look at the state."""

    fleet: OpenFleet
    planned: Callable[[OpenFleet], Plan]

    @property
    def label(self) -> FleetLabel:
        """By its settings on main."""
        fleet = self.fleet.fleet
        return FleetLabel(fleet.name, fleet.sandbox, fleet.simulated)

    @property
    def server(self) -> str:
        """None."""
        return ""

    def me(self) -> str:
        """Whom git knows."""
        from helium.app import clone_writes

        return clone_writes.mail_of(self.fleet.person())

    def names(self) -> Sequence[str]:
        """Those that have a file on main."""
        return sorted({entry.name for entry in self.fleet.repo.entries(self.fleet.repo.head())})

    def listed(self, now: datetime) -> ListedFleet:
        """By main and the ledger alone."""
        loaded = as_fetched(self.fleet, Selection(), now=now)
        observed = loaded.observed
        asked = asked_rows(self._requests, observed, now=now)
        rows = [summary_of(name, observed, now=now) for name in {*observed.specs, *observed.records}]
        whole = tuple(sorted([*rows, *asked.values()], key=lambda row: row.name))
        beat = heartbeat(observed.fleet_record, now=now)
        return ListedFleet(self.label, whole, beat, loaded.snapshot.silent_channels)

    def untold(self) -> UntoldPeople:
        """As a turn that tells people would find it now."""
        from helium.app.telling_people import would_tell

        return would_tell(self.fleet)

    def details(self, name: str, *, now: datetime) -> WorkspaceDetails:
        """Without a look at the state."""
        # Selected, so that its file is read although its record knows it: what it says may be in how to reach it.
        fills_in = any("connect" in entry for entry in self.fleet.fleet.backends.values())
        selection = Selection(roll=frozenset({name})) if fills_in else Selection()
        observed = as_fetched(self.fleet, selection, now=now).observed
        file, record, requests = observed.specs.get(name), observed.records.get(name), self._requests
        asked = tuple(_asked_change(each) for each in requests.get(name, ()))
        if file is None and record is None:
            row = asked_rows(requests, observed, now=now).get(name)
            if row is None:
                raise NotFoundError(name)
            return WorkspaceDetails(self.label, row, None, asked=asked)
        row = summary_of(name, observed, now=now)
        return WorkspaceDetails(
            label=self.label,
            row=row,
            ways=_ways(row, observed),
            path=file.path if file else "",
            blob=file.blob if file else "",
            own_ways="connect" in observed.fleet.backends.get(row.backend, {}),
            remembered=_remembered(record) if isinstance(record, Record) else None,
            has_log=bool(self.fleet.ledger.diagnostics(name)),
            file_errors=tuple(map(str, file.issues)) if isinstance(file, InvalidSpec) else (),
            asked=asked,
        )

    def diagnostics(self, name: str, *, now: datetime) -> tuple[str, str]:
        """As the ledger keeps it."""
        observed = as_fetched(self.fleet, Selection(names=frozenset({name})), now=now).observed
        if name not in observed.specs and name not in observed.records:
            raise NotFoundError(name)
        return self.fleet.ledger.diagnostics(name), summary_of(name, observed, now=now).status.value

    def explained(self, name: str, *, state: bool, now: datetime) -> ChangeFacts:
        """It believes what the ledger says of the stack, unless it was told to look, or nobody else knows the name."""
        from helium.app.preview import preview
        from helium.reconcile.explanation import explained

        fleet = self.fleet
        observed = as_fetched(fleet, Selection(), now=now).observed
        # A plan in which a safeguard doubts this machine's clock is explained as well.
        observed = replace(observed, remote_time=fleet.repo.remote_time())
        plan = self.planned(fleet) if state else preview(fleet, observed, now=now)
        if plan.of(name) is None and not state:
            # A stack without file and record is known to the state alone.
            plan = self.planned(fleet)
        return explained(
            plan,
            name,
            record=observed.records.get(name),
            commits=fleet.repo.commits(name, commit=plan.commit),
            lines=tuple(fleet.ledger.log(name=name)),
        )

    def history(self, name: str) -> Sequence[HistoryEvent]:
        """Its file's commits, and its lines in the log."""
        from helium.core.fleet_view import HistoryEvent

        self.fleet.ledger.read()
        commits = self.fleet.repo.commits(name, commit=self.fleet.repo.head())
        of_file = [HistoryEvent(c.time, "commit", c.subject, c.by, c.id, c.approved_by) for c in commits]
        lines = [
            HistoryEvent(each.time, each.code, each.sentence, each.by, each.commit, each.approved_by)
            for each in self.fleet.ledger.log(name=name)
        ]
        return sorted([*of_file, *lines], key=lambda event: event.order)

    def usage(self, month: Month, *, by: str, now: datetime) -> MonthUsage:
        """By the ledger's log."""
        from helium.app.usage import usage

        return usage(self.fleet, month, by=by, now=now)

    def watch(self, name: str | None, *, now: datetime) -> FleetWatch:
        """All names are looked at together: main and ledger are fetched whole."""
        from helium.app.watch import CloneWatch, look

        return CloneWatch(self.fleet, look(self.fleet, now=now, fetches=False))

    def create(self, name: str, fields: Mapping[str, Json], *, owner: str) -> WrittenRequest:
        """By a commit of its file."""
        from helium.app import clone_writes

        return clone_writes.create(self.fleet, name, fields=fields, owner=owner)

    def extend(self, name: str, expiry: str) -> WrittenRequest:
        """By a commit."""
        from helium.app import clone_writes

        return clone_writes.extend(self.fleet, name, expiry=expiry)

    def give(self, name: str, to: str) -> WrittenRequest:
        """By a commit."""
        from helium.app import clone_writes

        return clone_writes.give(self.fleet, name, to=to)

    def remove(self, name: str, *, blob: str = "") -> WrittenRequest:
        """By a commit."""
        from helium.app import clone_writes

        return clone_writes.remove(self.fleet, name, blob=blob)

    def retry(self, name: str) -> bool:
        """By the ledger."""
        from helium.app import clone_writes

        return clone_writes.retry(self.fleet, name)

    def restore(self, name: str, *, empty: bool = False) -> WrittenRequest:
        """By a commit."""
        from helium.app import clone_writes

        return clone_writes.restore(self.fleet, name, empty=empty)

    @property
    def _requests(self) -> Requests:
        """By the ledger as it was fetched last."""
        return by_name(self.fleet.ledger.known().pull_requests.values())


def _asked_change(each: RequestInProgress) -> AskedChange:
    request = each.request
    return AskedChange(
        request.id, request.verb.value, request.by, request.at, each.progress.value, each.sentence, each.shared.url
    )


def _remembered(record: Record) -> RememberedFacts:
    return RememberedFacts(
        added_at=record.added_at,
        updated_at=record.updated_at,
        stack=record.stack,
        outputs=record.outputs,
        resources=record.resources,
        labels=record.labels,
        commit=record.commit,
        program=record.program,
        error=record.error,
        attempts=record.attempts,
        next_attempt_at=record.next_attempt_at,
        run_url=record.run_url,
        health=record.health,
        drift=record.drift,
    )


def _ways(row: Summary, observed: Observation) -> WaysIn:
    # Here, because `list` says of no workspace how to reach it.
    from helium.core.connections import ways_in

    file, record = observed.specs.get(row.name), observed.records.get(row.name)
    known = record if isinstance(record, Record) else None
    recipe = observed.recipes.get(file.backend) if isinstance(file, Spec) else None
    placement = known.placement if known else recipe.placement if recipe else {}
    said = file.fields if isinstance(file, Spec) else None
    return ways_in(row, fleet=observed.fleet, record=known, said=said, placement=placement)
