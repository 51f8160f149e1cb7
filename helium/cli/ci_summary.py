"""`helium ci summary`: what became of a job's pass, on the page of its run."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import click

from helium.cli.options import CommandContext, on_fleet

if TYPE_CHECKING:
    from helium.core.connections import ConnectionText
    from helium.core.observation import Observation

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
    from helium.core.summary import summary_of
    from helium.reconcile import pass_summary
    from helium.reconcile.load import Selection, as_fetched

    fleet, now = context.open(), clock()
    named = run or context.settings.run_id
    lines = [line for line in fleet.ledger.log(since=now - LOOK_BACK) if named and line.run == named]
    worked_on = {line.name for line in lines}
    # Selected, so that their files are read although their records know them: an instance's links may need a field.
    observed = as_fetched(fleet, Selection(roll=frozenset(worked_on)), now=now).observed
    summaries = {name: summary_of(name, observed, now=now) for name in {*observed.specs, *observed.records}}
    rows = pass_summary.rows_of(
        summaries,
        lines,
        links={name: _links(name, observed) for name in worked_on & summaries.keys()},
        paths={name: spec.path for name, spec in observed.specs.items()},
    )
    others = len(summaries.keys() - {row.name for row in rows})
    text = pass_summary.as_markdown(rows, fleet=fleet.fleet.name, others=others, simulated=fleet.fleet.simulated)
    if context.settings.step_summary is None:
        click.echo(text, nl=False)
        return
    with context.settings.step_summary.open("a", encoding="utf-8") as page:
        page.write(text)
    for line in pass_summary.annotated(rows):
        click.echo(line)


def _links(name: str, observed: Observation) -> tuple[ConnectionText, ...]:
    from helium.app.run import clock
    from helium.core.connections import ways_in
    from helium.core.record import Record
    from helium.core.spec import Spec
    from helium.core.summary import summary_of

    record, file = observed.records.get(name), observed.specs.get(name)
    if not isinstance(record, Record):
        return ()
    row, said = summary_of(name, observed, now=clock()), file.fields if isinstance(file, Spec) else None
    return ways_in(row, fleet=observed.fleet, record=record, said=said, placement=record.placement).listed
