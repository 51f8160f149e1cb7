"""The command line: one thin command for each thing that a person or a CI job does with a fleet.

Decides nothing; it reads options, calls the rooms below, and shows. Refuses to show a traceback for what a person did.
"""

from __future__ import annotations

from helium.cli import demo, fleet, ledger, making, orphans, passes, reconcile, records, serving, setup, specs, up
from helium.cli.options import root
from helium.cli.process import main

for _room in (making, specs, passes, reconcile, fleet, records, orphans, ledger, serving, setup, demo, up):
    for _command in _room.COMMANDS:
        root.add_command(_command)

cli = root

__all__ = ["cli", "main"]
