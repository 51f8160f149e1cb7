"""`helium ci`: what the jobs of a git host's CI run, where a person would look for himself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from helium.cli import tables
from helium.cli.ci_advance import ci_advance
from helium.cli.ci_request import ci_request
from helium.cli.ci_summary import ci_summary
from helium.cli.options import CommandContext, on_fleet
from helium.errors import ExitCode, NotPlannedError, UsageError

if TYPE_CHECKING:
    from helium.core.proposal import Proposal

_WHOLE = 40
"""Digits of a whole commit id."""


@click.group(short_help="Commands for the jobs of a git host's CI.")
def ci() -> None:
    """Commands for the jobs of a git host's CI.

    Each is one step of a workflow that helium init writes. You can run them on your own machine as well.
    """


@ci.command("check", short_help="Check what a branch changes, by what a pass will refuse.")
@click.option("--head", default="HEAD", metavar="COMMIT", help="The newest commit of the branch; by default HEAD.")
@click.option(
    "--format",
    type=click.Choice(["human", "github"]),
    default="human",
    help="How to show errors; github: as annotations beside the lines of a pull request.",
)
@on_fleet
def ci_check(context: CommandContext, *, head: str, format: str) -> None:
    """Check what a branch changes: is every file valid, and would a pass carry it out?

    The branch is merged into main in memory, and planned beside the ledger. So what it does to workspaces that live is
    checked as well: a deadline beyond the maximum, a name that is taken, a protected workspace. What main has wrong
    already is not this branch's fault. A commit that main has is checked whole, as helium validate does.

    \b
    Example: helium ci check --head HEAD
    """
    from helium.app import proposal

    fleet = context.open()
    commit = fleet.repo.resolve(head)
    if fleet.repo.descends(fleet.repo.head(), commit):
        from helium.cli.workspaces import validate

        given = {"paths": (), "past": True, "folder": context.start, "json": context.as_json}
        click.get_current_context().invoke(validate, format=format, **given)
        return
    proposed = proposal.of_commit(fleet, commit)
    if context.as_json:
        _emit(context, proposed)
    elif format == "github":
        _annotate(proposed)
    else:
        tables.refused(proposed.refusals, proposed.issues)
        click.echo(_verdict(proposed))
    code = ExitCode.INVALID if proposed.issues else ExitCode.REFUSED if proposed.refusals else ExitCode.DONE
    click.get_current_context().exit(code)


@ci.command("plan", short_help="Show what a pull request would do, before it is merged.")
@click.option("--pull-request", "number", type=click.IntRange(1), metavar="NUMBER", help="The pull request.")
@click.option("--head", required=True, metavar="COMMIT", help="Its newest commit, as the event names it.")
@click.option("--comment", is_flag=True, help="Have Helium's one comment on the pull request say it.")
@on_fleet
def ci_plan(context: CommandContext, number: int | None, *, head: str, comment: bool) -> None:
    """Show what a pull request would do if it were merged: what goes, what comes, what would be refused, and why.

    It fetches the pull request's commits, merges them into main in memory, and plans that beside the ledger. It checks
    out and runs nothing of the pull request, and needs no key to the state. Without --pull-request, COMMIT is one that
    this clone has. It ends well whatever the plan says; helium ci check is what turns red.

    \b
    Example: helium ci plan --head HEAD
    """
    from helium.app import plan_comment, proposal
    from helium.app.plan_costs import with_costs
    from helium.reconcile import comments

    if number is None and comment:
        raise UsageError("--comment needs --pull-request: a commit has no comments.")
    if number is not None and len(head) != _WHOLE:
        raise UsageError("--head must be the whole commit id of the event: a pull request moves on while jobs wait.")
    fleet = context.open()
    try:
        if number is None:
            seen = proposal.weighed(fleet, fleet.repo.resolve(head))
        else:
            seen = proposal.of_pull_request(fleet, number, head=head)
    except NotPlannedError as error:
        if number is not None and comment:
            plan_comment.put_comment(fleet, number, body=comments.of_no_plan(str(error), head=head))
        raise
    proposed = with_costs(fleet, seen)
    body = comments.of_proposal(proposed, simulated=fleet.fleet.simulated)
    put = plan_comment.put_comment(fleet, number, body=body, seen=seen) if number is not None and comment else None
    if context.as_json:
        _emit(context, proposed)
    else:
        click.echo(body)
    if put is not None:
        click.echo(f"it is on the pull request: {put.url}", err=True)


def _emit(context: CommandContext, proposed: Proposal) -> None:
    from helium.reconcile import comments

    context.emit(comments.as_json(proposed))


def _annotate(proposed: Proposal) -> None:
    """Each error beside its line, and each refusal beside the first file that it holds."""
    from helium.errors import Issue
    from helium.reconcile import report

    refusals = [Issue(proposed.path_of(each.names), 1, 1, "", report.refused(each)) for each in proposed.refusals]
    for line in report.annotated([*proposed.issues, *refusals]):
        click.echo(line)
    click.echo(_verdict(proposed))


def _verdict(proposed: Proposal) -> str:
    found = len(proposed.issues) + len(proposed.refusals)
    changes = tables.counted(len(proposed.changes), "workspace")
    return f"{tables.counted(found, 'error')}; it changes {changes}" if found else f"no errors; it changes {changes}"


ci.add_command(ci_request)
ci.add_command(ci_advance)
ci.add_command(ci_summary)
COMMANDS = (ci,)
