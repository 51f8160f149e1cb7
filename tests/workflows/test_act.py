"""The workflows themselves, run by act on a repository at a real host, with the sandbox as the cloud."""

from __future__ import annotations

import base64
import re
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml

from helium.core.deadlines import format_instant
from helium.core.issue_form import QUESTIONS
from tests.adapters.git_repos import git, land, new_repo
from tests.gitea import Gitea
from tests.workflows.act_runner import ANN, ActRunner
from tests.workflows.parts import ROOT
from tools.release import version_of

pytestmark = pytest.mark.slow
SPEC = "owner: ann@example.com\nexpiry: {expiry}\n"


def spec(expiry: datetime | str) -> bytes:
    """A workspace's file."""
    return SPEC.format(expiry=expiry if isinstance(expiry, str) else format_instant(expiry)).encode()


def now() -> datetime:
    """In whole seconds, as a file has it."""
    return datetime.now(UTC).replace(microsecond=0)


def test_a_pull_request_is_checked_and_shown_merged_and_made(machine: ActRunner) -> None:
    """Green, one comment, a merge at the host, ready, and the comment goes on; then an order of an admin is done."""
    asked = machine.open({"workspaces/stays.yaml": spec(now() + timedelta(days=2))})
    told = {"action": "opened", "number": asked["number"], "pull_request": asked}
    proposed = machine.checkout(f"refs/pull/{asked['number']}/head")
    checked = machine.act("pull_request", "check.yml", payload=told, at=proposed)
    assert (0, True) == (checked.returncode, "no errors; it changes 1 workspace" in checked.stdout), checked.stdout
    shown = machine.act("pull_request_target", "plan.yml", payload=told)
    assert shown.returncode == 0, shown.stdout
    (comment,) = machine.comments(asked["number"])
    assert "| create | stays |" in comment

    machine.merge(asked["number"])
    passed = machine.act("push", "reconcile.yml")
    assert (0, {"stays": "ready"}) == (passed.returncode, machine.phases()), passed.stdout
    assert any("ready" in each for each in machine.comments(asked["number"]))

    order = {"order": "roll", "names": "stays", "why": "rotated; $(touch bad)", "good-for": "2h"}
    stranger = replace(machine, actor="mallory")
    refused = stranger.act("workflow_dispatch", "operate.yml", payload={"inputs": order})
    assert (1, False) == (refused.returncode, "helium reconcile" in refused.stdout), refused.stdout
    assert "mallory may not give orders" in refused.stdout, refused.stdout

    ordered = machine.act("workflow_dispatch", "operate.yml", payload={"ref": "refs/heads/main", "inputs": order})
    assert ordered.returncode == 0, ordered.stdout
    assert re.search(r"\[operate/outcome *\].*\| status +done", ordered.stdout), ordered.stdout


def test_what_expires_goes_and_so_does_its_file(machine: ActRunner) -> None:
    """The hourly job removes the file in one commit, and the pass that follows the stack."""
    began = now()
    machine.push({"workspaces/goes.yaml": spec(began + timedelta(minutes=20))})
    pushed = machine.act("push", "reconcile.yml")
    assert (0, {"goes": "ready"}) == (pushed.returncode, machine.phases()), pushed.stdout

    # The next pass must record the deadline while it is in the future; how long that takes says the first one.
    soon = now() + (now() - began) + timedelta(seconds=10)
    first = machine.head()
    machine.push({"workspaces/goes.yaml": spec(soon)})
    # A job of an old commit that is run again applies main as it is now.
    again = machine.act("push", "reconcile.yml", at=machine.checkout(first))
    assert (0, {"goes": "ready"}) == (again.returncode, machine.phases()), again.stdout

    time.sleep(max(0.0, (soon - datetime.now(UTC)).total_seconds() + 1))
    before = machine.head()
    hourly = machine.act("schedule", "expire.yml")
    assert hourly.returncode == 0, hourly.stdout
    assert ["D\tworkspaces/goes.yaml"] == machine.changed(before)
    assert {} == machine.phases()


def test_a_fleet_at_gitea_is_passed_over_from_another_repository(tmp_path: Path, pulumi: str, gitea: Gitea) -> None:
    """Its own workflows have no secret; those of its operators clone it, and make what was merged."""
    machine = ActRunner.create(tmp_path, pulumi=pulumi, gitea=gitea, host="gitea")
    asked = machine.open({"workspaces/stays.yaml": spec(now() + timedelta(days=2))})
    told = {"action": "opened", "number": asked["number"], "pull_request": asked}
    proposed = machine.checkout(f"refs/pull/{asked['number']}/head")
    checked = machine.act("pull_request", "check.yml", payload=told, at=proposed)
    assert checked.returncode == 0, checked.stdout
    shown = machine.act("pull_request_target", "plan.yml", payload=told)
    assert (0, True) == (shown.returncode, "| create | stays |" in shown.stdout), shown.stdout
    machine.merge(asked["number"])
    operators = new_repo(tmp_path / "operators")
    machine.init(operators, "--operates", machine.url)
    land(operators, {}, time=now())

    passed = machine.act("schedule", "reconcile.yml", at=operators)

    assert passed.returncode == 0, passed.stdout
    assert {"stays": "ready"} == machine.phases()


