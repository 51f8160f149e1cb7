"""Finds a tool: on the PATH, else in the user's cache. It refuses a version that is too old."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from tools.table import Tool


def cache(environ: Mapping[str, str]) -> Path:
    """The user's cache folder. All clones share it; `HELIUM_CACHE` names another."""
    if own := environ.get("HELIUM_CACHE"):
        return Path(own).expanduser().absolute()
    base = environ.get("XDG_CACHE_HOME") or str(Path(environ.get("HOME") or Path.home()) / ".cache")
    return Path(base) / "helium"


def home(tool: Tool, environ: Mapping[str, str]) -> Path:
    """The folder of exactly this version of a tool. It appears complete or not at all."""
    return cache(environ) / f"{tool.name}-{tool.version}"


def locate(tool: Tool, environ: Mapping[str, str]) -> Path | None:
    """The folder that holds the tool's programs, or None. The PATH wins where its version will do."""
    on_path = shutil.which(tool.binaries[0], path=environ.get("PATH", ""))
    if on_path and len(tool.binaries) == 1 and fits(tool, version(Path(on_path), tool.command)):
        return Path(on_path).parent
    cached = home(tool, environ) / "bin"
    return cached if all((cached / name).is_file() for name in tool.binaries) else None


def version(program: Path, command: tuple[str, ...]) -> tuple[int, ...] | None:
    """The version that a program prints, or None if it prints none within ten seconds."""
    try:
        printed = subprocess.run(
            [program, *command],
            capture_output=True,
            text=True,
            timeout=10,
            check=True,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    match = re.search(r"(\d+)\.(\d+)\.(\d+)", printed.stdout)
    return tuple(int(part) for part in match.groups()) if match else None


def fits(tool: Tool, seen: tuple[int, ...] | None) -> bool:
    """Whether a version from the PATH will do: new enough within its major version, or exactly the one of the table."""
    if seen is None:
        return False
    exact = tuple(int(part) for part in tool.version.split("."))
    return seen == exact if tool.minimum is None else seen[0] == exact[0] and seen >= tool.minimum
