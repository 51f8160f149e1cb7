"""`reconcile`: one pass, planned and carried out; or, where several machines are to share it, one step of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from helium.cli import tables
from helium.cli.completion import workspace_names
from helium.cli.option_types import DigestType, LengthType
from helium.cli.options import CommandContext, allow_deletes, clock_is_right, on_fleet
from helium.errors import ExitCode, NotFoundError

if TYPE_CHECKING:
    from helium.core.plan import Plan
    from helium.core.sharded_plan import Shard
    from helium.reconcile.loop import PassOptions


class ShardType(click.ParamType["Shard"]):
    """One shard out of several, as `2/3`."""

    name = "shard"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Shard:
        """The shard; a usage error for one that cannot be."""
        from helium.core.sharded_plan import Shard

        parts = re.fullmatch(r"([0-9]{1,3})/([0-9]{1,3})", str(value))
        shard = Shard(int(parts[1]), int(parts[2])) if parts else Shard(0, 0)
        if not 1 <= shard.number <= shard.of:
            self.fail(f"{value!r} is not a shard; for three shards, write 1/3, 2/3 and 3/3", param, ctx)
        return shard


@click.command(short_help="Make the stacks match main.")
@click.option("--dry-run", is_flag=True, help="Only show the plan, as `helium plan` does.")
@click.option(
    "--parallel",
    type=click.IntRange(1, 64),
    metavar="N",
    help="How many stacks to work on at once, instead of limits.parallel.",
)
@click.option(
    "--only",
    multiple=True,
    metavar="NAME",
    shell_complete=workspace_names,
    help="Apply only this workspace's change; the whole fleet is still planned and guarded.",
)
@click.option("--expect", type=DigestType(32), metavar="DIGEST", help="Apply nothing unless the plan has this digest.")
@allow_deletes
@click.option(
    "--allow-replace",
    multiple=True,
    metavar="NAME",
    shell_complete=workspace_names,
    allow_from_autoenv=False,
    help="Allow this workspace's update to replace a resource that holds data.",
)
@click.option(
    "--assume-absent",
    multiple=True,
    metavar="NAME",
    shell_complete=workspace_names,
    allow_from_autoenv=False,
    help="You looked in the cloud: what a lost answer may have created for this workspace is not there.",
)
@click.option(
    "--over-quota",
    multiple=True,
    metavar="NAME",
    shell_complete=workspace_names,
    allow_from_autoenv=False,
    help="Create this new workspace although the quota is used up.",
)
@click.option(
    "--roll",
    multiple=True,
    metavar="NAME",
    shell_complete=workspace_names,
    help="Update this workspace to today's program and charts.",
)
@click.option(
    "--roll-all", is_flag=True, help="Do that for all workspaces: one first, and the others when it is ready."
)
@clock_is_right
@click.option(
    "--wait", type=LengthType(), metavar="LENGTH", help="How long to wait for another pass; by default, not at all."
)
@click.option("--once", is_flag=True, help="Carry out the plan that is shown, and nothing that main gets meanwhile.")
@click.option(
    "--take-until",
    type=LengthType(),
    metavar="LENGTH",
    help="After this length, begin nothing more and end when all that runs has ended; by default 30m.",
)
@click.option("--split", is_flag=True, help="Only plan; leave the plan in the ledger for other machines to carry out.")
@click.option(
    "--most-shards",
    type=click.IntRange(1, 256),
    metavar="N",
    help="With --split: name at most so many shards, instead of as many as are worth a machine.",
)
@click.option("--plan", "commit", metavar="COMMIT", help="Carry out the plan that --split left in this ledger commit.")
@click.option("--shard", type=ShardType(), metavar="I/N", help="With --plan: carry out this part of it.")
@click.option("--close", "closes", is_flag=True, help="With --plan: end the pass, even if some shards did not finish.")
@on_fleet
def reconcile(
    context: CommandContext,
    commit: str | None,
    *,
    shard: Shard | None,
    closes: bool,
    parallel: int | None,
    **flags: Any,
) -> None:
    """Make the stacks match main: create, update and destroy them, and record the outcome.

    It reads main, the ledger and the state, and writes the ledger and the state. The plan is shown first, with what the
    safeguards refuse and how to override that. While it works, it also takes what lands on main, retries what failed,
    and ends what expires; the exit code tells of the plan that was shown. With --once, or with anything that picks or
    allows a part of that plan, it carries out that plan and ends.

    To share the work among machines: --split plans, --plan COMMIT --shard I/N carries out a part, and --plan COMMIT
    --close ends the pass.

    Ctrl-C, SIGTERM, or a terminal that closes (SIGHUP) ends it in good order: running operations are cancelled and
    unlocked, and the next pass goes on from there. Under `nohup` it ignores SIGHUP and goes on.

    \b
    Example: helium reconcile --parallel 2
    """
    from helium.cli import shards

    shards.refuse(commit, shard=shard, closes=closes, flags=flags)
    if commit and shard:
        code = shards.carried_out(context, commit, shard=shard, parallel=parallel)
    elif commit:
        code = shards.closed(context, commit)
    else:
        code = _reconciled(context, parallel=parallel, flags=flags)
    click.get_current_context().exit(code)


def _reconciled(context: CommandContext, *, parallel: int | None, flags: Mapping[str, Any]) -> int:
    from helium.cli import shards
    from helium.cli.run_pass import exit_code_of, report_outcomes, run_pass
    from helium.reconcile import report

    fleet = context.open()
    named = {name for key in ("only", "roll", "allow_replace", "assume_absent", "over_quota") for name in flags[key]}

    def show(planned: Plan) -> None:
        for name in sorted(named):
            if planned.of(name) is None:
                raise NotFoundError(name)
        if not context.as_json:
            tables.plan(planned, fleet.fleet)

    result = run_pass(fleet, _options(parallel, flags), show=show)
    if context.as_json:
        sharded = shards.as_json(result) if flags["split"] else {}
        outcomes = [report.outcome_json(outcome) for outcome in result.outcomes]
        context.emit({"plan": report.as_json(result.plan), "outcomes": outcomes, **sharded})
    else:
        report_outcomes(result.outcomes)
    if result.sharded:
        # The exit code of --close tells of refusals and errors: the shards must run all the same.
        shards.announce(context, result)
        return ExitCode.DONE
    return exit_code_of(result) or (ExitCode.REFUSED if result.plan.stuck and not flags["dry_run"] else ExitCode.DONE)


def _options(parallel: int | None, flags: Mapping[str, Any]) -> PassOptions:
    from datetime import timedelta

    from helium.core.plan import Overrides
    from helium.core.sharded_plan import MOST_SHARDS
    from helium.reconcile.load import Selection
    from helium.reconcile.pass_options import TAKE_UNTIL, PassOptions

    return PassOptions(
        selection=Selection(names=frozenset(flags["only"]), roll=frozenset(flags["roll"]), roll_all=flags["roll_all"]),
        overrides=Overrides(
            expect=flags["expect"],
            allow_deletes=flags["allow_deletes"],
            allow_replace=frozenset(flags["allow_replace"]),
            clock_is_right=flags["clock_is_right"],
            assume_absent=frozenset(flags["assume_absent"]),
            over_quota=frozenset(flags["over_quota"]),
        ),
        dry=flags["dry_run"],
        sharded=flags["split"],
        most_shards=flags["most_shards"] or MOST_SHARDS,
        once=flags["once"],
        wait=flags["wait"] or timedelta(0),
        take_until=flags["take_until"] or TAKE_UNTIL,
        parallel=parallel,
    )


COMMANDS = (reconcile,)
