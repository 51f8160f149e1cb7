"""Fleets for the tests of the command line: a new one, and one with two workspaces that are up in the sandbox."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from helium.cli import cli

CONFIG = "[user]\n\tname = Ada\n\temail = ada@example.com\n"


@dataclass(frozen=True, slots=True)
class Fleet:
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


@pytest.fixture
def fleet(tmp_path: Path, env: Mapping[str, str]) -> Fleet:
    """A fleet as `helium init` makes it."""
    fleet = Fleet(tmp_path / "acme", env)
    CliRunner(env=dict(env)).invoke(cli, ["init", str(fleet.folder)], catch_exceptions=False)
    return fleet


@pytest.fixture(scope="session")
def grown(tmp_path_factory: pytest.TempPathFactory, env: Mapping[str, str]) -> Fleet:
    """A fleet in which `plain` and `rich` are up. Not to be changed: take a copy."""
    fleet = Fleet(tmp_path_factory.mktemp("grown") / "acme", env)
    CliRunner(env=dict(env)).invoke(cli, ["init", str(fleet.folder)], catch_exceptions=False)
    fleet("new", "plain")
    fleet("new", "rich", "--expiry", "+7d", "--pachd-version", "2.3.9", "--set", "pachd.resources.requests.cpu=1")
    fleet("reconcile")
    return fleet


@pytest.fixture
def ready(grown: Fleet, tmp_path: Path) -> Fleet:
    """A copy of the fleet that is up, state and sandbox too, to do with as a test likes."""
    folder = tmp_path / "acme"
    shutil.copytree(grown.folder, folder, symlinks=True)
    return Fleet(folder, grown.env)
