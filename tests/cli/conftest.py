"""Fleets for the tests of the command line.

`fleet` and `up` have their stacks in memory; the rest of them is real. What is about Pulumi itself, and one case for
each command that needs an engine, is on a real fleet: `ready` in the sandbox, `light` and `light_up` with a backend
that makes nothing in a cloud. Fleets that are up are grown once for a whole run, and copied.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import sleep
from typing import Any

import pytest
from click.testing import CliRunner, Result

from helium.cli import cli
from tests.cli.memory import MemoryState
from tests.once import once

LIGHT = Path(__file__).parent / "light"
CONFIG = "[user]\n\tname = Ada\n\temail = ada@example.com\n"


@dataclass(frozen=True, slots=True)
class CommandLineFleet:
    """A fleet's folder, the environment of whoever works on it, and its stacks if they are in memory."""

    folder: Path
    env: Mapping[str, str] = field(default_factory=dict)
    state: MemoryState | None = None

    def __call__(self, *args: str, code: int = 0, env: Mapping[str, str] | None = None) -> Result:
        """Run `helium` on the fleet; its exit code must be the one that is expected."""
        result = self.run(*args, env=env)
        assert code == result.exit_code, f"{args}: {result.output}{result.exception!r}"
        return result

    def run(self, *args: str, env: Mapping[str, str] | None = None) -> Result:
        """Run `helium` on the fleet, however it ends."""
        arguments = ["-C", str(self.folder), *args]
        return CliRunner(env={**self.env, **(env or {})}).invoke(cli, arguments, obj=self.state)

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

    @property
    def with_pulumi(self) -> CommandLineFleet:
        """The same fleet, with the engine that people get."""
        return replace(self, state=None)

    @property
    def memory(self) -> MemoryState:
        """The stacks in memory."""
        assert self.state is not None
        return self.state

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


def lease_out(fleet: CommandLineFleet, run: str) -> None:
    """A run elsewhere took the lease; its clock was far ahead."""
    fleet.git("worktree", "add", "--quiet", "../ledger", "helium-ledger")
    path = fleet.folder.parent / "ledger" / "fleet.json"
    fleet_record = json.loads(path.read_text())
    lease = {"run": run, "counter": 9, "host": "elsewhere", "pid": 1, "boot": "b", "until": "2999-01-01T00:00:00Z"}
    path.write_text(json.dumps({**fleet_record, "lease": lease}))
    CommandLineFleet(path.parent, fleet.env).git("commit", "--quiet", "--all", "--message", "Take the lease")


@pytest.fixture(scope="session")
def env(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    """Git's settings are the test's own."""
    config = tmp_path_factory.mktemp("git") / "config"
    config.write_text(CONFIG)
    return {"GIT_CONFIG_GLOBAL": str(config), "GIT_CONFIG_NOSYSTEM": "1"}


def initialized(folder: Path, env: Mapping[str, str]) -> CommandLineFleet:
    """A fleet as `helium init` makes it."""
    CliRunner(env=dict(env)).invoke(cli, ["init", str(folder)], catch_exceptions=False)
    return CommandLineFleet(folder, env)


def lightened(fleet: CommandLineFleet) -> CommandLineFleet:
    """The fleet, with the light backend as its only one."""
    settings = (fleet.folder / "helium.yaml").read_text().partition("\nbackends:")[0]
    for name in ("resources.py", "backend.json", "spec.schema.json"):
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
    return CommandLineFleet(folder, fleet.env, fleet.state and fleet.state.copied())


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory, env: Mapping[str, str]) -> CommandLineFleet:
    """A fleet in the sandbox without workspaces. Not to be changed: take a copy."""
    return initialized(tmp_path_factory.mktemp("template") / "acme", env)


@pytest.fixture(scope="session")
def grown_in_memory(
    template: CommandLineFleet, tmp_path_factory: pytest.TempPathFactory, env: Mapping[str, str]
) -> CommandLineFleet:
    """A fleet with stacks in memory, in which `plain` and `rich` are up. Not to be changed: take a copy."""
    own = replace(copied(template, tmp_path_factory.mktemp("memory") / "acme"), state=MemoryState())
    return grow(own)


@pytest.fixture(scope="session")
def grown(tmp_path_factory: pytest.TempPathFactory, env: Mapping[str, str]) -> CommandLineFleet:
    """A real fleet in which `plain` and `rich` are up in the sandbox. Not to be changed: take a copy."""
    folder = once("grown", tmp_path_factory, make=lambda folder: grow(initialized(folder / "acme", env)))
    return CommandLineFleet(folder / "acme", env)


@pytest.fixture(scope="session")
def grown_light(tmp_path_factory: pytest.TempPathFactory, env: Mapping[str, str]) -> CommandLineFleet:
    """A real light fleet in which they are up. Not to be changed: take a copy."""
    folder = once("light", tmp_path_factory, make=lambda folder: grow(lightened(initialized(folder / "acme", env))))
    return CommandLineFleet(folder / "acme", env)


@pytest.fixture
def fleet(template: CommandLineFleet, tmp_path: Path) -> CommandLineFleet:
    """A fleet without workspaces, with stacks in memory."""
    return replace(copied(template, tmp_path / "acme"), state=MemoryState())


@pytest.fixture
def up(grown_in_memory: CommandLineFleet, tmp_path: Path) -> CommandLineFleet:
    """A fleet with stacks in memory, in which `plain` and `rich` are up."""
    return copied(grown_in_memory, tmp_path / "acme")


@pytest.fixture
def light(template: CommandLineFleet, tmp_path: Path) -> CommandLineFleet:
    """A real light fleet without workspaces."""
    return lightened(copied(template, tmp_path / "acme"))


@pytest.fixture
def light_up(grown_light: CommandLineFleet, tmp_path: Path) -> CommandLineFleet:
    """A real light fleet that is up."""
    return copied(grown_light, tmp_path / "acme")


@pytest.fixture
def ready(grown: CommandLineFleet, tmp_path: Path) -> CommandLineFleet:
    """A real fleet that is up in the sandbox."""
    return copied(grown, tmp_path / "acme")
