"""The project's own files: what is locked, and what the wheel carries."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import sysconfig
import tarfile
import tomllib
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from helium.extras import EXTRAS
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
BRINGS |= {"google.protobuf": "protobuf", "google.auth": "google-auth", "jwt": "pyjwt"}


def test_what_is_imported_is_declared() -> None:
    """No module rests on a package that another one happens to bring along."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    extras = project["project"]["optional-dependencies"]
    asked = [*project["project"]["dependencies"], *(name for extra in EXTRAS for name in extras[extra])]
    declared = {canonical(name) for name in asked}
    tops = {
        target.partition(".")[0]
        for module in house_rules.read(ROOT, "helium", "stacks")
        for _, target in house_rules.imports(module)
    }
    outside = tops - set(sys.stdlib_module_names) - {"helium", "stacks"}

    assert set() == {canonical(BRINGS.get(name, name)) for name in outside} - declared


@pytest.mark.parametrize("extra", EXTRAS)
def test_what_an_extra_brings_is_what_a_command_says_is_missing(extra: str) -> None:
    """The table that names the extra of a module has all of its packages, and no others."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    asked = {canonical(name) for name in project["optional-dependencies"][extra]}

    assert asked == {canonical(BRINGS.get(name, name)) for name in EXTRAS[extra]}
    assert {*EXTRAS, "all", "dev"} == project["optional-dependencies"].keys()


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this clone, built from its source archive, as a release has it."""
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-d", folder, cwd=ROOT)
    (archive,) = folder.glob("*.tar.gz")
    with tarfile.open(archive) as packed:
        packed.extractall(folder, filter="data")
    source = folder / archive.name.removesuffix(".tar.gz")
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder, cwd=source)
    (built,) = folder.glob("*.whl")
    return built


def run(*command: str | Path, cwd: Path, env: Mapping[str, str] | None = None) -> str:
    """What a command prints; the test fails with all of it where the command does."""
    said = subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stdout + said.stderr
    return said.stdout


def test_the_wheel_carries_backends_and_schemas(wheel: Path) -> None:
    """An installed Helium has the built-in backends and the schemas inside its package, and none of its tests."""
    carried = zipfile.ZipFile(wheel).namelist()
    beside = [path for top in ("stacks", "schema") for path in (ROOT / top).rglob("*.*") if path.suffix != ".pyc"]

    assert {f"helium/{path.relative_to(ROOT)}" for path in beside} <= set(carried)
    assert {"helium/py.typed", "helium/errors.py"} <= set(carried)
    assert {"helium", wheel.name.removesuffix("-py3-none-any.whl") + ".dist-info"} == {
        name.partition("/")[0] for name in carried
    }


def test_an_installed_helium_makes_a_fleet(wheel: Path, tmp_path: Path) -> None:
    """From the wheel alone, without this clone: `init` writes a fleet, and `new` and `validate` read its backend."""
    home = tmp_path / "venv"
    run(sys.executable, "-m", "venv", "--without-pip", home, cwd=tmp_path)
    python = home / "bin/python"
    pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", "--no-index", "--no-deps"]
    run(*pip, wheel, cwd=tmp_path)
    # The dependencies are this clone's; its own editable Helium is not among them, since only a site's .pth is read.
    (site,) = home.glob("lib/python*/site-packages")
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib"))
    config = tmp_path / "gitconfig"
    config.write_text("[user]\nname = Ada\nemail = ada@example.com\n")
    env = {"PATH": f"{home / 'bin'}:{os.environ['PATH']}", "HOME": str(tmp_path), "GIT_CONFIG_GLOBAL": str(config)}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

    where = run(python, "-c", "import helium; print(helium.__file__)", cwd=tmp_path, env=env)
    assert Path(where.strip()).is_relative_to(site)
    assert project["version"] in run("helium", "--version", cwd=tmp_path, env=env)
    run("helium", "init", "acme", cwd=tmp_path, env=env)
    run("helium", "new", "alpha", "--expiry", "+1d", cwd=tmp_path / "acme", env=env)
    assert "alpha" in run("git", "ls-files", "workspaces", cwd=tmp_path / "acme", env=env)
    run("helium", "validate", cwd=tmp_path / "acme", env=env)
