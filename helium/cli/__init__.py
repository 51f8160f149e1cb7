"""The command line: one thin command for each thing that a person or a CI job does with a fleet.

Decides nothing; it reads options, calls the rooms below, and shows. Refuses to show a traceback for what a person did.
A command's module is imported when that command is used: see `registry`.
"""

from __future__ import annotations

from helium.cli.options import root
from helium.cli.process import main

cli = root

__all__ = ["cli", "main"]
