"""Fleets for the tests of deleting: one grown once, and a copy of it for each test."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from pulumi.automation import PulumiCommand

from tests.deleting.ground import KEPT, Ground


@pytest.fixture(scope="session")
def empty(tmp_path_factory: pytest.TempPathFactory, pulumi_command: PulumiCommand) -> Ground:
    """A fleet without workspaces. Not to be changed: take a copy."""
    pulumi = str(Path(shutil.which(pulumi_command.command) or pulumi_command.command).absolute())
    return Ground.new(tmp_path_factory.mktemp("empty") / "acme", pulumi=pulumi, cache=tmp_path_factory.mktemp("cache"))


@pytest.fixture(scope="session")
def grown(empty: Ground, tmp_path_factory: pytest.TempPathFactory) -> Ground:
    """A fleet in which `a`, `b` and `c` are up, and `a` holds an object. Not to be changed: take a copy."""
    ground = empty.copied(tmp_path_factory.mktemp("grown") / "acme")
    ground.land({f"{name}.yaml": KEPT for name in "abc"})
    result = ground.go()
    ground.fresh()
    assert [outcome.ok for outcome in result.outcomes] == [True] * 3, result.outcomes
    ground.put("a")
    return ground


@pytest.fixture(scope="session")
def warm(grown: Ground, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    """The folder that all tests play in, one after the other, with ports that stay open."""
    ground = grown.copied(tmp_path_factory.mktemp("warm") / "acme")
    ground.ports = ground.stack.enter_context(ground.fleet().ports())
    yield ground
    ground.fresh()


@pytest.fixture
def ground(grown: Ground, warm: Ground) -> Iterator[Ground]:
    """The grown fleet, to do with as a test likes: the files are a new copy, worker and sandbox run already."""
    ground = grown.again(warm.folder)
    ground.ports = warm.ports
    yield ground
    ground.fresh()
