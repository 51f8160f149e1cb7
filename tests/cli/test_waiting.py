"""`--wait`, and `helium open`, on a clone and at a server: how they end, and what is where on the two streams."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.cli.both_ways import TOKEN, ServerWay, serving
from tests.cli.conftest import CommandLineFleet, copied
from tests.serving.processes import PATIENCE, ROOT, free_port, until


@dataclass(frozen=True, slots=True)
class Waiter:
    """Somebody who waits, in a process; and the fleet, whose passes are run from here."""

    fleet: CommandLineFleet
    at: tuple[str, ...]
    env: dict[str, str] = field(repr=False)

    def start(self, *args: str) -> subprocess.Popen[str]:
        """`helium`, which goes on meanwhile."""
        return subprocess.Popen(
            [sys.executable, "-m", "helium", *self.at, *args],
            cwd=self.fleet.folder,
            env={**os.environ, **self.fleet.env, **self.env, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *args: str) -> tuple[int, str, str]:
        """`helium`, to its end."""
        return ended(self.start(*args))

    def has(self, name: str) -> bool:
        """Whether main has its file."""
        return f"workspaces/{name}.yaml" in self.fleet.git("ls-tree", "-r", "--name-only", "main")


def ended(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    """Its exit code, and both streams."""
    out, err = process.communicate(timeout=PATIENCE)
    return process.returncode, out, err


@pytest.fixture(scope="module")
def fleet(grown_in_memory: CommandLineFleet, tmp_path_factory: pytest.TempPathFactory) -> CommandLineFleet:
    """A fleet with two workspaces."""
    return copied(grown_in_memory, tmp_path_factory.mktemp("waiting") / "acme")


@pytest.fixture(scope="module")
def server(fleet: CommandLineFleet, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerWay]:
    """A server over it."""
    with serving(fleet, tmp_path_factory.mktemp("server")) as server:
        yield server


@pytest.fixture(params=["clone", "server"])
def waiter(request: pytest.FixtureRequest, fleet: CommandLineFleet, server: ServerWay, tmp_path: Path) -> Waiter:
    """In both ways."""
    env = {"XDG_CONFIG_HOME": str(tmp_path), "HELIUM_TOKEN": TOKEN}
    return Waiter(fleet, ("--server", server.address) if request.param == "server" else (), env)


def test_a_wait_ends_with_how_to_reach_it(waiter: Waiter) -> None:
    """Created, moved, and destroyed: what happens is on standard error, and what comes of it on standard output."""
    name = f"demo-{'server' if waiter.at else 'clone'}"
    creating = waiter.start("new", name, "--wait")
    until(lambda: waiter.has(name))
    waiter.fleet("reconcile")
    code, out, err = ended(creating)

    assert (0, True) == (code, f"{name} is ready\n" in out), err
    assert f"namespace   {name}\n" in out
    assert "requested: the next pass creates it" in err

    deleting = waiter.start("delete", name, "--wait", "--json")
    until(lambda: not waiter.has(name))
    waiter.fleet("reconcile")
    code, out, err = ended(deleting)

    assert (0, "gone") == (code, json.loads(out)["waited"][name]["status"]), err
    assert f"{name} gone" in err


def test_a_wait_has_an_end_and_the_workspace_goes_on(waiter: Waiter) -> None:
    """By the clock with a code of its own, and by Ctrl-C; both say how to follow it."""
    name = f"late-{'server' if waiter.at else 'clone'}"
    code, out, err = waiter.run("new", name, "--wait", "--timeout", "1s")

    assert (13, True) == (code, out.endswith("Z\n")), err
    assert f"watch {name}" in err.splitlines()[-1]

    waiting = waiter.start("extend", name, "+1d", "--wait", "--json")
    assert waiting.stderr is not None
    until(lambda: "requested" in (waiting.stderr.readline() if waiting.stderr else ""))
    waiting.send_signal(signal.SIGINT)
    code, out, err = ended(waiting)

    assert (130, "requested") == (code, json.loads(out)["status"])
    assert waiter.has(name)


def test_a_name_that_is_not_there_deletes_none(waiter: Waiter) -> None:
    """Also behind one that is; a second deletion says that it was the second."""
    name = f"twice-{'server' if waiter.at else 'clone'}"
    assert 0 == waiter.run("new", name)[0]
    code, _, err = waiter.run("delete", name, "no-such-name")
    assert (2, True, True) == (code, "no workspace called 'no-such-name'" in err, waiter.has(name))
    code, out, _ = waiter.run("delete", name)
    assert (0, True, False) == (code, f"the file of {name} is removed by commit " in out, waiter.has(name))


def test_a_link_is_printed_where_there_is_no_browser(waiter: Waiter) -> None:
    """The Console by default, another one by its label, and none that there is not."""
    console = waiter.run("open", "rich")
    notebooks = waiter.run("open", "rich", "notebooks", "--print")
    other = waiter.run("open", "rich", "grafana")

    assert (0, "https://rich.workspaces.example.com\n", "") == console
    assert (0, "https://jh-rich.workspaces.example.com\n", "") == notebooks
    assert (2, "", "rich has no link called 'grafana'. It has: Console, Notebooks\n") == other


def test_a_server_that_ends_meanwhile_ends_no_wait(fleet: CommandLineFleet, tmp_path: Path) -> None:
    """It is said, and looked for again until it is back."""
    port, name = free_port(), "patient"
    with serving(fleet, tmp_path, port=port) as server:
        at = Waiter(fleet, ("--server", server.address), {"XDG_CONFIG_HOME": str(tmp_path), "HELIUM_TOKEN": TOKEN})
        waiting = at.start("new", name, "--wait")
        assert waiting.stderr is not None
        until(lambda: "requested" in (waiting.stderr.readline() if waiting.stderr else ""))
    until(lambda: "Looking again." in (waiting.stderr.readline() if waiting.stderr else ""))
    with serving(fleet, tmp_path, port=port):
        fleet("reconcile")
        code, out, err = ended(waiting)

    assert (0, True) == (code, f"{name} is ready\n" in out), err
