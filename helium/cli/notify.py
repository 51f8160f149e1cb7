"""`notify`: what people would be told, a test of the channels, and one turn of telling."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from helium.cli import tables
from helium.cli.options import CommandContext, on_fleet
from helium.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from helium.app.open_fleet import OpenFleet
    from helium.core.digest import Json

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
@on_fleet
def notify(context: CommandContext, tested: str | None, *, send: bool) -> None:
    """Show what people would be told now, and change nothing.

    Who is told of what, `notify` in helium.yaml on main says. Passes, the control plane and `helium expire` tell people
    by themselves; what was told is in the ledger, so nobody hears a thing twice. With --test, it exits with 1 if a
    channel does not take the message.

    \b
    Example: helium notify
    """
    if tested and send:
        raise UsageError("Choose one of --test and --send.")
    fleet = context.open()
    if fleet.fleet.notify is None:
        if tested:
            raise UsageError(_NONE)
        # A job that sends for every fleet need not know which of them wants it.
        nothing: Json = {"sent": [], "troubles": [], "next_at": None} if send else []
        _emit(context, nothing, text=f"nobody is told anything: {_NONE}")
    elif tested:
        click.get_current_context().exit(_tested(context, fleet, channel=tested))
    elif send:
        _sent(context, fleet)
    else:
        _shown(context, fleet)


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


def _shown(context: CommandContext, fleet: OpenFleet) -> None:
    from helium.app.telling_people import would_tell

    found = would_tell(fleet)
    if context.as_json:
        rows = [
            {
                "channel": each.delivery.channel,
                "to": each.delivery.to,
                "event": each.messages[0].kind.value,
                "names": [message.name for message in each.messages],
                "title": each.text.title,
                "text": "\n".join(each.text.lines),
            }
            for each in found
        ]
        context.emit(rows)
        return
    for each in found:
        to = f" to {each.delivery.to}" if each.delivery.to else ""
        click.secho(f"{each.text.title}  ({each.delivery.channel}{to})", bold=True)
        click.echo("\n".join(f"    {line}" for line in each.text.lines))
    if not found:
        click.echo("nothing is to be told now")


def _emit(context: CommandContext, value: Json, *, text: str) -> None:
    if context.as_json:
        context.emit(value)
    else:
        click.echo(text)


COMMANDS = (notify,)
