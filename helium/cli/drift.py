"""`helium drift`: whether what lives still is as it was made."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from helium.cli.completion import workspace_names
from helium.cli.options import CommandContext, on_fleet
from helium.errors import ExitCode

if TYPE_CHECKING:
    from helium.core.digest import Json
    from helium.reconcile.drift_looks import LookedAt

IN_STEP, DRIFTED, UNKNOWN, SKIPPED = "in step", "drifted", "unknown", "not looked at"


@click.command(short_help="Compare what lives with what was made; change nothing.")
@click.argument("names", metavar="[NAME]...", nargs=-1, shell_complete=workspace_names)
@on_fleet
def drift(context: CommandContext, names: tuple[str, ...]) -> None:
    """Compare what lives in the cloud with what Pulumi and Helm made, and say which fields differ.

    Without a NAME it looks at every workspace that is ready. It takes no lease and changes nothing, neither in the
    cloud nor in the ledger. It shows no secret, only which field of it differs. What somebody added beside what was
    made, such as another label, is not looked at.

    It exits with 12 if something has drifted, and with 5 if something could not be looked at.

    \b
    Example: helium drift caribou-x3k9q2
    """
    from helium.app.drift import look

    found = look(context.open(), names)
    if context.as_json:
        context.emit(_as_json(found.looked, found.skipped))
    else:
        _show(found.looked, skipped=found.skipped)
    click.get_current_context().exit(_code(found.looked, unknown=bool(names and found.skipped)))


def _code(looked: Sequence[LookedAt], *, unknown: bool) -> int:
    if unknown or any(each.look.unseen for each in looked):
        return ExitCode.FAILED
    return ExitCode.DRIFTED if any(each.look.differences for each in looked) else ExitCode.DONE


def _state(found: LookedAt) -> str:
    if found.look.differences:
        return DRIFTED
    return UNKNOWN if found.look.unseen else IN_STEP


def _show(looked: Sequence[LookedAt], *, skipped: Sequence[tuple[str, str]]) -> None:
    from helium.cli import tables

    rows = [(SKIPPED, name, why) for name, why in skipped]
    for each in looked:
        unseen = (f"could not look: {why}" for why in each.look.unseen)
        said = [*map(str, each.look.differences), *unseen] or [""]
        rows += [(_state(each), each.name, said[0]), *(("", "", one) for one in said[1:])]
    if rows:
        tables.show(tables.table(("STATE", "WORKSPACE", "WHAT"), rows, styled=0))
    states = [_state(each) for each in looked]
    counts = [f"{states.count(state)} {state}" for state in (DRIFTED, UNKNOWN, IN_STEP) if state in states]
    counts += [f"{len(skipped)} {SKIPPED}"] if skipped else []
    click.echo(", ".join(counts) or "no workspace to look at")


def _as_json(looked: Sequence[LookedAt], skipped: Sequence[tuple[str, str]]) -> Json:
    rows = [
        {
            "name": each.name,
            "state": _state(each),
            "differences": [
                {"object": one.where, "field": one.field, "what": one.what, "place": one.place}
                for one in each.look.differences
            ],
            "could_not_look": list(each.look.unseen),
            "seconds": each.seconds,
        }
        for each in looked
    ]
    return {"workspaces": rows, "not_looked_at": [{"name": name, "why": why} for name, why in skipped]}


COMMANDS = (drift,)
