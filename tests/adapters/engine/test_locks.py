"""Locks that nobody would meet again, and commands that a signal would make leave one."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from helium.adapters.engine.command import Command
from helium.adapters.engine.locks import unowned

GONE = subprocess.run(["sh", "-c", "echo $$"], capture_output=True, text=True, check=True).stdout.strip()


def locked(state: Path, name: str, *, pid: int) -> Path:
    """A lock as Pulumi writes it."""
    file = state / ".pulumi" / "locks" / "organization" / "acme.plain" / name / "one.json"
    file.parent.mkdir(parents=True)
    now = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"
    said = {"pid": pid, "username": "ada", "hostname": socket.gethostname(), "timestamp": now}
    file.write_text(json.dumps(said))
    return file


def test_a_lock_without_a_stack_and_a_holder_is_nobodys(tmp_path: Path) -> None:
    """One of a stack that is there, of a process that is there, or that cannot be read, is left alone."""
    dead = locked(tmp_path, "gone", pid=int(GONE))
    locked(tmp_path, "there", pid=int(GONE))
    locked(tmp_path, "held", pid=os.getppid())
    locked(tmp_path, "torn", pid=int(GONE)).write_text("{")
    stack = tmp_path / ".pulumi" / "stacks" / "acme.plain" / "there.json"
    stack.parent.mkdir(parents=True)
    stack.write_text("{}")

    assert [dead] == list(unowned(tmp_path))


@pytest.mark.parametrize(("args", "done"), [(("stack", "rm"), True), (("destroy",), False)])
def test_only_what_listens_is_interrupted(tmp_path: Path, args: tuple[str, ...], done: bool) -> None:
    """`stack rm` takes a lock and hears no SIGINT: it is let finish."""
    pulumi = tmp_path / "pulumi"
    pulumi.write_text(f"#!/bin/sh\ntouch {tmp_path}/begun\nsleep 0.5 && touch {tmp_path}/done\n")
    pulumi.chmod(0o755)
    command = Command(str(pulumi), dict(os.environ))
    thread = threading.Thread(target=command.run, args=(args,), kwargs={"cwd": tmp_path, "environment": {}})
    thread.start()
    # The program may be quicker than whoever started it, who has no process to end then.
    while not ((tmp_path / "begun").exists() and command.running):
        time.sleep(0.01)

    assert (not done) == command.end(5)
    thread.join()
    assert done == (tmp_path / "done").exists()
