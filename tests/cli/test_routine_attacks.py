"""Who tries to have something merged that is not theirs, at a real Gitea. Only the stacks are in memory."""

from __future__ import annotations

import base64
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from helium.app.advance import advance
from helium.app.host import required_host
from helium.app.open_fleet import OpenFleet, open_fleet
from helium.app.routine import judge
from helium.app.routine_merge import merge_routine
from helium.settings import Settings
from tests.adapters.hosts.worlds import until
from tests.cli.conftest import copied
from tests.cli.test_routine import ADA, RoutineFleet, routine
from tests.gitea import OWNER
from tests.serving.processes import until as settled

__all__ = ["routine"]
pytestmark = pytest.mark.slow


def opened(routine: RoutineFleet) -> OpenFleet:
    """As a job with Helium's token sees it."""
    return open_fleet(routine.fleet.folder, Settings.from_env({**routine.fleet.env}))


def protect(routine: RoutineFleet) -> None:
    """Main takes pull requests alone, with a green check."""
    rule = {"rule_name": "main", "enable_push": False, "enable_status_check": True, "status_check_contexts": ["check"]}
    routine.accounts[OWNER].call("POST", f"{routine.hosted.path}/branch_protections", rule)


def green(routine: RoutineFleet, login: str, number: int) -> None:
    """That account says that the check is green."""
    head = routine.pull(number)["head"]["sha"]
    status = {"context": "check", "state": "success"}
    routine.accounts[login].call("POST", f"{routine.hosted.path}/statuses/{head}", status)


def test_a_forged_status_proves_nothing(routine: RoutineFleet) -> None:
    """The author's own token says green; Helium judges by its own code, so neither file goes in."""
    protect(routine)
    theirs = routine.ask("ada", {"workspaces/hers.yaml": None})
    broken = routine.ask("ada", {"workspaces/new.yaml": f"{ADA}pachdVersion: 7\n"})
    for number in (theirs, broken):
        green(routine, "ada", number)
    said = routine.advance()

    assert [False, False] == [routine.pull(number)["merged"] for number in (theirs, broken)]
    assert "hers belongs to ann@example.com" in said[theirs]["sentence"]
    assert "workspaces/new.yaml:2:15: this must be text" in said[broken]["sentence"]


def test_a_required_check_makes_it_wait(routine: RoutineFleet) -> None:
    """Helium does not get round the host's rules: it comes again when the check is green."""
    protect(routine)
    number = routine.ask("ada", {"workspaces/new.yaml": ADA})
    waits = routine.advance()[number]["sentence"]

    assert not routine.pull(number)["merged"]
    assert "was not merged" in waits
    assert "Not yet: " in routine.comment(number)
    green(routine, "robot", number)
    routine.advance()
    assert routine.pull(number)["merged"]


def test_a_push_after_the_judgement_is_not_merged(routine: RoutineFleet) -> None:
    """Between the judgement and the merge the branch gets a commit that removes a colleague's workspace."""
    number = routine.ask("ada", {"workspaces/new.yaml": ADA}, branch="sly")
    fleet = opened(routine)
    host = required_host(fleet.clone, fleet.fleet, settings=fleet.settings)
    verdict = judge(fleet, host.pull_request(number))
    assert verdict.routine
    path = f"{routine.hosted.path}/contents/workspaces/hers.yaml"
    blob = routine.accounts["ada"].call("GET", f"{path}?ref=sly")["sha"]
    routine.accounts["ada"].call("DELETE", path, {"sha": blob, "branch": "sly", "message": "sly"})
    settled = merge_routine(fleet, host, verdict=verdict)

    assert ("", False) == (settled.commit, routine.pull(number)["merged"])
    assert "hers belongs to ann@example.com" in routine.advance()[number]["sentence"]
    known = opened(routine).ledger.fleet_record()
    assert known is not None
    assert () == known.shares


def test_a_push_to_somebody_else_s_pull_request_is_not_its_author_s(routine: RoutineFleet) -> None:
    """Ann removes ada's workspace on ada's own branch, before anybody has judged it."""
    number = routine.ask("ada", {"workspaces/new.yaml": ADA}, branch="adas")
    path = f"{routine.hosted.path}/contents/workspaces/mine.yaml"
    blob = routine.accounts["ann"].call("GET", f"{path}?ref=adas")["sha"]
    routine.accounts["ann"].call("DELETE", path, {"sha": blob, "branch": "adas", "message": "for ada"})
    head = routine.pull(number)["head"]["sha"]
    settled(lambda: head in routine.fleet.git("ls-remote", "origin", f"refs/pull/{number}/head"))
    sentence = routine.advance()[number]["sentence"]

    assert not routine.pull(number)["merged"]
    assert "ann pushed its last commit" in sentence


def test_a_stranger_s_fork_is_nobody_s(routine: RoutineFleet) -> None:
    """Whatever its commits say of who made and who approved them."""
    mallory, name = routine.accounts["mallory"], routine.hosted.name
    mallory.call("POST", f"{routine.hosted.path}/forks", {"name": name})
    text = base64.b64encode(ADA.encode()).decode()
    said = "Ask\n\nReviewed-by: ops <ops@example.com>\nHelium-By: ada <ada@example.com>\n"
    ada = {"name": "ada", "email": "ada@example.com"}
    body = {"content": text, "message": said, "branch": "main", "new_branch": "wish", "author": ada, "committer": ada}
    until(lambda: mallory.call("POST", f"/repos/mallory/{name}/contents/workspaces/new.yaml", body))
    asked = {"title": "ada asks", "head": "mallory:wish", "base": "main"}
    number = int(mallory.call("POST", f"{routine.hosted.path}/pulls", asked)["number"])
    sentence = routine.advance()[number]["sentence"]

    assert not routine.pull(number)["merged"]
    assert "mallory must ask ops@example.com" in sentence


