"""`reconcile --plan COMMIT`: the steps that follow a split, each a short command that a job of CI can be.

It refuses what belongs to the step that plans: a plan is guarded once, with what a person allowed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from helium.app.shards import carry_out, close, open_planned
from helium.cli import tables
from helium.cli.options import CommandContext
from helium.cli.run_pass import gravest_exit_code, report_outcomes, show_progress
from helium.core.sharded_plan import Shard
from helium.errors import ExitCode, UsageError
from helium.reconcile import report
from helium.reconcile.pass_options import Result


def refuse(commit: str | None, *, shard: Shard | None, closes: bool, flags: Mapping[str, object]) -> None:
    """`UsageError` for options that do not go together."""
    if commit is None and (shard or closes):
        raise UsageError("--shard and --close need --plan COMMIT, the commit that `helium reconcile --split` gave")
    if flags["most_shards"] and not flags["split"]:
        raise UsageError("--most-shards goes with --split, the step that picks how many shards there are")
    if commit is None:
        if flags["split"] and flags["dry_run"]:
            raise UsageError("--split leaves work for shards and --dry-run does none; choose one")
        return
    if closes == bool(shard):
        raise UsageError("with --plan, say which step this is: --shard I/N, or --close when all shards have ended")
    if given := sorted(key for key, value in flags.items() if value):
        named = ", ".join(f"--{key.replace('_', '-')}" for key in given)
        raise UsageError(f"{named} belongs to the step that plans; the plan that it left is carried out as it is")


def as_json(result: Result) -> Mapping[str, object]:
    """The commit that shards go on from, and the shards that are worth a machine; both empty where nothing is left."""
    return {"split": result.sharded, "shards": [str(shard) for shard in result.shards]}


def announce(context: CommandContext, result: Result) -> None:
    """Say how shards go on: to a person, and to the later jobs of a CI run."""
    step = f"helium reconcile --plan {result.sharded}"
    last = result.shards[-1]
    each = f"--shard {last}" if last.of == 1 else f"--shard I/{last.of}, with I from 1 to {last.of}"
    tables.say(f"next, on each machine: {step} {each}; and when all have ended: --close")
    if context.settings.outputs is not None:
        with context.settings.outputs.open("a") as outputs:
            shards = json.dumps([str(shard) for shard in result.shards])
            outputs.write(f"split={result.sharded}\nshards={shards}\n")


def carried_out(context: CommandContext, commit: str, *, shard: Shard, parallel: int | None) -> int:
    """One shard's part of a plan; the exit code."""
    fleet, sharded = open_planned(lambda ref: context.open(ref=ref), commit)
    with show_progress() as display:
        outcomes = carry_out(fleet, sharded, shard=shard, parallel=parallel, progress=display)
    if context.as_json:
        context.emit({"shard": str(shard), "outcomes": [report.outcome_json(outcome) for outcome in outcomes]})
    else:
        report_outcomes(outcomes)
    return gravest_exit_code(outcomes, (), issues=())


def closed(context: CommandContext, commit: str) -> int:
    """The end of a pass that was split; the exit code is that of all of it, with what its plan refused."""
    fleet, sharded = open_planned(lambda ref: context.open(ref=ref), commit)
    with show_progress() as display:
        outcomes = close(fleet, sharded, progress=display)
    if context.as_json:
        context.emit(
            {
                "outcomes": [report.outcome_json(outcome) for outcome in outcomes],
                "refusals": [report.refusal_json(refusal) for refusal in sharded.refusals],
                "errors": [report.issue_json(issue) for issue in sharded.issues],
            }
        )
    else:
        tables.refused(sharded.refusals, sharded.issues)
        report_outcomes(outcomes)
    return gravest_exit_code(outcomes, sharded.refusals, issues=sharded.issues) or (
        ExitCode.REFUSED if sharded.stuck else ExitCode.DONE
    )
