"""The small charts that come with Helium, for the sandbox and for a new fleet: they have the shape of the real ones.

Nothing in them runs. They are in the folder `charts`: a package has it inside `helium`, a clone beside it.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from helium.adapters.charts.fleet_files import lying
from helium.adapters.charts.package import digest_of, packed

FOLDER = "charts"


def files() -> Mapping[str, bytes]:
    """The files of every chart, by their paths from `charts/` on."""
    program = Path(__file__).resolve().parents[2]
    root = program if (program / FOLDER).is_dir() else program.parent
    return {f"{FOLDER}/{path}": data for path, data in lying(root, FOLDER).items() if "/" in path}


def digests() -> Mapping[str, str]:
    """The digest of each chart, by its name."""
    charts: dict[str, dict[str, bytes]] = {}
    for path, data in files().items():
        _, name, rest = path.split("/", 2)
        charts.setdefault(name, {})[rest] = data
    return {name: digest_of(packed(held)) for name, held in charts.items()}
