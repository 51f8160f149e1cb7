"""Small programs that stand in for a tool or for Go, written into a folder that a test puts on its PATH."""

from __future__ import annotations

import sys
from pathlib import Path

# Leaves a line per call, waits if told, then writes each output that the real `go build -o` would.
GO = """#!/bin/sh
echo "go $*" >> "{log}"
sleep {pause}
[ {code} -eq 0 ] || {{ echo "{words}"; exit {code}; }}
while [ "$1" != -o ]; do shift; done
case "$2" in */) for name in "$@"; do case "$name" in k8s*) echo made > "$2$(basename "$name")";; esac; done;;
*) echo made > "$2";; esac
"""


def program(folder: Path, name: str, text: str) -> Path:
    """An executable of this name in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(text)
    path.chmod(0o755)
    return path


def says(folder: Path, name: str, words: str) -> Path:
    """A program that prints `words`, whatever it is asked."""
    return program(folder, name, f"#!/bin/sh\necho '{words}'\n")


def go(folder: Path, *, pause: float = 0, code: int = 0, words: str = "") -> Path:
    """A Go that pretends to build; its calls are lines in the returned file."""
    log = folder / "calls"
    program(folder, "go", GO.format(log=log, pause=pause, code=code, words=words))
    log.touch()
    return log


def environ(tmp_path: Path, **more: str) -> dict[str, str]:
    """An environment with a PATH of the test's own folder first, and a cache below it."""
    return {
        "PATH": f"{tmp_path / 'bin'}:/usr/bin:/bin",
        "HOME": str(tmp_path),
        "HELIUM_CACHE": str(tmp_path / "cache"),
        "PYTHON": sys.executable,
        **more,
    }
