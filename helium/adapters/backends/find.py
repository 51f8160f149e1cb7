"""Where backends are: in the package, beside it in a clone, in other packages, and among a fleet's own files.

A fleet's own are read from git and written out under a folder named by their digest, so that what runs is what the
commit says, whatever the working tree holds. Refuses nothing: an unusable folder is for `manifest` to name.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from helium.adapters.backends.manifest import counts
from helium.errors import SourceError

GROUP = "helium.backends"
POINTS = "entry_points.txt"
STACKS = "stacks"
"""The folder of a fleet's own backends."""
PACKAGE = Path(__file__).resolve().parents[2]


def built_in(package: Path = PACKAGE) -> Mapping[str, Path]:
    """The folders that come with Helium, by the backend's name: inside the package, or beside it in a clone."""
    inside = package / "stacks"
    root = inside if inside.is_dir() else package.parent / "stacks"
    return {path.name: path for path in sorted(root.iterdir()) if path.is_dir()} if root.is_dir() else {}


def installed() -> Mapping[str, Path]:
    """The folders of other packages: an entry point's name is the backend's, its value a package. None is imported."""
    if not any(map(_may_name, sys.path)):
        return {}
    from importlib import metadata

    points = metadata.entry_points(group=GROUP)
    return {point.name: place for point in points for place in _places(point.module)[:1]}


def _may_name(path: str) -> bool:
    """Whether a part of Python's path may name backends: a look at the bytes is quicker than `importlib.metadata`.

    Every command looks, and a path has hundreds of packages: `Path.glob` takes three times as long.
    """
    try:
        with os.scandir(path or ".") as found:
            return any(_names_any(Path(each.path, POINTS)) for each in found if each.name.endswith("-info"))
    except FileNotFoundError:
        return False
    except OSError:
        return True


def _names_any(points: Path) -> bool:
    try:
        return GROUP.encode() in points.read_bytes()
    except FileNotFoundError:
        return False


def _places(package: str) -> tuple[Path, ...]:
    """The folders of a package, found without running it; none when it is not there."""
    import importlib.util

    try:
        spec = importlib.util.find_spec(package)
    except ModuleNotFoundError:
        return ()
    return tuple(map(Path, spec.submodule_search_locations or ())) if spec else ()


def files_of(folder: Path) -> Mapping[str, bytes]:
    """The files of a folder, by their paths in it; without caches and what is hidden."""
    paths = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    return {name: path.read_bytes() for name, path in sorted(paths.items()) if counts(name)}


def lying(folder: Path) -> Mapping[str, bytes]:
    """The files of a fleet's own backends as they lie in its folder, by their paths from `stacks/` on."""
    return {f"{STACKS}/{path}": data for path, data in files_of(folder / STACKS).items()}


def own(files: Mapping[str, bytes]) -> Mapping[str, Mapping[str, bytes]]:
    """A repository's files under `stacks/`, by backend and by their paths in its folder."""
    found: dict[str, dict[str, bytes]] = {}
    for path, data in sorted(files.items()):
        name, slash, rest = path.removeprefix(f"{STACKS}/").partition("/")
        if path.startswith(f"{STACKS}/") and slash and counts(rest) and counts(name):
            found.setdefault(name, {})[rest] = data
    return found


def written(files: Mapping[str, bytes], folder: Path) -> Path:
    """The folder with these files in it. It is there whole or not at all, also when two processes write it.

    `SourceError` for a path that would lead out of it.
    """
    if out := next((path for path in files if Path(path).is_absolute() or ".." in Path(path).parts), ""):
        raise SourceError(f"{out} leads out of the folder {folder.name}, so it cannot be a file of that backend.")
    if folder.is_dir():
        return folder
    import tempfile

    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, ignore_cleanup_errors=True) as scratch:
        half = Path(scratch) / folder.name
        for path, data in files.items():
            target = half / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
        try:
            half.rename(folder)
        except OSError:
            if not folder.is_dir():
                raise
    return folder
