"""Helium's real engine with the built-in backends, on a pretend cloud."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from pulumi.automation import PulumiCommand

from helium.adapters.backends import FolderBackends
from helium.adapters.engine import EngineSettings, PulumiEngine
from helium.core.digest import Json
from helium.sandbox import Sandbox

MakeEngine = Callable[[Mapping[str, str]], PulumiEngine]


@contextmanager
def engines(
    folder: Path, pulumi: PulumiCommand, *, sandbox: Sandbox, clusters: Mapping[str, Mapping[str, Json]]
) -> Iterator[MakeEngine]:
    """What makes an engine with the secrets of an environment; all of them end with the block."""
    made: list[PulumiEngine] = []
    (folder / "state").mkdir()
    backends = FolderBackends(lambda _: {}, cache=folder / "cache").of({})

    def engine_with(environment: Mapping[str, str]) -> PulumiEngine:
        settings = EngineSettings(
            fleet="acme",
            state=(folder / "state").as_uri(),
            pulumi=Path(shutil.which(pulumi.command) or pulumi.command),
            work=folder / "work",
            backends=backends.folders,
            passphrase="a passphrase for a test",
            environment=dict(os.environ),
            secret_environment=backends.secret_environment(environment),
            providers=sandbox.environment,
            clusters=clusters,
            workers=1,
        )
        made.append(PulumiEngine(settings))
        return made[-1]

    yield engine_with
    for one in made:
        one.close()
