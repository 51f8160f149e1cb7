"""What the engine's tests share: an engine on a state of its own, and one sandbox for all."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pulumi.automation import PulumiCommand

from helium.adapters.engine import EngineSettings, PulumiEngine
from helium.core.spec import Spec
from helium.core.stack import StackId
from helium.core.workspace import Workspace
from helium.ports.engine import A_DESTROY_FOLLOWS, Built, Engine, UpOptions
from helium.sandbox import Sandbox, start
from tests.once import once

BACKENDS = Path(__file__).parent / "backends"
NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
Make = Callable[..., PulumiEngine]


@dataclass(frozen=True, slots=True)
class Warm:
    """A running engine, and the folder with its state and its work."""

    engine: PulumiEngine
    folder: Path

    @property
    def state(self) -> Path:
        """Where its state is."""
        return self.folder / "state"


def workspace(name: str, backend: str = "plain", **changes: Any) -> Workspace:
    """A workspace of the fleet acme; `description` tells the plain backend what to do."""
    spec = Spec(name, f"workspaces/{name}.yaml", "blob-1", backend, description=changes.pop("description", ""))
    return Workspace("acme", spec, "ada@example.com", NOW, changes.pop("deadline", NOW + timedelta(days=3)), **changes)


def update(engine: Engine, workspace: Workspace, *, metadata_only: bool = False, allow_replace: bool = False) -> Built:
    """Bring a stack up that exists, as a pass does: what is pending is resolved first."""
    resolved = engine.resolve_pending(workspace.stack)
    options = UpOptions(resolved=resolved, metadata_only=metadata_only, allow_replace=allow_replace)
    return engine.up(workspace, options)


def destroy(engine: Engine, stack: StackId) -> None:
    """Take a stack away, as a pass does: what is pending is resolved first."""
    engine.destroy(engine.resolve_pending(stack, A_DESTROY_FOLLOWS))


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """One pretend cloud for every test that needs one; each takes names of its own."""
    with start(tmp_path_factory.mktemp("cloud") / "folder") as running:
        yield running


def given(folder: Path, pulumi: PulumiCommand) -> Callable[..., EngineSettings]:
    """Settings for a fresh state in the folder, each to be changed by name."""
    (folder / "state").mkdir()

    def pins(**changes: Any) -> EngineSettings:
        given: dict[str, Any] = {
            "fleet": "acme",
            "state": f"file://{folder}/state",
            "pulumi": Path(shutil.which(pulumi.command) or pulumi.command),
            "work": folder / "work",
            "backends": {folder.name: folder for folder in BACKENDS.iterdir()},
            "passphrase": "correct horse",
            "environment": {**os.environ, "HELIUM_TOKEN": "api-token-1", "GIT_TOKEN": "git-token-1"},
            "secret_environment": {"HELIUM_CLIENT_SECRET": "battery staple"},
            "workers": 2,
            "timeout": timedelta(seconds=60),
            "grace": timedelta(seconds=5),
        }
        return EngineSettings(**{**given, **changes})

    return pins


@pytest.fixture
def settings(tmp_path: Path, pulumi_command: PulumiCommand) -> Callable[..., EngineSettings]:
    """Settings for a state of the test's own."""
    return given(tmp_path, pulumi_command)


@pytest.fixture(scope="session")
def kept(tmp_path_factory: pytest.TempPathFactory, pulumi_command: PulumiCommand, sandbox: Sandbox) -> Iterator[Warm]:
    """An engine whose workers have read a cloud's packages before, which takes seconds."""
    folder = tmp_path_factory.mktemp("warm")
    engine = PulumiEngine(given(folder, pulumi_command)(providers=sandbox.environment))
    yield Warm(engine, folder)
    engine.close()


@pytest.fixture
def warm(kept: Warm) -> Warm:
    """That engine, with an empty state."""
    shutil.rmtree(kept.state / ".pulumi", ignore_errors=True)
    return kept


@pytest.fixture(scope="session")
def state_with_a(kept: Warm, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A state in which the plain workspace `a` is up. Not to be changed: take a copy."""

    def grow(folder: Path) -> None:
        kept.engine.up(workspace("a"))
        shutil.move(kept.state / ".pulumi", folder)

    return once("state", tmp_path_factory, make=grow)


@pytest.fixture
def warm_a(state_with_a: Path, warm: Warm) -> Warm:
    """That engine, with `a` in its state, as `up` left it."""
    shutil.copytree(state_with_a, warm.state / ".pulumi")
    return warm


@pytest.fixture
def engine(settings: Callable[..., EngineSettings]) -> Iterator[Make]:
    """Makes engines with those settings, and ends them."""
    created: list[PulumiEngine] = []

    def pins(**changes: Any) -> PulumiEngine:
        created.append(PulumiEngine(settings(**changes)))
        return created[-1]

    yield pins
    for one in created:
        one.close()
