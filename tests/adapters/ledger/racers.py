"""Programs that write to a ledger and are raced, or killed, by the tests: `racers.py KIND FOLDER WHO COUNT`."""

from __future__ import annotations

import os
import random
import resource
import signal
import sys
from dataclasses import replace
from pathlib import Path

from helium.adapters.ledger import GitLedger, merge, tree
from helium.core.fleet import Fleet
from helium.core.fleet_record import FleetRecord
from helium.errors import SourceError
from helium.ports.ledger import Writes
from tests.adapters.git_repos import opened
from tests.adapters.ledger.ledgers import HERE, SHARED, line, record


def put(folder: Path, fleet: Fleet, *, who: str, count: int) -> None:
    """Write `count` records, one a commit, and say each name when it is in."""
    ledger = GitLedger(opened(folder), fleet)
    for number in range(count):
        name = f"{who}-{number}"
        _, dropped = ledger.write(Writes({name: record(name)}, FleetRecord("acme"), (line(name),)), on=ledger.read())
        assert not dropped
        sys.stdout.write(f"{name}\n")
        sys.stdout.flush()


def die(folder: Path) -> None:
    """Make a commit's objects and be killed before the branch moves."""
    clone = opened(folder)
    on = GitLedger(clone, HERE).read()
    writes, _ = merge.due(Writes({"late": record("late")}, log=(line("late"),)), on=on, head=on)
    assert tree.commit(clone, writes, on=on)
    os.kill(os.getpid(), signal.SIGKILL)


def fill(folder: Path) -> None:
    """Write more than may be written, and say how that ended."""
    ledger = GitLedger(opened(folder), HERE)
    on = ledger.read()
    resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))
    big = {f"big-{number}": str(random.random()) for number in range(9000)}
    try:
        ledger.write(Writes({"a": replace(record("a"), outputs=big)}, log=(line("a"),)), on=on)
    except SourceError as error:
        sys.stdout.write(f"{error}\n")


if __name__ == "__main__":
    kind, where, *rest = sys.argv[1:]
    if kind == "die":
        die(Path(where))
    elif kind == "fill":
        fill(Path(where))
    else:
        put(Path(where), SHARED if kind == "shared" else HERE, who=rest[0], count=int(rest[1]))
