"""A workspace is given away, kept and made again where main takes only pull requests, at a real Gitea.

By the command line and the API; only the stacks are in memory.
"""

from __future__ import annotations

import pytest

from helium.exit_codes import ExitCode
from tests.cli.test_pull_requests import HostedFleet, hosted, protected, pulls
from tests.cli.test_requests import RequestFleet
from tests.serving.processes import free_port

__all__ = ["hosted", "protected"]
pytestmark = pytest.mark.slow


def merged(protected: HostedFleet) -> None:
    """A person merges all that is open, and a pass comes by."""
    for each in pulls(protected):
        protected.merge(int(each["number"]))
    protected.fleet("reconcile")


def owner(protected: HostedFleet, name: str) -> str:
    """Whom the pass knows as its owner."""
    return str(next(row["owner"] for row in protected.fleet.json("list")["workspaces"] if row["name"] == name))


def test_second_thoughts_wait_for_a_merge(protected: HostedFleet) -> None:
    """Each command names its pull request, and main stays; what was destroyed meanwhile is not put back."""
    fleet, before = protected.fleet, protected.fleet.git("ls-remote", "origin", "refs/heads/main")
    given = fleet("give", "one", "bob@example.com").stdout
    former = owner(protected, "two")
    every = fleet("give", "--all-of", former, "eve@example.com").stdout

    assert before == fleet.git("ls-remote", "origin", "refs/heads/main")
    addresses = [each["html_url"] for each in pulls(protected)]
    assert f"one is given to bob@example.com by pull request {addresses[0]}" in given
    assert all(address in every for address in addresses[1:])
    assert "once it is merged" in every
    for each in pulls(protected)[1:]:
        if each["title"].startswith("Give workspace one "):
            protected.gitea.call("PATCH", f"{protected.path}/pulls/{each['number']}", {"state": "closed"})
    merged(protected)
    assert ["bob@example.com", "eve@example.com"] == [owner(protected, name) for name in ("one", "two")]

    fleet("delete", "one")
    protected.merge(int(pulls(protected)[0]["number"]))
    kept = fleet("restore", "one").stdout
    assert pulls(protected)[0]["html_url"] in kept
    assert "until then, its deletion goes on" in kept
    merged(protected)
    assert "ready" == fleet.statuses()["one"]

    fleet("delete", "one")
    merged(protected)
    assert "one" not in fleet.statuses()
    assert "helium restore one --empty" in fleet("restore", "one", code=ExitCode.USAGE).stderr
    again = fleet("restore", "one", "--empty").stdout
    assert pulls(protected)[0]["html_url"] in again
    merged(protected)
    assert "ready" == fleet.statuses()["one"]


def test_second_thoughts_by_the_api_share_a_pull_request(protected: HostedFleet) -> None:
    """202 with its address for each, and none of them is on main before a person merges it."""
    protected.fleet("delete", "three")
    protected.merge(int(pulls(protected)[0]["number"]))
    before = protected.fleet.git("ls-remote", "origin", "refs/heads/main")
    api = RequestFleet(protected, free_port())
    with api.serving(HELIUM_FOLLOW_EVERY="0.5"), api.client() as client:
        paths = ("one/owner?to=bob@example.com", "three/restore")
        answers = [client.post(f"/workspace/{path}") for path in paths]
        answers.append(client.request("PATCH", "/workspace/two", json={"expiry": "+1d"}))
        (opened,) = pulls(protected)

    assert [(202, opened["html_url"])] * 3 == [(each.status_code, each.json()["PullRequest"]) for each in answers]
    assert before == protected.fleet.git("ls-remote", "origin", "refs/heads/main")
    merged(protected)
    assert {"one": "ready", "two": "ready", "three": "ready"} == protected.fleet.statuses()
    assert "bob@example.com" == owner(protected, "one")
