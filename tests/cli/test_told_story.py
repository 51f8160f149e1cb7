"""What people read in the thread that asked for a workspace, from its pull request to its end, at a real Gitea.

Main takes only pull requests, so each wish is one; only the stacks are in memory.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.cli.test_pull_requests import HostedFleet, hosted
from tests.cli.test_told_in_pull_requests import told_in
from tests.gitea import Gitea

__all__ = ["hosted"]
pytestmark = pytest.mark.slow
TOLD = "events: [ready, ends-soon, grace, ended]"
NOTIFY = f"notify: {{url: 'https://helium.example.com', channels: {{thread: {{kind: host, {TOLD}}}}}}}\n"


class Story:
    """One fleet, and ada at the host, who is no Helium."""

    def __init__(self, hosted: HostedFleet) -> None:
        self.hosted, self.fleet = hosted, hosted.fleet
        self.ada: Gitea = hosted.gitea.account("ada")
        hosted.gitea.call("PUT", f"{hosted.path}/collaborators/ada", {"permission": "write"})
        settings = (self.fleet.folder / "helium.yaml").read_text().replace("\nlimits:\n", "\nlimits:\n  grace: 2h\n")
        settings = settings.replace("people: {", "people: {ada: ada@example.com, ")
        hosted.push({"helium.yaml": f"{settings}write: pull-request\n{NOTIFY}"})
        self.fleet("reconcile")
        self.fleet("notify", "--send")

    def asked(self, *args: str) -> int:
        """The number of the pull request that a command opens."""
        shown = " ".join(self.fleet(*args).output.split())
        assert "pull request" in shown
        return self.newest()

    def newest(self) -> int:
        """The number of the pull request that came last."""
        return max(int(each["number"]) for each in self.hosted.gitea.call("GET", f"{self.hosted.path}/pulls?state=all"))

    def merged(self, number: int) -> None:
        """A person merges it, and a pass comes by."""
        self.hosted.merge(number)
        self.fleet("reconcile")

    def answers(self, number: int) -> list[str]:
        """What comments that ask for more time were answered."""
        return [each["body"] for each in self.hosted.comments(number) if "helium:extend-" in each["body"]]


def test_a_workspace_is_asked_for_warned_of_extended_deleted_and_kept_in_threads(hosted: HostedFleet) -> None:
    """Ready, a warning with `/extend`, the pull request and then the new deadline, and until when it can be kept.

    An extension whose pull request somebody closes is said to be none.
    """
    story = Story(hosted)
    soon = (datetime.now(UTC) + timedelta(minutes=90)).replace(microsecond=0)
    thread = story.asked("new", "demo", "--owner", "ada@example.com", "--expiry", f"{soon:%Y-%m-%dT%H:%M:%SZ}")
    story.merged(thread)
    assert ["**demo is ready**"] == [each.splitlines()[1] for each in told_in(hosted, thread)]

    story.ada.call("POST", f"{hosted.path}/issues/{thread}/comments", {"body": "/extend 7d"})
    story.fleet("ci", "advance")
    more = story.newest()
    assert (more > thread, 1) == (True, len(story.answers(thread)))
    assert f"demo is extended by pull request {hosted.gitea.address}" in story.answers(thread)[0]
    assert "once that is merged" in story.answers(thread)[0]
    story.fleet("ci", "advance")
    assert "once that is merged" in story.answers(thread)[0]
    story.merged(more)
    for _ in range(2):
        story.fleet("ci", "advance")
    assert [True] == [
        f"demo ends at {soon + timedelta(days=7):%Y-%m-%dT%H:%M:%SZ} now" in each for each in story.answers(thread)
    ]

    issue = int(story.ada.call("POST", f"{hosted.path}/issues", {"title": "time"})["number"])
    story.ada.call("POST", f"{hosted.path}/issues/{issue}/comments", {"body": "/extend 7d one"})
    story.fleet("ci", "advance")
    hosted.gitea.call("PATCH", f"{hosted.path}/pulls/{story.newest()}", {"state": "closed"})
    story.fleet("ci", "advance")
    (said,) = story.answers(issue)
    assert "Not extended: pull request" in said
    assert said.rstrip().endswith("was closed.")

    gone = story.asked("delete", "demo")
    story.merged(gone)
    (kept,) = told_in(hosted, gone)
    assert "**demo is destroyed in 1 hour and " in kept
    assert "helium restore demo, or Undo on its page" in kept
    story.merged(story.asked("restore", "demo"))
    assert "ready" == story.fleet.statuses()["demo"]
