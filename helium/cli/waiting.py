"""`--wait`: follow what was asked for until it is there, or gone, and end with how to reach it.

Progress goes to standard error, and what comes of it to standard output. Ctrl-C ends the waiting alone.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from functools import wraps
from time import monotonic
from typing import TYPE_CHECKING, Any

import click

from helium.cli import tables
from helium.cli.folding import clean
from helium.cli.option_types import IntervalType
from helium.cli.options import CommandContext
from helium.errors import ExitCode

if TYPE_CHECKING:
    from helium.core.fleet_view import WorkspaceDetails, WrittenRequest
    from helium.core.waiting import Awaited, WaitEnd
    from helium.core.watched import WatchedName
    from helium.ports.fleet_access import FleetAccess, FleetWatch


def waits(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command `--wait` and `--timeout`, as the `timeout` for which it waits; `None`: it does not."""

    # Without a default of click's, which it would read for each key press in a shell that completes.
    @click.option("--timeout", type=IntervalType(), metavar="LENGTH", help="How long to wait; by default 30m.")
    @click.option("--wait", is_flag=True, help="Wait until it is done, and show what happens meanwhile.")
    @wraps(command)
    def wrapped(*args: Any, wait: bool, timeout: timedelta | None, **given: Any) -> None:
        command(*args, timeout=(timeout or timedelta(minutes=30)) if wait else None, **given)

    return wrapped


@dataclass(frozen=True, slots=True)
class WaitedFor:
    """How a wait ended: how the workspace was at the last look, and how it is reached, if it is ready.

    `why`: what became of the pull request that asked, where it ended there; it is at the address `asked_at`.
    """

    end: WaitEnd | None
    seen: WatchedName
    ready: WorkspaceDetails | None = None
    why: str = ""
    asked_at: str = ""

    @property
    def exit_code(self) -> ExitCode:
        """How the command ends."""
        return self.end.exit_code if self.end else ExitCode.INTERRUPTED

    @property
    def as_json(self) -> dict[str, Any]:
        """What it adds to the document of a command."""
        from helium.cli.workspace_view import reach_as_json

        row = self.seen.row
        ways = reach_as_json(self.ready) if self.ready else {}
        return {"status": self.seen.word, "reason": self.why or (row.reason if row else ""), **ways}


def wait_for(context: CommandContext, written: WrittenRequest, *, timeout: timedelta, goes: bool = False) -> WaitedFor:
    """Until the workspace is ready, or gone (`goes`); for so long at most. A pull request is merged before that."""
    from helium.app.run import clock
    from helium.cli.asked_wait import until_merged
    from helium.core.waiting import Awaited, WaitEnd

    access, name, until = context.access(), written.name, monotonic() + timeout.total_seconds()
    try:
        if asked := until_merged(access, written, until=until):
            return WaitedFor(asked.end, asked.seen, why=asked.why, asked_at=written.pull_request)
    except KeyboardInterrupt:
        return WaitedFor(None, _unseen(name))
    watched = access.watch(name, now=clock())
    try:
        with closing(watched):
            end = _followed(watched, name, awaited=Awaited(goes), until=until)
    except KeyboardInterrupt:
        end = None
    return WaitedFor(end, _seen(watched, name), access.details(name, now=clock()) if end is WaitEnd.READY else None)


def _followed(watched: FleetWatch, name: str, *, awaited: Awaited, until: float) -> WaitEnd:
    from helium.cli.watching import progress_view, say_trouble
    from helium.core.waiting import WaitEnd

    said = ""
    with progress_view() as show:
        seen = _seen(watched, name)
        show([seen] if seen.row else [])
        while (end := awaited.end(_seen(watched, name))) is None:
            if monotonic() >= until:
                return WaitEnd.LATE
            show(each for each in watched.look_again() if each.name == name)
            said = say_trouble(watched, said=said)
    return end


def _seen(watched: FleetWatch, name: str) -> WatchedName:
    """As the last look saw it; what it did not see has no row."""
    return watched.names.get(name) or _unseen(name)


def _unseen(name: str) -> WatchedName:
    from helium.core.watched import WatchedName

    return WatchedName(name, None)


def say_end(context: CommandContext, waited: WaitedFor) -> None:
    """For people: how to reach it, or what to do now."""
    from helium.cli.workspace_view import reach_pairs
    from helium.core.waiting import WaitEnd

    name, access = waited.seen.name, context.access()
    if waited.ready is not None:
        click.echo(clean(f"{name} is ready"))
        tables.pairs(reach_pairs(waited.ready))
    elif waited.end is WaitEnd.GONE:
        click.echo(f"{name} is gone")
    else:
        tables.say(_sentence(waited, access), style="yellow" if waited.end in (None, WaitEnd.LATE) else "red")


def _sentence(waited: WaitedFor, access: FleetAccess) -> str:
    """Why it is not what was waited for."""
    from helium.app.run import clock
    from helium.core.waiting import WaitEnd

    name, how = waited.seen.name, waited.seen.sentence(clock())
    helium = f"helium --server {access.server}" if access.server else "helium"
    if waited.end is None:
        return f"Stopped waiting; {name} goes on. To follow it: {helium} watch {name}"
    if waited.end is WaitEnd.LATE:
        stands = f"It is {how}. " if waited.seen.row else ""
        return f"Waited long enough (--timeout); {name} goes on. {stands}To follow it: {helium} watch {name}"
    if waited.end is WaitEnd.UNMERGED:
        return f"What you asked for {name} does not come: {waited.why}. See {waited.asked_at}, or ask again."
    if waited.end is WaitEnd.HELD:
        return f"{name} is {how}. What holds it: {helium} why {name}"
    if waited.end is WaitEnd.FAILED:
        return f"{name} has {how}. What Pulumi said: {helium} show {name} --log"
    return f"{name} is {how}. What happened: {helium} history {name}"
