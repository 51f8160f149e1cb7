"""`helium ci summary`: what became of a job's pass, on the page of its run."""

from __future__ import annotations

from datetime import timedelta

import click

from helium.cli.options import CommandContext, on_fleet

LOOK_BACK = timedelta(days=1)
"""No run is older."""


@click.command("summary", short_help="Show what became of this run's pass, on its page.")
@click.option("--run", metavar="RUN", help="The run, as the log has it; by default this job's.")
@on_fleet
def ci_summary(context: CommandContext, *, run: str | None) -> None:
    """Show what became of this run's pass: what failed or is held, then what it made, with links to what is ready.

    In a job of GitHub or Gitea it adds that to the page of the run, and prints an annotation for each failure.
    Elsewhere it prints the same as Markdown. It reads main and the ledger, and changes nothing.

    \b
    Example: helium ci summary
    """
    from helium.app.run import clock
    from helium.app.summaries import summarized
    from helium.reconcile import pass_summary

    fleet, now = context.open(), clock()
    named = run or context.settings.run_id
    of_run = [line for line in fleet.ledger.log(since=now - LOOK_BACK) if named and line.run == named]
    lines = pass_summary.of_workspaces(of_run)
    seen = summarized(fleet, {line.name for line in lines}, now=now, snapshot=fleet.ledger.read())
    rows = pass_summary.rows_of(seen.rows, lines, links=seen.links, paths=seen.paths)
    others = len(seen.rows.keys() - {row.name for row in rows})
    text = pass_summary.as_markdown(
        rows,
        fleet=fleet.fleet.name,
        others=others,
        simulated=fleet.fleet.simulated,
        orders=[line for line in of_run if line not in lines],
    )
    if context.settings.step_summary is None:
        click.echo(text, nl=False)
        return
    with context.settings.step_summary.open("a", encoding="utf-8") as page:
        page.write(text)
    for line in pass_summary.annotated(rows):
        click.echo(line)
