"""Commands of people about the ledger and the right to apply: look, rebuild, accept, pause, unlock."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime, timedelta

import click

from helium.app import OpenFleet, clock, run_here
from helium.cli import tables
from helium.cli.options import CommandContext, LengthType, on_fleet
from helium.core.digest import Json
from helium.core.expiry import format_instant
from helium.core.fleet_record import FleetRecord, Pause
from helium.core.record import CorruptRecord, Record
from helium.core.stack import Stack, StackId
from helium.errors import NotFoundError, SourceError, UsageError
from helium.ports.ledger import Snapshot, Writes
from helium.reconcile.rebuild import rebuilt
from helium.reconcile.repair import accept_loss, refuse_newer, unlisted


@click.group(short_help="The branch of records: look at it, rebuild it, accept what was lost.")
def ledger() -> None:
    """The ledger: a branch with a record for each workspace, and the log."""


@ledger.command(short_help="The fleet's state of affairs: last pass, lease, pause, records.")
@on_fleet
def show(context: CommandContext) -> None:
    """What the ledger says of the whole fleet.

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
        click.echo(f"no branch {fleet.fleet.ledger} yet; the first pass begins it")
    else:
        tables.pairs(_pairs(fleet, snapshot, fleet_record=snapshot.fleet_record))


def _phases(snapshot: Snapshot) -> Mapping[str, int]:
    words = (record.phase.value if isinstance(record, Record) else "illegible" for record in snapshot.records.values())
    return dict(sorted(Counter(words).items()))


def _as_json(fleet: OpenFleet, snapshot: Snapshot) -> Json:
    fleet_record = snapshot.fleet_record
    illegible = [record.sentence for record in snapshot.records.values() if isinstance(record, CorruptRecord)]
    whole = {"branch": fleet.fleet.ledger, "head": snapshot.head, "records": _phases(snapshot), "illegible": illegible}
    return {
        **whole,
        "plans": sorted(snapshot.plans),
        "fleet_record": _plain(asdict(fleet_record)) if fleet_record else None,
    }


def _plain(value: Json) -> Json:
    if isinstance(value, datetime):
        return format_instant(value)
    return {key: _plain(inner) for key, inner in value.items()} if isinstance(value, dict) else value


def _pairs(fleet: OpenFleet, snapshot: Snapshot, *, fleet_record: FleetRecord) -> list[tuple[str, str]]:
    last, pause = fleet_record.last_pass, fleet_record.pause
    counts = ", ".join(f"{count} {kind}" for kind, count in last.counts.items() if count) if last else ""
    return [
        ("branch", f"{fleet.fleet.ledger} at {(snapshot.head or '')[:10]}"),
        ("fleet", fleet_record.fleet),
        ("marker", fleet_record.marker),
        ("accepted", (fleet_record.accepted or "none")[:10]),
        ("seen", (fleet_record.seen or "none")[:10]),
        ("last pass", f"{format_instant(last.time)}, {last.seconds} s, at {last.commit[:10]}" if last else "none"),
        ("its plan", counts),
        ("lease", str(fleet_record.lease) if fleet_record.lease else "free"),
        *(("split plan", _left(run, snapshot)) for run in sorted(snapshot.plans)),
        ("pause", f"by {pause.by} since {format_instant(pause.since)}: {pause.why}" if pause else "none"),
        ("records", ", ".join(f"{count} {phase}" for phase, count in _phases(snapshot).items()) or "none"),
        *(("illegible", each.sentence) for each in snapshot.records.values() if isinstance(each, CorruptRecord)),
    ]


def _left(run: str, snapshot: Snapshot) -> str:
    """Nobody can tell from here whether a run's machines are at work; who ends its plan only stops what comes next."""
    return f"of {run}; if that run is over: helium reconcile --plan {(snapshot.head or '')[:10]} --close"


