"""`notify`: what people would be told, a test of the channels, and one turn of telling."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from helium.cli import tables
from helium.cli.options import CommandContext, on_any_fleet
from helium.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from helium.app.open_fleet import OpenFleet
    from helium.core.digest import Json
    from helium.core.fleet_view import UntoldPeople, WaitingMessage

EVERY_CHANNEL = "*"


@click.command(
    short_help="Show what people would be told; test the channels.",
    # HELIUM_NOTIFY_NAME is what opens a channel, and no option.
    context_settings={"auto_envvar_prefix": "HELIUM_COMMAND_NOTIFY"},
)
@click.option(
    "--test",
    "tested",
    is_flag=False,
    flag_value=EVERY_CHANNEL,
    metavar="[CHANNEL]",
    allow_from_autoenv=False,
    help="Send a test message through this channel, or through all; mail goes to you.",
)
@click.option(
    "--send",
    is_flag=True,
    allow_from_autoenv=False,
    help="Tell people what is due now, once, as a pass does.",
)
@on_any_fleet
def notify(context: CommandContext, tested: str | None, *, send: bool) -> None:
    """Show what people would be told now, and which channels take no messages, and change nothing.

    Who is told of what, `notify` in helium.yaml on main says. Passes, the control plane and `helium expire` tell people
    by themselves; what was told is in the ledger, so nobody hears a thing twice. At a server, it shows the channels
    alone: what waits needs a clone, and so do --test and --send. With --test, it exits with 1 if a channel does not
    take the message.

    \b
    Example: helium notify
    """
    if tested and send:
        raise UsageError("Choose one of --test and --send.")
    if not (tested or send):
        _shown(context, context.access().untold())
        return
    fleet = context.open()
    if fleet.fleet.notify is None:
        if tested:
            raise UsageError(_NONE)
        # A job that sends for every fleet need not know which of them wants it.
        nothing: Json = {"sent": [], "troubles": [], "next_at": None}
        _emit(context, nothing, text=f"nobody is told anything: {_NONE}")
    elif tested:
        click.get_current_context().exit(_tested(context, fleet, channel=tested))
    else:
        _sent(context, fleet)


_NONE = "helium.yaml on main has no `notify`; docs/how-to/notify.md shows how to write it."


def _tested(context: CommandContext, fleet: OpenFleet, *, channel: str) -> int:
    from helium.app.telling_people import try_channels

    only = "" if channel == EVERY_CHANNEL else channel
    found = try_channels(fleet, only=only)
    if not found:
        known = ", ".join(fleet.fleet.notify.channels if fleet.fleet.notify else ())
        raise UsageError(f"notify in helium.yaml has no channel {channel!r}. It has {known}.")
    if context.as_json:
        context.emit([{"channel": name, "ok": each.ok, "why": each.why} for name, each in found.items()])
    else:
        rows = [(_word(ok=each.ok), name, each.why or "it has the message") for name, each in found.items()]
        tables.show(tables.table(("", "CHANNEL", "RESULT"), rows, styled=0))
    return 0 if all(each.ok for each in found.values()) else ExitCode.INTERNAL


def _word(*, ok: bool) -> str:
    return "ok" if ok else "failed"


def _sent(context: CommandContext, fleet: OpenFleet) -> None:
    from helium.app.telling_people import tell
    from helium.core.deadlines import format_instant

    told = tell(fleet)
    sent = [
        {
            "delivery": each.id,
            "channel": each.bundle.channel,
            "to": each.bundle.claims[0].delivery.to,
            "event": each.bundle.claims[0].message.kind.value,
            "names": [claim.message.name for claim in each.bundle.claims],
            "ok": each.receipt.ok,
            "why": each.receipt.why,
        }
        for each in told.result.sent
    ]
    bad = {each["channel"]: each["why"] for each in sent if not each["ok"] and each["why"]}
    troubles = [f"{channel}: {why}" for channel, why in bad.items()]
    troubles += told.idle
    troubles += [f"nobody is told anything now: {told.doubt}"] if told.doubt else []
    next_at = format_instant(told.next_at) if told.next_at else None
    good = sum(1 for each in sent if each["ok"])
    lines = [f"{tables.counted(good, 'message')} sent", *troubles]
    _emit(context, {"sent": sent, "troubles": troubles, "next_at": next_at}, text="\n".join(lines))


def _shown(context: CommandContext, untold: UntoldPeople) -> None:
    if context.as_json:
        waiting = None if untold.waiting is None else [_row(each) for each in untold.waiting]
        context.emit({"waiting": waiting, "silent": list(untold.silent)})
        return
    for each in untold.waiting or ():
        to = f" to {each.to}" if each.to else ""
        click.secho(f"{each.title}  ({each.channel}{to})", bold=True)
        click.echo("\n".join(f"    {line}" for line in each.lines))
    for sentence in untold.silent:
        tables.say(f"not everybody is told: {sentence}", style="yellow")
    if not untold.wanted:
        click.echo(f"nobody is told anything: {_NONE}")
    elif untold.waiting is None and not untold.silent:
        click.echo("no channel is known to fail")
    elif untold.waiting == ():
        click.echo("nothing is to be told now")


def _row(one: WaitingMessage) -> Json:
    return {
        "channel": one.channel,
        "to": one.to,
        "event": one.event,
        "names": list(one.names),
        "title": one.title,
        "text": "\n".join(one.lines),
    }


def _emit(context: CommandContext, value: Json, *, text: str) -> None:
    if context.as_json:
        context.emit(value)
    else:
        click.echo(text)


COMMANDS = (notify,)
