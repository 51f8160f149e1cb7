"""`helium serve` and `helium token`: the API with its pages, and who may call it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from helium.app import OpenFleet, clock, logs, tokens
from helium.app.control_loop import control
from helium.cli import tables
from helium.cli.options import WHERE, CommandContext, LengthType, on_fleet
from helium.cli.parent_watch import on_leash
from helium.core.expiry import format_instant
from helium.settings.serving import Serving

if TYPE_CHECKING:
    from helium.app.serve import Address


@click.command(short_help="Serve the API and its pages, on port 2323.")
@click.option("--port", type=click.IntRange(0, 65535), help="Instead of HELIUM_PORT, or 2323; 0: any that is free.")
@click.option("--bind", metavar="ADDRESS", help="Listen here, and not on this machine alone.")
@on_leash
@click.option("-C", "folder", type=click.Path(path_type=Path), metavar="FOLDER", help=WHERE)
@click.pass_obj
def serve(context: CommandContext, /, port: int | None, *, bind: str | None, folder: Path | None) -> None:
    """Serve the REST API and the pages of this fleet. It needs a clone and the right to push; no cloud, no Pulumi.

    Ctrl-C or SIGTERM ends it when every request under way is answered.

    \b
    Example: helium serve
    """
    # Only here: importing the framework takes longer than most commands do.
    from helium.app.serve import serve as served

    serving = _serving(context)
    serving = replace(serving, port=serving.port if port is None else port, bind=bind or serving.bind)
    logs.begin(serving.log)
    served(folder or context.start, context.settings, serving=serving, told=_told)


class IntervalType(click.ParamType[timedelta]):
    """A length that may also be in seconds: `60s`."""

    name = "length"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        """The length; a usage error with a sentence."""
        text = str(value)
        if text.endswith("s") and text[:-1].isdecimal() and int(text[:-1]):
            return timedelta(seconds=int(text[:-1]))
        return value if isinstance(value, timedelta) else LengthType().convert(text, param, ctx)


@click.command(short_help="Passes and expiry without CI: look every two seconds.")
@click.option(
    "--interval", type=IntervalType(), default="60s", show_default=True, help="Between two expiries, with a pass."
)
@on_leash
@click.option("-C", "folder", type=click.Path(path_type=Path), metavar="FOLDER", help=WHERE)
@click.pass_obj
def controlplane(context: CommandContext, interval: timedelta, *, folder: Path | None) -> None:
    """Look at main every two seconds and pass when it moved; expire, and pass, on an interval. For those without CI.

    It takes the fleet's lease for each pass, as every pass does. Ctrl-C or SIGTERM ends it in good order.

    \b
    Example: helium controlplane --interval 60s
    """
    logs.begin(_serving(context).log)
    control(folder or context.start, context.settings, interval=interval, told=_looking)


def _looking(fleet: OpenFleet) -> None:
    where = fleet.clone.remote or "this repository"
    pretended = f"; SANDBOX: {' and '.join(fleet.fleet.sandbox)} are pretended" if fleet.fleet.sandbox else ""
    click.echo(f"Helium looks after the fleet {fleet.fleet.name}: main of {where}, every two seconds{pretended}")


def _told(address: Address) -> None:
    where = f"writes are pushed to {address.remote}" if address.remote else "writes are commits in this repository"
    click.echo(f"Helium serves the fleet {address.fleet} at {address.url}; {where}")
    if address.closed:
        click.echo(f"nobody has a token yet (in {address.tokens}), so it answers health and sign-in only, to localhost")
        click.echo("make one:  helium token new NAME --owner YOU@EXAMPLE.COM --scope admin")


@click.group(short_help="Who may call the API: make, list and revoke tokens.")
def token() -> None:
    """Tokens for the API. They are kept hashed; a running `helium serve` knows a new one at once."""


@token.command(short_help="Make a token and show it, this once.")
@click.argument("name")
@click.option("--owner", required=True, metavar="E-MAIL", help="For whom it asks; whose its workspaces are.")
@click.option("--scope", type=click.Choice(tokens.SCOPES), default="write", show_default=True, help="What it may do.")
@click.option(
    "--expires", type=LengthType(), metavar="LENGTH", help="How long it holds, like 90d; for ever without it."
)
@on_fleet
def new(context: CommandContext, name: str, *, owner: str, scope: str, expires: timedelta | None) -> None:
    """Make a token called NAME. It is shown this once, on standard output.

    \b
    Example: helium token new ada --owner ada@example.com --expires 90d
    """
    key = tokens.TokenInfo(name, owner, scope, created=clock(), expires=tokens.until(expires))
    text = tokens.create(context.start, _serving(context), key=key)
    if context.as_json:
        context.emit({"name": name, "owner": owner, "scope": scope, "token": text})
        return
    click.echo(f"the token {name} asks for {owner}, with the scope {scope}; it is shown this once:", err=True)
    click.echo(text)


@token.command(name="list", short_help="Every token, without its text.")
@on_fleet
def listed(context: CommandContext) -> None:
    """Every token: its name, owner, scope, and until when it holds.

    \b
    Example: helium token list
    """
    known = tokens.keys(context.start, _serving(context))
    ends = {key.name: format_instant(key.expires) if key.expires else "" for key in known}
    if context.as_json:
        context.emit([{"name": k.name, "owner": k.owner, "scope": k.scope, "expires": ends[k.name]} for k in known])
        return
    if not known:
        click.echo("no token yet; helium token new makes one")
        return
    rows = [(k.name, k.owner, k.scope, ends[k.name] if k.holds else f"ended {ends[k.name]}") for k in known]
    tables.show(tables.table(("NAME", "OWNER", "SCOPE", "UNTIL"), rows))


@token.command(short_help="Take a token away; its sessions end too.")
@click.argument("name")
@on_fleet
def revoke(context: CommandContext, name: str) -> None:
    """Revoke the token NAME, at once, with the sessions that were opened with it.

    \b
    Example: helium token revoke ada
    """
    tokens.revoke(context.start, _serving(context), name=name)
    if context.as_json:
        context.emit({"revoked": name})
    else:
        click.echo(f"the token {name} is revoked")


def _serving(context: CommandContext) -> Serving:
    return Serving.from_env(context.settings.environ)


COMMANDS = (serve, controlplane, token)
