"""Fleets for the tests of the command line: new ones, and ones with two workspaces that are up.

A fleet in the sandbox makes what people get. A light one's backend makes nothing in a cloud: a pass takes a third.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from time import sleep
from typing import Any

import pytest
from click.testing import CliRunner, Result

from helium.cli import cli

LIGHT = Path(__file__).parent / "light"
CONFIG = "[user]\n\tname = Ada\n\temail = ada@example.com\n"


@dataclass(frozen=True, slots=True)
class CommandLineFleet:
    """A fleet's folder, and the environment of whoever works on it."""

    folder: Path
    env: Mapping[str, str] = field(default_factory=dict)

    def __call__(self, *args: str, code: int = 0, env: Mapping[str, str] | None = None) -> Result:
        """Run `helium` on the fleet; its exit code must be the one that is expected."""
        result = CliRunner(env={**self.env, **(env or {})}).invoke(cli, ["-C", str(self.folder), *args])
        assert code == result.exit_code, f"{args}: {result.output}{result.exception!r}"
        return result

    def json(self, *args: str, code: int = 0) -> Any:
        """The document that a command prints for programs."""
        return json.loads(self(*args, "--json", code=code).stdout)

    def statuses(self) -> dict[str, str]:
        """Each workspace's phase, by name."""
        return {row["name"]: row["status"] for row in self.json("list")["workspaces"]}

    def git(self, *args: str) -> str:
        """What git says in the fleet's folder."""
        done = subprocess.run(
            ["git", "-C", str(self.folder), *args],
            env={**os.environ, **self.env},
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.strip()

    def land(self, path: str, text: str | None) -> None:
        """Write (or remove) a file and commit it, as a person does."""
        file = self.folder / path
        if text is None:
            file.unlink()
        else:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", f"Land {path}")


@pytest.fixture(scope="session")
def env(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    """Git's settings are the test's own."""
    config = tmp_path_factory.mktemp("git") / "config"
    config.write_text(CONFIG)
    return {"GIT_CONFIG_GLOBAL": str(config), "GIT_CONFIG_NOSYSTEM": "1"}


def made(folder: Path, env: Mapping[str, str]) -> CommandLineFleet:
    """A fleet as `helium init` makes it."""
    CliRunner(env=dict(env)).invoke(cli, ["init", str(folder)], catch_exceptions=False)
    return CommandLineFleet(folder, env)


def lightened(fleet: CommandLineFleet) -> CommandLineFleet:
    """The fleet, with the light backend as its only one."""
    settings = (fleet.folder / "helium.yaml").read_text().partition("\nbackends:")[0]
    for name in ("resources.py", "backend.json"):
        fleet.land(f"stacks/light/{name}", (LIGHT / name).read_text())
    fleet.land("helium.yaml", settings.replace("backend: gcp-namespace", "backend: light"))
    return fleet


def grow(fleet: CommandLineFleet) -> CommandLineFleet:
    """Bring `plain` and `rich` up."""
    fleet("new", "plain")
    fleet("new", "rich", "--expiry", "+7d", "--pachd-version", "2.3.9", "--set", "pachd.resources.requests.cpu=1")
    fleet("reconcile")
    sleep(1)  # git's times are whole seconds, and what a test does next comes after
    return fleet


def copied(fleet: CommandLineFleet, folder: Path) -> CommandLineFleet:
    """A fleet that is as this one, state and sandbox too, to do with as a test likes."""
    shutil.copytree(fleet.folder, folder, symlinks=True)
    return CommandLineFleet(folder, fleet.env)


@pytest.fixture
def fleet(tmp_path: Path, env: Mapping[str, str]) -> CommandLineFleet:
    """A fleet in the sandbox, without workspaces."""
    return made(tmp_path / "acme", env)


@pytest.fixture
def light(fleet: CommandLineFleet) -> CommandLineFleet:
    """A light fleet without workspaces."""
    return lightened(fleet)


@pytest.fixture(scope="session")
def grown(tmp_path_factory: pytest.TempPathFactory, env: Mapping[str, str]) -> CommandLineFleet:
    """A fleet in which `plain` and `rich` are up in the sandbox. Not to be changed: take a copy."""
    return grow(made(tmp_path_factory.mktemp("grown") / "acme", env))


@pytest.fixture(scope="session")
def grown_light(tmp_path_factory: pytest.TempPathFactory, env: Mapping[str, str]) -> CommandLineFleet:
    """A light fleet in which they are. Not to be changed: take a copy."""
    return grow(lightened(made(tmp_path_factory.mktemp("light") / "acme", env)))


@pytest.fixture
def ready(grown: CommandLineFleet, tmp_path: Path) -> CommandLineFleet:
    """A fleet of the test's own that is up in the sandbox."""
    return copied(grown, tmp_path / "acme")


@pytest.fixture
def up(grown_light: CommandLineFleet, tmp_path: Path) -> CommandLineFleet:
    """A light fleet of the test's own that is up."""
    return copied(grown_light, tmp_path / "acme")
