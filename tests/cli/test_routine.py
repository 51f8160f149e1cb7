"""What Helium merges by itself at a real Gitea, and what it never merges. Only the stacks are in memory."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from helium.core.deadlines import parse_deadline as instant
from tests.cli.conftest import CommandLineFleet, copied
from tests.cli.memory import MemoryState
from tests.cli.test_pull_requests import SOON, HostedFleet
from tests.gitea import OWNER, Gitea

pytestmark = pytest.mark.slow
ADA, ANN = "owner: ada@example.com\n", "owner: ann@example.com\n"
SETTINGS = """routine: {adds: 2, edits: 3, removes: 1}
admins: [ops@example.com]
"""
PEOPLE = {"ada": "ada@example.com", "ann": "ann@example.com", OWNER: "ops@example.com"}


@dataclass(slots=True)
class RoutineFleet:
    """A hosted fleet with accounts of its own for Helium (`robot`), `ada` and `ann`; `mallory` may only read."""

    hosted: HostedFleet
    accounts: dict[str, Gitea] = field(default_factory=dict)

    @property
    def fleet(self) -> CommandLineFleet:
        """As whoever has Helium's token sees it."""
        return self.hosted.fleet

    def ask(self, login: str, files: dict[str, str | None], *, branch: str = "") -> int:
        """A pull request of that account; its number."""
        branch = branch or f"{login}-{len(list(self.accounts))}-{abs(hash(str(files))) % 10**8}"
        self.push(login, files, branch=branch)
        asked = {"title": f"{login} asks", "head": branch, "base": "main"}
        return int(self.accounts[login].call("POST", f"{self.hosted.path}/pulls", asked)["number"])

    def push(self, login: str, files: dict[str, str | None], *, branch: str) -> None:
        """Commits of that account on a branch off main."""
        git, address = self.fleet.git, self.accounts[login].address
        git("fetch", "--quiet", "origin")
        git("checkout", "--quiet", "-B", branch, "origin/main")
        for path, text in files.items():
            self.fleet.land(path, text)
        url = f"{address}/{OWNER}/{self.hosted.name}.git".replace("://", f"://{login}:{self.accounts[login].token}@")
        git("push", "--quiet", url, branch)
        git("checkout", "--quiet", "main")

    def advance(self, *, code: int = 0) -> dict[int, dict[str, Any]]:
        """One turn; what it says of each pull request."""
        found = self.fleet.json("ci", "advance", code=code)["found"]
        return {each["number"]: each for each in found}

    def pull(self, number: int) -> dict[str, Any]:
        """As the host has it."""
        return dict(self.accounts[OWNER].call("GET", f"{self.hosted.path}/pulls/{number}"))

    def comment(self, number: int) -> str:
        """Helium's one comment on it."""
        (body,) = [each["body"] for each in self.hosted.comments(number) if each["user"]["login"] == "robot"]
        return str(body)


@pytest.fixture
def routine(template: CommandLineFleet, tmp_path: Path, gitea: Gitea, request: pytest.FixtureRequest) -> RoutineFleet:
    """`mine` is ada's, `hers` is ann's, both up."""
    name = request.node.name.replace("_", "-")[:60].strip("-")
    own = replace(copied(template, tmp_path / "acme"), state=MemoryState())
    hosted = HostedFleet(own, gitea, name)
    accounts = {login: gitea.account(login) for login in ("robot", "ada", "ann", "mallory")} | {OWNER: gitea}
    for login, permission in (("robot", "write"), ("ada", "write"), ("ann", "write"), ("mallory", "read")):
        gitea.call("PUT", f"{hosted.path}/collaborators/{login}", {"permission": permission})
    hosted.fleet = replace(hosted.fleet, env={**own.env, "HELIUM_HOST_TOKEN": accounts["robot"].token})
    settings = (own.folder / "helium.yaml").read_text().replace(f"people: {{{OWNER}: ops@example.com}}\n", "")
    people = "".join(f"  {login}: {mail}\n" for login, mail in PEOPLE.items())
    files = {"helium.yaml": f"{settings}{SETTINGS}people:\n{people}"}
    files |= {"workspaces/mine.yaml": f"{ADA}expiry: {SOON}\n", "workspaces/hers.yaml": f"{ANN}expiry: {SOON}\n"}
    hosted.push(dict(files))
    hosted.fleet("reconcile")
    return RoutineFleet(hosted, accounts)


