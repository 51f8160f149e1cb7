"""What people ask for at the API of a fleet whose main takes pull requests alone: at a real Gitea, over a real socket.

`helium serve` is a process; the stacks alone are in memory.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.cli.test_pull_requests import SOON, SPEC, HostedFleet, hosted, protected, pulls
from tests.serving.processes import TOKEN, answers, free_port, until

__all__ = ["hosted", "protected"]
pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class RequestFleet:
    """The fleet, and its API."""

    hosted: HostedFleet
    port: int

    def client(self) -> httpx.Client:
        """With Ada's token."""
        headers = {"X-Pach": TOKEN}
        return httpx.Client(base_url=f"http://127.0.0.1:{self.port}/v1/api", headers=headers, timeout=60, verify=False)

    def requests(self, name: str) -> list[dict[str, Any]]:
        """What was asked for one name, the newest first."""
        with self.client() as client:
            return list(client.get(f"/workspace/{name}").json()["Requests"])

    def status(self, name: str) -> str:
        """In a word; empty where there is no such workspace."""
        with self.client() as client:
            answer = client.get(f"/workspace/{name}")
            return str(answer.json()["Workspace"]["Status"]) if answer.status_code == 200 else ""

    def becomes(self, name: str, status: str) -> None:
        """Wait until it is so."""
        until(lambda: self.status(name) == status, says=f"{name} is not {status}, it is {self.status(name)!r}")

    @contextmanager
    def serving(self, **env: str) -> Iterator[None]:
        """The API in a process of its own, ended by SIGTERM, which must end it well."""
        own = {"HELIUM_TOKEN": TOKEN, "HELIUM_TOKEN_OWNER": "ada@example.com", "HELIUM_PORT": str(self.port)}
        log = self.hosted.fleet.folder.parent / "serve.log"
        process = subprocess.Popen(
            [sys.executable, "-m", "helium", "-C", str(self.hosted.fleet.folder), "serve"],
            env={**os.environ, **self.hosted.fleet.env, "PYTHONPATH": str(ROOT), **own, **env},
            stdout=subprocess.DEVNULL,
            stderr=log.open("a"),
        )
        try:
            until(lambda: answers(self.port), says="the API does not answer")
            yield
        finally:
            process.send_signal(signal.SIGTERM)
            code = process.wait(60)
        assert code in {0, -signal.SIGTERM}, log.read_text()


@pytest.fixture
def asked(protected: HostedFleet) -> Iterator[RequestFleet]:
    """With `one`, `two` and `three` up, and the API of a Helium that looks at its pull requests twice a second."""
    fleet = RequestFleet(protected, free_port())
    with fleet.serving(HELIUM_FOLLOW_EVERY="0.5"):
        yield fleet


def test_a_request_becomes_a_pull_request_and_then_a_workspace(asked: RequestFleet) -> None:
    """202 with its address, requested, merged, ready: and the record knows who asked and who merged."""
    with asked.client() as client:
        answer = client.post("/workspace", json={"name": "four", "expiry": "+2d"})
    (opened,) = pulls(asked.hosted)
    told = answer.json()

    assert (202, "requested", opened["html_url"]) == (answer.status_code, told["Status"], told["PullRequest"])
    assert ("Add four", asked.requests("four")[0]["State"]) == (opened["title"], "requested")
    assert "requested" == asked.hosted.fleet.statuses()["four"]
    assert opened["html_url"] in asked.hosted.fleet("show", "four").stdout
    assert opened["html_url"] == asked.hosted.fleet.json("show", "four")["requests"][0]["pull_request"]
    asked.hosted.merge(opened["number"])
    until(lambda: asked.requests("four")[0]["State"] == "merged")
    assert "requested" == asked.status("four")
    asked.hosted.fleet("reconcile")
    asked.becomes("four", "ready")
    assert "" == asked.hosted.fleet.git("ls-remote", "origin", "refs/heads/helium/requests-*")


