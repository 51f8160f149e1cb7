"""`helium ledger`: look at the ledger, rebuild it, and accept what a safeguard refuses."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

import click

from helium.cli import tables
from helium.cli.completion import workspace_names
from helium.cli.options import CommandContext, on_fleet
from helium.errors import SourceError, UsageError

if TYPE_CHECKING:
    from helium.app.open_fleet import OpenFleet
    from helium.core.digest import Json
    from helium.core.fleet_record import FleetRecord
    from helium.ports.ledger import Snapshot


@click.group(short_help="Show or rebuild the ledger, or accept losses.")
def ledger() -> None:
    """Look at the ledger and repair it: the branch that has a record for each workspace, and the log."""


@ledger.command(short_help="Show the last pass, the lease, the pause and the records.")
@on_fleet
def show(context: CommandContext) -> None:
    """Show what the ledger says of the whole fleet. It fetches the ledger, and changes nothing.

    \b
    Example: helium ledger show
    """
    fleet = context.open()
    snapshot = fleet.ledger.read()
    if context.as_json:
        context.emit(_as_json(fleet, snapshot))
        return
    tables.banner(fleet.fleet)
    if snapshot.fleet_record is None:
        click.echo(f"there is no branch {fleet.fleet.ledger} yet; the first pass creates it")
    else:
        tables.pairs(_pairs(fleet, snapshot, fleet_record=snapshot.fleet_record))


def _phases(snapshot: Snapshot) -> Mapping[str, int]:
    from collections import Counter

    from helium.core.record import Record

    words = (record.phase.value if isinstance(record, Record) else "corrupt" for record in snapshot.records.values())
    return dict(sorted(Counter(words).items()))


def _as_json(fleet: OpenFleet, snapshot: Snapshot) -> Json:
    from dataclasses import asdict

    from helium.core.record import CorruptRecord

    fleet_record = snapshot.fleet_record
    corrupt = [record.sentence for record in snapshot.records.values() if isinstance(record, CorruptRecord)]
    whole = {"branch": fleet.fleet.ledger, "head": snapshot.head, "records": _phases(snapshot), "corrupt": corrupt}
    return {
        **whole,
        "plans": sorted(snapshot.plans),
        "fleet_record": _plain(asdict(fleet_record)) if fleet_record else None,
    }


def _plain(value: Json) -> Json:
    if isinstance(value, datetime):
        return tables.instant(value)
    return {key: _plain(inner) for key, inner in value.items()} if isinstance(value, dict) else value


def _pairs(fleet: OpenFleet, snapshot: Snapshot, *, fleet_record: FleetRecord) -> list[tuple[str, str]]:
    from helium.app.run import clock
    from helium.core.heartbeat import heartbeat
    from helium.core.record import CorruptRecord

    last, pause = fleet_record.last_pass, fleet_record.pause
    beat = heartbeat(fleet_record, now=clock())
    counts = ", ".join(f"{count} {kind}" for kind, count in last.counts.items() if count) if last else ""
    return [
        ("branch", f"{fleet.fleet.ledger} at {(snapshot.head or '')[:10]}"),
        ("fleet", fleet_record.fleet),
        ("marker", fleet_record.marker),
        ("accepted", (fleet_record.accepted or "none")[:10]),
        ("seen", (fleet_record.seen or "none")[:10]),
        ("last pass", f"{tables.instant(last.time)}, {last.seconds} s, at {last.commit[:10]}" if last else "none"),
        ("its plan", counts),
        ("last good pass", f"{tables.instant(beat.good)}; next by {tables.instant(beat.expected)}" if beat else ""),
        ("lease", str(fleet_record.lease) if fleet_record.lease else "free"),
        *(("split plan", _left(run, snapshot)) for run in sorted(snapshot.plans)),
        ("pause", f"by {pause.by} since {tables.instant(pause.since)}: {pause.why}" if pause else "none"),
        ("orders", _orders(snapshot)),
        ("records", ", ".join(f"{count} {phase}" for phase, count in _phases(snapshot).items()) or "none"),
        *(("corrupt", each.sentence) for each in snapshot.records.values() if isinstance(each, CorruptRecord)),
    ]


def _orders(snapshot: Snapshot) -> str:
    """How many orders are not over."""
    from collections import Counter

    from helium.core.order import Order

    words = Counter(each.status if isinstance(each, Order) else "unknown" for each in snapshot.orders.values())
    told = ", ".join(f"{words[word]} {word}" for word in ("waiting", "begun", "unknown") if words[word])
    return f"{told} (helium operate list)" if told else ""


def _left(run: str, snapshot: Snapshot) -> str:
    """How to end it. From here nobody can see whether the run is over; ending its plan stops only what comes next."""
    return f"of {run}; if that run is over: helium reconcile --plan {(snapshot.head or '')[:10]} --close"


@ledger.command(short_help="Rebuild records from the ownership stored in each stack.")
@click.argument("names", nargs=-1, metavar="[NAME]...", shell_complete=workspace_names)
@click.option(
    "--take-over",
    metavar="ID",
    allow_from_autoenv=False,
    help="The state belongs to the ledger with this id, and that ledger is gone for good: take its workspaces over.",
)
@on_fleet
def rebuild(context: CommandContext, names: tuple[str, ...], *, take_over: str | None) -> None:
    """Rebuild the records of stacks that have none, or a corrupt one, from the ownership that each stack holds.

    It reads the state, and writes the ledger, but not its log. A state belongs to one ledger; if that one is lost, the
    refusal names the --take-over that gives the state to this one. A rebuilt ledger has accepted no commit, so
    nothing is destroyed before `helium ledger accept`; a stack without a file is kept until `helium orphans --destroy`.
    With NAMEs it rebuilds theirs alone, even where the ledger has one: a ledger that was put back to an older commit
    knows the workspace that had the name before.

    \b
    Example: helium ledger rebuild
    """
    from helium.app.rebuild import rebuild as rebuilt

    done = rebuilt(context.open(), only=names, take_over=take_over)
    if context.as_json:
        context.emit({"rebuilt": done})
    else:
        click.echo(f"{tables.counted(len(done), 'record')} rebuilt{': ' if done else ''}{', '.join(done)}")


@ledger.command(short_help="Accept a rewritten main, or a rewritten log.")
@click.argument("commit", required=False)
@click.option("--log", "the_log", is_flag=True, help="Accept the ledger's log even though it was rewritten.")
@on_fleet
def accept(context: CommandContext, commit: str | None, *, the_log: bool) -> None:
    """Accept COMMIT of main even though it does not descend from the last accepted one (safeguard `history`).

    Or, with --log, accept the ledger's log even though no pass wrote it that way. It writes the ledger.

    \b
    Example: helium ledger accept 1a2b3c4d5e
    """
    from dataclasses import replace

    from helium.ports.ledger import Writes

    if the_log == bool(commit):
        raise UsageError("name a commit of main, or give --log for the ledger's own log")
    fleet = context.open()
    snapshot = fleet.ledger.read()
    fleet_record = fleet_record_of(snapshot, fleet)
    if commit is None:
        message = f"Accept the log as it is now, as {fleet.person()} says"
        fleet.ledger.write(Writes(message=message), on=snapshot, accepts_log=True)
        context.emit({"accepted": "log"}) if context.as_json else click.echo(
            "the log is accepted; the next pass continues from it"
        )
        return
    accepted, head = fleet.repo.resolve(commit), fleet.repo.head()
    if fleet.repo.descends(head, accepted) is not True:
        raise UsageError(f"{accepted[:10]} is not on main, which is at {head[:10]}; accept a commit of main")
    message = f"Accept {accepted[:10]}, as {fleet.person()} says"
    fleet.ledger.write(Writes(fleet_record=replace(fleet_record, accepted=accepted), message=message), on=snapshot)
    context.emit({"accepted": accepted}) if context.as_json else click.echo(
        f"{accepted[:10]} is accepted; the next pass continues from it"
    )


@ledger.command(name="accept-loss", short_help="Accept that stacks are lost for good.")
@click.argument("names", nargs=-1, metavar="[NAME]...", shell_complete=workspace_names)
@click.option("--state", is_flag=True, help="The whole state is new: create its marker, and give up what it lacks.")
@on_fleet
def accept_lost(context: CommandContext, names: tuple[str, ...], *, state: bool) -> None:
    """Accept that stacks are lost for good, or, with --state, that the whole state has been replaced.

    It reads the state, and writes the ledger. The next pass creates a lost workspace again if its file is on main.
    A stack counts as lost too when its state file cannot be read; the file is renamed, and never removed.

    \b
    Example: helium ledger accept-loss caribou-x3k9q2
    """
    from helium.app.accept_loss import accept_loss

    if bool(names) == state:
        raise UsageError("name the stacks that are lost, or give --state for all that the state lacks")
    fleet = context.open()
    snapshot = fleet.ledger.read()
    fleet_record = fleet_record_of(snapshot, fleet)
    given_up = accept_loss(fleet, snapshot, fleet_record=fleet_record, names=names, state=state)
    if context.as_json:
        context.emit({"lost": given_up.names, "files": given_up.files})
        return
    count = tables.counted(len(given_up.names), "stack")
    click.echo(f"{count} given up; the next pass creates again what still has a file")
    for file in given_up.files:
        click.echo(f"its state file, which cannot be read, is now {file}")


@ledger.command(name="end-lease", short_help="End the lease of a run that is over.")
@click.argument("run")
@on_fleet
def end_lease(context: CommandContext, run: str) -> None:
    """End the lease of RUN, which you know is over, so that the next pass may begin. It writes the ledger.

    A machine whose clock was days ahead may have left a lease that ends in days. If RUN lives after all, it begins
    nothing more.

    \b
    Example: helium ledger end-lease 20261128T120000Z-1a2b3c
    """
    from dataclasses import replace

    from helium.ports.ledger import Writes

    fleet = context.open()
    snapshot = fleet.ledger.read()
    fleet_record = fleet_record_of(snapshot, fleet)
    if fleet_record.lease is None or fleet_record.lease.run != run:
        raise UsageError(f"{run} does not hold the lease; helium ledger show says who does")
    # Counted up, so that nothing of this run is written under the lease that was ended.
    ended = replace(fleet_record, lease=None, counter=fleet_record.counter + 1)
    message = f"End the lease of {run}, as {fleet.person()} says"
    after, _ = fleet.ledger.write(Writes(fleet_record=ended, message=message), on=snapshot)
    if after.fleet_record is not None and after.fleet_record.lease is not None:
        raise UsageError(f"{run} has renewed its lease meanwhile, so it lives; stop it first, or wait until it ends")
    context.emit({"ended": run}) if context.as_json else click.echo(f"the lease of {run} is ended")


def fleet_record_of(snapshot: Snapshot, fleet: OpenFleet) -> FleetRecord:
    """The fleet's record; `SourceError` before the first pass, which creates it."""
    if snapshot.fleet_record is None:
        raise SourceError(f"there is no branch {fleet.fleet.ledger} yet; the first pass (helium reconcile) creates it")
    return snapshot.fleet_record


COMMANDS = (ledger,)
