"""A file of a backend's folder as a module, in a package of its own: two versions of one backend never meet."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from types import ModuleType


def module_of(folder: Path, part: str, *, package: str) -> ModuleType:
    """The folder's file `part`. `package`: a name that stands for just what the folder holds."""
    if package not in sys.modules:
        made = ModuleType(package)
        made.__path__ = [str(folder)]
        sys.modules[package] = made
    return importlib.import_module(f"{package}.{part}")
