"""Run a pass at the command line: its progress on the terminal, what became of its changes, and its exit code."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import click

from helium.app.open_fleet import OpenFleet
from helium.app.reconcile import reconcile
from helium.app.run import clock
from helium.cli import tables
from helium.cli.progress import ProgressDisplay, progress
from helium.core.plan import Code, Outcome, Plan, Refusal
from helium.errors import ExitCode, Issue
from helium.reconcile import report
from helium.reconcile.loop import PassOptions, Result


def run_pass(fleet: OpenFleet, options: PassOptions, *, show: Callable[[Plan], None]) -> Result:
    """Run one pass, with progress on the terminal."""
    with show_progress() as display:
        return reconcile(fleet, options, progress=display, show=show)


def planned_with_state(fleet: OpenFleet) -> Plan:
    """The next plan, after a look at the stacks; nothing is shown of it."""
    return run_pass(fleet, PassOptions(dry=True), show=lambda _: None).plan


@contextmanager
def show_progress() -> Iterator[ProgressDisplay]:
    """Progress on the terminal; when the work is interrupted, say where things stand before that is raised again."""
    with progress(clock) as display:
        try:
            yield display
        except KeyboardInterrupt:
            display.end()
            tables.say(display.summary_line(), style="yellow")
            raise


def report_outcomes(outcomes: Sequence[Outcome]) -> None:
    """Say what became of the changes: each failure on a line, then all in one sentence."""
    for outcome in outcomes:
        if not outcome.ok:
            tables.say(f"{outcome.name}: {outcome.sentence}", style="red")
    if summary := report.done(outcomes):
        click.echo(summary)


def exit_code_of(result: Result, *, but: Code | None = None) -> int:
    """The exit code of a pass: of the gravest thing that happened, leaving out refusals with the code `but`."""
    refusals = [refusal for refusal in result.plan.refusals if refusal.code is not but]
    return gravest_exit_code(result.of_first_plan, refusals, issues=result.plan.issues)


def gravest_exit_code(outcomes: Sequence[Outcome], refusals: Sequence[Refusal], *, issues: Sequence[Issue]) -> int:
    """The exit code of the gravest of these."""
    if not all(outcome.ok for outcome in outcomes):
        return ExitCode.FAILED
    if refusals:
        return ExitCode.REFUSED
    return ExitCode.INVALID if issues else ExitCode.DONE
