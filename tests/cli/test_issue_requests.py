"""A workspace that somebody asks for in an issue: the repository is a real one, the host is the fake one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from helium.app.issue_request import IssueAnswer, IssueRequests, issue_in
from helium.app.open_fleet import open_fleet
from helium.core.host_errors import HostAwayError
from helium.core.issue_form import QUESTIONS, FormIssue
from helium.core.pull_request import PullRequest, PullRequestDraft, marked
from helium.errors import ExitCode, UsageError
from helium.settings import Settings
from tests.cli.conftest import CommandLineFleet
from tests.fakes import FakeHost, Forge

LABELS = {field: label for label, field in QUESTIONS.items()}


def form(**answers: str) -> str:
    """The text of an issue, as a host makes it from the form."""
    given = {"expiry": "7d", **answers}
    return "\n\n".join(f"### {label}\n\n{given.get(field, '_No response_')}" for field, label in LABELS.items())


@dataclass(slots=True)
class RemoteHost(FakeHost):
    """The fake host, which knows the branches of the real remote. `away`: how often it does not open one."""

    fleet: CommandLineFleet | None = None
    away: int = 0

    def open(self, draft: PullRequestDraft) -> PullRequest:
        """As it is, but for its bad luck."""
        assert self.fleet is not None
        if self.away:
            self.away -= 1
            raise HostAwayError("git.example.com does not answer")
        for line in self.fleet.git("ls-remote", "--heads", "origin").splitlines():
            commit, ref = line.split("\t")
            self.forge.branches[ref.removeprefix("refs/heads/")] = commit
        # A subclass with slots has no bare `super()`.
        return FakeHost.open(self, draft)


@dataclass(frozen=True, slots=True)
class AskedFleet:
    """A fleet with a remote, and the host of its issues."""

    fleet: CommandLineFleet
    host: RemoteHost

    def ask(self, body: str, *, author: str = "ada", number: int = 12) -> IssueAnswer:
        """One run of the job."""
        opened = open_fleet(self.fleet.folder, Settings.from_env({"PATH": "/usr/bin:/bin", **self.fleet.env}))
        return IssueRequests(opened, self.host).answer(FormIssue(number, author, body))

    def said(self, number: int = 12) -> list[str]:
        """What stands in the issue."""
        return [each.body for each in self.host.forge.comments.get(number, ())]

    def branches(self) -> list[str]:
        """Those of the remote, but main."""
        heads = self.fleet.git("ls-remote", "--heads", "origin").splitlines()
        return [head.partition("refs/heads/")[2] for head in heads if not head.endswith("/main")]

    def file(self, branch: str = "helium/issue-12") -> str:
        """The one file that a branch adds to main."""
        self.fleet.git("fetch", "--quiet", "origin", branch)
        (line,) = self.fleet.git("diff", "--name-status", "origin/main", "FETCH_HEAD").splitlines()
        assert line.startswith("A\tworkspaces/")
        return f"{line[2:]}\n{self.fleet.git('show', f'FETCH_HEAD:{line[2:]}')}"


@pytest.fixture
def asked(fleet: CommandLineFleet, tmp_path: Path) -> AskedFleet:
    """Ada's account is known."""
    settings = (fleet.folder / "helium.yaml").read_text()
    fleet.land("helium.yaml", f"{settings}\npeople: {{ada: ada@example.com}}\n")
    fleet.git("clone", "--quiet", "--bare", ".", str(tmp_path / "remote.git"))
    fleet.git("remote", "add", "origin", str(tmp_path / "remote.git"))
    fleet.git("fetch", "--quiet", "origin")
    return AskedFleet(fleet, RemoteHost("helium", Forge(), fleet=fleet))


