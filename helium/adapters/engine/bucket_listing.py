"""The stacks of a bucket's state, listed by a process of its own. What goes wrong there is an `UnknownLayoutError`."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from helium.adapters.engine.settings import EngineSettings
from helium.adapters.engine.stack_names import UnknownLayoutError
from helium.core.stack import Stack, StackId

KINDS = ("s3", "gs", "azblob")
URLS = tuple(f"{kind}://" for kind in KINDS)
LIMIT = 120.0
"""Seconds. A hundred thousand stacks take half of it; then Pulumi may try."""
_NOT_NEEDED = ("PULUMI_CONFIG_PASSPHRASE", "GOGC")


def scanned(settings: EngineSettings, *, opened: StackId | None = None) -> tuple[Stack, ...]:
    """Every stack of the bucket. `opened`: the one whose small state is read; without it, all of this fleet's."""
    answer = _answer(settings, settings.fleet, *([str(opened)] if opened else []))
    return tuple(Stack(StackId(project, name), corrupt) for project, name, corrupt in answer["stacks"])


def leaves_something(settings: EngineSettings, stack: StackId) -> bool:
    """Whether the bucket holds history or backups of a stack."""
    return bool(_answer(settings, "--leaves", str(stack))["leaves"])


def drop_dead_locks(settings: EngineSettings, stack: StackId) -> None:
    """Remove the locks of a stack that does not exist, whose process of this machine has ended."""
    _answer(settings, "--unlock", str(stack))


def _answer(settings: EngineSettings, *words: str) -> dict[str, Any]:
    root = str(Path(__file__).resolve().parents[3])
    environ = {key: value for key, value in settings.command_environment.items() if key not in _NOT_NEEDED}
    try:
        done = subprocess.run(
            [sys.executable, "-m", "helium.adapters.engine.bucket_scan", *words],
            env={**environ, "PYTHONPATH": root, "PYTHONDONTWRITEBYTECODE": "1"},
            cwd=settings.empty(),
            capture_output=True,
            text=True,
            check=False,
            timeout=LIMIT,
        )
    except subprocess.TimeoutExpired:
        raise UnknownLayoutError(f"the bucket was not listed within {LIMIT:.0f} seconds") from None
    if done.returncode:
        raise UnknownLayoutError(f"the bucket could not be listed ({_last(done.stderr)})")
    answer: dict[str, Any] = json.loads(done.stdout)
    if why := answer.get("unknown"):
        raise UnknownLayoutError(why)
    return answer


def _last(stderr: str) -> str:
    """The line with the exception; below it, `obstore` tells what it holds."""
    lines = [line for line in stderr.splitlines() if line and not line[0].isspace() and ": " in line]
    return next((line for line in lines if "rror" in line.partition(":")[0]), "it ended early")[:300]
