"""The use cases: one module for each thing that somebody does with a fleet, and `compose`, which builds the objects.

Import the module that you need: the package imports nothing, so that a command starts with no more than it uses.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from helium.adapters.commit_queue.single_writer import SingleWriter as SingleWriter
    from helium.api.naming import generated as generated
    from helium.app.doctor import diagnosis as diagnosis
    from helium.app.init import FleetTemplate as FleetTemplate
    from helium.app.init import write_fleet as write_fleet
    from helium.app.open_fleet import OpenFleet as OpenFleet
    from helium.app.open_fleet import root_of as root_of
    from helium.app.run import clock as clock
    from helium.app.run import run_here as run_here

# Until the command line imports the modules themselves.
_MOVED = {
    "SingleWriter": "helium.adapters.commit_queue.single_writer",
    "generated": "helium.api.naming",
    "diagnosis": "helium.app.doctor",
    "FleetTemplate": "helium.app.init",
    "write_fleet": "helium.app.init",
    "OpenFleet": "helium.app.open_fleet",
    "root_of": "helium.app.open_fleet",
    "clock": "helium.app.run",
    "run_here": "helium.app.run",
}


def __getattr__(name: str) -> object:
    if name not in _MOVED:
        raise AttributeError(name)
    return getattr(import_module(_MOVED[name]), name)
