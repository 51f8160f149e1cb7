"""`reconcile`: one pass, planned and carried out; or, where several machines are to share it, one step of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import click

from helium.cli import shards, tables
from helium.cli.options import DONE, REFUSED, CommandContext, LengthType, on_fleet
from helium.cli.plan import code_of, passed, tell
from helium.core.plan import Overrides, Plan
from helium.core.sharded_plan import Shard
from helium.errors import NotFoundError
from helium.reconcile import report
from helium.reconcile.load import Selection
from helium.reconcile.loop import PassOptions


class DigestType(click.ParamType[str]):
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


@click.command(short_help="Make the stacks match main.")
@click.option("--dry-run", is_flag=True, help="Show the plan only, as `helium plan` does.")
@click.option("--parallel", type=click.IntRange(1, 64), metavar="N", help="Stacks at once, instead of limits.parallel.")
@click.option("--only", multiple=True, metavar="NAME", help="Only these; plan and brakes are the whole fleet's.")
@click.option("--expect", type=DigestType(32), metavar="DIGEST", help="Apply nothing unless the plan is this one.")
@click.option("--allow-deletes", type=DigestType(16), metavar="DIGEST", help="Let exactly the refused names go.")
@click.option("--allow-replace", multiple=True, metavar="NAME", help="Let this update replace what holds data.")
@click.option("--roll", multiple=True, metavar="NAME", help="Bring this one over to today's program and charts.")
@click.option("--roll-all", is_flag=True, help="Bring all over: one first, the rest when that one is ready.")
@click.option("--clock-is-right", is_flag=True, help="Let things expire although the clock looks wrong.")
@click.option(
    "--wait", type=LengthType(), metavar="LENGTH", help="How long to wait for another pass; by default not at all."
)
@click.option("--split", is_flag=True, help="Only plan, and leave the work to shards, in the ledger.")
@click.option("--plan", "commit", metavar="COMMIT", help="Go on from the plan that --split left in this ledger commit.")
@click.option("--shard", type=shards.ShardType(), metavar="I/N", help="With --plan: carry out this part of it.")
@click.option("--close", "closes", is_flag=True, help="With --plan: end the pass, whatever became of its shards.")
@on_fleet
def reconcile(
    context: CommandContext,
    commit: str | None,
    *,
    shard: Shard | None,
    closes: bool,
    parallel: int | None,
    **asked: Any,
) -> None:
    """Make the stacks match main: create, update, destroy, and note what became of it.

    The plan is shown before anything is done, with what the brakes refuse and how to override that. Where several
    machines are to share the work, --split plans, --plan COMMIT --shard I/N carries out a part, and
    --plan COMMIT --close ends the pass.

    \b
    Example: helium reconcile --only caribou-x3k9q2
    """
    shards.refuse(commit, shard=shard, closes=closes, asked=asked)
    if commit and shard:
        code = shards.carried_out(context, commit, shard=shard, parallel=parallel)
    elif commit:
        code = shards.closed(context, commit)
    else:
        code = _reconciled(context, parallel=parallel, asked=asked)
    click.get_current_context().exit(code)


def _reconciled(context: CommandContext, *, parallel: int | None, asked: Mapping[str, Any]) -> int:
    fleet = context.open()
    named = {name for key in ("only", "roll", "allow_replace") for name in asked[key]}

    def shown(found: Plan) -> None:
        for name in sorted(named):
            if found.of(name) is None:
                raise NotFoundError(name)
        if not context.as_json:
            tables.plan(found, fleet.fleet)

    result = passed(fleet, _options(parallel, asked), show=shown)
    if context.as_json:
        sharded = {"split": result.sharded} if asked["split"] else {}
        outcomes = [report.outcome_json(outcome) for outcome in result.outcomes]
        context.emit({"plan": report.as_json(result.plan), "outcomes": outcomes, **sharded})
    else:
        tell(result.outcomes)
    if result.sharded:
        # What was refused, or is faulty, ends the closing step: the shards are to run all the same.
        shards.told(context, result.sharded)
        return DONE
    return code_of(result) or (REFUSED if result.plan.stuck and not asked["dry_run"] else DONE)


def _options(parallel: int | None, asked: Mapping[str, Any]) -> PassOptions:
    return PassOptions(
        selection=Selection(names=frozenset(asked["only"]), roll=frozenset(asked["roll"]), roll_all=asked["roll_all"]),
        overrides=Overrides(
            expect=asked["expect"],
            allow_deletes=asked["allow_deletes"],
            allow_replace=frozenset(asked["allow_replace"]),
            clock_is_right=asked["clock_is_right"],
        ),
        dry=asked["dry_run"],
        sharded=asked["split"],
        wait=asked["wait"] or timedelta(0),
        parallel=parallel,
    )


COMMANDS = (reconcile,)