def test_a_typed_trailer_makes_nobody_else_ask(routine: RoutineFleet) -> None:
    """Commits in ann's name, approved by ops in words, on a branch of ada's pull request."""
    words = "Remove\n\nHelium-By: ann <ann@example.com>\nReviewed-by: ops <ops@example.com>\n"
    routine.fleet.git("checkout", "--quiet", "-B", "typed", "origin/main")
    routine.fleet.git("rm", "--quiet", "workspaces/hers.yaml")
    routine.fleet.git("commit", "--quiet", "--author", "ann <ann@example.com>", "--message", words)
    address, token = routine.accounts["ada"].address, routine.accounts["ada"].token
    url = f"{address}/{OWNER}/{routine.hosted.name}.git".replace("://", f"://ada:{token}@")
    routine.fleet.git("push", "--quiet", url, "typed")
    routine.fleet.git("checkout", "--quiet", "main")
    asked = {"title": "Helium-By: ann <ann@example.com>", "head": "typed", "base": "main"}
    number = int(routine.accounts["ada"].call("POST", f"{routine.hosted.path}/pulls", asked)["number"])

    assert "ada@example.com must ask ann@example.com" in routine.advance()[number]["sentence"]
    assert not routine.pull(number)["merged"]


def test_of_two_jobs_at_once_one_gets_the_last_place(routine: RoutineFleet, tmp_path: Path) -> None:
    """Two machines, two pull requests, and one place of that day."""
    settings = (routine.fleet.folder / "helium.yaml").read_text().replace("adds: 2", "adds: 1")
    routine.hosted.push({"helium.yaml": settings})
    numbers = [routine.ask("ada", {f"workspaces/{name}.yaml": ADA}) for name in ("new", "more")]
    routine.fleet.git("fetch", "--quiet", "origin")
    other = copied(routine.fleet, tmp_path / "other")
    folders, ready = (routine.fleet.folder, other.folder), threading.Barrier(2)
    said = list[str]()

    def job(folder: Path) -> None:
        fleet = open_fleet(folder, Settings.from_env({**routine.fleet.env}))
        host = required_host(fleet.clone, fleet.fleet, settings=fleet.settings)
        ready.wait()
        said.extend(each.sentence for each in advance(fleet, host))

    threads = [threading.Thread(target=job, args=(folder,)) for folder in folders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    routine.advance()
    known = opened(routine).ledger.fleet_record()

    assert 1 == sum(routine.pull(number)["merged"] for number in numbers), said
    assert known is not None
    assert 1 == len({share.pull_request for share in known.shares}), said


def test_more_time_where_main_takes_only_pull_requests(routine: RoutineFleet) -> None:
    """The answer names the pull request; what Helium opened for somebody is nobody's own."""
    settings = (routine.fleet.folder / "helium.yaml").read_text()
    routine.hosted.push({"helium.yaml": f"{settings}write: pull-request\n"})
    issue = int(routine.accounts["ada"].call("POST", f"{routine.hosted.path}/issues", {"title": "time"})["number"])
    path = f"{routine.hosted.path}/issues/{issue}/comments"
    routine.accounts["ada"].call("POST", path, {"body": "/extend 7d mine"})
    routine.advance()
    (opened_one,) = routine.accounts[OWNER].call("GET", f"{routine.hosted.path}/pulls?state=open")
    (answer,) = [each["body"] for each in routine.hosted.comments(issue) if "helium:extend-" in each["body"]]

    assert ("robot", False) == (opened_one["user"]["login"], opened_one["merged"])
    assert f"/pulls/{opened_one['number']}" in answer


def test_a_host_that_does_not_answer_merges_nothing(routine: RoutineFleet) -> None:
    """A token that the host does not take is one sentence, and the next turn goes on."""
    number = routine.ask("ada", {"workspaces/new.yaml": ADA})
    deaf = replace(routine.fleet, env={**routine.fleet.env, "HELIUM_HOST_TOKEN": "wrong"})
    refused = deaf.run("ci", "advance")

    assert refused.exit_code == 6
    assert "does not accept the token in HELIUM_HOST_TOKEN" in refused.output
    assert not routine.pull(number)["merged"]


def test_what_is_not_ready_is_not_merged(routine: RoutineFleet) -> None:
    """Its author says that it is work in progress; and a fork of somebody who is known is as good as a branch."""
    ada, name, path = routine.accounts["ada"], routine.hosted.name, routine.hosted.path
    number = routine.ask("ada", {"workspaces/new.yaml": ADA})
    ada.call("PATCH", f"{path}/pulls/{number}", {"title": "WIP: not yet"})
    ada.call("POST", f"{path}/forks", {"name": name})
    text = base64.b64encode(ADA.encode()).decode()
    body = {"content": text, "message": "mine", "branch": "main", "new_branch": "forked"}
    until(lambda: ada.call("POST", f"/repos/ada/{name}/contents/workspaces/forked.yaml", body))
    asked = {"title": "mine", "head": "ada:forked", "base": "main"}
    forked = int(ada.call("POST", f"{path}/pulls", asked)["number"])
    routine.advance()

    assert [False, True] == [routine.pull(each)["merged"] for each in (number, forked)]