@ledger.command(short_help="Make the records anew from what the stacks say of themselves.")
@on_fleet
def rebuild(context: CommandContext) -> None:
    """Make records for stacks that have none, or one that cannot be read or gave them up, from the marks inside them.

    The log is left alone. A rebuilt ledger has accepted no commit, so nothing is destroyed before `helium ledger
    accept`; a stack without a file is kept until `helium orphans --destroy`.

    \b
    Example: helium ledger rebuild
    """
    fleet = context.open()
    snapshot = fleet.ledger.read()
    refuse_newer(snapshot.records)
    known = {name for name, record in snapshot.records.items() if isinstance(record, Record) and not record.emptied}
    names = {entry.name for entry in fleet.repo.entries(fleet.repo.head())}
    with fleet.ports() as ports:
        listing = ports.engine.observe()
        if listing.marker:
            ports.engine.check_marker()
        bare = [stack.id for stack in listing.stacks if stack.id.name in names - known]
        ownerships = {stack: ports.engine.ownership(stack) for stack in bare}
        succeeded = {
            stack: ports.engine.succeeded(stack) for stack, ownership in ownerships.items() if ownership is not None
        }
    records = rebuilt(ownerships, succeeded, now=clock())
    fleet_record = snapshot.fleet_record or FleetRecord(
        fleet.fleet.name, marker="made" if listing.marker else "pending"
    )
    made = {record.name: record for record in records}
    message = f"Rebuild {len(made)} records from their stacks"
    fleet.ledger.write(Writes(made, fleet_record, message=message), on=snapshot)
    if context.as_json:
        context.emit({"rebuilt": sorted(made)})
    else:
        click.echo(f"{len(made)} records made anew{': ' if made else ''}{', '.join(sorted(made))}")


@ledger.command(short_help="Accept a commit of main, or a rewritten log, as one to go on from.")
@click.argument("commit", required=False)
@click.option("--log", "the_log", is_flag=True, help="The ledger's log as it stands, although it was rewritten.")
@on_fleet
def accept(context: CommandContext, commit: str | None, *, the_log: bool) -> None:
    """Say that main at COMMIT is right although it does not go on from what was accepted before (brake 4).

    Or, with --log, that the ledger's log is, although a pass did not leave it so (brake 1).

    \b
    Example: helium ledger accept 1a2b3c4d5e
    """
    if the_log == bool(commit):
        raise UsageError("name a commit of main, or say --log for the ledger's own log")
    fleet = context.open()
    snapshot = fleet.ledger.read()
    fleet_record = _fleet_record(snapshot, fleet)
    if commit is None:
        message = f"Accept the log as it stands, as {fleet.person()} says"
        fleet.ledger.write(Writes(message=message), on=snapshot, accepts_log=True)
        context.emit({"accepted": "log"}) if context.as_json else click.echo(
            "the log is accepted; passes go on from it"
        )
        return
    found, head = fleet.repo.resolve(commit), fleet.repo.head()
    if fleet.repo.descends(head, found) is not True:
        raise UsageError(f"{found[:10]} is not on main, which is at {head[:10]}; accept a commit of main")
    message = f"Accept {found[:10]}, as {fleet.person()} says"
    fleet.ledger.write(Writes(fleet_record=replace(fleet_record, accepted=found), message=message), on=snapshot)
    context.emit({"accepted": found}) if context.as_json else click.echo(
        f"{found[:10]} is accepted; passes go on from it"
    )


