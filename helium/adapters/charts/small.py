"""The small charts that come with Helium, for the sandbox and for a new fleet: they have the shape of the real ones.

Nothing in them runs. They are in the folder `charts`: a package has it inside `helium`, a clone beside it.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from helium.adapters.charts.fleet_files import lying
from helium.adapters.charts.package import digest_of, packed

FOLDER = "charts"
DIGEST = "DIGEST-OF-"
_PACHYDERM, _OLDER = "charts/pachyderm/", "2.2.0-rc.1"
"""A second version, so that a new fleet has one to choose from: the one in the API's examples."""


def files() -> Mapping[str, bytes]:
    """The files of every chart, by their paths from `charts/` on."""
    program = Path(__file__).resolve().parents[2]
    root = program if (program / FOLDER).is_dir() else program.parent
    found = {f"{FOLDER}/{path}": data for path, data in lying(root, FOLDER).items() if "/" in path}
    return found | {
        f"{_PACHYDERM.rstrip('/')}-{_OLDER}/{path.removeprefix(_PACHYDERM)}": data.replace(b"2.3.9", _OLDER.encode())
        for path, data in found.items()
        if path.startswith(_PACHYDERM)
    }


def pinned(text: str) -> str:
    """The text of a `helium.yaml` in which `DIGEST-OF-NAME` stands for the digest of one of them."""
    # The longest first: the name of one may begin with another's.
    for name, digest in sorted(digests().items(), reverse=True) if DIGEST in text else ():
        text = text.replace(f"{DIGEST}{name}", digest)
    return text


def digests() -> Mapping[str, str]:
    """The digest of each chart, by its name."""
    charts: dict[str, dict[str, bytes]] = {}
    for path, data in files().items():
        _, name, rest = path.split("/", 2)
        charts.setdefault(name, {})[rest] = data
    return {name: digest_of(packed(held)) for name, held in charts.items()}
