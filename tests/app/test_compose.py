from __future__ import annotations

import subprocess
from pathlib import Path

from click.testing import CliRunner, Result

from helium.adapters.engine import EngineSettings
from helium.cli.options import root
from helium.ports.engine import Engine
from tests.fakes import FakeEngine


class OutlivingEngine(FakeEngine):
    """Outlives the commands that close it."""

    def close(self) -> None:
        """What it holds is the state."""


def test_a_command_takes_its_engine_from_the_composition(tmp_path: Path) -> None:
    """Commands in this process, with a factory as click's context object, make and list a workspace without Pulumi."""
    environ = {
        "GIT_CONFIG_GLOBAL": str(tmp_path / "gitconfig"),
        "GIT_CONFIG_NOSYSTEM": "1",
        "HELIUM_CACHE": str(tmp_path / "cache"),
        "HELIUM_PULUMI": "/nonexistent/pulumi",
    }
    for key, value in (("user.name", "Ada"), ("user.email", "ada@example.com")):
        subprocess.run(["git", "config", "--file", environ["GIT_CONFIG_GLOBAL"], key, value], check=True)
    engine = OutlivingEngine()
    given: list[EngineSettings] = []

    def factory(settings: EngineSettings, /) -> Engine:
        given.append(settings)
        return engine

    def helium(*args: str) -> Result:
        return CliRunner().invoke(root, args, env=environ, obj=factory)

    fleet = tmp_path / "acme"
    assert 0 == helium("init", str(fleet)).exit_code
    asked = helium("new", "demo", "-C", str(fleet))
    assert 0 == asked.exit_code, asked.output
    passed = helium("reconcile", "-C", str(fleet))
    assert 0 == passed.exit_code, passed.output

    assert ["demo"] == [stack.name for stack in engine.stacks if stack.name == "demo"]
    assert "ready" in helium("list", "-C", str(fleet)).output
    assert [f"file://{fleet}/.helium/state"] == [settings.state for settings in given]
    assert given[0].cloud is not None
