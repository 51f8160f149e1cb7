"""`helium backend`: the backends that a fleet knows, and whether one keeps the rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from helium.cli import tables
from helium.cli.options import CommandContext, on_fleet
from helium.errors import ExitCode

if TYPE_CHECKING:
    from helium.conformance.verdicts import RowResult, Score
    from helium.core.digest import Json


@click.group(short_help="List backends, write a new one, or check one.")
def backend() -> None:
    """List the backends that this fleet knows, write a new one, or check that one keeps the rules.

    A backend decides what a workspace consists of: it is a folder with a Pulumi program, under stacks/ in your fleet or
    brought by Helium.
    """


@backend.command(short_help="Try a backend, and say which rules it keeps.")
@click.argument("name")
@on_fleet
def check(context: CommandContext, name: str) -> None:
    """Bring workspaces of a backend up, change, break and destroy them, and say which rules it keeps.

    It works in a fleet of its own in a temporary folder, on the sandbox: it touches neither your fleet, its state and
    its ledger, nor any cloud. It reads stacks/NAME as it lies in your folder, committed or not.

    It exits with 11 if the backend does not keep every rule.

    \b
    Example: helium backend check gcp-namespace
    """
    from helium.app.backend_check import check as check_backend

    score = check_backend(context.start, context.settings, name=name, tells=_tell)
    if context.as_json:
        context.emit(_as_json(name, score))
    else:
        rows = [(each.verdict.value, each.key, each.sentence or each.rule) for each in score.rows]
        tables.show(tables.table(("VERDICT", "ROW", "RULE, OR WHAT IS WRONG"), rows, styled=0))
        click.echo(_summary(name, score))
    click.get_current_context().exit(0 if score.conforms else ExitCode.NONCONFORMING)


def _tell(result: RowResult) -> None:
    style = tables.STYLES.get(result.verdict.value, "").rpartition(" ")[2] or None
    tables.say(f"{result.verdict.value}: {result.rule}", style=style)


def _summary(name: str, score: Score) -> str:
    not_applicable = len(score.rows) - score.applicable
    rest = f"; {not_applicable} do not apply" if not_applicable else ""
    word = "conforms" if score.conforms else "does not conform"
    return f"{name} {word}: {score.passed} of {score.applicable} rows passed{rest}"


def _as_json(name: str, score: Score) -> Json:
    return {
        "backend": name,
        "conforms": score.conforms,
        "passed": score.passed,
        "applicable": score.applicable,
        "rows": [
            {"row": each.key, "verdict": each.verdict.value, "rule": each.rule, "sentence": each.sentence}
            for each in score.rows
        ],
    }


COMMANDS = (backend,)
