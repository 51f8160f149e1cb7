"""The project's own files: what is locked, and what the wheel carries."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

from tests import house_rules
from tools.make import ROOT

LOCK = (ROOT / "requirements.lock").read_text()


def canonical(name: str) -> str:
    """A distribution's name as registries compare it."""
    return re.sub(r"[-_.]+", "-", re.split(r"[\[=<>~! ;]", name)[0]).lower()


def test_the_lock_pins_each_package_by_digest() -> None:
    """Every entry has an exact version and at least one digest, and no entry says where to download from."""
    entries = re.split(r"\n(?=[a-z0-9])", LOCK)

    assert [] == [entry for entry in entries if "==" not in entry or "--hash=sha256:" not in entry]
    assert "://" not in LOCK


def test_the_lock_holds_what_the_project_asks_for() -> None:
    """Each dependency, each tool of the developers and the build backend is in the lock."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    asked = [*project["project"]["dependencies"], *project["build-system"]["requires"]]
    asked += project["project"]["optional-dependencies"]["dev"]
    locked = {canonical(name) for name in re.findall(r"^([A-Za-z0-9._-]+)==", LOCK, re.MULTILINE)}

    assert set() == {canonical(name) for name in asked} - locked


# Packages whose import is not spelt like the distribution that brings it.
BRINGS = {"yaml": "pyyaml", "grpc": "grpcio", "google": "protobuf", "jinja2": "litestar"}


def test_what_is_imported_is_declared() -> None:
    """No module rests on a package that another one happens to bring along."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    declared = {canonical(name) for name in project["project"]["dependencies"]}
    tops = {
        target.partition(".")[0]
        for module in house_rules.read(ROOT, "helium", "stacks")
        for _, target in house_rules.imports(module)
    }
    outside = tops - set(sys.stdlib_module_names) - {"helium", "stacks"}

    assert set() == {canonical(BRINGS.get(name, name)) for name in outside} - declared


def test_the_wheel_carries_backends_and_schemas(tmp_path: Path) -> None:
    """An installed Helium has the built-in backends and the schemas inside its package."""
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (wheel,) = tmp_path.glob("*.whl")
    carried = zipfile.ZipFile(wheel).namelist()
    beside = [path for top in ("stacks", "schema") for path in (ROOT / top).rglob("*.*") if path.suffix != ".pyc"]

    assert {f"helium/{path.relative_to(ROOT)}" for path in beside} <= set(carried)
    assert {"helium/py.typed", "helium/errors.py"} <= set(carried)
