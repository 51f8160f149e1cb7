"""What somebody asks for in an issue, as a pull request with one spec file: opened once, and answered in the issue.

The issue's text is data. Who asks is the account that opened it, by `people:` on main, and whoever that does not name
gets nothing written. Refuses a branch that somebody else made under the same name.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from helium.adapters.hosts.pull_request_writer import PREFIX, PullRequestWriter
from helium.app import compose, proposal
from helium.app.edit_context import edit_context
from helium.app.open_fleet import OpenFleet
from helium.core import issue_form
from helium.core.digest import Json
from helium.core.issue_form import MORE, NAME, FormAnswers, FormIssue
from helium.core.pull_request import PLAN_COMMENT, PullRequest, own_comments
from helium.edits import Editing, Requester, creation
from helium.edits.naming import generated
from helium.errors import HeliumError, Issue, NotPlannedError, SpecError, UsageError
from helium.ports.commit_queue import Request
from helium.ports.host import Host
from helium.reconcile import comments
from helium.reconcile.comments import MOST_SIGNS
from helium.reconcile.markdown import cell, fitting

PURPOSE = "request"
"""Of the one comment that answers an issue."""
_OPENED = "The pull request: "
"""How the comment begins that names it: the next run for the same issue looks for that."""
_MOST_OF_ONE = 600
_AGAIN = (
    "To try again, open another issue with the form. If only helium.yaml changed since, run the job of this one again."
)
_NOBODY = "nobody@example.com"
"""Owns what is judged for somebody who is not known yet; it is never written."""


@dataclass(frozen=True, slots=True)
class IssueAnswer:
    """What became of an issue. `pull_request`: its address. `problems`: why there is none. Neither: it asks nothing."""

    pull_request: str = ""
    problems: tuple[str, ...] = ()


def issue_in(event: Path) -> FormIssue:
    """The issue of an event, as the host's runner wrote it down. `UsageError` for any other file."""
    try:
        issue = json.loads(event.read_bytes())["issue"]
        number, author, body = issue["number"], issue["user"]["login"], issue.get("body")
    except OSError as error:
        raise UsageError(f"The event {event} cannot be read: {error.strerror}.") from None
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise UsageError(f"{event} is not the event of an issue.") from None
    if not (isinstance(number, int) and isinstance(author, str) and isinstance(body, str | None)):
        raise UsageError(f"{event} is not the event of an issue.")
    return FormIssue(number, author, body or "")


