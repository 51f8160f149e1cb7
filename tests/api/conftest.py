"""A fleet without a workspace, and where its API is: one application for the tests of a module."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.api.in_process import in_process
from tests.api.serving import World, served


@pytest.fixture(scope="module")
def shared() -> World:
    """The fleet of all tests of the module."""
    return World()


@pytest.fixture
def world(shared: World) -> World:
    """It, begun again: without a workspace."""
    shared.begin_again()
    return shared


@pytest.fixture(scope="module")
def application(shared: World) -> Iterator[str]:
    """Its API in this process."""
    with in_process(shared.deps) as address:
        yield address


@pytest.fixture(scope="module")
def socket_server(shared: World) -> Iterator[str]:
    """Its API on a socket, for what is about HTTP on the wire."""
    with served(shared.deps) as address:
        yield address


@pytest.fixture
def address(application: str, world: World) -> str:
    """Where the API of the fleet is. A module about the wire has it on the socket."""
    return application


@pytest.fixture
def own_world() -> World:
    """A fleet of one test alone: for what an application remembers, and for all that is in the ledger."""
    return World()


@pytest.fixture
def own_address(own_world: World) -> Iterator[str]:
    """Its API in this process."""
    with in_process(own_world.deps) as address:
        yield address
