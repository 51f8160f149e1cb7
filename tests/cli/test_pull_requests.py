"""A fleet at a real Gitea, from a pull request to what became of it. Only the stacks are in memory."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from helium.errors import ExitCode
from tests.cli.conftest import CommandLineFleet, copied
from tests.cli.memory import MemoryState
from tests.gitea import OWNER, Gitea

pytestmark = pytest.mark.slow
SPEC = "owner: ada@example.com\nexpiry: {}\n"
SOON = f"{datetime.now(UTC) + timedelta(days=5):%Y-%m-%d}"


@dataclass(slots=True)
class HostedFleet:
    """A fleet whose repository is at the Gitea, as a clone with CI's token sees it."""

    fleet: CommandLineFleet
    gitea: Gitea
    name: str
    path: str = field(init=False)

    def __post_init__(self) -> None:
        self.path = f"/repos/{OWNER}/{self.name}"
        url = self.gitea.with_token(self.gitea.repository(self.name))
        host = f"host: {{kind: gitea, url: '{self.gitea.address}', repository: {OWNER}/{self.name}}}\n"
        people = f"people: {{{OWNER}: ops@example.com}}\n"
        settings = (self.fleet.folder / "helium.yaml").read_text()
        state = f"state: file://{self.fleet.folder.parent}/state"
        (self.fleet.folder.parent / "state").mkdir()
        self.fleet.land("helium.yaml", settings.replace("state: file://.helium/state", state) + host + people)
        self.fleet.git("remote", "add", "origin", url)
        self.fleet.git("push", "--quiet", "--set-upstream", "origin", "main")

    def push(self, files: dict[str, str | None], *, branch: str = "") -> str:
        """Commits on main, or on a branch off it; the head."""
        self.fleet.git("fetch", "--quiet", "origin")
        self.fleet.git("checkout", "--quiet", "-B", branch or "main", "origin/main")
        for path, text in files.items():
            self.fleet.land(path, text)
        self.fleet.git("push", "--quiet", "origin", branch or "main")
        head = self.fleet.git("rev-parse", "HEAD")
        self.fleet.git("checkout", "--quiet", "main")
        return head

    def opened(self, branch: str) -> int:
        """Its pull request."""
        asked = {"title": branch, "head": branch, "base": "main"}
        return int(self.gitea.call("POST", f"{self.path}/pulls", asked)["number"])

    def merge(self, number: int) -> None:
        """A person presses the button."""
        self.gitea.merge(self.path, number, force_merge=True)

    def comments(self, number: int) -> list[dict[str, Any]]:
        """All of them, oldest first."""
        return list(self.gitea.call("GET", f"{self.path}/issues/{number}/comments"))


@pytest.fixture
def hosted(template: CommandLineFleet, tmp_path: Path, gitea: Gitea, request: pytest.FixtureRequest) -> HostedFleet:
    """With `one`, `two` and `three` up."""
    own = replace(copied(template, tmp_path / "acme"), state=MemoryState())
    name = request.node.name.replace("_", "-")[:60].strip("-")
    hosted = HostedFleet(replace(own, env={**own.env, "HELIUM_HOST_TOKEN": gitea.token}), gitea, name)
    hosted.push({f"workspaces/{each}.yaml": SPEC.format(SOON) for each in ("one", "two", "three")})
    hosted.fleet("reconcile")
    return hosted


def test_one_comment_tells_what_happens_and_what_is_merged_is_carried_out(hosted: HostedFleet) -> None:
    """A second push edits the same comment; the merged removal is recorded with who asked and who approved."""
    first = hosted.push({"workspaces/one.yaml": None}, branch="tidy")
    number = hosted.opened("tidy")
    hosted.fleet("ci", "plan", "--pull-request", str(number), "--head", first, "--comment")
    hosted.fleet.git("checkout", "--quiet", "tidy")
    hosted.fleet.land("workspaces/four.yaml", SPEC.format(SOON))
    hosted.fleet.git("push", "--quiet", "origin", "tidy")
    second = hosted.fleet.git("rev-parse", "HEAD")
    hosted.fleet.git("checkout", "--quiet", "main")
    shown = hosted.fleet("ci", "plan", "--pull-request", str(number), "--head", second, "--comment")
    (comment,) = hosted.comments(number)

    assert "1 to destroy, 1 to create" in comment["body"]
    assert "- one: of ada@" in comment["body"]
    assert comment["html_url"] in shown.stderr
    hosted.merge(number)
    hosted.fleet("reconcile")
    last = hosted.fleet.json("history", "one")["events"][-1]
    assert ("file-removed", "ops@example.com", "ops@example.com") == (last["what"], last["who"], last["approved_by"])
    assert "pull-request" in hosted.fleet("audit", "--csv", "--name", "one").stdout
    assert {"two": "ready", "three": "ready", "four": "ready"} == hosted.fleet.statuses()


