"""What the commands that write to main share: what an edit is judged by, and how its commit is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from helium.cli import tables
from helium.cli.options import CommandContext
from helium.errors import NotFoundError

if TYPE_CHECKING:
    from helium.app.open_fleet import OpenFleet
    from helium.app.submit import Submitted
    from helium.edits import EditContext


def edit_context_of(fleet: OpenFleet, *, owner: str = "") -> EditContext:
    """Whoever runs this can push anything anyway, so they count as an admin. `owner`: of what is created."""
    from helium.app.edit_context import edit_context
    from helium.edits import Requester

    return edit_context(fleet, Requester(owner, admin=True))


def show_written(context: CommandContext, fleet: OpenFleet, *, name: str, written: Submitted, sentence: str) -> None:
    """Show what was written, as main has it now, and when the workspace ends, which may be by the fleet's default.

    What a pull request asks for is not on main yet.
    """
    if written.pull_request:
        if context.as_json:
            context.emit({"name": name, "commit": written.commit, "pull_request": written.pull_request})
            return
        tables.banner(fleet.fleet)
        click.echo(sentence)
        click.echo("a comment there says what merging it does; once it is merged, the next pass does it")
        return
    from helium.app.run import clock
    from helium.cli.workspace_view import row_of
    from helium.reconcile.load import Selection, without_state

    now = clock()
    observed = without_state(fleet, Selection(), now=now).observed
    file = observed.specs.get(name)
    if file is None:
        raise NotFoundError(name)
    deadline = row_of(name, observed, now=now)["deadline"]
    if context.as_json:
        context.emit({"name": name, "commit": written.commit, "path": file.path, "deadline": deadline})
        return
    tables.banner(fleet.fleet)
    click.echo(f"{sentence}; it ends at {deadline}" if deadline else sentence)
