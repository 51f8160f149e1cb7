"""`helium ci request`: the pull request that an issue asks for, and the answer in the issue."""

from __future__ import annotations

from pathlib import Path

import click

from helium.cli.folding import clean
from helium.cli.options import CommandContext, on_fleet


@click.command("request", short_help="Open the pull request that an issue's form asks for.")
@click.option(
    "--event",
    envvar="GITHUB_EVENT_PATH",
    required=True,
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The host's event of the new issue; by default GITHUB_EVENT_PATH, as a job has it.",
)
@on_fleet
def ci_request(context: CommandContext, *, event: Path) -> None:
    """Open the pull request that an issue asks for, if it was made with the form "I need a workspace".

    The issue's text is data, checked as a spec file is. Who opened the issue will own the workspace, by `people:` in
    helium.yaml. A comment in the issue says where the pull request is, or everything that is wrong. It ends well either
    way. Run again for the same issue, it opens no second one.

    \b
    Example: helium ci request --event issue.json
    """
    from helium.app.host import required_host
    from helium.app.issue_request import IssueAnswer, IssueRequests, issue_in
    from helium.core.issue_form import answers

    issue, answer = issue_in(event), IssueAnswer()
    if answers(issue.body) is not None:
        fleet = context.open()
        answer = IssueRequests(fleet, required_host(fleet.clone, fleet.fleet, settings=fleet.settings)).answer(issue)
    if context.as_json:
        context.emit({"issue": issue.number, "pull_request": answer.pull_request, "problems": [*answer.problems]})
    elif answer.pull_request:
        click.echo(f"issue {issue.number} is pull request {answer.pull_request}")
    elif answer.problems:
        click.echo(f"issue {issue.number} got no pull request; a comment in it says why:")
        for problem in answer.problems:
            click.echo(f"  {clean(problem)}")
    else:
        click.echo(f"issue {issue.number} was not made with the form, so it asks for nothing")
