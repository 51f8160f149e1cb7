"""One Gitea, and one way by ssh, for all tests of commit queues in this process. Whatever needs them is slow."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.adapters.commit_queue.ssh import Ssh, reached


@pytest.fixture(scope="session")
def ssh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ssh]:
    """A way to this machine's repositories by ssh."""
    with reached(tmp_path_factory.mktemp("ssh")) as way:
        yield way