def test_what_is_the_author_s_own_is_merged(routine: RoutineFleet) -> None:
    """One new workspace, one edit; the comment says so, and the next pass carries it out."""
    files: dict[str, str | None] = {
        "workspaces/new.yaml": ADA,
        "workspaces/mine.yaml": f"{ADA}description: x\nexpiry: {SOON}\n",
    }
    number = routine.ask("ada", files)
    said = routine.advance()[number]

    assert routine.pull(number)["merged"]
    assert said["commit"] == routine.pull(number)["merge_commit_sha"]
    assert "robot" == routine.pull(number)["merged_by"]["login"]
    assert "nobody had to look" in routine.comment(number)
    assert {} == routine.advance()
    routine.fleet("reconcile")
    assert {"mine": "ready", "hers": "ready", "new": "ready"} == routine.fleet.statuses()


def test_what_is_another_s_waits_for_that_person(routine: RoutineFleet) -> None:
    """The comment names who must look and why, and stays the only one."""
    number = routine.ask("ada", {"workspaces/hers.yaml": None})
    routine.advance()
    said = routine.advance()[number]

    assert not routine.pull(number)["merged"]
    assert "ada@example.com must ask ann@example.com: hers belongs to ann@example.com" in said["sentence"]
    assert "hers belongs to ann" in routine.comment(number)


def test_a_removal_counts_as_requested_by_its_author(routine: RoutineFleet) -> None:
    """The history names who asked, and that nobody had to look."""
    number = routine.ask("ada", {"workspaces/mine.yaml": None})
    routine.advance()
    assert routine.pull(number)["merged"]
    routine.fleet("reconcile")
    last = routine.fleet.json("history", "mine")["events"][-1]

    assert ("file-removed", "ada@example.com") == (last["what"], last["who"])
    assert "routine" in last["approved_by"]


def extended(routine: RoutineFleet, name: str) -> str:
    """The deadline, by main."""
    return str(next(row["deadline"] for row in routine.fleet.json("list")["workspaces"] if row["name"] == name))


def say(routine: RoutineFleet, login: str, number: int, *, body: str) -> int:
    """A comment; its id."""
    path = f"{routine.hosted.path}/issues/{number}/comments"
    return int(routine.accounts[login].call("POST", path, {"body": body})["id"])


def test_more_time_is_a_comment(routine: RoutineFleet) -> None:
    """On a pull request without a name, on an issue with one; each once, and each answered once."""
    number = routine.ask("ada", {"workspaces/mine.yaml": f"{ADA}description: x\nexpiry: {SOON}\n"})
    before = extended(routine, "mine")
    say(routine, "ada", number, body="/extend 7d\r\n\nI am not done yet.")
    routine.advance()
    after = extended(routine, "mine")
    routine.advance()
    answers = [each["body"] for each in routine.hosted.comments(number) if "helium:extend-" in each["body"]]

    assert (timedelta(days=7), after) == (instant(after) - instant(before), extended(routine, "mine"))
    assert 1 == len(answers)
    assert f"mine ends at {after} now" in answers[0]
    issue = int(routine.accounts["ann"].call("POST", f"{routine.hosted.path}/issues", {"title": "time"})["number"])
    say(routine, "ann", issue, body="/extend 36h hers")
    say(routine, "ann", issue, body="/extend 36h")
    routine.advance()
    said = [each["body"] for each in routine.hosted.comments(issue) if "helium:extend-" in each["body"]]
    assert "hers ends at" in said[0]
    assert "Say which one" in said[1]


def test_who_may_not_extend_is_told_so(routine: RoutineFleet) -> None:
    """Another's, a stranger's, a wrong length, an edited comment: each has one answer, and nothing is written."""
    issue = int(routine.accounts["ann"].call("POST", f"{routine.hosted.path}/issues", {"title": "time"})["number"])
    say(routine, "ann", issue, body="/extend 7d mine")
    say(routine, "mallory", issue, body="/extend 7d mine")
    say(routine, "ann", issue, body="/extend 7parsecs hers")
    say(routine, "ann", issue, body="please /extend 7d hers\n/extend 7d hers")
    edited = say(routine, "ann", issue, body="thanks")
    time.sleep(1.1)
    routine.accounts[OWNER].call(
        "PATCH", f"{routine.hosted.path}/issues/comments/{edited}", {"body": "/extend 7d hers"}
    )
    head = routine.fleet.git("ls-remote", "origin", "refs/heads/main")
    routine.advance()
    routine.advance()
    said = [each["body"] for each in routine.hosted.comments(issue) if "helium:extend-" in each["body"]]

    assert head == routine.fleet.git("ls-remote", "origin", "refs/heads/main")
    assert 4 == len(said)
    assert "mine belongs to ada" in said[0]
    assert "is not a date or a length" in said[1]
    assert "edited counts for nothing" in said[2]
    assert "does not say whose account mallory is" in said[3]
    assert "ada" not in said[3]
