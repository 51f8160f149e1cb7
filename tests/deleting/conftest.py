"""Fleets for the tests of deleting: one grown once, and a copy of it for each test."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from pulumi.automation import PulumiCommand

from tests.deleting.real_fleet import KEPT, START, RealFleet
from tests.once import once


@pytest.fixture(scope="session")
def empty(tmp_path_factory: pytest.TempPathFactory, pulumi_command: PulumiCommand) -> RealFleet:
    """A fleet without workspaces. Not to be changed: take a copy."""
    pulumi = str(Path(shutil.which(pulumi_command.command) or pulumi_command.command).absolute())
    return RealFleet.new(
        tmp_path_factory.mktemp("empty") / "acme", pulumi=pulumi, cache=tmp_path_factory.mktemp("cache")
    )


@pytest.fixture(scope="session")
def grown(empty: RealFleet, tmp_path_factory: pytest.TempPathFactory) -> RealFleet:
    """A fleet in which `a`, `b` and `c` are up, and `a` holds an object. Not to be changed: take a copy."""

    def grow(folder: Path) -> None:
        fleet = empty.copied(folder)
        fleet.land({f"{name}.yaml": KEPT for name in "abc"})
        result = fleet.go()
        fleet.fresh()
        assert [outcome.ok for outcome in result.outcomes] == [True] * 3, result.outcomes
        fleet.put("a")

    return RealFleet(once("grown", tmp_path_factory, make=grow), empty.environ, START + timedelta(minutes=2))


@pytest.fixture(scope="session")
def warm(grown: RealFleet, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealFleet]:
    """The folder that all tests play in, one after the other, with ports that stay open."""
    fleet = grown.copied(tmp_path_factory.mktemp("warm") / "acme")
    fleet.ports = fleet.stack.enter_context(fleet.fleet().ports())
    yield fleet
    fleet.fresh()


@pytest.fixture
def fleet(grown: RealFleet, warm: RealFleet) -> Iterator[RealFleet]:
    """The grown fleet, to do with as a test likes: the files are a new copy, worker and sandbox run already."""
    fleet = grown.again(warm.folder)
    fleet.ports = warm.ports
    yield fleet
    fleet.fresh()
