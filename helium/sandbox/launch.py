"""Start a sandbox beside this program, and end it with it.

Knows nothing of the engine: it gives the environment settings with which any Pulumi engine finds the
sandbox. A Ctrl-C in the terminal does not reach it, so an engine can still finish what it was doing.
"""

from __future__ import annotations

import json
import os
import selectors
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from helium.sandbox.errors import SandboxError

PACKAGES = ("gcp", "kubernetes")
_READY_WITHIN = 20.0
_GONE_WITHIN = 5.0


@dataclass(frozen=True, slots=True)
class Sandbox:
    """A running sandbox: its folder, port and process, and what an engine's environment needs to find it."""

    folder: Path
    port: int
    pid: int
    environment: Mapping[str, str]


@contextmanager
def start(
    folder: Path, *, port: int = 0, packages: tuple[str, ...] = PACKAGES, faults: tuple[str, ...] = ()
) -> Iterator[Sandbox]:
    """Run a sandbox on the folder while the block runs; SandboxError when it cannot. `faults` are lines."""
    command = [sys.executable, "-m", "helium.sandbox", "--folder", str(folder), "--port", str(port)]
    process = subprocess.Popen(
        [*command, "--parent", str(os.getpid())],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=_environment(faults),
        start_new_session=True,
    )
    try:
        ready = json.loads(_first_line(process))
        yield Sandbox(folder, ready["port"], process.pid, environment(ready["port"], packages))
    finally:
        _end(process)


def environment(port: int, packages: tuple[str, ...] = PACKAGES) -> Mapping[str, str]:
    """The settings by which a Pulumi engine attaches to a sandbox that runs on this port."""
    return {
        "PULUMI_DEBUG_PROVIDERS": ",".join(f"{package}:{port}" for package in packages),
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
    }


def _environment(faults: tuple[str, ...]) -> dict[str, str]:
    root = str(Path(__file__).parents[2])
    path = os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH", ""))))
    given = {**os.environ, "PYTHONPATH": path}
    return {**given, "HELIUM_SANDBOX_FAULTS": "\n".join(faults)} if faults else given


def _first_line(process: subprocess.Popen[bytes]) -> bytes:
    """What it says when it is ready; SandboxError with its own sentence when it ends instead."""
    assert process.stdout is not None
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        line = process.stdout.readline() if selector.select(_READY_WITHIN) else b""
    if line:
        return line
    process.kill()
    _, said = process.communicate()
    raise SandboxError(said.decode(errors="replace").strip() or "the sandbox did not start in time")


def _end(process: subprocess.Popen[bytes]) -> None:
    """Ask it to stop, and make sure that it did."""
    process.terminate()
    try:
        process.communicate(timeout=_GONE_WITHIN)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
