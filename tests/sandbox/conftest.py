"""One running sandbox for a module's tests; each test takes names of its own, or a folder of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from helium.sandbox import Sandbox, start


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """A sandbox that runs on an empty folder."""
    with start(tmp_path_factory.mktemp("cloud") / "folder") as running:
        yield running
