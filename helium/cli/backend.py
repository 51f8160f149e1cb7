"""`helium backend`: the backends that a fleet knows, and whether one keeps the rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from helium.cli import tables
from helium.cli.options import CommandContext, json_text, on_fleet
from helium.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from helium.conformance.verdicts import RowResult, Score
    from helium.core.digest import Json


@click.group(short_help="List backends, write a new one, or check one.")
def backend() -> None:
    """List the backends that this fleet knows, write a new one, or check that one keeps the rules.

    A backend decides what a workspace consists of: it is a folder with a Pulumi program, under stacks/ in your fleet or
    brought by Helium.
    """


@backend.command(name="list", short_help="List the backends of this fleet: where from, what for, how many use them.")
@on_fleet
def list_backends(context: CommandContext) -> None:
    """List the backends that this fleet knows: built-in ones, folders under stacks/, those of packages, and instances.

    A backend whose settings in helium.yaml are not complete creates nothing, and its row says what is missing. It reads
    main, and it also names folders under stacks/ that nobody has committed yet.

    \b
    Example: helium backend list
    """
    from helium.app.backend_list import listed

    rows = listed(context.start, context.settings)
    if context.as_json:
        context.emit(
            [
                {
                    "name": each.name,
                    "from": each.origin,
                    "description": each.description,
                    "complete": not each.issue,
                    "issue": each.issue,
                    "workspaces": each.workspaces,
                }
                for each in rows
            ]
        )
        return
    heads = ("BACKEND", "FROM", "WORKSPACES", "WHAT IT IS FOR, OR WHAT IS MISSING")
    cells = [(each.name, each.origin, str(each.workspaces), each.issue or each.description) for each in rows]
    tables.show(tables.table(heads, cells, drops=("FROM", "WORKSPACES")))


@backend.command(short_help="Write a backend of your own, or a copy of one.")
@click.argument("name")
@click.option("--from", "copied", metavar="BACKEND", help="Copy this backend, and change the copy.")
@on_fleet
def new(context: CommandContext, name: str, *, copied: str | None) -> None:
    """Write the folder stacks/NAME: a small backend that passes helium backend check NAME, for you to change.

    With --from it is a copy of a backend that Helium brings, or that your fleet has. Nothing is overwritten, and
    nothing is committed: a pass takes what you commit.

    \b
    Example: helium backend new web
             helium backend new my-namespace --from gcp-namespace
    """
    from helium.app.backend_new import write_backend

    written = write_backend(context.start, context.settings, name=name, skeleton=skeleton(name), copied=copied or "")
    if context.as_json:
        context.emit(
            {"backend": name, "folder": str(written.folder), "files": list(written.files), "entry": dict(written.entry)}
        )
        return
    click.echo(f"{written.folder} has {', '.join(written.files)}")
    if written.entry:
        click.echo("Add it to backends in helium.yaml, with its settings; JSON is YAML, too:")
        click.echo(f"  {name}: {json_text(dict(written.entry))}")
    click.echo(f"Try it with helium backend check {name}. Commit it, and ask for a workspace with backend: {name}.")


def skeleton(name: str) -> dict[str, str]:
    """The texts of a new backend, by their paths in its folder."""
    from importlib.resources import files

    folder = files("helium.cli") / "templates" / "backend"
    return {
        each.name.removesuffix(".template"): each.read_text(encoding="utf-8").replace("BACKEND", name)
        for each in folder.iterdir()
    }


@backend.command(short_help="Try a backend, and say which rules it keeps.")
@click.argument("name")
@click.option(
    "--on",
    "place",
    metavar="CLUSTER",
    default="sandbox",
    show_default=True,
    help="A cluster in helium.yaml, or a kubeconfig; the sandbox stands in for Google Cloud.",
)
@click.option("--row", "rows", metavar="ROW", multiple=True, help="Try only this row, and what it rests on.")
@on_fleet
def check(context: CommandContext, name: str, *, place: str, rows: tuple[str, ...]) -> None:
    """Bring workspaces of a backend up, change, break and destroy them, and say which rules it keeps.

    It works in a fleet of its own in a temporary folder, on the sandbox: it touches neither your fleet, its state and
    its ledger, nor any cloud. It reads stacks/NAME as it lies in your folder, committed or not.

    With --on, workspaces come up on a real cluster, in namespaces of their own that are deleted at the end. Google
    Cloud is never real here.

    It exits with 11 if the backend does not keep every rule.

    \b
    Example: helium backend check gcp-namespace
    """
    from helium.app.backend_check import check as check_backend
    from helium.conformance.rows import RULES
    from helium.conformance.verdicts import Listener

    if unknown := [row for row in rows if row not in RULES]:
        raise UsageError(f"there is no row {unknown[0]}; rows are {', '.join(RULES)}")
    score = check_backend(
        context.start, context.settings, name=name, place=place, rows=rows, listener=Listener(_say, _tell)
    )
    if context.as_json:
        context.emit(_as_json(name, score))
    else:
        cells = [(each.verdict.value, each.key, each.sentence or each.rule) for each in score.rows]
        tables.show(tables.table(("VERDICT", "ROW", "RULE, OR WHAT IS WRONG"), cells, styled=0))
        click.echo(_summary(name, score, whole=not rows))
    click.get_current_context().exit(0 if score.conforms else ExitCode.NONCONFORMING)


def _say(rows: str) -> None:
    tables.say(f"trying {rows} …")


def _tell(result: RowResult) -> None:
    style = tables.STYLES.get(result.verdict.value, "").rpartition(" ")[2] or None
    tables.say(f"{result.verdict.value}: {result.rule}", style=style)


def _summary(name: str, score: Score, *, whole: bool) -> str:
    not_applicable = len(score.rows) - score.applicable
    rest = f"; {not_applicable} do not apply" if not_applicable else ""
    word = "conforms" if score.conforms else "does not conform"
    if not whole:
        word = "keeps the rules that were tried" if score.conforms else "breaks a rule"
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
