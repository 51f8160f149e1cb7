"""`helium ci advance`: what people asked for at the git host, and what needs nobody else."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

import click

from helium.cli.folding import clean
from helium.cli.options import CommandContext, on_fleet

if TYPE_CHECKING:
    from helium.core.digest import Json


@click.command("advance", short_help="Merge the pull requests that are routine, and obey /extend.")
@on_fleet
def ci_advance(context: CommandContext) -> None:
    """Merge the open pull requests that are routine; say on the others who must look, and why.

    Each is judged by Helium itself, beside main as it is now, and exactly the head that was judged is merged. Without
    routine in helium.yaml, it merges none. It also obeys /extend 7d [NAME] in new comments, for those whom people in
    helium.yaml names, and sees what became of the pull requests that Helium opened for people. It needs the key to the
    host (HELIUM_HOST_TOKEN), and none to the state.

    \b
    Example: helium ci advance
    """
    from helium.app.advance import turn
    from helium.app.host import find_host
    from helium.app.own_requests import finish, requests_of
    from helium.core.host_place import NoHost
    from helium.errors import UsageError

    fleet = context.open()
    host = find_host(fleet.clone, fleet.fleet, settings=fleet.settings)
    if isinstance(host, NoHost):
        if fleet.fleet.routine is not None:
            raise UsageError(host.why)
        click.echo(f"nothing to do: helium.yaml has no routine. {host.why}")
        return
    found: list[dict[str, Json]] = []
    for each in chain(finish(requests_of(fleet)), turn(fleet, host)):
        # At once: if the host goes away later, what was done is said.
        if not context.as_json:
            click.echo(clean(each.sentence))
        found.append({"number": each.number, "commit": each.commit, "sentence": each.sentence})
    if context.as_json:
        context.emit({"found": found})
    elif not found:
        click.echo("nothing to do: no pull request and no comment waits")
