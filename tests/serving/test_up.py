"""`helium up` as a process: what it started never outlives it."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

from helium.adapters.processes import below, runs
from tests.serving.processes import answers, free_port, until


def killed(command: list[str], port: int, *, log: Path) -> list[int]:
    """Kill it as soon as it answers; what it had started, and those."""
    with log.open("wb") as words:
        process = subprocess.Popen(command, stdout=words, stderr=words)
        try:
            until(lambda: answers(port), says="it does not answer")
            return below(process.pid)
        finally:
            process.send_signal(signal.SIGKILL)
            process.wait()


def test_it_ends_with_who_started_it(tmp_path: Path) -> None:
    """As `make up` starts it: when make is killed, all ends in good order."""
    port = free_port()
    command = f"exec {sys.executable} -m helium up --folder {tmp_path / 'up'} --port {port} --parent $PPID"
    starter = [sys.executable, "-c", f"import subprocess; subprocess.run(['sh', '-c', {command!r}])"]
    children = killed(starter, port, log=tmp_path / "log")
    assert len(children) >= 3
    until(lambda: not any(map(runs, children)), says="something outlived it")


def test_what_it_started_ends_with_it_though_it_is_killed(tmp_path: Path) -> None:
    """It can end nothing any more when it is killed, so the API and the control plane end by themselves."""
    port = free_port()
    command = [sys.executable, "-m", "helium", "up", "--folder", str(tmp_path / "up"), "--port", str(port)]
    children = killed(command, port, log=tmp_path / "log")
    assert len(children) >= 2
    until(lambda: not any(map(runs, children)), says="something outlived it")
    assert not answers(port)
