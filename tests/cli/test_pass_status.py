"""How a pass ended, beside main's commit at the host: with commands, on a socket that answers as a Gitea."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from helium.app import pass_status
from helium.app.open_fleet import OpenFleet, open_fleet
from helium.errors import ExitCode
from helium.ports.ledger import Writes
from helium.reconcile.pass_status import PassEnd
from helium.settings import Settings
from tests.adapters.hosts.scripted import Scripted, ScriptedServer, scripted
from tests.cli.conftest import CommandLineFleet

LATER = f"owner: ada@example.com\nexpiry: {datetime.now(UTC) + timedelta(days=30):%Y-%m-%d}\n"


@pytest.fixture
def host() -> Iterator[ScriptedServer]:
    """It has nothing yet, and takes everything."""
    with scripted(Scripted(body=[])) as told:
        yield told


@pytest.fixture
def told(fleet: CommandLineFleet, host: ScriptedServer) -> CommandLineFleet:
    """A fleet that it keeps."""
    settings = (fleet.folder / "helium.yaml").read_text()
    fleet.land("helium.yaml", f"{settings}host: {{kind: gitea, url: '{host.address}', repository: acme/fleet}}\n")
    env = {**fleet.env, "HELIUM_HOST_TOKEN": "t0ken", "HELIUM_RUN_URL": "https://ci.example.com/run/7"}
    return CommandLineFleet(fleet.folder, env, fleet.state)


def posted(host: ScriptedServer) -> list[tuple[str, Any]]:
    """The commit and the status, of each that was set."""
    asked = [(path, body) for method, path, body, _ in host.asked if method == "POST" and "/statuses/" in path]
    return [(path.rpartition("/")[2], body) for path, body in asked]


def test_a_pass_says_once_how_it_ended(told: CommandLineFleet, host: ScriptedServer) -> None:
    """On the commit that it planned, with the page of its run. One that only shows says nothing."""
    told.land("workspaces/one.yaml", LATER)
    told("reconcile", "--dry-run")
    told("plan")
    assert [] == posted(host)

    told("reconcile")

    ((commit, status),) = posted(host)
    assert told.git("rev-parse", "main") == commit
    assert {
        "context": "helium",
        "state": "success",
        "description": "1 created",
        "target_url": "https://ci.example.com/run/7",
    } == status


def test_what_is_said_already_is_not_said_again(told: CommandLineFleet, host: ScriptedServer) -> None:
    """A host keeps each one, and an idle fleet passes every few minutes."""
    told.land("workspaces/one.yaml", LATER)
    told("reconcile")
    told("reconcile")
    *_, (commit, status) = posted(host)
    known = {"id": 1, "context": "helium", "status": status["state"], "description": status["description"]}
    more = {"target_url": "", "creator": {"login": "robot"}}
    host.routes[f"/api/v1/repos/acme/fleet/commits/{commit}/statuses"] = Scripted(body=[{**known, **more}])
    before = len(posted(host))

    told("reconcile")

    assert ("1 left as they are", before) == (status["description"], len(posted(host)))


def test_what_failed_is_red(told: CommandLineFleet, host: ScriptedServer) -> None:
    """With its name."""
    told.land("workspaces/sad.yaml", f"{LATER}description: fail\n")
    told("reconcile", "--once", code=ExitCode.FAILED)

    assert [("failure", "1 failed: sad")] == [(each["state"], each["description"]) for _, each in posted(host)]


def test_what_failed_before_stays_red(told: CommandLineFleet, host: ScriptedServer) -> None:
    """The next pass comes before the next attempt, with nothing to do: that must not look as if all were well."""
    told.land("workspaces/sad.yaml", f"{LATER}description: fail\n")
    while told.run("reconcile", "--once").exit_code == ExitCode.FAILED:
        pass
    _, last = posted(host)[-1]

    assert ("failure", True) == (last["state"], last["description"].startswith("1 failed before: sad"))


def opened(fleet: CommandLineFleet) -> OpenFleet:
    """The fleet, as a command opens it."""
    return open_fleet(fleet.folder, Settings.from_env({"PATH": os.environ["PATH"], **fleet.env}))


def test_a_token_without_the_right_fails_no_pass(told: CommandLineFleet, host: ScriptedServer) -> None:
    """There is one sentence, and the pass has ended as it has."""
    told.land("workspaces/one.yaml", LATER)
    told("reconcile")
    host.answers[:] = [Scripted(status=403, body={"message": "no"})]

    assert "Main's commit does not show how this pass ended" in told("reconcile").stderr
    assert {"one": "ready"} == told.statuses()


@pytest.mark.parametrize("answer", [Scripted(status=500), Scripted(hangs=True)])
def test_a_host_that_is_away_holds_nobody_up(told: CommandLineFleet, host: ScriptedServer, answer: Scripted) -> None:
    """It is asked for a short time, and then there is one sentence."""
    told.land("workspaces/one.yaml", LATER)
    host.answers[:] = [answer]
    fleet, said, began = opened(told), list[str](), time.monotonic()
    end = PassEnd((), (), (), {})

    pass_status.tell(fleet, end, commit=fleet.repo.head(), note=said.append, within=1.0)

    assert "Main's commit does not show how this pass ended" in said[0]
    assert time.monotonic() - began < 5


def test_without_a_token_nobody_is_asked(told: CommandLineFleet, host: ScriptedServer) -> None:
    """And nothing is said of it: whoever sets no token wants none of that."""
    bare = CommandLineFleet(told.folder, {**told.env, "HELIUM_HOST_TOKEN": ""}, told.state)
    bare.land("workspaces/one.yaml", LATER)

    assert "does not show" not in bare("reconcile").stderr
    assert [] == host.asked


def test_whoever_runs_on_a_schedule_says_that_no_pass_comes(told: CommandLineFleet, host: ScriptedServer) -> None:
    """Red on main's head; the next pass takes it back. A look alone says nothing, nor does a host without the right."""
    told.land("workspaces/one.yaml", LATER)
    told("reconcile")
    told("expire")
    assert 1 == len(posted(host))
    ledger = opened(told).ledger
    snapshot = ledger.read()
    known = snapshot.fleet_record
    assert known is not None
    assert known.last_pass is not None
    long_ago = known.last_pass.time - timedelta(days=2)
    last = replace(known.last_pass, time=long_ago, good=long_ago)
    ledger.write(Writes(fleet_record=replace(known, last_pass=last)), on=snapshot)
    told("expire", "--dry-run")
    assert 1 == len(posted(host))
    host.answers[:] = [Scripted(status=403, body={"message": "no"})]
    told("expire")
    host.answers[:] = [Scripted(body=[])]

    told("expire")

    commit, late = posted(host)[-1]
    assert (told.git("rev-parse", "main"), "failure") == (commit, late["state"])
    assert "No pass has come since" in late["description"]
    told("reconcile")
    assert "success" == posted(host)[-1][1]["state"]


def test_a_sharded_pass_is_pending_until_it_is_closed(told: CommandLineFleet, host: ScriptedServer) -> None:
    """The step that plans says on how many machines it goes on, the one that closes how it ended."""
    told.land("workspaces/one.yaml", LATER)
    split = json.loads(told("reconcile", "--split", "--json").stdout)["split"]
    told("reconcile", "--plan", split, "--shard", "1/1")
    told("reconcile", "--plan", split, "--close")

    said = [(each["state"], each["description"]) for _, each in posted(host)]
    assert [("pending", "at work on 1 machine"), ("success", "1 created")] == said
