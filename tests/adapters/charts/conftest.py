"""The three places where a chart may be, each real: a folder on disk, a repository and a registry on loopback."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import pytest

from helium.adapters.charts import ChartStore
from helium.adapters.charts.fleet_files import lying
from helium.core.chart import ChartReference
from tests.adapters.charts.packages import package
from tests.adapters.charts.servers import Server, registry, repository

SIX = package(version="6.14.1")
VERSIONS = {"6.13.0": package(version="6.13.0"), "6.14.1": SIX, "7.0.0-rc.1": package(version="7.0.0-rc.1")}


@dataclass(slots=True)
class Place:
    """A place with the chart podinfo. `put` changes what is behind a version; `server` is `None` for a folder."""

    reference: ChartReference
    store: ChartStore
    put: Callable[[str, bytes], None]
    server: Server | None = None

    def with_environ(self, **environ: str) -> ChartStore:
        """The store of somebody who has set these."""
        return replace(self.store, environ=environ)


def in_a_folder(tmp_path: Path) -> Iterator[Place]:
    """A package in the fleet: the path names the version."""
    folder = tmp_path / "fleet"
    (folder / "charts").mkdir(parents=True)
    file = folder / "charts" / "podinfo-6.14.1.tgz"
    file.write_bytes(SIX)
    store = ChartStore(lambda _, path: lying(folder, path), tmp_path / "cache", {})
    yield Place(ChartReference("charts/podinfo-6.14.1.tgz", "6.14.1"), store, lambda _, data: _write(file, data))


def _write(file: Path, data: bytes) -> None:
    file.write_bytes(data)


def _nothing(_commit: str, _path: str) -> Mapping[str, bytes]:
    return {}


def _set(server: Server, version: str, data: bytes) -> None:
    server.charts["podinfo"][version] = data


def in_a_repository(tmp_path: Path) -> Iterator[Place]:
    """An index and packages, over HTTP."""
    with repository(podinfo=dict(VERSIONS)) as server:
        reference = ChartReference("podinfo", "6.14.1", repo=f"http://{server.host}")
        yield Place(reference, ChartStore(_nothing, tmp_path / "cache", {}), partial(_set, server), server)


def in_a_registry(tmp_path: Path) -> Iterator[Place]:
    """Tags, manifests and layers, over HTTP."""
    with registry(podinfo=dict(VERSIONS)) as server:
        reference = ChartReference(f"oci://{server.host}/team/podinfo", "6.14.1")
        yield Place(reference, ChartStore(_nothing, tmp_path / "cache", {}), partial(_set, server), server)


PLACES = {"folder": in_a_folder, "repository": in_a_repository, "registry": in_a_registry}


@pytest.fixture(params=sorted(PLACES))
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """Each of the three."""
    yield from PLACES[request.param](tmp_path)


@pytest.fixture(params=["registry", "repository"])
def remote(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """The two with a server."""
    yield from PLACES[request.param](tmp_path)
