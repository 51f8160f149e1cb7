"""A person's unlock, by an engine that has never met who holds the lock."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import pytest

from helium.core.stack import StackId
from tests.adapters.engine.conftest import Warm
from tests.adapters.engine.test_process import waited


@pytest.mark.parametrize(
    ("locked", "host", "ended"),
    [("a", os.uname().nodename, True), ("b", os.uname().nodename, False), ("a", "another", False)],
)
def test_who_sleeps_with_a_lock_is_ended_when_a_person_breaks_it(
    warm_a: Warm, tmp_path: Path, locked: str, host: str, ended: bool
) -> None:
    """Awake, it would write over what came after. Who holds another stack lives, and so does another machine's pid."""
    stack = StackId.of("acme", "plain", name="a")
    program = tmp_path / "pulumi-asleep"
    shutil.copy("/bin/sleep", program)
    with subprocess.Popen([program, "60"]) as sleeper, ExitStack() as at_end:
        at_end.callback(sleeper.kill)
        sleeper.send_signal(signal.SIGSTOP)
        folder = warm_a.state / ".pulumi" / "locks" / "organization" / "acme.plain" / locked
        folder.mkdir(parents=True, exist_ok=True)
        lock = {"pid": sleeper.pid, "username": "ada", "hostname": host, "timestamp": f"{datetime.now(UTC):%FT%TZ}"}
        (folder / "0b0f9fae-0000-4000-8000-000000000000.json").write_text(json.dumps(lock))
        warm_a.engine.unlock(stack)
        over = waited(lambda: sleeper.poll() is not None, 20 if ended else 1)

    assert (ended, locked != "a") == (over, any(folder.glob("0b*.json")))
