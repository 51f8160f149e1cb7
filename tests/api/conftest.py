"""A fleet without a workspace, and where its API is."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.api.serving import World, served


@pytest.fixture
def world() -> World:
    """A fleet without a workspace."""
    return World()


@pytest.fixture
def address(world: World) -> Iterator[str]:
    """Where the API of that fleet is."""
    with served(world.deps) as address:
        yield address
