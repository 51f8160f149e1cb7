"""What every room's tests share: as little as possible."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from pulumi.automation import PulumiCommand

from helium.adapters.processes import heed_interrupts

_BUILT = "pulumi-3.258.0"

# How long an example takes says how busy the machine is, and nothing about Helium.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")


def pytest_configure() -> None:
    """What the tests start can be interrupted, though they run in the background (`nohup make test &`)."""
    heed_interrupts()


@pytest.fixture(scope="session")
def pulumi_command() -> PulumiCommand:
    """The real Pulumi: the one on the PATH, else the one in Helium's cache."""
    own = os.environ.get("XDG_CACHE_HOME")
    cache = os.environ.get("HELIUM_CACHE") or str((Path(own) if own else Path.home() / ".cache") / "helium")
    return PulumiCommand() if shutil.which("pulumi") else PulumiCommand(root=str(Path(cache) / _BUILT))
