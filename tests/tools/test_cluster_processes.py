"""The processes of a cluster for tests end, and their folder goes, whatever happens to whoever started them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.kubernetes import soon
from tools.cluster.processes import EndedError, processes
from tools.make import ROOT

# Starts two, says which, and waits; `ender` is the shell that ends them.
STARTER = """
import signal, subprocess, sys, time
from pathlib import Path
from tools.cluster.processes import processes

# These tests may run under `nohup`, whose children inherit that it ignores this one.
signal.signal(signal.SIGHUP, signal.SIG_DFL)
with processes(Path(sys.argv[1])) as begun:
    for seconds in ("1001", "1002"):
        program = Path(sys.argv[1]) / f"sleep{seconds}"
        program.symlink_to("/bin/sleep")
        begun.start([program, seconds])
    print(*(each.pid for each in begun.running.values()), flush=True)
    sys.stdin.readline()
"""


def started(folder: Path) -> tuple[subprocess.Popen[str], list[int]]:
    """A process that started two others, and their ids."""
    folder.mkdir()
    command = [sys.executable, "-c", STARTER, str(folder)]
    starter = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert starter.stdout is not None
    return starter, [int(pid) for pid in starter.stdout.readline().split()]


def is_gone(pid: int) -> bool:
    """Whether it runs no more; one that nobody has waited for yet does not run."""
    listed = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False).stdout
    return listed.strip()[:1] in ("", "Z")


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_they_end_with_whoever_started_them(tmp_path: Path, number: int) -> None:
    """Killed, told to end, interrupted, or hung up: both processes end, and the folder goes."""
    starter, pids = started(tmp_path / "cluster")
    assert [False, False] == [is_gone(pid) for pid in pids]

    starter.send_signal(number)
    starter.wait(60)

    assert soon(lambda: all(map(is_gone, pids)) and not (tmp_path / "cluster").exists())


def test_they_end_though_what_ends_them_was_killed(tmp_path: Path) -> None:
    """Whoever started them ends them at the end of its block, where the shell for it is gone."""
    starter, pids = started(tmp_path / "cluster")
    listed = subprocess.run(
        ["ps", "-o", "pid=", "--ppid", str(starter.pid)], capture_output=True, text=True, check=True
    )
    (ender,) = {int(pid) for pid in listed.stdout.split()} - set(pids)

    os.kill(ender, signal.SIGKILL)
    assert soon(lambda: is_gone(ender))
    starter.communicate("\n", timeout=60)

    assert (0, [True, True]) == (starter.returncode, [is_gone(pid) for pid in pids])
    assert not (tmp_path / "cluster").exists()


def test_one_that_ends_by_itself_is_named_with_its_last_words(tmp_path: Path) -> None:
    """What failed, and what it said, can be read although its log is gone."""
    folder = tmp_path / "cluster"
    folder.mkdir()
    with processes(folder) as begun:
        begun.start(["/bin/sh", "-c", "echo no such flag; exit 2"])
        with pytest.raises(EndedError, match=r"sh, a part(.|\n)*no such flag"):
            begun.wait_until(lambda: False, what="it never is")

    assert not folder.exists()