@ledger.command(name="accept-loss", short_help="Give up stacks that are lost for good.")
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--state", is_flag=True, help="The whole state is new: make its marker, give up what it lacks.")
@on_fleet
def accept_lost(context: CommandContext, names: tuple[str, ...], *, state: bool) -> None:
    """Say that stacks are lost for good (brake 3), or that the state is a new one (brake 2).

    A workspace whose file is there is made anew by the next pass.

    \b
    Example: helium ledger accept-loss caribou-x3k9q2
    """
    if bool(names) == state:
        raise UsageError("name the stacks that are lost, or say --state for all that the state lacks")
    fleet = context.open()
    person, snapshot = fleet.person(), fleet.ledger.read()
    fleet_record = _fleet_record(snapshot, fleet)
    with fleet.ports(anew=state) as ports:
        listing = ports.engine.observe()
        lost = unlisted(snapshot.records, listing)
        if wrong := sorted(set(names) - set(lost)):
            raise UsageError(f"{wrong[0]} is not lost: helium why {wrong[0]} tells how it stands")
        if state and lost and fleet_record.fleet != fleet.fleet.name:
            raise UsageError(
                f"helium.yaml says fleet {fleet.fleet.name}, and the workspaces "
                f"belong to {fleet_record.fleet}: put fleet back"
            )
        if state and not listing.marker:
            ports.engine.make_marker()
            fleet_record = replace(fleet_record, marker="made")
    given_up = names or lost
    run = run_here(fleet.settings).id
    mended = accept_loss(snapshot.records, given_up, now=clock(), by=person, run=run)
    message = f"Accept the loss of {len(given_up)} stacks, as {person} says"
    fleet.ledger.write(Writes(mended.records, fleet_record, mended.lines, message), on=snapshot)
    if context.as_json:
        context.emit({"lost": sorted(given_up)})
    else:
        click.echo(f"{len(given_up)} stacks are given up; the next pass makes those anew that have a file")


def _fleet_record(snapshot: Snapshot, fleet: OpenFleet) -> FleetRecord:
    if snapshot.fleet_record is None:
        raise SourceError(f"there is no branch {fleet.fleet.ledger} yet; the first pass (helium reconcile) begins it")
    return snapshot.fleet_record


@click.command(short_help="Let no pass apply anything, until it is ended.")
@click.option("--for", "length", type=LengthType(), metavar="LENGTH", help="End by itself after this, such as 2h.")
@click.option("--why", metavar="TEXT", help="What for; everybody sees it.")
@click.option("--end", is_flag=True, help="End the pause.")
@on_fleet
def pause(context: CommandContext, length: timedelta | None, *, why: str | None, end: bool) -> None:
    """Let no pass apply anything; plans are still shown. It works at once, also for a pass that runs now.

    \b
    Example: helium pause --for 2h --why "moving the cluster"
    """
    if end == bool(why):
        raise UsageError("say --why TEXT to pause, or --end to go on")
    fleet = context.open()
    person, now, snapshot = fleet.person(), clock(), fleet.ledger.read()
    fleet_record = _fleet_record(snapshot, fleet)
    made = None if end else Pause(person, why or "", now, now + length if length else None)
    message = f"End the pause, as {person} says" if end else f"Pause, as {person} says: {why}"
    fleet.ledger.write(Writes(fleet_record=replace(fleet_record, pause=made), message=message), on=snapshot)
    until = tables.instant(made.until) if made else ""
    if context.as_json:
        context.emit({"paused": made is not None, "until": until or None})
    else:
        click.echo("passes apply again" if made is None else f"paused{f' until {until}' if until else ''}: {why}")


@click.command(short_help="Break the lock on one stack.")
@click.argument("name")
@on_fleet
def unlock(context: CommandContext, name: str) -> None:
    """Break Pulumi's lock on a workspace's stack. Only when you know that nobody works on it.

    A pass breaks locks by itself where it can tell that their holder is gone. A Pulumi that only sleeps would wake up,
    act, and write its state over what came after: on this machine it is ended first, where the state is a folder.
    Anywhere else, end it there before you unlock.

    \b
    Example: helium unlock caribou-x3k9q2
    """
    fleet = context.open()
    record = fleet.ledger.read().records.get(name)
    with fleet.ports() as ports:
        stack = record.stack_id if isinstance(record, Record) else _listed(name, ports.engine.observe().stacks)
        ports.engine.unlock(stack)
    context.emit({"unlocked": name}) if context.as_json else click.echo(f"{name} is unlocked; the next pass settles it")


def _listed(name: str, stacks: Sequence[Stack]) -> StackId:
    found = next((stack.id for stack in stacks if stack.id.name == name), None)
    if found is None:
        raise NotFoundError(name)
    return found


COMMANDS = (ledger, pause, unlock)
