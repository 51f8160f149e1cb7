"""A home for Pulumi that lasts as long as its engine.

Every command of Pulumi leaves a log in its home: the state's URL in clear, with the password in it, beside what an
`up` said. And each command looks through all logs of those before it: 18,000 of them cost it a tenth of a second. So
Pulumi gets a home of its own in the work folder; plugins and whatever else a person has in theirs is linked.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

OWN = frozenset(("logs", "workspaces"))
"""What Pulumi writes there for each command and each folder."""


def make(home: Path, environment: Mapping[str, str]) -> None:
    """The folder, with links to what the home of `environment` holds; made again, it keeps what it has."""
    home.mkdir(mode=0o700, exist_ok=True)
    for entry in _entries(theirs(environment)):
        if entry.name not in OWN:
            with suppress(FileExistsError):
                (home / entry.name).symlink_to(entry)


def theirs(environment: Mapping[str, str]) -> Path:
    """Where Pulumi would look by itself."""
    named = environment.get("PULUMI_HOME")
    return Path(named) if named else Path(environment.get("HOME", os.sep)) / ".pulumi"


def _entries(folder: Path) -> list[Path]:
    """None where there is no such folder, or it cannot be read: then nothing is installed for this user."""
    try:
        return sorted(folder.absolute().iterdir())
    except OSError:
        return []
