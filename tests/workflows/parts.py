"""The workflows as data, this repository's and those that a new fleet gets, and what fills in the latter."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from helium.cli.fleet_files import PIN
from tools import workflows

ROOT = Path(__file__).parents[2]
OWN = ROOT / ".github/workflows"
TEMPLATES, GITEA, OPERATORS = (ROOT / folder for folder in workflows.TEMPLATES)
ACTION = ROOT / ".github/actions/helium/action.yml"
WORKFLOWS = sorted(path for folder in (OWN, TEMPLATES, GITEA, OPERATORS) for path in folder.glob("*.yml"))

REPOSITORY, COMMIT = "example/helium", "0123456789abcdef0123456789abcdef01234567"

Yaml = Mapping[Any, Any]


def shown(path: Path) -> str:
    """How a test names a file."""
    return str(path.relative_to(ROOT))


def read(path: Path) -> Yaml:
    """A workflow, as it is written: `on` is a key and not a yes."""
    loaded = yaml.load(path.read_text(), Loader=yaml.BaseLoader)
    assert isinstance(loaded, dict)
    return loaded


def jobs(path: Path) -> Iterator[tuple[str, Yaml]]:
    """Every job with its name."""
    yield from read(path)["jobs"].items()


def steps(path: Path) -> Iterator[Yaml]:
    """Every step of every job, or of the action."""
    holders = [read(path)["runs"]] if path == ACTION else [job for _, job in jobs(path)]
    for holder in holders:
        yield from holder.get("steps", ())


def used(path: Path) -> Iterator[str]:
    """What every job and step calls."""
    called = [job for _, job in jobs(path)] if path != ACTION else []
    for holder in (*called, *steps(path)):
        if "uses" in holder:
            yield holder["uses"]


def filled(text: str) -> str:
    """A template as `helium init` writes it."""
    return text.replace(PIN, f"{REPOSITORY}/.github/actions/helium@{COMMIT}")


def audited(folder: Path) -> subprocess.CompletedProcess[str]:
    """What zizmor says of a folder of workflows, in plain text wherever it runs."""
    zizmor = Path(sys.executable).parent / "zizmor"
    command: list[str | Path] = [zizmor, "--offline", "--quiet", "--color=never", folder]
    return subprocess.run(command, capture_output=True, text=True, check=False)
