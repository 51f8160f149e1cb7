"""`helium plan`: what a pass would do, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from helium.cli import tables
from helium.cli.options import CommandContext, on_fleet
from helium.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from helium.core.plan import Plan


@click.command(short_help="Show what a pass would do, and why.")
@click.option("--ref", help="Plan main with this branch or commit merged.")
@click.option("--markdown", is_flag=True, help="Print Markdown, for a pull request comment.")
@click.option("--exit-code", is_flag=True, help=f"Exit with {ExitCode.CHANGES} when there are changes.")
@click.option("--every", is_flag=True, help="Also show workspaces without a change.")
@on_fleet
def plan(context: CommandContext, ref: str | None, *, markdown: bool, exit_code: bool, every: bool) -> None:
    """Show what a pass would do, and why: every change with its reason.

    It reads a commit of main, the ledger and the state, never your working tree, and it changes nothing. For a --ref
    that main has already, it plans main as it was then.

    \b
    Example: helium plan --exit-code
    """
    if context.as_json and markdown:
        raise UsageError("--json and --markdown are two forms of one answer; choose one")
    from helium.app.plan_costs import of_plan
    from helium.cli.run_pass import exit_code_of, run_pass
    from helium.core.plan import Code
    from helium.reconcile import comments, report
    from helium.reconcile.load import Selection
    from helium.reconcile.loop import PassOptions

    selection = Selection()
    if ref:
        from helium.app.proposal import selection_of

        selection = selection_of(context.open(), ref)
    fleet = context.open(ref=selection.ref)
    merged = f"main with {ref} merged" if ref and selection.merged else ""

    def show(planned: Plan) -> None:
        costs = of_plan(fleet, planned)
        if context.as_json:
            context.emit(report.as_json(planned, costs=costs))
        elif markdown:
            click.echo(comments.of_plan(planned, simulated=fleet.fleet.simulated, of=merged, costs=costs))
        else:
            tables.plan(planned, fleet.fleet, every=every, costs=costs)

    result = run_pass(fleet, PassOptions(selection=selection, dry=True), show=show)
    # Whoever names a commit knows that it is not main: that refusal is shown, and is no failure of the command.
    code = exit_code_of(result, but=Code.HISTORY if ref else None)
    if code == ExitCode.DONE and exit_code and result.plan.work:
        code = ExitCode.CHANGES
    click.get_current_context().exit(code)


COMMANDS = (plan,)
