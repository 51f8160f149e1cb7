"""A step after a split in a process of its own, to be killed: `shard.py FOLDER SECONDS COMMIT I/N`, or `close`."""

from __future__ import annotations

import sys
from datetime import timedelta
from pathlib import Path

from helium.app.open_fleet import open_fleet
from helium.app.run import run_here
from helium.core.sharded_plan import Shard
from helium.errors import HeliumError
from helium.reconcile.shards import Shards
from tests.crash.killed_fleet import KilledFleet


def main() -> None:
    """One step; it says how it ended, if it comes to that."""
    folder, ahead, commit, step = sys.argv[1:]
    fleet = KilledFleet(Path(folder), shared=True, ahead=timedelta(seconds=float(ahead)))
    sharded = open_fleet(fleet.own, fleet.settings()).ledger.plan(commit)
    opened = open_fleet(fleet.own, fleet.settings(), ref=sharded.commit)
    with opened.ports() as ports:
        shards = Shards(ports, run_here(opened.settings), fleet.progress, fleet.clock, sharded)
        try:
            if step == "close":
                outcomes = shards.close()
            else:
                number, of = map(int, step.split("/"))
                outcomes = shards.carry_out(Shard(number, of))
        except HeliumError as error:
            sys.stdout.write(f"{type(error).__name__}: {error}\n")
            sys.exit(error.exit_code)
    sys.stdout.write("".join(f"{each.name}: {each.sentence}\n" for each in outcomes))


if __name__ == "__main__":
    main()
