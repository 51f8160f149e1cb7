"""`reconcile --plan COMMIT`: the steps that follow a split, each a short command that a job of CI can be.

It refuses what belongs to the step that plans: a plan is guarded once, with what a person allowed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import click

from helium.cli import tables
from helium.cli.options import DONE, REFUSED, Desk
from helium.cli.passes import at_work, gravest, tell
from helium.cli.progress import Told
from helium.core.plan import Outcome
from helium.core.split import Share, Split
from helium.errors import UsageError
from helium.reconcile import report
from helium.reconcile.load import Ports
from helium.reconcile.shards import Shards
from helium.wiring import OpenFleet, clock, run_here

Outcomes = tuple[Outcome, ...]


class Part(click.ParamType[Share]):
    """One of so many shards, as `2/3`."""

    name = "shard"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Share:
        """The share; a usage error for a part that is none."""
        found = re.fullmatch(r"([0-9]{1,3})/([0-9]{1,3})", str(value))
        share = Share(int(found[1]), int(found[2])) if found else Share(0, 0)
        if not 1 <= share.number <= share.of:
            self.fail(f"{value!r} is no shard; write 1/3, 2/3 and 3/3 for three", param, ctx)
        return share


def refuse(commit: str | None, *, share: Share | None, closes: bool, asked: Mapping[str, object]) -> None:
    """`UsageError` for options that do not go together."""
    if commit is None and (share or closes):
        raise UsageError("--shard and --close need --plan COMMIT, the commit that `helium reconcile --split` gave")
    if commit is None:
        if asked["split"] and asked["dry_run"]:
            raise UsageError("--split leaves work for shards and --dry-run does none; choose one")
        return
    if closes == bool(share):
        raise UsageError("with --plan, say which step this is: --shard I/N, or --close when all shards have ended")
    if given := sorted(key for key, value in asked.items() if value):
        flags = ", ".join(f"--{key.replace('_', '-')}" for key in given)
        raise UsageError(f"{flags} belongs to the step that plans; the plan that it left is carried out as it is")


def told(desk: Desk, commit: str) -> None:
    """Say where shards go on: to a person, and to the later jobs of a run of CI."""
    tables.say(f"left for shards: helium reconcile --plan {commit} --shard I/N, and in the end --close")
    if desk.settings.outputs is not None:
        with desk.settings.outputs.open("a") as outputs:
            outputs.write(f"split={commit}\n")


def carried_out(desk: Desk, commit: str, *, share: Share, parallel: int | None) -> int:
    """One shard's part of a plan; the exit code."""
    fleet, split = _opened(desk, commit)

    def work(ports: Ports, told: Told) -> Outcomes:
        return Shards(ports, run_here(fleet.settings), told, clock, split).carry_out(share, parallel=parallel)

    outcomes = at_work(fleet, work, parallel=parallel)
    if desk.as_json:
        desk.emit({"shard": str(share), "outcomes": [report.outcome_json(outcome) for outcome in outcomes]})
    else:
        tell(outcomes)
    return gravest(outcomes, (), faults=())


def closed(desk: Desk, commit: str) -> int:
    """The end of a pass that was split; the exit code is that of all of it, with what its plan refused."""
    fleet, split = _opened(desk, commit)

    def work(ports: Ports, told: Told) -> Outcomes:
        return Shards(ports, run_here(fleet.settings), told, clock, split).close()

    outcomes = at_work(fleet, work, applies=False)
    if desk.as_json:
        desk.emit(
            {
                "outcomes": [report.outcome_json(outcome) for outcome in outcomes],
                "refusals": [report.refusal_json(refusal) for refusal in split.refusals],
                "faults": [report.fault_json(fault) for fault in split.faults],
            }
        )
    else:
        tables.refused(split.refusals, split.faults)
        tell(outcomes)
    return gravest(outcomes, split.refusals, faults=split.faults) or (REFUSED if split.stuck else DONE)


def _opened(desk: Desk, commit: str) -> tuple[OpenFleet, Split]:
    """The fleet as the plan saw it, its own backends too, and the plan."""
    split = desk.open().ledger.plan(commit)
    return desk.open(ref=split.commit), split
