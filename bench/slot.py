"""How much memory one slot of a machine takes: a worker and Pulumi, in the middle of a create that waits for its cloud.

Shared pages count in part for each process that shares them (Pss), so that the slots of a machine can be added up.
"""

from __future__ import annotations

import os
import tempfile
import threading
import time
from collections.abc import Mapping
from pathlib import Path

from bench.create import CreateCase, engine, workspace
from helium.sandbox import start

WAIT = "20s"
SETTLES = 10.0
"""Seconds from the call until Pulumi waits."""


def run(*, pulumi: Path) -> Mapping[str, float]:
    """Megabytes by name, and one line on the terminal."""
    with tempfile.TemporaryDirectory() as name, start(Path(name) / "cloud") as sandbox:
        (Path(name) / "cloud" / "faults").write_text(f"slow before create bucket:Bucket {WAIT}\n", encoding="utf-8")
        case = CreateCase(Path(name), pulumi, sandbox.environment)
        before = _children(os.getpid())
        with engine(1, case) as one:
            create = threading.Thread(target=lambda: one.up(workspace("slow")))
            create.start()
            time.sleep(SETTLES)
            megabytes = sum(map(_megabytes, _children(os.getpid()) - before))
            create.join()
    print(f"one slot at work takes {megabytes:.0f} MB")
    return {"megabytes": megabytes}


def _children(process: int) -> frozenset[int]:
    """All processes below this one."""
    found: set[int] = set()
    for thread in Path(f"/proc/{process}/task").glob("*/children"):
        for child in map(int, thread.read_text(encoding="utf-8").split()):
            found |= {child} | _children(child)
    return frozenset(found)


def _megabytes(process: int) -> float:
    text = Path(f"/proc/{process}/smaps_rollup").read_text(encoding="utf-8")
    (line,) = (each for each in text.splitlines() if each.startswith("Pss:"))
    return int(line.split()[1]) / 1024
