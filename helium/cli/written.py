"""How the commands that write to main show what they wrote."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from helium.cli import tables
from helium.cli.folding import clean
from helium.cli.options import CommandContext

if TYPE_CHECKING:
    from datetime import timedelta

    from helium.core.digest import Json
    from helium.core.fleet_view import FleetLabel, WrittenRequest


def written_as_json(written: WrittenRequest) -> dict[str, Json]:
    """What was written, for a machine. What a pull request asks for is not on main yet."""
    if written.pull_request:
        return {"name": written.name, "commit": written.commit, "pull_request": written.pull_request}
    deadline = tables.instant(written.deadline) or None
    return {"name": written.name, "commit": written.commit, "path": written.path, "deadline": deadline}


def show_written(
    context: CommandContext,
    written: WrittenRequest,
    *,
    done: str,
    then: str = "",
    meanwhile: str = "",
    timeout: timedelta | None = None,
) -> None:
    """Say what was written, and when the workspace ends, which may be by the fleet's default.

    `done`: what was done with it, such as `is extended`. `then`: what happens next, where it is on main; `meanwhile`:
    what goes on until somebody merges its pull request. With a `timeout`, wait until it is ready, and end with the exit
    code of that.
    """
    if not context.as_json:
        next_ = meanwhile if written.pull_request else "" if timeout else then
        _say_written(context.access().label, written, done=done, then=next_)
    if timeout is None:
        if context.as_json:
            context.emit(written_as_json(written))
        return
    from helium.cli.waiting import say_end, wait_for

    waited = wait_for(context, written, timeout=timeout)
    if context.as_json:
        context.emit({**written_as_json(written), **waited.as_json})
    else:
        say_end(context, waited)
    click.get_current_context().exit(waited.exit_code)


def _say_written(label: FleetLabel, written: WrittenRequest, *, done: str, then: str) -> None:
    tables.banner(label)
    # A server says what it wrote, and may say more than a terminal should obey.
    sentence = clean(f"{written.name} {done} by {written.words}")
    if written.pull_request:
        click.echo(sentence)
        click.echo("a comment there says what merging it does; once it is merged, the next pass does it")
        if then:
            click.echo(then)
        return
    # Few commands say when something ends, and completion waits for none of what it does not need.
    from helium.core.lifetimes import why_later

    ends = f"; it ends at {tables.instant(written.deadline)}{why_later(written.moved_from)}" if written.deadline else ""
    click.echo(f"{sentence}{ends}")
    if then:
        click.echo(then)


def removed(name: str, written: WrittenRequest) -> str:
    """What became of a deletion, and what comes of it."""
    destroys = f"the next pass destroys {name}"
    if written.undo_until is not None:
        after = tables.instant(written.undo_until)
        destroys = f"the first pass after {after} destroys {name}, unless helium restore {name} takes that back"
    if not written.commit and not written.pull_request:
        return f"the file of {name} is removed already; {destroys}"
    then = "once it is merged, " if written.pull_request else ""
    return f"the file of {name} is removed by {written.words}; {then}{destroys}"
