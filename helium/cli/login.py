"""`helium login` and `helium logout`: at which server commands work, and as whom."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from helium.cli import tables
from helium.cli.options import CommandContext

if TYPE_CHECKING:
    from helium.core.digest import Json
    from helium.core.server_login import ServerLogin

as_json = click.option("--json", is_flag=True, help="One JSON document on standard output, for programs.")


@click.command(short_help="Sign in to a Helium server.")
@click.argument("server", required=False)
@click.option("--token-stdin", is_flag=True, help="Read a token that an admin created from standard input.")
@click.option("--status", is_flag=True, help="Show where you are signed in, and as whom; ask no server.")
@click.option("--use", is_flag=True, help="Make SERVER, where you are signed in already, the current one.")
@as_json
@click.pass_obj
def login(
    context: CommandContext, server: str | None, *, token_stdin: bool, status: bool, use: bool, json: bool
) -> None:
    """Sign in to SERVER, such as https://helium.example.com. It becomes the current server.

    What the server takes from you is kept in servers.json in ~/.config/helium, which only you may read. You can be
    signed in to several servers; `--use` says which one is current.

    \b
    Example: helium login https://helium.example.com --token-stdin < token.txt
    """
    from helium.app import login as logins

    context = replace(context, as_json=json)
    if status:
        _show_status(context)
        return
    if not server:
        raise click.UsageError("Name the server, such as https://helium.example.com.")
    if use:
        found = logins.login_for(context.settings, server=server)
        logins.logins(context.settings).use(found.server)
    elif token_stdin:
        token = sys.stdin.read().strip()
        found = logins.with_token(context.settings, server=server, token=token)
    else:
        raise click.UsageError("Send a token with --token-stdin.")
    _show(context, found)


@click.command(short_help="Sign out of a Helium server.")
@click.argument("server", required=False)
@as_json
@click.pass_obj
def logout(context: CommandContext, server: str | None, *, json: bool) -> None:
    """Sign out of SERVER, or of the current one: this machine forgets what the server takes from you.

    \b
    Example: helium logout https://helium.example.com
    """
    from helium.app import login as logins

    context = replace(context, as_json=json)
    left = logins.leave(context.settings, server=server or "")
    current = logins.logins(context.settings).current()
    if context.as_json:
        context.emit({"left": left.server, "current": current})
        return
    click.echo(f"you are signed out of {left.server}")
    if current:
        click.echo(f"the current server is {current}")


def _show(context: CommandContext, login: ServerLogin) -> None:
    if context.as_json:
        context.emit(_row(login, current=True))
        return
    click.echo(f"you are signed in to {login.server} as {login.owner}, with the scope {login.scope}")


def _show_status(context: CommandContext) -> None:
    from helium.app import login as logins

    store = logins.logins(context.settings)
    current, known = store.current(), store.all()
    if context.as_json:
        context.emit([_row(each, current=each.server == current) for each in known])
        return
    if not known:
        click.echo("you are not signed in to a server; sign in with helium login SERVER")
        return
    rows = [
        (each.server, each.owner, each.scope, tables.instant(each.expires), "current" if each.server == current else "")
        for each in known
    ]
    tables.show(tables.table(("SERVER", "YOU", "SCOPE", "UNTIL", ""), rows))


def _row(login: ServerLogin, *, current: bool) -> Json:
    return {
        "server": login.server,
        "owner": login.owner,
        "scope": login.scope,
        "expires": tables.instant(login.expires),
        "current": current,
    }


COMMANDS = (login, logout)
