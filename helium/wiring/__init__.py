"""Builds the objects: a fleet that is opened, with its repository, ledger, readers of specs, and engine.

Decides nothing about workspaces. It is where adapters meet the ports, so that no door names a vendor.
"""

from helium.api.naming import generated
from helium.wiring.doctor import Check, diagnosis
from helium.wiring.door import PlainDoor
from helium.wiring.found import Kit, found
from helium.wiring.opening import OpenFleet, open_fleet, root_of
from helium.wiring.running import clock, run_here
from helium.wiring.validating import validate

__all__ = [
    "Check",
    "Kit",
    "OpenFleet",
    "PlainDoor",
    "clock",
    "diagnosis",
    "found",
    "generated",
    "open_fleet",
    "root_of",
    "run_here",
    "validate",
]
