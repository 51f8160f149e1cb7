"""`helium login` and `helium logout`: at which server commands work, and as whom."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from helium.cli import tables
from helium.cli.folding import clean
from helium.cli.options import CommandContext, as_json

if TYPE_CHECKING:
    from collections.abc import Mapping

    from helium.app.issuer_login import CodeToConfirm
    from helium.core.digest import Json
    from helium.core.server_login import ServerLogin


@click.command(short_help="Sign in to a Helium server.")
@click.argument("server", required=False)
@click.option("--no-browser", is_flag=True, help="Show a code that you confirm in any browser, also elsewhere.")
@click.option("--token-stdin", is_flag=True, help="Read a token that an admin created from standard input.")
@click.option("--status", is_flag=True, help="Show where you are signed in, and as whom; ask no server.")
@click.option("--use", is_flag=True, help="Make SERVER, where you are signed in already, the current one.")
@as_json
@click.pass_obj
def login(context: CommandContext, /, server: str | None, *, status: bool, json: bool, **how: bool) -> None:
    """Sign in to SERVER, such as https://helium.example.com. It becomes the current server.

    A browser opens at your company's issuer, and comes back here. Without one here, `--no-browser` shows a code.
    What the server takes from you is kept in the keyring of your system, if the extra `keyring` is installed, else in
    servers.json in ~/.config/helium, which only you may read; `--status` says where. You can be signed in to several
    servers; `--use` says which one is current.

    \b
    Example: helium login https://helium.example.com
    """
    context = replace(context, as_json=json)
    if status:
        _show_status(context)
        return
    if not server:
        raise click.UsageError("Name the server, such as https://helium.example.com.")
    _show(context, _signed_in(context, server, how=how))


def _signed_in(context: CommandContext, server: str, *, how: Mapping[str, bool]) -> ServerLogin:
    if sum(how.values()) > 1:
        raise click.UsageError("Choose one of --no-browser, --token-stdin and --use.")
    if how["use"]:
        from helium.app.login import use

        return use(context.settings, server=server)
    if how["token_stdin"]:
        from helium.app.login import with_token

        return with_token(context.settings, server=server, token=sys.stdin.read().strip())
    from helium.app import issuer_login

    if how["no_browser"]:
        return issuer_login.by_code(context.settings, server=server, show=_show_code, say=_say)
    return issuer_login.by_browser(context.settings, server=server, show=_show_address)


def _show_address(address: str, opened: bool) -> None:
    if opened:
        click.echo("a browser opens for you to sign in; if none does, open this address:", err=True)
    else:
        click.echo("open this address in a browser of this machine, or use --no-browser:", err=True)
    click.echo(address, err=True)


def _show_code(shown: CodeToConfirm) -> None:
    code = shown.code
    click.echo(f"open {code.address} in any browser, and confirm this code:", err=True)
    click.echo(f"\n    {click.style(code.code, bold=True)}\n", err=True)
    if code.whole != code.address:
        click.echo(f"or open {code.whole}", err=True)
    asked, until = tables.instant(shown.asked_at), tables.instant(code.until)
    click.echo(f"asked for on {shown.host} at {asked}; it is good until {until}. Ctrl-C ends the waiting.", err=True)
    click.echo("confirm no code that you did not ask for yourself", err=True)


def _say(sentence: str) -> None:
    click.echo(clean(sentence), err=True)


@click.command(short_help="Sign out of a Helium server.")
@click.argument("server", required=False)
@as_json
@click.pass_obj
def logout(context: CommandContext, server: str | None, *, json: bool) -> None:
    """Sign out of SERVER, or of the current one: this machine forgets what the server takes from you, and so does your
    company's issuer.

    \b
    Example: helium logout https://helium.example.com
    """
    from helium.app.login import leave
    from helium.app.login_store import logins

    context = replace(context, as_json=json)
    left, trouble = leave(context.settings, server=server or "")
    current = logins(context.settings).current()
    if trouble:
        click.echo(clean(trouble), err=True)
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
    click.echo(clean(f"you are signed in to {login.server} as {login.owner}, with the scope {login.scope}"))
    if login.no_keyring:
        _say(
            f"the keyring of this machine does not keep what the server takes from you ({login.no_keyring}); "
            "it is in servers.json, which only you may read"
        )


def _show_status(context: CommandContext) -> None:
    from helium.app.login_store import logins

    store = logins(context.settings)
    current, known = store.current(), store.all()
    if context.as_json:
        context.emit([_row(each, current=each.server == current) for each in known])
        return
    if not known:
        click.echo("you are not signed in to a server; sign in with helium login SERVER")
        return
    rows = [
        (each.server, each.owner, each.scope, _until(each), _place(each), "current" if each.server == current else "")
        for each in known
    ]
    tables.show(tables.table(("SERVER", "YOU", "SCOPE", "UNTIL", "KEPT IN", ""), rows))


def _until(login: ServerLogin) -> str:
    if login.client is not None:
        return "renewed by itself" if login.refresh or login.renews else tables.instant(login.renew_at)
    return tables.instant(login.expires)


def _place(login: ServerLogin) -> str:
    return "keyring" if login.in_keyring else "file"


def _row(login: ServerLogin, *, current: bool) -> Json:
    return {
        "server": login.server,
        "owner": login.owner,
        "scope": login.scope,
        "expires": tables.instant(login.expires),
        "issuer": login.client.issuer if login.client else "",
        "kept": _place(login),
        "current": current,
    }


COMMANDS = (login, logout)
