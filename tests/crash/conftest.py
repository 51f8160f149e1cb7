from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.crash.ground import ground
from tests.crash.lane import Lane


@pytest.fixture
def lane(tmp_path: Path) -> Iterator[Lane]:
    """A fleet whose ledger is pushed, with two workspaces that are up."""
    with ground(tmp_path / "ground", shared=True) as place:
        lane = Lane(place, random.Random(1))
        lane.furnish()
        yield lane
