"""`helium serve`, `helium controlplane` and `helium token`: what runs for long, and who may call the API."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from helium.cli import tables
from helium.cli.option_types import IntervalType, LengthType
from helium.cli.options import CommandContext, in_folder, on_fleet
from helium.cli.parent_watch import ends_with_parent

if TYPE_CHECKING:
    from helium.app.open_fleet import OpenFleet
    from helium.app.serve import Address
    from helium.settings.serving import Serving

SCOPES = ("read", "write", "admin")


@click.command(short_help="Serve the API and its pages, on port 2323.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    help="Listen on this port, instead of HELIUM_PORT or 2323; 0 takes any free one.",
)
@click.option("--bind", metavar="ADDRESS", help="Listen on this address, instead of only on this machine.")
@ends_with_parent
@in_folder
@click.pass_obj
def serve(context: CommandContext, /, port: int | None, *, bind: str | None, folder: Path | None) -> None:
    """Serve the REST API and the pages of this fleet.

    It needs a clone and the right to push, but no cloud and no Pulumi. It reads main and the ledger, and writes
    commits to main. Ctrl-C or SIGTERM ends it once every request in progress has been answered.

    \b
    Example: helium serve
    """
    # Only here: importing the web framework takes longer than most commands do.
    from dataclasses import replace

    from helium.app import logs
    from helium.app.serve import serve as served

    serving = _serving(context)
    serving = replace(serving, port=serving.port if port is None else port, bind=bind or serving.bind)
    logs.begin(serving.log)
    served(folder or context.start, context.settings, serving=serving, on_listening=_show_address)


@click.command(short_help="Reconcile and expire in a loop, where there is no CI.")
@click.option(
    "--interval",
    type=IntervalType(),
    default="60s",
    show_default=True,
    help="How often to expire workspaces and run a pass.",
)
@ends_with_parent
@in_folder
@click.pass_obj
def controlplane(context: CommandContext, interval: timedelta, *, folder: Path | None) -> None:
    """Look at main every two seconds and run a pass when it moved; expire, and run a pass, on an interval.

    It does all that `reconcile` and `expire` do, and takes the fleet's lease for each pass, as they do. Ctrl-C, SIGTERM
    or SIGHUP ends it in good order.

    \b
    Example: helium controlplane --interval 60s
    """
    from helium.app import logs
    from helium.app.control_loop import control

    logs.begin(_serving(context).log)
    start = folder or context.start
    control(start, context.settings, interval=interval, on_open=_show_fleet, engine=context.engine)


def _show_fleet(fleet: OpenFleet) -> None:
    where = fleet.clone.remote or "this repository"
    sandbox = f"; SANDBOX: {fleet.fleet.simulated}" if fleet.fleet.sandbox else ""
    click.echo(f"Helium watches main of {where} for the fleet {fleet.fleet.name}, every two seconds{sandbox}")


def _show_address(address: Address) -> None:
    where = f"writes are pushed to {address.remote}" if address.remote else "writes are commits in this repository"
    click.echo(f"Helium serves the fleet {address.fleet} at {address.url}; {where}")
    if address.closed:
        click.echo(f"{address.tokens} has no token yet, so it answers only health and sign-in, and only on localhost")
        click.echo("create one:  helium token new NAME --owner YOU@EXAMPLE.COM --scope admin")


@click.group(short_help="Create, list and revoke API tokens.")
def token() -> None:
    """Create, list and revoke API tokens. Only hashes are kept; a running `helium serve` sees changes at once."""


@token.command(short_help="Create a token and print it once.")
@click.argument("name")
@click.option("--owner", required=True, metavar="E-MAIL", help="Whom it acts for: the owner of what it creates.")
@click.option("--scope", type=click.Choice(SCOPES), default="write", show_default=True, help="What it may do.")
@click.option(
    "--expires", type=LengthType(), metavar="LENGTH", help="How long it is valid, such as 90d; by default, for ever."
)
@on_fleet
def new(context: CommandContext, name: str, *, owner: str, scope: str, expires: timedelta | None) -> None:
    """Create a token called NAME, and print it on standard output, once. It writes the fleet's file of tokens.

    \b
    Example: helium token new ada --owner ada@example.com --expires 90d
    """
    from helium.app import tokens
    from helium.app.run import clock

    key = tokens.TokenInfo(name, owner, scope, created=clock(), expires=tokens.until(expires))
    text = tokens.create(context.start, _serving(context), key=key)
    if context.as_json:
        context.emit({"name": name, "owner": owner, "scope": scope, "token": text})
        return
    click.echo(f"the token {name} acts for {owner}, with the scope {scope}; it is printed only this once:", err=True)
    click.echo(text)


@token.command(name="list", short_help="List every token, without the secret.")
@on_fleet
def listed(context: CommandContext) -> None:
    """List every token: its name, its owner, its scope, and when it ends. It reads the file of tokens.

    \b
    Example: helium token list
    """
    from helium.app import tokens

    known = tokens.keys(context.start, _serving(context))
    ends = {key.name: tables.instant(key.expires) for key in known}
    if context.as_json:
        context.emit([{"name": k.name, "owner": k.owner, "scope": k.scope, "expires": ends[k.name]} for k in known])
        return
    if not known:
        click.echo("no tokens yet; create one with helium token new")
        return
    rows = [(k.name, k.owner, k.scope, ends[k.name] if k.holds else f"ended {ends[k.name]}") for k in known]
    tables.show(tables.table(("NAME", "OWNER", "SCOPE", "UNTIL"), rows))


@token.command(short_help="Revoke a token; its sessions end too.")
@click.argument("name")
@on_fleet
def revoke(context: CommandContext, name: str) -> None:
    """Revoke the token NAME at once, with the sessions that were opened with it. It writes the file of tokens.

    \b
    Example: helium token revoke ada
    """
    from helium.app import tokens

    tokens.revoke(context.start, _serving(context), name=name)
    if context.as_json:
        context.emit({"revoked": name})
    else:
        click.echo(f"the token {name} is revoked")


def _serving(context: CommandContext) -> Serving:
    from helium.settings.serving import Serving

    return Serving.from_env(context.settings.environ)


COMMANDS = (serve, controlplane, token)