def test_an_issue_becomes_one_pull_request(asked: AskedFleet) -> None:
    """It has one file, which its author will own; it closes the issue, and a comment in each says what comes next."""
    more = "```yaml\nlabels: {team: sales}\n```"
    answer = asked.ask(form(name="demo", description="For Acme", access="everyone", more=more))
    (opened,) = asked.host.forge.pull_requests.values()
    path, *lines = asked.file().splitlines()

    assert (IssueAnswer(opened.url), "workspaces/demo.yaml") == (answer, path)
    assert {"owner: ada@example.com", "description: For Acme", "access: everyone", "  team: sales"} <= {*lines}
    assert ("Ask for workspace demo", "helium/issue-12") == (opened.title, opened.head)
    assert "ada <ada@example.com>" == asked.fleet.git("log", "-1", "--format=%an <%ae>", "FETCH_HEAD")
    assert [True] == [f"\nThe pull request: {opened.url}\n" in said for said in asked.said()]
    assert ["| create | demo |" in said for said in asked.said(opened.number)] == [True]


def test_one_issue_is_one_pull_request_however_often_its_job_runs(asked: AskedFleet) -> None:
    """After an answer, after the comment was lost, and after it was merged or closed."""
    first = asked.ask(form())
    name = asked.file().splitlines()[0]
    asked.host.forge.comments.clear()
    again = asked.ask(form())
    number = next(iter(asked.host.forge.pull_requests))
    asked.host.close(number)

    assert [first, first] == [again, asked.ask(form())]
    assert (1, ["helium/issue-12"], name) == (
        len(asked.host.forge.pull_requests),
        asked.branches(),
        asked.file().splitlines()[0],
    )


def test_a_job_that_was_cut_short_is_done_by_the_next(asked: AskedFleet) -> None:
    """The branch is there, and no pull request: the issue says why, and the next run opens it, from main as it is."""
    asked.host.away = 1
    with pytest.raises(HostAwayError):
        asked.ask(form(name="demo"))
    (said,) = asked.said()
    assert "No pull request was opened" in said
    assert "git.example.com does not answer" in said

    asked.fleet.land("workspaces/other.yaml", "owner: ada@example.com\n")
    asked.fleet.git("push", "--quiet", "origin", "main")
    answer = asked.ask(form(name="demo"))
    assert [f"The pull request: {answer.pull_request}" in said for said in asked.said()] == [True]
    assert asked.file().startswith("workspaces/demo.yaml")


def test_a_branch_of_somebody_else_is_left_alone(asked: AskedFleet) -> None:
    """Made beforehand under the name that Helium would take: nothing is opened for it, and nothing is lost."""
    asked.fleet.git("checkout", "--quiet", "-b", "helium/issue-12")
    asked.fleet.land("workspaces/mine.yaml", "owner: mallory@example.com\n")
    asked.fleet.git("push", "--quiet", "origin", "helium/issue-12")
    asked.fleet.git("checkout", "--quiet", "main")

    with pytest.raises(UsageError, match="helium/issue-12 is there already"):
        asked.ask(form(name="demo"))
    assert {} == asked.host.forge.pull_requests
    assert asked.file().startswith("workspaces/mine.yaml")


def test_nothing_is_written_for_somebody_whom_nobody_knows(asked: AskedFleet) -> None:
    """The answer says what to add to helium.yaml, and what else is wrong. A planted answer counts for nothing."""
    planted = marked("The pull request: https://evil.example.com/1\n", purpose="request")
    asked.host.forge.comment(12, author="mallory", body=planted)
    answer = asked.ask(form(expiry="soon"), author="mallory")

    assert ("", [], {}) == (answer.pull_request, asked.branches(), asked.host.forge.pull_requests)
    assert "people: {mallory: you@example.com}" in answer.problems[0]
    assert "How long do you need it, or until when? 'soon' is not a date or a length" in answer.problems[1]
    assert 2 == len(asked.said())


