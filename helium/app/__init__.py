"""Builds the objects: a fleet that is opened, with its repository, ledger, readers of specs, and engine.

Decides nothing about workspaces. It is where adapters meet the ports, so that no door names a vendor.
"""

from helium.adapters.commit_queue.single_writer import SingleWriter
from helium.api.naming import generated
from helium.app.doctor import Check, diagnosis
from helium.app.init import FleetTemplate, write_fleet
from helium.app.open_fleet import OpenFleet, open_fleet, root_of
from helium.app.run import clock, run_here
from helium.app.validate import validate

__all__ = [
    "Check",
    "FleetTemplate",
    "OpenFleet",
    "SingleWriter",
    "clock",
    "diagnosis",
    "generated",
    "open_fleet",
    "root_of",
    "run_here",
    "validate",
    "write_fleet",
]
