"""A home for Pulumi that lasts as long as its engine.

Every command of Pulumi leaves a log in its home, with the state's URL and its password in plain text. And each command
looks through the logs of all commands before it: 18,000 of them cost a tenth of a second. So Pulumi gets a home of its
own in the work folder, with links to the plugins and everything else in the person's home. A provider that was built
into Helium's cache is put among the plugins, unless the person has installed it.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from types import MappingProxyType

OWN = frozenset(("logs", "workspaces"))
"""What Pulumi writes there for each command and each folder."""


PLUGINS = "plugins"


def create(home: Path, environment: Mapping[str, str], *, built: Mapping[str, Path] = MappingProxyType({})) -> None:
    """Create the folder, with links to what the home of `environment` holds. An existing folder keeps what it has.

    `built`: the name of a plugin's folder → its program, which need not be there.
    """
    home.mkdir(mode=0o700, exist_ok=True)
    theirs = persons_home(environment)
    for entry in _entries(theirs):
        if entry.name not in OWN | {PLUGINS}:
            _link(home / entry.name, entry)
    missing = {
        name: program for name, program in built.items() if program.is_file() and not (theirs / PLUGINS / name).exists()
    }
    if missing and not (home / PLUGINS).is_symlink():
        _gather(home / PLUGINS, _entries(theirs / PLUGINS), built=missing)
    elif (theirs / PLUGINS).exists():
        # As a whole, so that Pulumi sees what is installed later, too.
        _link(home / PLUGINS, (theirs / PLUGINS).absolute())


def finds(plugin: str, environment: Mapping[str, str], *, built: Mapping[str, Path] = MappingProxyType({})) -> bool:
    """Whether Pulumi will find a plugin, such as `resource-gcp-v9.1.0`: installed, built, or on the PATH."""
    program = built.get(plugin)
    return (
        (persons_home(environment) / PLUGINS / plugin).exists()
        or (program is not None and program.is_file())
        or shutil.which(_program(plugin), path=environment.get("PATH", "")) is not None
    )


def _program(plugin: str) -> str:
    """What it is called: `resource-gcp-v9.1.0` holds `pulumi-resource-gcp`."""
    return f"pulumi-{plugin.rpartition('-')[0]}"


def _gather(plugins: Path, entries: list[Path], *, built: Mapping[str, Path]) -> None:
    plugins.mkdir(exist_ok=True)
    for entry in entries:
        _link(plugins / entry.name, entry)
    for name, program in built.items():
        (plugins / name).mkdir(exist_ok=True)
        _link(plugins / name / _program(name), program)


def _link(path: Path, target: Path) -> None:
    with suppress(FileExistsError):
        path.symlink_to(target)


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
