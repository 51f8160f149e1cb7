"""`helium open`: a workspace's Console, or another of its links, in the browser."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING

import click

from helium.cli import tables
from helium.cli.completion import workspace_names
from helium.cli.options import CommandContext, on_any_fleet
from helium.errors import UsageError

if TYPE_CHECKING:
    from helium.core.fleet_view import WorkspaceDetails

_WEB = re.compile(r"https?://[!-~]{1,2000}")


@click.command(name="open", short_help="Open a workspace's Console in the browser.")
@click.argument("name", shell_complete=workspace_names)
@click.argument("link", required=False)
@click.option("--print", "only_prints", is_flag=True, help="Print the address, and open nothing.")
@on_any_fleet
def open_workspace(context: CommandContext, name: str, *, link: str | None, only_prints: bool) -> None:
    """Open a workspace's Console, or the first of its links, in your browser. LINK names another, such as notebooks.

    Where there is no browser, it prints the address. It changes nothing.

    \b
    Example: helium open caribou-x3k9q2 --print
    """
    from helium.app.run import clock
    from helium.core.status import StatusWord

    it = context.access().details(name, now=clock())
    label, address = _link(it, link or "")
    if it.row.status is not StatusWord.READY:
        tables.say(f"{name} is {it.row.status}, so {label} may not answer yet; helium watch {name} follows it.")
    if context.as_json:
        context.emit({"name": name, "label": label, "url": address})
    elif only_prints or not _opened(address):
        click.echo(address)
    else:
        tables.say(f"opened {address}")


def _link(it: WorkspaceDetails, wanted: str) -> tuple[str, str]:
    """Its label and its address; `UsageError` where there is none such."""
    from helium.core.connections import URL

    # Whatever a server calls a link: a browser opens files and programs, too.
    known = [each for each in (it.ways.listed if it.ways else ()) if each.kind == URL and _WEB.fullmatch(each.text)]
    found = next((each for each in known if not wanted or each.label.lower() == wanted.lower()), None)
    if found is not None:
        return found.label, found.text
    name, status = it.row.name, it.row.status
    if not known:
        raise UsageError(f"{name} has no link yet; it is {status}. To follow it: helium watch {name}")
    labels = ", ".join(each.label for each in known)
    raise UsageError(f"{name} has no link called {wanted!r}. It has: {labels}")


def _opened(address: str) -> bool:
    """Whether a browser took it. One that draws in this terminal would take the terminal."""
    import webbrowser

    if not sys.stdout.isatty():
        return False
    try:
        browser = webbrowser.get()
    except webbrowser.Error:
        return False
    if isinstance(browser, webbrowser.GenericBrowser) and not isinstance(browser, webbrowser.BackgroundBrowser):
        return False
    return browser.open(address)


COMMANDS = (open_workspace,)