def test_the_comment_goes_on_after_the_merge(hosted: HostedFleet) -> None:
    """Ready with its links, failed with its sentence, gone: in the comment that said what would happen, and once."""
    files: dict[str, str | None] = {"workspaces/one.yaml": None, "workspaces/four.yaml": SPEC.format(SOON)}
    head = hosted.push({**files, "workspaces/sad.yaml": f"{SPEC.format(SOON)}description: fail\n"}, branch="mix")
    number = hosted.opened("mix")
    hosted.fleet("ci", "plan", "--pull-request", str(number), "--head", head, "--comment")
    hosted.merge(number)
    hosted.fleet("reconcile", "--once", code=ExitCode.FAILED)
    (comment,) = hosted.comments(number)
    planned, _, became = comment["body"].partition("**Merged.**")
    rows = [line for line in became.splitlines() if line.startswith("| ")][1:]

    assert "1 to destroy, 2 to create" in planned
    assert "**failed**: quota exceeded" in rows[0]
    assert "`helium show sad --log`" in rows[0]
    assert "[Console](https://four." in rows[1]
    assert "one | gone" in rows[2]
    hosted.push({"workspaces/sad.yaml": SPEC.format(SOON)})
    hosted.fleet("reconcile")
    (comment,) = hosted.comments(number)
    assert "sad | ready" in comment["body"].partition("**Merged.**")[2]


def test_the_comment_goes_on_after_a_pass_of_several_machines(hosted: HostedFleet) -> None:
    """The first shard begins, and the step that closes says all that they did, and did not: in one comment."""
    files: dict[str, str | None] = {f"workspaces/{name}.yaml": SPEC.format(SOON) for name in ("five", "six", "seven")}
    head = hosted.push(files, branch="several")
    number = hosted.opened("several")
    hosted.fleet("ci", "plan", "--pull-request", str(number), "--head", head, "--comment")
    hosted.merge(number)
    commit = hosted.fleet.json("reconcile", "--split")["split"]
    for shard in ("1/3", "2/3"):
        hosted.fleet("reconcile", "--plan", commit, "--shard", shard)
    hosted.fleet("reconcile", "--plan", commit, "--close", code=ExitCode.FAILED)

    (comment,) = hosted.comments(number)
    _, _, became = comment["body"].partition("**Merged.**")
    rows = [line.split("|")[1:3] for line in became.splitlines() if line.startswith("| ")]
    told = {name.strip(): said.split()[0].strip(":") for name, said in rows}
    assert ("ready", "ready", "creating") == (told["five"], told["seven"], told["six"])


def test_a_pass_goes_on_where_nobody_can_be_told(hosted: HostedFleet) -> None:
    """The host is away: one sentence, and the workspace is ready all the same."""
    hosted.push({"workspaces/four.yaml": SPEC.format(SOON)}, branch="more")
    hosted.merge(hosted.opened("more"))
    deaf = replace(hosted.fleet, env={**hosted.fleet.env, "HELIUM_HOST_TOKEN": "wrong"})
    shown = deaf("reconcile")

    assert "The pull requests are not told what becomes of them" in shown.output
    assert "ready" == hosted.fleet.statuses()["four"]


def test_a_pull_request_that_conflicts_says_so_in_its_comment(hosted: HostedFleet) -> None:
    """Nobody waits for a plan that will never come."""
    head = hosted.push({"workspaces/one.yaml": SPEC.format("2026-12-30")}, branch="edit")
    number = hosted.opened("edit")
    hosted.push({"workspaces/one.yaml": None})
    words = ("ci", "plan", "--pull-request", str(number), "--head", head, "--comment")
    hosted.fleet(*words, code=ExitCode.SOURCE)
    (comment,) = hosted.comments(number)

    assert "**Not planned**" in comment["body"]
    assert "workspaces/one.yaml" in comment["body"]


def test_a_removal_that_was_not_shown_is_held_and_released_by_name(hosted: HostedFleet) -> None:
    """More files than anybody reads: the pass holds it and names what releases it."""
    head = hosted.push({"notes.txt": "x"}, branch="huge")
    hosted.fleet.git("checkout", "--quiet", "huge")
    for number in range(201):
        (hosted.fleet.folder / f"note{number}.txt").write_text("x")
    hosted.fleet.land("workspaces/one.yaml", None)
    hosted.fleet.git("push", "--quiet", "origin", "huge")
    assert head != hosted.fleet.git("rev-parse", "HEAD")
    hosted.fleet.git("checkout", "--quiet", "main")
    hosted.merge(hosted.opened("huge"))
    refused = hosted.fleet.json("reconcile", code=ExitCode.REFUSED)["plan"]["refusals"]

    assert [("unreviewed-removal", ["one"])] == [(each["code"], each["names"]) for each in refused]
    assert "one" in hosted.fleet.statuses()
    hosted.fleet("reconcile", *refused[0]["override"].split())
    assert {"two", "three"} == set(hosted.fleet.statuses())


def test_without_a_token_removals_of_pull_requests_wait(hosted: HostedFleet) -> None:
    """helium.yaml names the host, so a pass that cannot ask it holds the removal, and says which variable to set."""
    hosted.push({"workspaces/one.yaml": None}, branch="tidy")
    hosted.merge(hosted.opened("tidy"))
    blind = replace(hosted.fleet, env={**hosted.fleet.env, "HELIUM_HOST_TOKEN": ""})
    refused = blind.json("reconcile", code=ExitCode.REFUSED)["plan"]["refusals"]

    assert "Set HELIUM_HOST_TOKEN" in refused[0]["sentence"]
    hosted.fleet("reconcile")
    assert {"two", "three"} == set(hosted.fleet.statuses())


