"""`helium watch`: what a person, a pipe and a program see of a workspace until it is ready, failed or gone."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from helium.errors import ExitCode
from tests.cli.conftest import CommandLineFleet
from tests.cli.terminals import plain, read_terminal

ROOT = Path(__file__).parents[2]
HELIUM = (sys.executable, "-m", "helium")
MEMORY = (sys.executable, "-m", "tests.cli.memory")


def begun(fleet: CommandLineFleet, command: tuple[str, ...], *args: str, **more: Any) -> subprocess.Popen[bytes]:
    """A process on the fleet."""
    environ = {**os.environ, **fleet.env, "PYTHONPATH": str(ROOT), "TERM": "xterm", "COLUMNS": "100"}
    given: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **more}
    return subprocess.Popen([*command, "-C", str(fleet.folder), *args], env=environ, **given)


def lines_of(process: subprocess.Popen[bytes], *, until: str) -> list[str]:
    """The lines that it prints, up to one with this text."""
    assert process.stdout is not None
    lines: list[str] = []
    while not lines or until not in lines[-1]:
        line = process.stdout.readline()
        assert line, f"it ended: {lines}"
        lines.append(line.decode().rstrip("\n"))
    return lines


def wait_for(path: Path) -> None:
    """Until there is such a file."""
    end = time.monotonic() + 60
    while not path.exists():
        assert time.monotonic() < end
        time.sleep(0.05)


@pytest.fixture
def slow(fleet: CommandLineFleet, tmp_path: Path) -> Path:
    """A workspace `alpha` was asked for that takes as long as this file is there."""
    path = tmp_path / "slow"
    path.touch()
    fleet("new", "alpha", "--description", str(path))
    return path


def test_in_a_pipe_each_change_is_a_line(fleet: CommandLineFleet, slow: Path) -> None:
    """From the request over each step of the pass to its end, which is also the end of the command."""
    watching = begun(fleet, HELIUM, "watch", "alpha")
    first = lines_of(watching, until="requested")
    passing = begun(fleet, MEMORY, "reconcile")
    wait_for(fleet.folder / ".helium" / "live.json")
    seen = lines_of(watching, until="1 resource")
    slow.unlink()
    out, err = watching.communicate(timeout=60)
    rest = out.decode().splitlines()

    assert (ExitCode.DONE, b"") == (watching.returncode, err)
    assert (0, False) == (passing.wait(), (fleet.folder / ".helium" / "live.json").exists())
    assert re.fullmatch(r"\d\d:\d\d:\d\d alpha requested: the next pass creates it", first[0])
    assert re.fullmatch(r"\d\d:\d\d:\d\d alpha creating for \d+s, 1 resource", seen[-1])
    assert re.fullmatch(r"\d\d:\d\d:\d\d alpha ready", rest[-1])


def test_a_shard_shows_what_it_is_at(fleet: CommandLineFleet, slow: Path) -> None:
    """Beside the others, each in a word of its own; it goes with the shard."""
    commit = fleet.json("reconcile", "--split")["split"]
    shard = threading.Thread(target=fleet, args=("reconcile", "--plan", commit, "--shard", "1/1"))
    shard.start()
    wait_for(live := fleet.folder / ".helium" / "live-1.json")
    watching = begun(fleet, HELIUM, "watch", "alpha")
    seen = lines_of(watching, until="1 resource")
    slow.unlink()
    watching.communicate(timeout=60)
    shard.join()

    assert (ExitCode.DONE, False) == (watching.returncode, live.exists())
    assert re.fullmatch(r"\d\d:\d\d:\d\d alpha creating for \d+s, 1 resource", seen[-1])


def test_for_programs_each_change_is_an_object(fleet: CommandLineFleet, slow: Path) -> None:
    """One a line, the last one says that it is over."""
    watching = begun(fleet, HELIUM, "watch", "alpha", "--json")
    lines = lines_of(watching, until="requested")
    passing = begun(fleet, MEMORY, "reconcile")
    lines += lines_of(watching, until='"done": 1')
    slow.unlink()
    out, _ = watching.communicate(timeout=60)
    passing.wait()
    said = [json.loads(line) for line in (*lines, *out.decode().splitlines())]

    assert {"time", "name", "status", "reason", "at_work", "over"} == {key for each in said for key in each}
    assert (False, "requested", None) == (said[0]["over"], said[0]["status"], said[0]["at_work"])
    at_work = said[len(lines) - 1]["at_work"]
    assert ("create", None, 1, None) == tuple(at_work[key] for key in ("kind", "doing", "done", "of"))
    assert (True, "ready", None) == (said[-1]["over"], said[-1]["status"], said[-1]["at_work"])


def test_on_a_terminal_one_line_is_redrawn(fleet: CommandLineFleet, slow: Path) -> None:
    """The line moves while nothing changes but time, and it stays one line."""
    parent, child = pty.openpty()
    watching = begun(fleet, HELIUM, "watch", "alpha", stdout=child, stderr=child)
    os.close(child)
    passing = begun(fleet, MEMORY, "reconcile")
    shown = plain(read_terminal(parent, until="creating for 2s", then=slow.unlink))

    assert (ExitCode.DONE, 0) == (watching.wait(), passing.wait())
    assert "creating for 1s, 1 resource" in shown
    assert "creating for 2s, 1 resource" in shown
    assert shown.rstrip().endswith("alpha  ready")
    # Only the last drawing ends its line.
    assert shown.count("\n") <= 3


def test_what_fails_ends_as_a_failed_pass_does(fleet: CommandLineFleet) -> None:
    """With 5 and the reason; a file with errors with 3; what is not there with the sentence of every command."""
    fleet("new", "alpha", "--description", "fail")
    fleet("reconcile", code=ExitCode.FAILED)
    assert "failed: quota exceeded" in fleet("watch", "alpha", code=ExitCode.FAILED).stdout
    fleet.land("workspaces/bad.yaml", "expiry: never\n")
    assert "bad failed: " in fleet("watch", "bad", code=ExitCode.INVALID).stdout
    fleet("watch", "nobody", code=ExitCode.USAGE)


def test_what_goes_is_followed_until_it_is_gone(up: CommandLineFleet) -> None:
    """Its record is the last thing of it; then the command ends well."""
    up("delete", "plain")
    watching = begun(up, HELIUM, "watch", "plain")
    lines_of(watching, until="deleting")
    up("reconcile")
    out, _ = watching.communicate(timeout=60)

    assert (ExitCode.DONE, True) == (watching.returncode, out.decode().rstrip().endswith("plain gone"))


@pytest.mark.parametrize("more", [(), ("--json",)])
def test_it_ends_when_nobody_reads_on(fleet: CommandLineFleet, more: tuple[str, ...]) -> None:
    """As in `| head -1`, though nothing happens any more that would be printed."""
    fleet("new", "alpha")
    watching = begun(fleet, HELIUM, "watch", *more)
    lines_of(watching, until="requested")
    assert watching.stdout is not None
    assert watching.stderr is not None
    watching.stdout.close()

    assert (0, b"") == (watching.wait(30), watching.stderr.read())


@pytest.mark.parametrize(("args", "code"), [((), ExitCode.DONE), (("alpha",), ExitCode.INTERRUPTED)])
def test_ctrl_c_ends_it_quietly(fleet: CommandLineFleet, args: tuple[str, ...], code: ExitCode) -> None:
    """Without a word; a script that waits for one name learns that it did not come to its end."""
    fleet("new", "alpha")
    watching = begun(fleet, HELIUM, "watch", *args)
    lines_of(watching, until="alpha requested")
    watching.send_signal(signal.SIGINT)
    out, err = watching.communicate(timeout=30)

    assert (code, b"", b"") == (watching.returncode, out, err)


def test_without_a_name_all_are_followed(up: CommandLineFleet) -> None:
    """What rests is not shown; what something happens to is, to its end and beyond."""
    up("new", "third")
    watching = begun(up, HELIUM, "watch")
    lines_of(watching, until="third requested")
    up("reconcile")
    lines = lines_of(watching, until="third ready")
    watching.send_signal(signal.SIGINT)
    watching.communicate(timeout=30)

    assert not [line for line in lines if "plain" in line or "rich" in line]


def test_a_clone_sees_what_a_pass_elsewhere_is_at(
    fleet: CommandLineFleet, tmp_path: Path, env: Mapping[str, str]
) -> None:
    """The pass is in one clone, the person in another, and between them is only the remote."""
    settings = (fleet.folder / "helium.yaml").read_text()
    state = re.search(r"^state: .*$", settings, re.MULTILINE)
    assert state
    shared = settings.replace(state[0], f"state: file://{tmp_path}/state")
    (tmp_path / "state").mkdir()
    fleet.land("helium.yaml", shared)
    slow = tmp_path / "slow"
    slow.touch()
    fleet.git("clone", "--quiet", "--bare", ".", str(tmp_path / "remote.git"))
    fleet.git("remote", "add", "origin", str(tmp_path / "remote.git"))
    fleet.git("fetch", "--quiet", "origin")
    fleet("new", "alpha", "--description", str(slow))
    fleet.git("clone", "--quiet", str(tmp_path / "remote.git"), str(tmp_path / "clone"))
    other = replace(fleet, folder=tmp_path / "clone")
    passing = begun(replace(fleet, env={**env, "HELIUM_PASSPHRASE": "p"}), MEMORY, "reconcile")
    watching = begun(other, HELIUM, "watch", "alpha")
    seen = lines_of(watching, until="1 resource")
    slow.unlink()
    out, err = watching.communicate(timeout=60)

    assert (ExitCode.DONE, b"", 0) == (watching.returncode, err, passing.wait())
    assert "alpha creating for" in seen[-1]
    assert "alpha ready" in out.decode().splitlines()[-1]
