"""A home for Pulumi that lasts as long as its engine.

Every command of Pulumi leaves a log in its home, with the state's URL and its password in plain text. And each command
looks through the logs of all commands before it: 18,000 of them cost a tenth of a second. So Pulumi gets a home of its
own in the work folder, with links to the plugins and everything else in the person's home.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

OWN = frozenset(("logs", "workspaces"))
"""What Pulumi writes there for each command and each folder."""


def create(home: Path, environment: Mapping[str, str]) -> None:
    """Create the folder, with links to what the home of `environment` holds. An existing folder keeps what it has."""
    home.mkdir(mode=0o700, exist_ok=True)
    for entry in _entries(persons_home(environment)):
        if entry.name not in OWN:
            with suppress(FileExistsError):
                (home / entry.name).symlink_to(entry)


def persons_home(environment: Mapping[str, str]) -> Path:
    """The home that Pulumi would use by itself."""
    named = environment.get("PULUMI_HOME")
    return Path(named) if named else Path(environment.get("HOME", os.sep)) / ".pulumi"


def _entries(folder: Path) -> list[Path]:
    """Nothing if the folder does not exist or cannot be read: then this user has nothing installed."""
    try:
        return sorted(folder.absolute().iterdir())
    except OSError:
        return []
