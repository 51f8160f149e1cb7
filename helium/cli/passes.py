"""`plan` and `reconcile`: one pass, shown or done. Both are the same code path; `plan` is one that is dry."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import click

from helium.cli import tables
from helium.cli.options import CHANGES, DONE, FAILED, INVALID, REFUSED, Desk, Length, on_fleet
from helium.cli.progress import progress
from helium.core.plan import FOR_A_PERSON, Code, Keep, Overrides, Plan
from helium.errors import NotFound, UsageError
from helium.reconcile import report
from helium.reconcile.load import Wish
from helium.reconcile.loop import Order, Pass, Result
from helium.wiring import OpenFleet, clock, run_here


class Digest(click.ParamType[str]):
    """A digest as a plan prints it; what cannot be one is refused, since it could never be checked."""

    name = "digest"

    def __init__(self, digits: int) -> None:
        self._digits = digits

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The digest; a usage error for other text."""
        text = str(value)
        if len(text) != self._digits or not set(text) <= set("0123456789abcdef"):
            self.fail(f"{text!r} is no digest; it has {self._digits} hex digits, as the plan prints it", param, ctx)
        return text


@click.command(short_help="Show what a pass would do, and why.")
@click.option("--ref", help="Plan for this commit or branch, instead of main as it is now.")
@click.option("--markdown", is_flag=True, help="For a comment on a pull request.")
@click.option("--exit-code", is_flag=True, help=f"Exit with {CHANGES} when there are changes.")
@click.option("--every", is_flag=True, help="Also the workspaces that are simply in step.")
@on_fleet
def plan(desk: Desk, ref: str | None, *, markdown: bool, exit_code: bool, every: bool) -> None:
    """Show what a pass would do, and why: every change with its reason.

    It reads a commit of main, never the working tree, and touches nothing.

    \b
    Example: helium plan --exit-code
    """
    if desk.as_json and markdown:
        raise UsageError("--json and --markdown are two forms of one answer; choose one")
    fleet = desk.open(ref=ref)

    def shown(found: Plan) -> None:
        if desk.as_json:
            desk.emit(report.as_json(found))
        elif markdown:
            click.echo(report.markdown(found, sandbox=bool(fleet.fleet.sandbox)))
        else:
            tables.plan(found, fleet.fleet, every=every)

    result = passed(fleet, Order(wish=Wish(ref=ref), dry=True), show=shown)
    # That a named commit is not main is what was asked for; it is shown, and no failure.
    code = code_of(result, but=Code.HISTORY if ref else None)
    if code == DONE and exit_code and result.plan.work:
        code = CHANGES
    click.get_current_context().exit(code)


@click.command(short_help="Make the stacks match main.")
@click.option("--dry-run", is_flag=True, help="Show the plan only, as `helium plan` does.")
@click.option("--parallel", type=click.IntRange(1, 64), metavar="N", help="Stacks at once, instead of limits.parallel.")
@click.option("--only", multiple=True, metavar="NAME", help="Only these; plan and brakes are the whole fleet's.")
@click.option("--expect", type=Digest(32), metavar="DIGEST", help="Apply nothing unless the plan is this one.")
@click.option("--allow-deletes", type=Digest(16), metavar="DIGEST", help="Let exactly the refused names go.")
@click.option("--allow-replace", multiple=True, metavar="NAME", help="Let this update replace what holds data.")
@click.option("--roll", multiple=True, metavar="NAME", help="Bring this one over to today's program and charts.")
@click.option("--roll-all", is_flag=True, help="Bring all over: one first, the rest when that one is ready.")
@click.option("--clock-is-right", is_flag=True, help="Let things expire although the clock looks wrong.")
@click.option(
    "--wait", type=Length(), metavar="LENGTH", help="How long to wait for another pass; by default not at all."
)
@on_fleet
def reconcile(desk: Desk, dry_run: bool, *, parallel: int | None, wait: timedelta | None, **asked: Any) -> None:
    """Make the stacks match main: create, update, destroy, and note what became of it.

    The plan is shown before anything is done, with what the brakes refuse and how to override that.

    \b
    Example: helium reconcile --only caribou-x3k9q2
    """
    fleet = desk.open()
    named = {name for key in ("only", "roll", "allow_replace") for name in asked[key]}
    order = Order(
        wish=Wish(names=frozenset(asked["only"]), roll=frozenset(asked["roll"]), roll_all=asked["roll_all"]),
        overrides=Overrides(
            expect=asked["expect"],
            allow_deletes=asked["allow_deletes"],
            allow_replace=frozenset(asked["allow_replace"]),
            clock_is_right=asked["clock_is_right"],
        ),
        dry=dry_run,
        wait=wait or timedelta(0),
        parallel=parallel,
    )

    def shown(found: Plan) -> None:
        for name in sorted(named):
            if found.of(name) is None:
                raise NotFound(name)
        if not desk.as_json:
            tables.plan(found, fleet.fleet)

    result = passed(fleet, order, show=shown)
    if desk.as_json:
        outcomes = [report.outcome_json(outcome) for outcome in result.outcomes]
        desk.emit({"plan": report.as_json(result.plan), "outcomes": outcomes})
    else:
        _told(result)
    stuck = any(isinstance(change, Keep) and change.code in FOR_A_PERSON for change in result.plan.changes)
    click.get_current_context().exit(code_of(result) or (REFUSED if stuck and not dry_run else DONE))


def _told(result: Result) -> None:
    for outcome in result.failed:
        tables.say(f"{outcome.name}: {outcome.sentence}", style="red")
    if said := report.done(result.outcomes):
        click.echo(said)


def passed(fleet: OpenFleet, order: Order, *, show: Callable[[Plan], None]) -> Result:
    """One pass, with progress; an interruption says where things stand before it goes on its way."""
    with (
        fleet.ports(parallel=order.parallel, applies=not order.dry) as ports,
        progress(clock) as told,
    ):
        try:
            return Pass(ports, run_here(fleet.settings), told, clock, show).go(order)
        except KeyboardInterrupt:
            told.end()
            tables.say(told.standing(), style="yellow")
            raise


def code_of(result: Result, *, but: Code | None = None) -> int:
    """How the command ends: the gravest thing that happened, `but` for refusals of one kind."""
    if result.failed:
        return FAILED
    if any(refusal.code is not but for refusal in result.plan.refusals):
        return REFUSED
    return INVALID if result.plan.faults else DONE


COMMANDS = (plan, reconcile)
