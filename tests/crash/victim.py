"""A pass in a process of its own, to be killed: `victim.py FOLDER plain|shared SECONDS [asks]`.

So far ahead is its clock. One that `asks` has a plan of its own, and waits twenty seconds for its turn.
"""

from __future__ import annotations

import sys
from datetime import timedelta
from pathlib import Path

from helium.app.open_fleet import open_fleet
from helium.app.run import run_here
from helium.cli.run_pass import exit_code_of
from helium.errors import HeliumError
from helium.reconcile.loop import Pass, PassOptions
from tests.crash.killed_fleet import KilledFleet


def main() -> None:
    """One pass; it says how it ended, if it comes to that, and ends with the code that the command would."""
    folder, shared, ahead, asks = sys.argv[1:]
    options = PassOptions(once=True, wait=timedelta(seconds=20)) if asks else PassOptions()
    fleet = KilledFleet(Path(folder), shared == "shared", timedelta(seconds=float(ahead)))
    opened = open_fleet(fleet.own, fleet.settings())
    with opened.ports() as ports:
        try:
            result = Pass(ports, run_here(opened.settings), fleet.progress, fleet.clock, fleet.shown.append).go(options)
        except HeliumError as error:
            sys.stdout.write(f"{type(error).__name__}: {error}\n")
            sys.exit(error.exit_code)
        else:
            sys.stdout.write("".join(f"{each.name}: {each.sentence}\n" for each in result.outcomes))
            sys.exit(exit_code_of(result))


if __name__ == "__main__":
    main()
