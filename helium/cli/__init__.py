"""The command line: one thin command for each thing that a person or a CI job does with a fleet.

Decides nothing; it reads options, calls the rooms below, and shows. Refuses to show a traceback for what a person did.
"""

from __future__ import annotations

from helium.cli import demo, doctor, history, init, ledger, orphans, plan, reconcile, serving, show, up, workspaces
from helium.cli.options import root
from helium.cli.process import main

for _room in (init, workspaces, plan, reconcile, show, history, orphans, ledger, serving, doctor, demo, up):
    for _command in _room.COMMANDS:
        root.add_command(_command)

cli = root

__all__ = ["cli", "main"]