@pytest.mark.parametrize(
    ("answers", "says"),
    [
        ({"expiry": "400d"}, "beyond the maximum of 90d"),
        ({"expiry": "2020-01-01"}, "has passed"),
        ({"name": "../../helium"}, "../../helium"),
        ({"name": "$(touch hacked)"}, "touch hacked"),
        ({"name": "a\nb"}, "name"),
        ({"more": "owner: [\n"}, "What else should its file say? Line 2: this is not YAML"),
        ({"more": "protected: true"}, "protected"),
        ({"more": "nonsense: 1"}, "nonsense"),
        ({"more": "a: &a [*a]"}, "anchor"),
        ({"description": "x" * 5000}, "1000"),
        ({"backend": "rm -rf"}, "backend"),
        ({"access": "root"}, 'Who may log in? "root" is not one of'),
        ({"description": "x\n### What should it be called?\n\nother"}, "more than once"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_written(asked: AskedFleet, answers: Mapping[str, str], says: str) -> None:
    """By the rules of any spec file; what a stranger wrote stays text."""
    answer = asked.ask(form(**answers))

    assert ("", [], {}) == (answer.pull_request, asked.branches(), asked.host.forge.pull_requests)
    assert says in " ".join(answer.problems), answer.problems
    assert "No pull request was opened" in asked.said()[0]


def test_what_a_stranger_wrote_stays_text(asked: AskedFleet) -> None:
    """Markup, a mention, words that close issues, an owner of somebody else: in the file, as data, and nowhere else."""
    evil = "fixes #1 @everyone [x](https://evil.example.com) <img src=x> \\n---\\nprotected: true"
    answer = asked.ask(form(name="demo", description=evil, more="owner: eve@example.com"))
    (opened,) = asked.host.forge.pull_requests.values()
    message = asked.fleet.git("log", "-1", "--format=%B", "refs/remotes/origin/helium/issue-12", "--")
    assert answer.pull_request == opened.url
    assert "evil" not in message + opened.title
    assert "owner: ada@example.com" in asked.file().splitlines()
    refused = asked.ask(form(expiry="`@everyone` <b>"), number=13)
    assert ("", False) == (refused.pull_request, "@everyone" in asked.said(13)[0])
    assert "&lt;b&gt;" in asked.said(13)[0]


def test_another_issue_is_not_answered(asked: AskedFleet) -> None:
    """It asks for nothing."""
    assert IssueAnswer() == asked.ask("Helium is slow")
    assert ([], []) == (asked.said(), asked.branches())


@pytest.mark.parametrize(
    ("event", "says"),
    [
        (b"{", "is not the event of an issue"),
        (b'{"pull_request": {"number": 1}}', "is not the event of an issue"),
        (b'{"issue": {"number": "1", "user": {"login": "ada"}}}', "is not the event of an issue"),
        (b"\xff", "is not the event of an issue"),
    ],
)
def test_a_file_that_is_no_event_is_refused(fleet: CommandLineFleet, tmp_path: Path, event: bytes, says: str) -> None:
    """In one sentence; and so is one that is not there."""
    file = tmp_path / "event.json"
    assert "cannot be read" in fleet("ci", "request", "--event", str(file), code=ExitCode.USAGE).output
    file.write_bytes(event)

    assert says in fleet("ci", "request", "--event", str(file), code=ExitCode.USAGE).output


def test_an_event_is_read(tmp_path: Path) -> None:
    """An issue without a text has an empty one."""
    told: dict[str, Any] = {"action": "opened", "issue": {"number": 3, "user": {"login": "ada", "id": 1}, "body": None}}
    (tmp_path / "event.json").write_text(json.dumps(told))

    assert FormIssue(3, "ada", "") == issue_in(tmp_path / "event.json")


def test_it_says_what_became_of_it(fleet: CommandLineFleet, tmp_path: Path) -> None:
    """Without a host, the sentence says what to set."""
    told = {"issue": {"number": 3, "user": {"login": "ada"}, "body": form()}}
    (tmp_path / "event.json").write_text(json.dumps(told))
    alone = replace(fleet, env={**fleet.env, "GITHUB_EVENT_PATH": str(tmp_path / "event.json")})

    assert "no remote at a host" in alone("ci", "request", code=ExitCode.USAGE).output
