"""One Gitea for all tests of hosts in this process; whatever needs it is slow."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.adapters.hosts.github_mock import DescribedGitHub, mocked


@pytest.fixture(scope="session")
def github_mock(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DescribedGitHub]:
    """GitHub's description, answered."""
    with mocked(tmp_path_factory.mktemp("github") / "mock.log") as mock:
        yield mock