def test_requests_of_a_short_time_share_one(asked: RequestFleet) -> None:
    """Ten at once, one of which is refused: one pull request with a commit for each, and nothing lost."""

    def ask(number: int) -> httpx.Response:
        with asked.client() as client:
            return client.post("/workspace", json={"name": f"many-{number}" if number else "one"})

    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(ask, range(10)))
    (opened,) = pulls(asked.hosted)
    commits = asked.hosted.gitea.call("GET", f"{asked.hosted.path}/pulls/{opened['number']}/commits")

    assert [409] + [202] * 9 == [each.status_code for each in answers]
    assert 9 == len(commits)
    assert "and 8 other changes" in opened["title"]
    asked.hosted.merge(opened["number"])
    until(lambda: asked.requests("many-3")[0]["State"] == "merged")
    asked.hosted.fleet("reconcile")
    assert 12 == len(asked.hosted.fleet.statuses())


def test_a_closed_one_ends_what_was_asked(asked: RequestFleet) -> None:
    """The workspace never comes: whoever waits for it is told so, and the name is free again."""
    with asked.client() as client:
        client.post("/workspace", json={"name": "four"})
        (opened,) = pulls(asked.hosted)
        asked.hosted.gitea.call("PATCH", f"{asked.hosted.path}/pulls/{opened['number']}", {"state": "closed"})
        asked.becomes("four", "failed")
        (request,) = asked.requests("four")
        again = client.post("/workspace", json={"name": "four"})

    assert ("closed", True) == (request["State"], "closed it without a merge" in request["Reason"])
    assert 202 == again.status_code
    asked.becomes("four", "requested")


def test_the_same_request_sent_twice_is_one(asked: RequestFleet) -> None:
    """With its key: the same pull request, also by another process after the first one ended."""
    body, headers = {"name": "four"}, {"Idempotency-Key": "k-1"}
    with asked.client() as client:
        first = client.post("/workspace", json=body, headers=headers).json()
        second = client.post("/workspace", json=body, headers=headers).json()
        other = client.post("/workspace", json={"name": "five"}, headers=headers)

    assert (first["PullRequest"], 422) == (second["PullRequest"], other.status_code)
    assert 1 == len(pulls(asked.hosted))


def test_a_name_that_is_asked_for_is_taken(asked: RequestFleet) -> None:
    """Two pull requests for one name could not both be merged."""
    with asked.client() as client:
        client.post("/workspace", json={"name": "four"})
        answer = client.post("/workspace", json={"name": "four"})

    assert 409 == answer.status_code
    assert 1 == len(pulls(asked.hosted))


def test_a_conflict_makes_the_requests_again_on_main(asked: RequestFleet) -> None:
    """Somebody edits the same files: what is asked is done to main as it is now, and what cannot be done ends."""
    with asked.client() as client:
        client.request("PATCH", "/workspace/one", json={"expiry": "+1d"})
        client.request("PATCH", "/workspace/two", json={"expiry": "+1d"})
    (opened,) = pulls(asked.hosted)
    before = opened["head"]["sha"]
    asked.hosted.push(
        {"workspaces/one.yaml": SPEC.format("2027-01-01"), "workspaces/two.yaml": None},
        branch="by-hand",
    )
    asked.hosted.merge(asked.hosted.opened("by-hand"))
    until(lambda: pulls(asked.hosted)[0]["head"]["sha"] != before, says="it was not made again")
    until(lambda: asked.requests("two")[0]["State"] == "refused")
    shown = asked.hosted.fleet.git("ls-remote", "origin", f"refs/heads/{opened['head']['ref']}").split()[0]
    asked.hosted.fleet.git("fetch", "--quiet", "origin", shown)

    assert "2027-01-02" in asked.hosted.fleet.git("show", f"{shown}:workspaces/one.yaml")
    until(lambda: "Extend one" == pulls(asked.hosted)[0]["title"])
    assert ["requested"] == [each["State"] for each in asked.requests("one")]


def test_a_branch_that_somebody_else_pushed_to_is_theirs(asked: RequestFleet) -> None:
    """Helium never pushes over it, opens another one for the next request, and says who decides."""
    with asked.client() as client:
        client.post("/workspace", json={"name": "four"})
        (opened,) = pulls(asked.hosted)
        fleet, branch = asked.hosted.fleet, opened["head"]["ref"]
        fleet.git("fetch", "--quiet", "origin", branch)
        fleet.git("checkout", "--quiet", "-B", "theirs", "FETCH_HEAD")
        fleet.land("workspaces/evil.yaml", "owner: eve@example.com\n")
        fleet.git("push", "--quiet", "origin", f"theirs:{branch}")
        theirs = fleet.git("rev-parse", "HEAD")
        fleet.git("checkout", "--quiet", "main")
        until(lambda: "somebody else pushed" in asked.requests("four")[0]["Reason"])
        client.post("/workspace", json={"name": "five"})

    assert 2 == len(pulls(asked.hosted))
    assert theirs == fleet.git("ls-remote", "origin", f"refs/heads/{branch}").split()[0]


