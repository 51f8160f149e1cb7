"""What is made once for all processes of one run of tests: a real fleet takes seconds to grow, and a blink to copy."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

_BEGAN = "TESTS_BEGAN"
_RUN = "TESTS_RUN_BY"


def began() -> datetime:
    """When this run of tests began, in whole seconds; one instant for all of its processes, which inherit it."""
    now = datetime.now(UTC).replace(microsecond=0)
    return datetime.fromisoformat(os.environ.setdefault(_BEGAN, now.isoformat()))


def run_by() -> int:
    """The process of this run that outlives the others. They inherit its number: a parent may be dead already."""
    return int(os.environ.setdefault(_RUN, str(os.getpid())))


def once(name: str, temporary: pytest.TempPathFactory, *, make: Callable[[Path], object]) -> Path:
    """A folder of this run, made by the process that asks first; the others wait for it. Take a copy to change it.

    `make` is given the path of a folder that does not exist. Two rooms may use the same name.
    """
    base = temporary.getbasetemp()
    base = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    # With the room in its name: a second room that called its fleet the same would take it for its own, and grow over
    # it while others copy from it.
    folder = base / f"{make.__module__}.{name}"
    done = base / f"{folder.name}.done"
    with (base / f"{folder.name}.lock").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        if not done.exists():
            # What a process left that failed half-way is nothing to build on.
            shutil.rmtree(folder, ignore_errors=True)
            make(folder)
            done.touch()
    return folder
