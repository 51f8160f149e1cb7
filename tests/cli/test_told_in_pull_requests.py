"""Telling people in the pull request or issue that asked, at a real Gitea. Only the stacks are in memory."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from helium.app.open_fleet import open_fleet
from helium.core.record import Phase, Record
from helium.ports.ledger import Writes
from helium.settings import Settings
from tests.cli.conftest import CommandLineFleet
from tests.cli.test_pull_requests import SOON, SPEC, HostedFleet, hosted

__all__ = ["hosted"]
pytestmark = pytest.mark.slow
NOTIFY = "notify: {channels: {thread: {kind: host}, loud: {kind: host, events: [failed]}}}\n"


def told_in(hosted: HostedFleet, number: int) -> list[str]:
    """The messages in a pull request or an issue, without the comment that plan and pass go on in."""
    listed: list[dict[str, Any]] = hosted.gitea.call("GET", f"{hosted.path}/issues/{number}/comments")
    return [each["body"] for each in listed if each["body"].startswith("<!-- helium:told-")]


def changed(fleet: CommandLineFleet, name: str, **changes: Any) -> None:
    """Another record of a workspace, as a pass would leave it."""
    ledger = open_fleet(fleet.folder, Settings.from_env(fleet.env)).ledger
    known = ledger.read()
    record = known.records[name]
    assert isinstance(record, Record)
    now = datetime.now(UTC).replace(microsecond=0)
    ledger.write(Writes({name: replace(record, updated_at=now, **changes)}), on=known)


def test_who_asked_is_told_where_they_asked_and_once(hosted: HostedFleet) -> None:
    """Ready is in the plan's comment, so no other says it; a failure is told where that was wanted, an end always."""
    settings = (hosted.fleet.folder / "helium.yaml").read_text()
    hosted.push({"helium.yaml": settings + NOTIFY})
    hosted.fleet("reconcile")
    hosted.fleet("notify", "--send")
    hosted.push({"workspaces/demo.yaml": SPEC.format(SOON)}, branch="demo")
    number = hosted.opened("demo")
    hosted.merge(number)
    hosted.fleet("reconcile")
    assert [] == told_in(hosted, number)

    changed(hosted.fleet, "demo", phase=Phase.FAILED, error="no room for @everyone <b>")
    sent = hosted.fleet.json("notify", "--send")["sent"]
    assert [("loud", True, "")] == [(each["channel"], each["ok"], each["why"]) for each in sent]
    (failed,) = told_in(hosted, number)
    assert "**demo failed**" in failed
    assert "no room for @\u200beveryone &lt;b&gt;" in failed

    deadline = (datetime.now(UTC) + timedelta(hours=20)).replace(microsecond=0)
    hosted.push({"workspaces/demo.yaml": SPEC.format(f"{deadline:%Y-%m-%dT%H:%M:%SZ}")})
    changed(hosted.fleet, "demo", added_at=datetime.now(UTC).replace(microsecond=0) - timedelta(days=8))
    hosted.fleet("notify", "--send")
    hosted.fleet("notify", "--send")
    warned = [each for each in told_in(hosted, number) if "demo ends in" in each]
    assert 1 == len(warned)
    assert "/extend 7d demo" in warned[0]

    # What one pull request brought is one comment.
    hosted.push({f"workspaces/{name}.yaml": SPEC.format(SOON) for name in ("left", "right")}, branch="pair")
    pair = hosted.opened("pair")
    hosted.merge(pair)
    hosted.fleet("reconcile")
    for name in ("left", "right"):
        changed(hosted.fleet, name, phase=Phase.FAILED, error="no room")
    (sent,) = hosted.fleet.json("notify", "--send")["sent"]
    assert (True, ["left", "right"]) == (sent["ok"], sorted(sent["names"]))
    assert ["**2 workspaces failed**"] == [each.splitlines()[1] for each in told_in(hosted, pair)]

    # A file that came by a push: there is nobody to tell, and the channel is well all the same.
    changed(hosted.fleet, "one", phase=Phase.FAILED, error="no room")
    sent = hosted.fleet.json("notify", "--send")["sent"]
    assert [(False, "no pull request or issue asked for it")] == [(each["ok"], each["why"]) for each in sent]
    checks = json.loads(hosted.fleet.run("doctor", "--json").stdout)
    assert [True, True] == [each["ok"] for each in checks if each["what"] == "notify"]
    assert [] == hosted.fleet.json("notify")["waiting"]