def test_a_red_one_ends_what_was_asked(asked: RequestFleet) -> None:
    """The settings become stricter: what they refuse ends with that sentence, and the rest goes on."""
    with asked.client() as client:
        client.post("/workspace", json={"name": "four", "expiry": "+60d"})
        client.post("/workspace", json={"name": "five", "expiry": "+2d"})
    settings = (asked.hosted.fleet.folder / "helium.yaml").read_text()
    stricter = settings.replace("maxLifetime: 90d", "maxLifetime: 30d")
    asked.hosted.push({"helium.yaml": stricter}, branch="stricter")
    asked.hosted.merge(asked.hosted.opened("stricter"))
    asked.becomes("four", "failed")
    (four,) = asked.requests("four")

    assert ("refused", True) == (four["State"], "30" in four["Reason"])
    assert "requested" == asked.status("five")
    until(lambda: "Add five" == pulls(asked.hosted)[0]["title"])


ROUTINE = "routine: {adds: 2, edits: 2, removes: 1}\n"


@pytest.fixture
def routine(protected: HostedFleet) -> Iterator[RequestFleet]:
    """The same, where Helium merges what is routine; `hers` is Ann's."""
    rules = f"{protected.path}/branch_protections/main"
    protected.gitea.call("PATCH", rules, {"enable_push": True})
    settings = (protected.fleet.folder / "helium.yaml").read_text()
    hers = f"owner: ann@example.com\nexpiry: {SOON}\n"
    protected.push({"helium.yaml": f"{settings}{ROUTINE}", "workspaces/hers.yaml": hers})
    protected.gitea.call("PATCH", rules, {"enable_push": False})
    protected.fleet("reconcile")
    fleet = RequestFleet(protected, free_port())
    with fleet.serving(HELIUM_FOLLOW_EVERY="0.5"):
        yield fleet


def test_what_is_routine_is_merged_for_its_requester(routine: RequestFleet) -> None:
    """Requested, merged by Helium, ready; a removal counts as requested by who asked, not by Helium's account."""
    with routine.client() as client:
        client.post("/workspace", json={"name": "four"})
        until(lambda: routine.requests("four")[0]["State"] == "merged")
        client.delete("/workspace/one")
        until(lambda: not pulls(routine.hosted), says="the removal was not merged")
    routine.hosted.fleet("reconcile")
    last = routine.hosted.fleet.json("history", "one")["events"][-1]

    routine.becomes("four", "ready")
    assert ("file-removed", "ada@example.com", True) == (last["what"], last["who"], "routine" in last["approved_by"])


def test_what_is_not_routine_waits_with_a_name(routine: RequestFleet) -> None:
    """An admin's change of somebody else's workspace: its page says who must look and why."""
    with routine.client() as client:
        client.request("PATCH", "/workspace/hers", json={"expiry": "+1d"})
    until(lambda: "ann@example.com" in routine.requests("hers")[0]["Reason"])

    assert "requested" == routine.requests("hers")[0]["State"]
    assert 1 == len(pulls(routine.hosted))


def test_it_is_merging_until_the_host_lets_it(routine: RequestFleet) -> None:
    """A required check that is not green yet: merging; then it is merged, and exactly what was judged."""
    rules = {
        "enable_status_check": True,
        "status_check_contexts": ["company/policy"],
        "block_admin_merge_override": True,
    }
    routine.hosted.gitea.call("PATCH", f"{routine.hosted.path}/branch_protections/main", rules)
    with routine.client() as client:
        client.post("/workspace", json={"name": "four"})
    routine.becomes("four", "merging")
    (opened,) = pulls(routine.hosted)
    head = opened["head"]["sha"]
    green = {"context": "company/policy", "state": "success"}
    routine.hosted.gitea.call("POST", f"{routine.hosted.path}/statuses/{head}", green)
    until(lambda: routine.requests("four")[0]["State"] == "merged")
    merged = routine.hosted.gitea.call("GET", f"{routine.hosted.path}/pulls/{opened['number']}")

    assert (True, head) == (merged["merged"], merged["head"]["sha"])
