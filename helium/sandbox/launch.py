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
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from helium.sandbox.errors import SandboxError

PACKAGES = ("gcp", "kubernetes")
_PASSED_ON = ("HELIUM_SANDBOX_FAULTS", "HOME", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "PATH", "TMPDIR")
_READY_WITHIN = 120.0
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
    # A file, not a pipe: nobody reads while it runs, and a full pipe would stop it.
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(
            [*command, "--parent", str(os.getpid())],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=said,
            env=_environment(faults),
            start_new_session=True,
        )
        try:
            ready = json.loads(_first_line(process, said))
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
    """No more of this process's environment than the sandbox needs: no token has any business there."""
    root = str(Path(__file__).parents[2])
    path = os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH", ""))))
    given = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    own = {"HELIUM_SANDBOX_FAULTS": "\n".join(faults)} if faults else {}
    return {**given, "PYTHONPATH": path, **own}


def _first_line(process: subprocess.Popen[bytes], said: IO[bytes]) -> bytes:
    """What it says when it is ready; SandboxError with its own sentence when it ends instead."""
    assert process.stdout is not None
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        line = process.stdout.readline() if selector.select(_READY_WITHIN) else b""
    if line:
        return line
    process.kill()
    process.wait()
    said.seek(0)
    raise SandboxError(said.read().decode(errors="replace").strip() or "the sandbox did not start in time")


def _end(process: subprocess.Popen[bytes]) -> None:
    """Ask it to stop, and make sure that it did."""
    process.terminate()
    try:
        process.communicate(timeout=_GONE_WITHIN)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
