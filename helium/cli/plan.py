"""`plan`, and what every pass of a person or of CI shares: the work with its progress, its words, its exit code."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

import click

from helium.app import OpenFleet, clock, run_here
from helium.cli import tables
from helium.cli.options import CHANGES, DONE, FAILED, INVALID, REFUSED, CommandContext, on_fleet
from helium.cli.progress import ProgressDisplay, progress
from helium.core.plan import Code, Outcome, Plan, Refusal
from helium.errors import Fault, UsageError
from helium.ports import Ports
from helium.reconcile import report
from helium.reconcile.load import Selection
from helium.reconcile.loop import Pass, PassOptions, Result

T = TypeVar("T")


@click.command(short_help="Show what a pass would do, and why.")
@click.option("--ref", help="Plan for this commit or branch, instead of main as it is now.")
@click.option("--markdown", is_flag=True, help="For a comment on a pull request.")
@click.option("--exit-code", is_flag=True, help=f"Exit with {CHANGES} when there are changes.")
@click.option("--every", is_flag=True, help="Also the workspaces that are simply in step.")
@on_fleet
def plan(context: CommandContext, ref: str | None, *, markdown: bool, exit_code: bool, every: bool) -> None:
    """Show what a pass would do, and why: every change with its reason.

    It reads a commit of main, never the working tree, and touches nothing.

    \b
    Example: helium plan --exit-code
    """
    if context.as_json and markdown:
        raise UsageError("--json and --markdown are two forms of one answer; choose one")
    fleet = context.open(ref=ref)

    def shown(found: Plan) -> None:
        if context.as_json:
            context.emit(report.as_json(found))
        elif markdown:
            click.echo(report.markdown(found, sandbox=bool(fleet.fleet.sandbox)))
        else:
            tables.plan(found, fleet.fleet, every=every)

    result = passed(fleet, PassOptions(selection=Selection(ref=ref), dry=True), show=shown)
    # That a named commit is not main is what was asked for; it is shown, and no failure.
    code = code_of(result, but=Code.HISTORY if ref else None)
    if code == DONE and exit_code and result.plan.work:
        code = CHANGES
    click.get_current_context().exit(code)


def passed(fleet: OpenFleet, options: PassOptions, *, show: Callable[[Plan], None]) -> Result:
    """One pass, with progress."""

    def work(ports: Ports, told: ProgressDisplay) -> Result:
        return Pass(ports, run_here(fleet.settings), told, clock, show).go(options)

    return at_work(fleet, work, parallel=options.parallel, applies=not options.dry)


def at_work(
    fleet: OpenFleet, work: Callable[[Ports, ProgressDisplay], T], *, parallel: int | None = None, applies: bool = True
) -> T:
    """Do it with all ports and with progress; an interruption says where things stand before it goes on its way."""
    with fleet.ports(parallel=parallel, applies=applies) as ports, progress(clock) as told:
        try:
            return work(ports, told)
        except KeyboardInterrupt:
            told.end()
            tables.say(told.summary_line(), style="yellow")
            raise


def tell(outcomes: Sequence[Outcome]) -> None:
    """What became of it: each failure on a line, then all in one sentence."""
    for outcome in outcomes:
        if not outcome.ok:
            tables.say(f"{outcome.name}: {outcome.sentence}", style="red")
    if said := report.done(outcomes):
        click.echo(said)


def code_of(result: Result, *, but: Code | None = None) -> int:
    """How the command ends: the gravest thing that happened, `but` for refusals of one kind."""
    refusals = [refusal for refusal in result.plan.refusals if refusal.code is not but]
    return gravest(result.outcomes, refusals, faults=result.plan.faults)


def gravest(outcomes: Sequence[Outcome], refusals: Sequence[Refusal], *, faults: Sequence[Fault]) -> int:
    """The exit code of the gravest of these."""
    if not all(outcome.ok for outcome in outcomes):
        return FAILED
    if refusals:
        return REFUSED
    return INVALID if faults else DONE


COMMANDS = (plan,)
