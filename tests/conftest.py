"""What every room's tests share: as little as possible."""

from __future__ import annotations

import os
import shutil
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from coverage import Coverage
from hypothesis import HealthCheck, settings
from pulumi.automation import PulumiCommand

from helium.adapters.processes import heed_interrupts
from tests.gitea import Gitea, running
from tests.kubernetes import of_this_run
from tests.once import began, run_by
from tools.cluster.api import KubernetesApi

if TYPE_CHECKING:
    from playwright.sync_api import Browser

# Before the processes of this run are started, which inherit both.
began()
run_by()
# The keyring of whoever runs the tests is theirs.
os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.null.Keyring"

_BUILT = "pulumi-3.258.0"
_MADE_FOR_SLOW_TESTS = frozenset(("gitea", "chromium", "github_mock", "oidc_provider", "kubeconfig", "ssh"))
"""Fixtures whose programs `make test-slow` alone makes ready."""
_COVERING = frozenset(("core", "deleting", "edits", "reconcile"))
"""Rooms whose tests alone reach every branch of core and reconcile."""

# How long an example takes says how busy the machine is, and nothing about Helium.
settings.register_profile("untimed", max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("many", settings.get_profile("untimed"), max_examples=1000)
settings.load_profile("untimed")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs a program of the slow tests, before pytest chooses by marker: nobody can forget to."""
    for item in items:
        chosen = getattr(item, "callspec", None)  # a place of requests is chosen by the name of what it needs
        values = [each for each in chosen.params.values() if isinstance(each, str)] if chosen else []
        if _MADE_FOR_SLOW_TESTS & {*getattr(item, "fixturenames", ()), *values}:
            item.add_marker("slow")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Measure no coverage in rooms that would add nothing to it: it makes them a fifth slower."""
    room = item.path.relative_to(Path(__file__).parent).parts[0]
    measuring = None if room in _COVERING else Coverage.current()
    if measuring is None:
        return (yield)
    measuring.stop()
    try:
        return (yield)
    finally:
        measuring.start()


def pytest_configure() -> None:
    """What the tests start can be interrupted, though they run in the background (`nohup make test &`)."""
    heed_interrupts()


@pytest.fixture(scope="session")
def pulumi_command() -> PulumiCommand:
    """The real Pulumi: the one on the PATH, else the one in Helium's cache."""
    own = os.environ.get("XDG_CACHE_HOME")
    cache = os.environ.get("HELIUM_CACHE") or str((Path(own) if own else Path.home() / ".cache") / "helium")
    return PulumiCommand() if shutil.which("pulumi") else PulumiCommand(root=str(Path(cache) / _BUILT))


@pytest.fixture(scope="session")
def kubeconfig(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of a real cluster, one for all processes of a run: HELIUM_TEST_KUBECONFIG, else that of a cluster for tests."""
    return of_this_run(tmp_path_factory)


@pytest.fixture(scope="session")
def kubernetes(kubeconfig: Path) -> KubernetesApi:
    """The API of that cluster."""
    return KubernetesApi.of(kubeconfig)


@pytest.fixture(scope="session")
def gitea(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gitea]:
    """A real git host, one for all tests of a process: each works in repositories of its own."""
    with running(tmp_path_factory.mktemp("gitea")) as host:
        yield host


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One browser for all tests of a process, which can hold no second one; an error that names a missing package."""
    from tests.pages.browsers import browser

    with browser() as started:
        yield started
