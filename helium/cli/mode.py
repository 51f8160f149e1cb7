"""Helium started with HELIUM_MODE and no command, as the first Helium was: one of the two that run for long.

A command goes before the mode. Refuses a mode that it does not know.
"""

from __future__ import annotations

from helium.errors import UsageError

MODES = {"API": "serve", "CONTROLPLANE": "controlplane"}


def command_of(mode: str) -> str:
    """The command that a mode stands for; `UsageError` for one that is none."""
    command = MODES.get(mode.strip().upper())
    if command is None:
        known = " or ".join(MODES)
        raise UsageError(
            f"HELIUM_MODE is {mode!r}, which is not a mode; set it to {known}, or unset it and give a command"
        )
    return command