@pytest.mark.parametrize("host", ["github", "gitea"])
def test_what_is_routine_is_merged_by_a_job(tmp_path: Path, pulumi: str, gitea: Gitea, host: str) -> None:
    """By main's own workflow, or from the operators' repository; the next pass makes what was merged."""
    machine = ActRunner.create(tmp_path, pulumi=pulumi, gitea=gitea, host=host)
    settings = (machine.clone / "helium.yaml").read_text().replace("people: {", "people: {ada: ada@example.com, ")
    routine = f"{settings}\nroutine: {{adds: 1, edits: 1, removes: 1}}\n"
    machine.push({"helium.yaml": routine.encode(), "workspaces/stays.yaml": spec(now() + timedelta(days=2))})
    operators = new_repo(tmp_path / "operators")
    machine.init(operators, "--operates", machine.url)
    land(operators, {}, time=now())
    passes = (("push", "reconcile.yml", None), ("schedule", "reconcile.yml", operators))[host == "gitea"]
    assert machine.act(passes[0], passes[1], at=passes[2]).returncode == 0
    ada = gitea.account("ada")
    gitea.call("PUT", f"{machine.api}/collaborators/ada", {"permission": "write"})
    hers = base64.b64encode(b"owner: ada@example.com\n").decode()
    body = {"content": hers, "message": "Ask", "branch": "main", "new_branch": "hers"}
    ada.call("POST", f"{machine.api}/contents/workspaces/hers.yaml", body)
    asked = ada.call("POST", f"{machine.api}/pulls", {"head": "hers", "base": "main", "title": "$(touch hacked)"})
    machine.push({"workspaces/stays.yaml": None}, branch="not-hers")
    other = ada.call("POST", f"{machine.api}/pulls", {"head": "not-hers", "base": "main", "title": "Tidy up"})

    done = machine.act("schedule", "advance.yml", at=operators if host == "gitea" else None)

    assert done.returncode == 0, done.stdout
    assert f"pull request {asked['number']} is merged" in done.stdout, done.stdout
    assert gitea.call("GET", f"{machine.api}/pulls/{asked['number']}")["merged"]
    assert not gitea.call("GET", f"{machine.api}/pulls/{other['number']}")["merged"]
    assert "stays belongs to ann@" in machine.comments(other["number"])[0].replace("\u200b", "")
    ada.call("POST", f"{machine.api}/issues/{asked['number']}/comments", {"body": "/extend 1d"})
    extended = machine.act("workflow_dispatch", "advance.yml", at=operators if host == "gitea" else None)
    assert "hers ends at" in machine.comments(asked["number"])[-1], extended.stdout
    assert machine.act(passes[0], passes[1], at=passes[2]).returncode == 0
    assert {"stays": "ready", "hers": "ready"} == machine.phases()


def test_nothing_is_applied_until_a_machine_is_named(machine: ActRunner) -> None:
    """Without the variable HELIUM_RUNNER a push makes nothing, not even the ledger's branch, and fails nothing."""
    machine.push({"workspaces/waits.yaml": spec("2099-01-01")})

    pushed = machine.act("push", "reconcile.yml", runner="")

    assert pushed.returncode == 0, pushed.stdout
    assert "helium reconcile" not in pushed.stdout
    assert ["main"] == machine.branches()


def test_what_is_wrong_turns_the_check_red_and_gets_nowhere(machine: ActRunner) -> None:
    """Errors are remarks beside a file and line. A path and a text that look like commands stay what they are."""
    planted = 'workspaces/it"s $(touch hacked)\n::error::planted,line=7.yaml'
    wrong = b"owner: ann@example.com\nexpirey: 2099-01-01\n"
    asked = machine.open({"workspaces/wrong.yaml": wrong, planted: b'description: "x\\n::warning::planted"\nno: 1\n'})
    told = {"action": "synchronize", "number": asked["number"], "pull_request": asked}
    proposed = machine.checkout(f"refs/pull/{asked['number']}/head")

    for event in ("pull_request", "merge_group"):
        checked = machine.act(event, "check.yml", payload=told, at=proposed)

        assert checked.returncode == 1, checked.stdout
        assert re.search(r"::error file=workspaces/wrong\.yaml,line=2.*expirey", checked.stdout), checked.stdout
        assert not re.search(r"^\S*\s*\| ::(error|warning)::planted", checked.stdout, re.MULTILINE), checked.stdout
        assert [] == [*machine.folder.rglob("hacked")]


