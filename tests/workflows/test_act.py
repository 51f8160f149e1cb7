"""The workflows themselves, run by act: a pushed file comes up, an expired one goes."""

from __future__ import annotations

import shutil
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pulumi.automation import PulumiCommand

from helium.core.expiry import format_instant
from tests.workflows.machine import Machine

SPEC = "owner: ann@example.com\nexpiry: {expiry}\n"
AHEAD = timedelta(seconds=45)
"""Long enough for the first pass to record the deadline while it lies ahead, on a busy machine too."""


@pytest.fixture
def machine(tmp_path: Path, pulumi_command: PulumiCommand) -> Machine:
    """A runner with a fleet whose main has no workspace yet."""
    program = shutil.which(pulumi_command.command)
    assert program is not None

    return Machine.made(tmp_path, pulumi=program)


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_what_is_pushed_comes_up_and_what_expires_goes(machine: Machine) -> None:
    """A push starts a pass that makes the workspaces; the hourly job removes the expired file and its stack."""
    soon = datetime.now(UTC).replace(microsecond=0) + AHEAD
    later = soon + timedelta(days=2)
    machine.push(
        {
            "workspaces/goes.yaml": SPEC.format(expiry=format_instant(soon)).encode(),
            "workspaces/stays.yaml": SPEC.format(expiry=format_instant(later)).encode(),
        }
    )

    pushed = machine.act("push", "reconcile.yml")

    assert pushed.returncode == 0, pushed.stdout
    assert {"goes": "ready", "stays": "ready"} == machine.phases()

    time.sleep(max(0.0, (soon - datetime.now(UTC)).total_seconds() + 1))
    before = machine.head()
    hourly = machine.act("schedule", "expire.yml")

    assert hourly.returncode == 0, hourly.stdout
    assert ["D\tworkspaces/goes.yaml"] == machine.changed(before)
    assert {"stays": "ready"} == machine.phases()
