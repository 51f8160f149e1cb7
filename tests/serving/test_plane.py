"""The control plane as a process: what expires goes, what fails is tried again, and a signal leaves nothing behind."""

from __future__ import annotations

import json
import signal
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from helium.app.open_fleet import open_fleet
from helium.core.deadlines import format_instant
from helium.core.fleet_record import FleetRecord
from helium.settings import Settings
from tests.cli.conftest import CommandLineFleet
from tests.serving.processes import MEMORY, PATIENCE, ServedFleet, site, until

SAYS = "for the fleet acme, every two seconds"


@pytest.fixture
def served_fleet(tmp_path: Path) -> ServedFleet:
    """A light fleet on a bare remote."""
    return site(tmp_path, light=True)


@pytest.fixture
def slow(tmp_path: Path) -> Path:
    """A workspace that is described by it takes as long as it is there."""
    path = tmp_path / "slow"
    path.touch()
    return path


def helium(served_fleet: ServedFleet, *args: str) -> str:
    """What a command says."""
    return CommandLineFleet(served_fleet.fleet, served_fleet.env)(*args).stdout


def listed(served_fleet: ServedFleet, words: str) -> bool:
    """Whether the list says so, which is asked twice a second."""
    return words in helium(served_fleet, "list", "--json")


def held(served_fleet: ServedFleet, kind: str) -> list[Path]:
    """The `stacks` in the state, or its `locks`."""
    return list((served_fleet.fleet / ".helium" / "state" / ".pulumi" / kind).rglob("*.json"))


def left(served_fleet: ServedFleet) -> list[str]:
    """Locks in the state, and processes of this fleet."""
    shown = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    return [str(lock) for lock in held(served_fleet, "locks")] + [
        line for line in shown.splitlines() if str(served_fleet.fleet) in line
    ]


@pytest.mark.slow
def test_what_expires_goes_without_anybody(served_fleet: ServedFleet) -> None:
    """The file is removed from the remote by a commit of its own, and the stack destroyed."""
    helium(served_fleet, "new", "brief", "--expiry", "+1d")
    with served_fleet.running("controlplane", "--interval", "4s", says=SAYS):
        until(lambda: listed(served_fleet, '"status": "ready"'), says="it was not made", pause=0.5)
        helium(served_fleet, "extend", "brief", format_instant(datetime.now(UTC) + timedelta(seconds=20)))
        until(lambda: served_fleet.names() == [], says="its file was not removed")
        until(lambda: listed(served_fleet, '"workspaces": []'), says="it was not destroyed", pause=0.5)

    assert ["marker"] == [path.stem for path in held(served_fleet, "stacks")]
    assert "Expire workspace brief" == served_fleet.git("log", "-1", "--format=%s", "main")


@pytest.mark.slow
def test_a_signal_in_a_pass_leaves_no_lock_and_no_process(served_fleet: ServedFleet, slow: Path) -> None:
    """It ends well, and the next control plane goes on from where things stood."""
    helium(served_fleet, "new", "alpha", "--description", str(slow))
    with served_fleet.running("controlplane", says=SAYS) as process:
        until(lambda: any(lock.parent.name == "alpha" for lock in held(served_fleet, "locks")), says="it was not begun")
        process.send_signal(signal.SIGTERM)
        process.wait(PATIENCE)

    assert 0 == process.returncode
    assert [] == left(served_fleet)
    assert fleet_record(served_fleet).lease is None
    slow.unlink()
    with served_fleet.running("controlplane", says=SAYS):
        until(lambda: listed(served_fleet, '"status": "ready"'), says="it was not made by the next", pause=0.5)


def test_what_is_pushed_during_a_pass_is_taken_up_beside_it(
    served_fleet: ServedFleet, slow: Path, tmp_path: Path
) -> None:
    """It waits for no interval and for no slow stack; the ledger knows the control plane's beat."""
    log = tmp_path / "controlplane.log"
    helium(served_fleet, "new", "alpha", "--description", str(slow))
    with served_fleet.running("controlplane", "--interval", "1h", says=SAYS, program=MEMORY):
        until(lambda: said(log, "creating alpha") is not None, says="it was not begun")
        helium(served_fleet, "new", "beta")
        until(lambda: said(log, "beta: ") is not None, says="it was not taken up")
        assert said(log, "alpha: ") is None
        slow.unlink()
        until(lambda: said(log, "alpha: ") is not None, says="it did not end")

    last = fleet_record(served_fleet).last_pass
    assert last is not None
    assert 3600 == last.every


def said(log: Path, words: str) -> datetime | None:
    """When the log said it first."""
    lines = (json.loads(line) for line in log.read_text().splitlines() if line.startswith("{"))
    return next((datetime.fromisoformat(line["time"]) for line in lines if words in line["message"]), None)


def fleet_record(served_fleet: ServedFleet) -> FleetRecord:
    """What the ledger says of the whole fleet."""
    read = open_fleet(served_fleet.fleet, Settings.from_env(served_fleet.env)).ledger.fleet_record()
    assert read is not None
    return read


def test_a_failing_turn_is_said_and_tried_again(served_fleet: ServedFleet, tmp_path: Path) -> None:
    """The remote goes away and comes back: the control plane waits, and then sees what was pushed."""
    log = tmp_path / "controlplane.log"
    away = served_fleet.remote.with_name("away.git")
    with served_fleet.running("controlplane", says=SAYS, program=MEMORY):
        served_fleet.remote.rename(away)
        until(lambda: "trying again at" in log.read_text(), says="it did not say that it failed")
        away.rename(served_fleet.remote)
        helium(served_fleet, "new", "alpha")
        until(lambda: '"message": "creating alpha"' in log.read_text(), says="it did not come back")
