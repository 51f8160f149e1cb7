"""`helium forget`: end a workspace whose cluster is gone for ever. It needs a person, who names the cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from helium.cli import tables
from helium.cli.completion import workspace_names
from helium.cli.options import CommandContext, on_fleet
from helium.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from helium.app.open_fleet import OpenFleet
    from helium.core.plan import Plan
    from helium.ports.engine import LostCluster
    from helium.reconcile.loop import PassOptions

_LEFT = (
    "If the cluster made disks or load balancers for it, the cloud may still have them, and they cost money: look for "
    "them there."
)


@click.command(short_help="End a workspace whose cluster is gone for ever.")
@click.argument("name", shell_complete=workspace_names)
@click.option(
    "--cluster-is-gone",
    "cluster",
    metavar="CLUSTER",
    allow_from_autoenv=False,
    help="The cluster that you know to be gone for ever. Without this, nothing is changed.",
)
@on_fleet
def forget(context: CommandContext, name: str, *, cluster: str | None) -> None:
    """End a workspace whose cluster is gone for ever: forget what stood there, and destroy the rest.

    First delete the workspace. The pass cannot destroy it, since its cluster does not answer; then this shows what
    would be forgotten. With --cluster-is-gone it keeps a copy of the stack's state in .helium/forgotten, takes out of
    the state what was in the cluster, and runs a pass for this workspace, with all its safeguards: buckets and
    whatever else is elsewhere are destroyed, and proven to be gone. It refuses while the cluster answers.

    \b
    Example: helium forget caribou-x3k9q2 --cluster-is-gone ci
    """
    from helium.app.forget import keep_export, to_be_forgotten

    fleet = context.open()
    stack = to_be_forgotten(fleet, name)
    with fleet.ports() as ports:
        lost = ports.engine.lost_cluster(stack)
    if cluster is None:
        _show(context, name, lost=lost)
        return
    if cluster != lost.cluster:
        raise UsageError(f"{name} is in the cluster {lost.cluster}, not in {cluster}; nothing was forgotten")
    kept = keep_export(fleet.folder, name, lost=lost)
    _carry_out(context, fleet, name=name, lost=lost, kept=kept)


def _options(name: str) -> PassOptions:
    from helium.reconcile.load import Selection
    from helium.reconcile.loop import PassOptions

    named = frozenset((name,))
    return PassOptions(selection=Selection(names=named, lost_clusters=named))


def _show(context: CommandContext, name: str, *, lost: LostCluster) -> None:
    command = f"helium forget {name} --cluster-is-gone {lost.cluster}"
    if context.as_json:
        context.emit({"cluster": lost.cluster, "why": lost.why, "objects": lost.objects, "command": command})
        return
    click.echo(f"{name} is in the cluster {lost.cluster}, which Helium cannot ask: {lost.why}.")
    _tell(lost, "This would be forgotten, and would stay where it is if the cluster is still there:")
    click.echo(f"If you know that {lost.cluster} is gone for ever: {command}")


def _tell(lost: LostCluster, heading: str) -> None:
    if not lost.objects:
        click.echo("Nothing of it stands in the cluster.")
        return
    click.echo(heading)
    for each in lost.objects:
        click.echo(f"  {each}")
    click.echo(_LEFT)


def _carry_out(context: CommandContext, fleet: OpenFleet, *, name: str, lost: LostCluster, kept: Path) -> None:
    from helium.cli.run_pass import exit_code_of, report_outcomes, run_pass
    from helium.reconcile import report

    def show(planned: Plan) -> None:
        if not context.as_json:
            tables.plan(planned, fleet.fleet)

    result = run_pass(fleet, _options(name), show=show)
    if context.as_json:
        outcomes = [report.outcome_json(outcome) for outcome in result.outcomes]
        refused = report.refusals_of(result.plan, name)
        context.emit({"outcomes": outcomes, "refused": refused, "forgotten": lost.objects, "export": str(kept)})
    else:
        report_outcomes(result.outcomes)
        click.echo(f"the stack's state as it was: {kept}")
        if result.outcomes and all(each.ok for each in result.outcomes):
            _tell(lost, f"This was forgotten in the cluster {lost.cluster}:")
    code = exit_code_of(result)
    click.get_current_context().exit(code or (ExitCode.DONE if result.outcomes else ExitCode.REFUSED))


COMMANDS = (forget,)
