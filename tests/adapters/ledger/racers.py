"""Programs that write to a ledger and are raced, or killed, by the tests: `racers.py KIND FOLDER WHO COUNT`."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from helium.adapters.ledger import GitLedger, merge, tree
from helium.core.fleet import Fleet
from helium.core.register import Register
from helium.reconcile.ports import Writes
from tests.adapters.ledger.books import HERE, SHARED, line, record
from tests.adapters.yard import opened


def put(folder: Path, fleet: Fleet, *, who: str, count: int) -> None:
    """Write `count` records, one a commit, and say each name when it is in."""
    ledger = GitLedger(opened(folder), fleet)
    for number in range(count):
        name = f"{who}-{number}"
        _, dropped = ledger.write(Writes({name: record(name)}, Register("acme"), (line(name),)), on=ledger.read())
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


if __name__ == "__main__":
    kind, where, *rest = sys.argv[1:]
    if kind == "die":
        die(Path(where))
    else:
        put(Path(where), SHARED if kind == "shared" else HERE, who=rest[0], count=int(rest[1]))
