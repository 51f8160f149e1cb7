"""The workflows themselves, run by act: a pushed file comes up, an expired one goes."""

from __future__ import annotations

import re
import shutil
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pulumi.automation import PulumiCommand

from helium.core.deadlines import format_instant
from tests.workflows.act_runner import ActRunner

pytestmark = pytest.mark.slow
SPEC = "owner: ann@example.com\nexpiry: {expiry}\n"


@pytest.fixture
def machine(tmp_path: Path, pulumi_command: PulumiCommand) -> ActRunner:
    """A runner with a fleet whose main has no workspace yet."""
    program = shutil.which(pulumi_command.command)
    assert program is not None

    return ActRunner.create(tmp_path, pulumi=program)


def spec(expiry: datetime) -> bytes:
    """A workspace's file."""
    return SPEC.format(expiry=format_instant(expiry)).encode()


def now() -> datetime:
    """In whole seconds, as a file has it."""
    return datetime.now(UTC).replace(microsecond=0)


def test_what_is_pushed_comes_up_and_what_expires_goes(machine: ActRunner) -> None:
    """A push starts a pass that makes the workspaces; the hourly job removes the expired file and its stack."""
    began = now()
    machine.push({"workspaces/stays.yaml": spec(began + timedelta(days=2))})
    first = machine.act("push", "reconcile.yml")
    assert first.returncode == 0, first.stdout

    # The next pass must record the deadline while it is in the future; how long that takes says the first one.
    soon = now() + 3 * (now() - began) + timedelta(seconds=10)
    machine.push({"workspaces/goes.yaml": spec(soon)})
    pushed = machine.act("push", "reconcile.yml")

    assert pushed.returncode == 0, pushed.stdout
    assert {"goes": "ready", "stays": "ready"} == machine.phases()

    time.sleep(max(0.0, (soon - datetime.now(UTC)).total_seconds() + 1))
    before = machine.head()
    hourly = machine.act("schedule", "expire.yml")

    assert hourly.returncode == 0, hourly.stdout
    assert ["D\tworkspaces/goes.yaml"] == machine.changed(before)
    assert {"stays": "ready"} == machine.phases()


def test_nothing_is_applied_until_a_machine_is_named(machine: ActRunner) -> None:
    """Without the variable HELIUM_RUNNER a push makes nothing, not even the ledger's branch, and fails nothing."""
    machine.push({"workspaces/waits.yaml": SPEC.format(expiry="2099-01-01").encode()})

    pushed = machine.act("push", "reconcile.yml", runner="")

    assert pushed.returncode == 0, pushed.stdout
    assert "helium reconcile" not in pushed.stdout
    assert ["main"] == machine.branches()


def test_a_spec_that_cannot_be_read_turns_the_check_red(machine: ActRunner) -> None:
    """The check of specs fails, with a remark that names file and line."""
    machine.push({"workspaces/wrong.yaml": b"owner: ann@example.com\nexpirey: 2099-01-01\n"})

    checked = machine.act("push", "check.yml")

    assert checked.returncode == 1, checked.stdout
    assert re.search(r"::error file=workspaces/wrong\.yaml,line=2.*expiry", checked.stdout), checked.stdout
