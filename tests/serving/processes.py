"""`helium serve` and `helium controlplane` as processes on a clone of a bare remote."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from click.testing import CliRunner

from helium.cli import cli
from tests.cli.conftest import CommandLineFleet, lightened

CONFIG = "[user]\n\tname = Ada\n\temail = ada@example.com\n"
TOKEN = "a-token-of-the-tests"
PATIENCE = 240.0
ROOT = Path(__file__).parents[2]
MEMORY = "tests.cli.memory"
"""`helium` with its stacks in memory, from the process's start to its end."""


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def until(done: Callable[[], bool], *, says: str = "it did not come to pass", pause: float = 0.05) -> None:
    """Wait for it; `pause`: seconds between two looks."""
    end = time.monotonic() + PATIENCE
    while not done():
        assert time.monotonic() < end, says
        time.sleep(pause)


def answers(port: int) -> bool:
    """Whether the API on this machine is ready."""
    try:
        # Nothing here speaks TLS, and to read the certificates of the world before each look would keep a core busy.
        return httpx.get(f"http://127.0.0.1:{port}/readyz", verify=False).status_code == 200
    except httpx.TransportError:
        return False


@dataclass(frozen=True, slots=True)
class ServedFleet:
    """A fleet in the sandbox: its remote, the clone that Helium works in, and the environment of its processes."""

    remote: Path
    fleet: Path
    env: Mapping[str, str] = field(repr=False)
    port: int

    @property
    def address(self) -> str:
        """Where the API answers."""
        return f"http://127.0.0.1:{self.port}"

    def git(self, *args: str) -> str:
        """What git says of the remote."""
        done = subprocess.run(["git", "-C", str(self.remote), *args], capture_output=True, text=True, check=True)
        return done.stdout.strip()

    def names(self) -> list[str]:
        """The workspaces on the remote's main."""
        listed = self.git("ls-tree", "-r", "--name-only", "main", "workspaces/").split()
        return sorted(Path(path).stem for path in listed if path.endswith(".yaml"))

    @contextmanager
    def running(self, *command: str, says: str, program: str = "helium", **env: str) -> Iterator[subprocess.Popen[str]]:
        """`helium` in a process, once it said that it is there; ended by SIGTERM, which must end it well.

        `program`: `MEMORY`, where the stacks may be in memory.
        """
        process = subprocess.Popen(
            [sys.executable, "-m", program, *command],
            cwd=self.fleet,
            env={**self.env, "PYTHONPATH": str(ROOT), **env},
            stdout=subprocess.PIPE,
            stderr=(self.fleet.parent / f"{command[0] if command else env['HELIUM_MODE']}.log").open("a"),
            text=True,
        )
        assert process.stdout is not None
        try:
            line = process.stdout.readline()
            assert says in line, line
            yield process
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
            code = process.wait(PATIENCE)
            process.stdout.close()
        assert code in {0, -signal.SIGKILL}

    @contextmanager
    def serving(self, **env: str) -> Iterator[subprocess.Popen[str]]:
        """The API, ready."""
        with self.running("serve", says="Helium serves the fleet acme", **env) as process:
            self.ready()
            yield process

    def ready(self) -> None:
        """Wait until it answers."""
        until(lambda: answers(self.port), says="the API does not answer")

    def client(self) -> httpx.Client:
        """A client with the token."""
        return httpx.Client(base_url=f"{self.address}/v1/api", headers={"X-Pach": TOKEN}, timeout=60, verify=False)


def site(folder: Path, *, state: str = "", light: bool = False) -> ServedFleet:
    """A remote with a fleet in it, and a clone. `state`: another one than the folder's own, never looked at.

    `light`: its backend makes nothing in a cloud.
    """
    (folder / "gitconfig").write_text(CONFIG)
    env = {**os.environ, "GIT_CONFIG_GLOBAL": str(folder / "gitconfig"), "GIT_CONFIG_NOSYSTEM": "1"}
    port = free_port()
    env |= {"HELIUM_TOKEN": TOKEN, "HELIUM_PORT": str(port)}
    fleet, remote = folder / "acme", folder / "remote.git"

    def git(*args: str) -> None:
        subprocess.run(["git", *args], cwd=folder, env=env, check=True, capture_output=True)

    CliRunner(env=env).invoke(cli, ["init", str(fleet)], catch_exceptions=False)
    if light:
        lightened(CommandLineFleet(fleet, env))
    if state:
        settings = fleet / "helium.yaml"
        settings.write_text(settings.read_text().replace("file://.helium/state", state))
        git("-C", str(fleet), "commit", "-q", "-a", "-m", "Keep the state elsewhere")
    git("init", "-q", "--bare", "-b", "main", str(remote))
    git("-C", str(fleet), "remote", "add", "origin", str(remote))
    git("-C", str(fleet), "push", "-q", "-u", "origin", "main")
    return ServedFleet(remote, fleet, env, port)
