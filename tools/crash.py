"""`make crash`: the crash matrix. Kills at every step of create, update and destroy, and counts what came of it.

The points are chosen by the program (tests/crash/points.py); a seed repeats a run. Two lanes run at once: one fleet
that pushes its ledger to a remote, one that keeps it beside its state. What is printed last must be three zeros.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tools.make import ROOT

KINDS = ("lost", "wrong", "leaked", "unsettled")
LANES = ("plain", "shared")


@dataclass(slots=True)
class Tally:
    """What all lanes told, point by point."""

    told: list[dict[str, Any]] = field(default_factory=list)
    ended: list[int] = field(default_factory=list)

    def add(self, told: dict[str, Any]) -> None:
        """Count one point, and show it."""
        self.told.append(told)
        faults = [sentence for kind in KINDS for sentence in told[kind]]
        state = "FAILED" if faults else "ok" if told["hit"] else "missed"
        print(f"{len(self.told):4}  {state:6}  {told['passes']:2} passes  {told['seconds']:5} s  {told['point']}")
        for sentence in (*faults, *(told["said"] if faults else ())):
            print(f"      {sentence[:400]}")
        sys.stdout.flush()

    def count(self, kind: str) -> int:
        """How many points had a fault of this kind."""
        return sum(1 for told in self.told if told[kind])


def main(arguments: Sequence[str]) -> int:
    """Walk if that was asked, run the lanes and print the matrix; 0 when all went well and the three are zero."""
    asked = _asked(arguments)
    if asked.walk and (code := _walk(asked)):
        return code
    print(f"crash matrix: {asked.points} points, seed {asked.seed}, at most {asked.minutes:g} minutes", flush=True)
    tally, start = Tally(), time.monotonic()
    with tempfile.TemporaryDirectory(prefix="crash-", ignore_cleanup_errors=True) as folder:
        threads = [
            threading.Thread(target=_lane, args=(Path(folder) / kind, tally), kwargs={"asked": asked, "number": number})
            for number, kind in enumerate(LANES)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    return _summed(tally, seconds=time.monotonic() - start)


def _asked(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make crash", description=__doc__)
    parser.add_argument("--points", type=int, default=240)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--walk", type=int, default=0, metavar="STEPS", help="walk at random, too (first)")
    return parser.parse_args(arguments)


def _walk(asked: argparse.Namespace) -> int:
    """A random walk of edits, passes, kills, expiries, pauses, reverts and clock jumps; it prints what it did."""
    print(f"random walk: {asked.walk} steps, seed {asked.seed}", flush=True)
    with tempfile.TemporaryDirectory(prefix="walk-", ignore_cleanup_errors=True) as folder:
        command = [sys.executable, "-m", "tests.crash.walk", folder, str(asked.walk), str(asked.seed)]
        return subprocess.run(command, cwd=ROOT, env=_environ(Path(folder)), check=False).returncode


def _lane(folder: Path, tally: Tally, *, asked: argparse.Namespace, number: int) -> None:
    """One lane as a process of its own: what it kills must not be among another's."""
    folder.mkdir()
    count = asked.points // len(LANES) + (number < asked.points % len(LANES))
    given = (folder.name, count, asked.seed + number, asked.minutes * 60)
    command = [sys.executable, "-m", "tests.crash.scenario", str(folder), *(str(each) for each in given)]
    with subprocess.Popen(command, cwd=ROOT, env=_environ(folder), stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            tally.add(json.loads(line))
    if process.returncode:
        print(f"the lane {folder.name} ended with {process.returncode}: what it said is above", flush=True)
    tally.ended.append(process.returncode)


def _environ(folder: Path) -> dict[str, str]:
    return {**os.environ, "TMPDIR": str(folder)}


def _summed(tally: Tally, *, seconds: float) -> int:
    hits = [told for told in tally.told if told["hit"]]
    converged = sum(1 for told in hits if not any(told[kind] for kind in KINDS))
    by_operation = Counter(told["point"].partition(":")[0] for told in hits)
    passes = Counter(told["passes"] for told in hits)
    shares = ", ".join(f"{number} {operation}" for operation, number in sorted(by_operation.items()))
    print(f"points tried        {len(hits):5}   ({shares})")
    print(f"converged           {converged:5}   (passes until nothing was left to do: {_shares(passes)})")
    for words, kind in (("records lost", "lost"), ("wrongly destroyed", "wrong"), ("leaked", "leaked")):
        print(f"{words:19} {tally.count(kind):5}")
    print(f"{seconds / 60:.1f} minutes; {len(tally.told) - len(hits)} moments did not come, and are not counted")
    bad = converged < len(hits) or not hits or any(tally.ended) or any(tally.count(kind) for kind in KINDS)
    return 1 if bad else 0


def _shares(passes: Counter[int]) -> str:
    return ", ".join(f"{number}: {count}" for number, count in sorted(passes.items()))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
