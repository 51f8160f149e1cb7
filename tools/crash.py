"""`make crash`: every order of events on the fakes, then the crash matrix on real parts.

The explorer (tests/explorer) walks through the orders in which passes, people, clocks and deaths can take turns. The
matrix kills at every step of create, update and destroy, and counts what came of it.

The program chooses the points (tests/crash/points.py); the same seed repeats a run. Three fleets run at the same time:
one pushes its ledger to a remote, one keeps it beside its state, and on the busy one (tests/crash/busy.py) people push
while two passes are at work, and any of them dies at any instant. It succeeds only if three counts are zero: records
and log lines lost, workspaces wrongly destroyed, and resources leaked.
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
FLEETS = ("plain", "shared", "busy")


@dataclass(slots=True)
class Tally:
    """The reports of all fleets, one for each point."""

    reports: list[dict[str, Any]] = field(default_factory=list)
    ended: list[int] = field(default_factory=list)

    def add(self, report: dict[str, Any]) -> None:
        """Count one point, and show it."""
        self.reports.append(report)
        faults = [sentence for kind in KINDS for sentence in report[kind]]
        state = "FAILED" if faults else "ok" if report["hit"] else "missed"
        print(
            f"{len(self.reports):4}  {state:6}  {report['passes']:2} passes  {report['seconds']:5} s  {report['point']}"
        )
        for sentence in (*faults, *(report["said"] if faults else ())):
            print(f"      {sentence[:400]}")
        sys.stdout.flush()

    def count(self, kind: str) -> int:
        """How many points had a fault of this kind."""
        return sum(1 for report in self.reports if report[kind])


def main(arguments: Sequence[str]) -> int:
    """Explore, walk if `--walk` says so, then run the fleets and print the matrix. 0 if nothing failed, else 1."""
    options = _options(arguments)
    if options.states and (code := _explore(options)):
        return code
    if options.walk and (code := _walk(options)):
        return code
    if not options.points:
        return 0
    print(
        f"crash matrix: {options.points} points, seed {options.seed}, at most {options.minutes:g} minutes", flush=True
    )
    tally, start = Tally(), time.monotonic()
    with tempfile.TemporaryDirectory(prefix="crash-", ignore_cleanup_errors=True) as folder:
        threads = []
        for number, kind in enumerate(options.fleets):
            given = {"options": options, "number": number}
            threads.append(
                threading.Thread(target=_fleet, args=(Path(folder, f"{kind}-{number}"), tally), kwargs=given)
            )
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    return _summed(tally, seconds=time.monotonic() - start)


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make crash", description=__doc__)
    parser.add_argument("--points", type=int, default=240, help="of the matrix; 0 leaves it out")
    parser.add_argument("--fleets", nargs="+", choices=FLEETS, default=FLEETS, help="one may stand there twice")
    parser.add_argument("--states", type=int, default=1_200_000, help="that are explored (first); 0 leaves it out")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--walk", type=int, default=0, metavar="STEPS", help="walk at random, too (first)")
    return parser.parse_args(arguments)


def _explore(options: argparse.Namespace) -> int:
    """Every order of events, the fewest disturbances first, until so many states were told apart."""
    print(f"explorer: {options.states:,} states", flush=True)
    command = [sys.executable, "-m", "tests.explorer", f"--states={options.states}"]
    return subprocess.run(command, cwd=ROOT, check=False).returncode


def _walk(options: argparse.Namespace) -> int:
    """A random walk of edits, passes, kills, expiries, pauses, reverts and clock jumps; it prints what it did."""
    print(f"random walk: {options.walk} steps, seed {options.seed}", flush=True)
    with tempfile.TemporaryDirectory(prefix="walk-", ignore_cleanup_errors=True) as folder:
        command = [sys.executable, "-m", "tests.crash.walk", folder, str(options.walk), str(options.seed)]
        return subprocess.run(command, cwd=ROOT, env=_environ(Path(folder)), check=False).returncode


def _fleet(folder: Path, tally: Tally, *, options: argparse.Namespace, number: int) -> None:
    """One fleet in its own process, so that it never kills a process of another."""
    folder.mkdir()
    kind = options.fleets[number]
    count = options.points // len(options.fleets) + (number < options.points % len(options.fleets))
    module = "tests.crash.busy" if kind == "busy" else "tests.crash.scenario"
    given = (*([] if kind == "busy" else [kind]), count, options.seed + number, options.minutes * 60)
    command = [sys.executable, "-m", module, str(folder), *(str(each) for each in given)]
    with subprocess.Popen(command, cwd=ROOT, env=_environ(folder), stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            tally.add(json.loads(line))
    if process.returncode:
        print(f"the fleet {folder.name} ended with {process.returncode}; its output is above", flush=True)
    tally.ended.append(process.returncode)


def _environ(folder: Path) -> dict[str, str]:
    return {**os.environ, "TMPDIR": str(folder)}


def _summed(tally: Tally, *, seconds: float) -> int:
    hits = [report for report in tally.reports if report["hit"]]
    converged = sum(1 for report in hits if not any(report[kind] for kind in KINDS))
    by_operation = Counter(report["point"].partition(":")[0] for report in hits)
    passes = Counter(report["passes"] for report in hits)
    shares = ", ".join(f"{number} {operation}" for operation, number in sorted(by_operation.items()))
    print(f"points tried        {len(hits):5}   ({shares})")
    print(f"converged           {converged:5}   (passes until nothing was left to do: {_shares(passes)})")
    for words, kind in (("records lost", "lost"), ("wrongly destroyed", "wrong"), ("leaked", "leaked")):
        print(f"{words:19} {tally.count(kind):5}")
    print(f"{seconds / 60:.1f} minutes; {len(tally.reports) - len(hits)} points were not reached and do not count")
    bad = converged < len(hits) or not hits or any(tally.ended) or any(tally.count(kind) for kind in KINDS)
    return 1 if bad else 0


def _shares(passes: Counter[int]) -> str:
    return ", ".join(f"{number}: {count}" for number, count in sorted(passes.items()))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