class IssueRequests:
    """Answers the issues of one fleet, at its host."""

    def __init__(self, fleet: OpenFleet, host: Host) -> None:
        self._fleet, self._host = fleet, host
        self._view = compose.single_writer(fleet.repo, notes_in=None).view
        self._writer = PullRequestWriter(fleet.clone, view=self._view, host=lambda: host)

    def answer(self, issue: FormIssue) -> IssueAnswer:
        """Open the pull request that an issue asks for, unless it is open, and say in the issue what became of it."""
        answers = issue_form.answers(issue.body)
        if answers is None:
            return IssueAnswer()
        if said := self._said(issue):
            return IssueAnswer(said)
        if opened := self._opened(issue):
            self._say(issue, _opened(opened))
            return IssueAnswer(opened.url)
        try:
            problems = self._problems(issue, answers)
            if problems:
                self._say(issue, _refused(problems))
                return IssueAnswer(problems=tuple(problems))
            return IssueAnswer(self._open(issue, answers).url)
        except HeliumError as error:
            # People look at their issue, and not at the job: there it must say that nothing came of it, and why.
            self._say(issue, _refused([str(error)]))
            raise

    def _said(self, issue: FormIssue) -> str:
        """The pull request that our own comment names already, whatever became of it since."""
        logins = (self._host.account(), *self._host.place.job_accounts)
        own = own_comments(self._host.comments(issue.number), purpose=PURPOSE, logins=logins)
        lines = own[0].body.splitlines() if own else []
        return lines[1].removeprefix(_OPENED).strip() if len(lines) > 1 and lines[1].startswith(_OPENED) else ""

    def _opened(self, issue: FormIssue) -> PullRequest | None:
        """One of ours that an earlier try opened, and did not live to tell of."""
        logins = (self._host.account(), *self._host.place.job_accounts)
        found = self._host.open_pull_requests(head=f"{PREFIX}{_id(issue)}")
        return next((each for each in found if each.author in logins), None)

    def _problems(self, issue: FormIssue, answers: FormAnswers) -> list[str]:
        """All that is wrong, at once."""
        problems = list(answers.problems)
        if not self._mail(issue):
            problems.append(_unknown(issue.author))
        try:
            self._edit(issue, answers)(self._view())
        except SpecError as error:
            problems += [_at_question(each) for each in error.issues]
        except HeliumError as error:
            problems.append(str(error))
        return problems

    def _open(self, issue: FormIssue, answers: FormAnswers) -> PullRequest:
        author = "".join(each for each in issue.author if each.isprintable() and each not in "<>")
        by, name = f"{author} <{self._mail(issue)}>", self._name(issue, answers)
        # Their words are in the file alone: a message that says "fixes #7" would close that issue.
        request = Request(_id(issue), by, f"Ask for workspace {name}", self._edit(issue, answers))
        asked = f"{cell(issue.author)} asked for it in #{issue.number}. A comment says what merging it does."
        commit, opened = self._writer.submit(request, body=f"{asked}\n\nCloses #{issue.number}", again=True)
        self._say(issue, _opened(opened))
        self._plan(opened, commit)
        return opened

    def _plan(self, opened: PullRequest, commit: str) -> None:
        """The comment that otherwise a job of the pull request writes: what a job opens starts none."""
        try:
            proposed = proposal.of_commit(self._fleet, commit)
            body = comments.of_proposal(proposed, simulated=self._fleet.fleet.simulated)
        except NotPlannedError as error:
            body = comments.of_no_plan(str(error), head=commit)
        self._host.put_comment(opened.number, purpose=PLAN_COMMENT, body=body)

    def _edit(self, issue: FormIssue, answers: FormAnswers) -> Editing:
        fields: dict[str, Json] = dict(answers.fields)
        fields.pop(NAME, None)
        if more := fields.pop(MORE, None):
            fields = {**self._fleet.specs.mapping(str(more).encode(), path=MORE), **fields}
        context = edit_context(self._fleet, Requester(self._mail(issue) or _NOBODY))
        return creation(self._name(issue, answers), fields, context=context)

    def _name(self, issue: FormIssue, answers: FormAnswers) -> str:
        return answers.fields.get(NAME) or generated(f"{self._host.place.repository}#{issue.number}")

    def _mail(self, issue: FormIssue) -> str:
        return self._fleet.fleet.mail_of(issue.author)

    def _say(self, issue: FormIssue, body: str) -> None:
        self._host.put_comment(issue.number, purpose=PURPOSE, body=body)


def _at_question(issue: Issue) -> str:
    if issue.path == MORE:
        return f"{issue_form.question_of(MORE)} Line {issue.line}: {issue.sentence}"
    label = issue_form.question_of(issue.pointer)
    return f"{label} {issue.sentence}" if label else issue.sentence


def _id(issue: FormIssue) -> str:
    """Of the request, and the last part of its branch's name: one for each issue."""
    return f"issue-{issue.number}"


def _opened(opened: PullRequest) -> str:
    then = "Whoever may merge it decides. Once it is merged, the next pass creates the workspace."
    return f"{_OPENED}{opened.url}\n\n{then}\n"


def _refused(problems: Sequence[str]) -> str:
    """Every error at once, as text: some of it is what a stranger wrote."""
    lines = [f"- {cell(each[:_MOST_OF_ONE])}" for each in problems]
    shown = fitting(lines, room=MOST_SIGNS - 1_000, most=50)
    left = [f"- … {len(lines) - len(shown)} more"] if len(shown) < len(lines) else []
    return "\n".join(["**No pull request was opened.**", "", *shown, *left, "", _AGAIN, ""])


def _unknown(login: str) -> str:
    return (
        f"helium.yaml on main does not say whose account {login} is, so nobody would own the workspace. "
        f"Have somebody add this to it, with the right address: people: {{{login}: you@example.com}}"
    )
