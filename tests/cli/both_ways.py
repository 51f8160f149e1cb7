"""One fleet, and the command line on it in both ways: on its clone, and at a server that serves it from a process."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from click.testing import CliRunner, Result

from helium.cli import cli
from tests.cli.conftest import CommandLineFleet
from tests.serving.processes import ROOT, answers, free_port, until

TOKEN = "a-token-of-the-tests"
_COMMIT = re.compile(r"\b[0-9a-f]{40}\b|(?<=commit )[0-9a-f]{10}\b")
_TIME = re.compile(r"\b\d\d:\d\d:\d\d(?= )|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
_LEFT = re.compile(r"\b(\d+)d \d+h\b")


@dataclass(frozen=True, slots=True)
class Printed:
    """What a command left: its exit code and both streams."""

    code: int
    out: str
    err: str

    @classmethod
    def of(cls, result: Result) -> Printed:
        """Of a command that ran here; a bug of it is raised."""
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return cls(result.exit_code, result.stdout, result.stderr)

    def without_moments(self) -> Printed:
        """Without commits and times, which differ between two fleets that were asked for the same."""
        return Printed(
            self.code, *(_LEFT.sub("…", _TIME.sub("TIME", _COMMIT.sub("ID", text))) for text in (self.out, self.err))
        )


@dataclass(frozen=True, slots=True)
class ServerWay:
    """The command line of somebody who has no clone."""

    address: str
    home: Path

    def __call__(self, *args: str, token: str = TOKEN, env: Mapping[str, str] | None = None) -> Printed:
        """Run a command at the server."""
        given = {"HELIUM_TOKEN": token, "XDG_CONFIG_HOME": str(self.home), **(env or {})}
        return Printed.of(CliRunner(env=given).invoke(cli, ["--server", self.address, *args]))


@contextmanager
def serving(fleet: CommandLineFleet, home: Path, *, port: int = 0, **env: str) -> Iterator[ServerWay]:
    """`helium serve` in a process, on a socket, over this fleet. `port`: 0 takes any."""
    port = port or free_port()
    given = {**os.environ, **fleet.env, "HELIUM_TOKEN": TOKEN, "PYTHONPATH": str(ROOT), **env}
    with (home / "serve.log").open("a") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "helium", "serve", "--port", str(port)],
            cwd=fleet.folder,
            env=given,
            stdout=log,
            stderr=log,
        )
    try:
        until(lambda: answers(port), says="the API does not answer")
        yield ServerWay(f"http://127.0.0.1:{port}", home)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)