@pytest.fixture
def protected(hosted: HostedFleet) -> HostedFleet:
    """A main that takes pull requests alone, and settings that say so."""
    settings = (hosted.fleet.folder / "helium.yaml").read_text()
    hosted.push({"helium.yaml": f"{settings}write: pull-request\n"})
    rule = {"rule_name": "main", "enable_push": False}
    hosted.gitea.call("POST", f"{hosted.path}/branch_protections", rule)
    return hosted


def pulls(hosted: HostedFleet) -> list[dict[str, Any]]:
    """The open ones, oldest first."""
    return sorted(hosted.gitea.call("GET", f"{hosted.path}/pulls?state=open"), key=lambda each: int(each["number"]))


def test_a_protected_main_gets_a_pull_request_for_each_thing_that_is_asked(protected: HostedFleet) -> None:
    """New, extend and delete open one each, main stays as it was, and what is merged is carried out."""
    fleet, before = protected.fleet, protected.fleet.git("ls-remote", "origin", "refs/heads/main")
    made = fleet.json("new", "four")
    extended = fleet("extend", "two", "+1d").stdout
    deleted = fleet("delete", "three").stdout
    opened = pulls(protected)

    assert before == fleet.git("ls-remote", "origin", "refs/heads/main")
    assert ["Ask for workspace four", "Extend workspace two to +1d", "Delete workspace three"] == [
        each["title"] for each in opened
    ]
    assert opened[0]["html_url"] == made["pull_request"]
    assert f"extended by pull request {opened[1]['html_url']}" in extended
    assert "once it is merged, the next pass destroys three" in deleted
    for each in opened:
        words = ("ci", "plan", "--pull-request", str(each["number"]), "--head", each["head"]["sha"], "--comment")
        fleet(*words)
        protected.merge(int(each["number"]))
    fleet("reconcile")
    assert {"one": "ready", "two": "ready", "four": "ready"} == fleet.statuses()
    assert "pull-request" in fleet("audit", "--csv", "--name", "three").stdout


def test_expired_files_go_by_one_standing_pull_request(protected: HostedFleet) -> None:
    """Where a rule wants a person, it stays open, is made again from main, and there is never a second one."""
    fleet = protected.fleet
    soon = datetime.now(UTC) + timedelta(seconds=6)
    number_before = len(pulls(protected))
    fleet.json("new", "brief", "--expiry", f"{soon:%Y-%m-%dT%H:%M:%SZ}")
    protected.merge(int(pulls(protected)[-1]["number"]))
    fleet("reconcile", "--once")
    time.sleep(max(0.0, (soon - datetime.now(UTC)).total_seconds() + 1))
    rules = f"{protected.path}/branch_protections/main"
    protected.gitea.call("PATCH", rules, {"required_approvals": 1, "block_admin_merge_override": True})
    first = fleet.json("expire")
    again = fleet.json("expire")

    assert first["pull_request"] == again["pull_request"] != ""
    assert number_before + 1 == len(pulls(protected))
    protected.gitea.call("PATCH", rules, {"required_approvals": 0, "block_admin_merge_override": False})
    assert "" == fleet.json("expire")["pull_request"]
    assert number_before == len(pulls(protected))
    assert "nothing has expired" in fleet("expire").stdout


def test_without_a_host_nothing_is_left_behind(protected: HostedFleet) -> None:
    """The branch is pushed only once somebody can open its pull request."""
    before = protected.fleet.git("ls-remote", "origin")
    blind = replace(protected.fleet, env={**protected.fleet.env, "HELIUM_HOST_TOKEN": ""})

    assert "Set HELIUM_HOST_TOKEN" in blind("new", "four", code=ExitCode.USAGE).stderr
    assert before == protected.fleet.git("ls-remote", "origin")


def test_what_is_refused_opens_nothing(protected: HostedFleet) -> None:
    """A name that is taken, and an extension that changes nothing, are told at once."""
    before = protected.fleet.git("ls-remote", "origin")

    assert "one already exists" in protected.fleet("new", "one", code=ExitCode.USAGE).stderr
    assert "nothing to ask for" in protected.fleet("extend", "one", SOON, code=ExitCode.USAGE).stderr
    assert before == protected.fleet.git("ls-remote", "origin")


def test_main_shows_how_the_last_pass_ended(hosted: HostedFleet) -> None:
    """Beside the commit that it planned, once for each end that is another one."""
    head = hosted.push({"workspaces/four.yaml": SPEC.format(SOON)})
    for _ in range(3):
        hosted.fleet("reconcile")
    listed = hosted.gitea.call("GET", f"{hosted.path}/commits/{head}/statuses?sort=oldest")
    said = [(each["context"], each["status"], each["description"]) for each in listed]

    assert [
        ("helium", "success", "1 created; 3 left as they are"),
        ("helium", "success", "4 left as they are"),
    ] == sorted(said)
