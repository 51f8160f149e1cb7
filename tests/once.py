"""What is made once for all processes of one run of tests: a real fleet takes seconds to grow, and a blink to copy."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

_BEGAN = "TESTS_BEGAN"


def began() -> datetime:
    """When this run of tests began, in whole seconds; one instant for all of its processes, which inherit it."""
    now = datetime.now(UTC).replace(microsecond=0)
    return datetime.fromisoformat(os.environ.setdefault(_BEGAN, now.isoformat()))


def once(name: str, temporary: pytest.TempPathFactory, *, make: Callable[[Path], object]) -> Path:
    """A folder of this run, made by the process that asks first; the others wait for it. Take a copy to change it."""
    base = temporary.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / name
    done = folder.with_name(f"{name}.done")
    with folder.with_name(f"{name}.lock").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        if not done.exists():
            make(folder)
            done.touch()
    return folder