def test_helium_s_own_repository_is_a_fleet(tmp_path: Path, pulumi: str, gitea: Gitea) -> None:
    """Its own workflows, on machines that have nothing of Helium's: the action installs what the job needs."""
    helium = ActRunner.of_helium(tmp_path, pulumi=pulumi, gitea=gitea)
    asked = helium.open({"workspaces/own.yaml": spec(now() + timedelta(days=2))})
    told = {"action": "opened", "number": asked["number"], "pull_request": asked}
    proposed = helium.checkout(f"refs/pull/{asked['number']}/head")

    checked = helium.act("pull_request", "check.yml", payload=told, at=proposed, job="specs")
    shown = helium.act("pull_request_target", "plan.yml", payload=told)
    helium.merge(asked["number"])
    # What a pass needs is ten times as much, and another test's business: here, the machine has it.
    passed = replace(helium, installed=True).act("push", "reconcile.yml")

    assert (0, True) == (checked.returncode, "no errors; it changes 1 workspace" in checked.stdout), checked.stdout
    assert shown.returncode == 0, shown.stdout
    assert 1 == len([body for body in helium.comments(asked["number"]) if "| create | own |" in body])
    assert passed.returncode == 0, passed.stdout
    assert re.search(r"\| .* ready own ", passed.stdout), passed.stdout
    # Publishing needs the host itself; what comes before runs everywhere.
    tag = f"v{version_of((ROOT / 'pyproject.toml').read_text())}"
    built = helium.act("push", "release.yml", payload={"ref": f"refs/tags/{tag}"}, job="build")
    assert built.returncode == 0, built.stdout
    given = re.findall(r"\| (dist|notes)\S*\.(md|whl|gz)$", built.stdout, re.MULTILINE)
    assert {("dist", "gz"), ("dist", "whl"), ("notes", "md")} == {*given}, built.stdout
    site = helium.act("push", "release.yml", payload={"ref": f"refs/tags/{tag}"}, job="site")
    assert (0, True) == (site.returncode, "pages.tar" in site.stdout), site.stdout
    kept = [re.findall(r"\| asked to keep (\S+)", done.stdout) for done in (checked, shown, passed)]
    assert (kept[0], 1, []) == (kept[1], len(kept[0]), kept[2])
    assert re.fullmatch(r"helium-wheels-\S+-[0-9a-f]{16}", kept[0][0])


@pytest.mark.parametrize("host", ["github", "gitea"])
def test_an_issue_becomes_a_pull_request(tmp_path: Path, pulumi: str, gitea: Gitea, host: str) -> None:
    """With the form's answers as the host has them; a second run opens no second one; a stranger gets a sentence."""
    machine = ActRunner.create(tmp_path, pulumi=pulumi, gitea=gitea, host=host)
    (shown,) = gitea.call("GET", f"{machine.api}/issue_templates")
    assert ("I need a workspace", [*QUESTIONS]) == (
        shown["name"],
        [field["attributes"]["label"] for field in shown["body"]],
    )
    given = {"name": "wished", "expiry": "2d", "description": "$(touch hacked) @everyone\n::error::planted"}
    body = "\n\n".join(f"### {label}\n\n{given.get(field, '_No response_')}" for label, field in QUESTIONS.items())
    issue = gitea.call("POST", f"{machine.api}/issues", {"title": "Workspace: `touch hacked`", "body": body})
    runs = [machine.act("issues", "request.yml", payload={"action": "opened", "issue": issue}) for _ in range(2)]
    stranger = {**issue, "user": {**issue["user"], "login": "mallory"}, "number": issue["number"]}
    other = gitea.call("POST", f"{machine.api}/issues", {"title": "Workspace", "body": body})
    refused = machine.act(
        "issues", "request.yml", payload={"action": "opened", "issue": {**stranger, "number": other["number"]}}
    )
    idle = machine.act("issues", "request.yml", payload={"action": "opened", "issue": {**issue, "body": "Hello"}})
    (opened,) = gitea.call("GET", f"{machine.api}/pulls?state=open")

    assert [0, 0, 0, 0] == [run.returncode for run in (*runs, refused, idle)], runs[0].stdout
    assert f"Closes #{issue['number']}" in opened["body"]
    assert [True] == [f"The pull request: {opened['html_url']}" in said for said in machine.comments(issue["number"])]
    assert [True] == ["| create | wished |" in said for said in machine.comments(opened["number"])]
    assert ["people: {mallory: you" in said for said in machine.comments(other["number"])] == [True]
    assert "helium ci request" not in idle.stdout
    machine.merge(opened["number"])
    assert "closed" == gitea.call("GET", f"{machine.api}/issues/{issue['number']}")["state"]
    git(machine.clone, "fetch", "--quiet", "origin")
    spec_of = yaml.safe_load(git(machine.clone, "show", "origin/main:workspaces/wished.yaml"))
    assert (ANN, given["description"]) == (spec_of["owner"], spec_of["description"])
    assert [] == [*machine.folder.rglob("hacked")]
