"""One `Idempotency-Key` is one request, also while several threads hold it and the commit queue is busy."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Event
from typing import Any, cast

import pytest

from helium.adapters.commit_queue import GitCommitQueue
from helium.api.auth import Caller
from helium.api.index import Indexer
from helium.api.requests_to_commits import WorkspaceWrites, WriteRequest
from helium.errors import HeliumError, NotFoundError
from helium.ports.commit_queue import Request, View
from tests.adapters.commit_queue import hooks
from tests.adapters.git_repos import begun, git
from tests.api.in_process import in_process
from tests.api.process import real
from tests.api.serving import ADA, TOKENS, World, client

FLEET = b"fleet: acme\nstate: gs://acme-state\nbackends:\n  gcp-namespace: {}\n"
WAIT_WHILE_HELD = "#!/bin/sh\ntouch {folder}/pushing\nwhile [ -e {folder}/held ]; do sleep 0.02; done\n"


@dataclass
class LateRefusals:
    """A real commit queue. Whoever is refused hears of it late, like a thread that gets no turn on a busy machine."""

    queue: GitCommitQueue
    refused: Event = field(default_factory=Event)
    go_on: Event = field(default_factory=Event)

    def view(self) -> View:
        """As the queue's."""
        return self.queue.view()

    def submit(self, request: Request) -> str:
        """As the queue does it, and a refusal waits for `go_on`."""
        try:
            return self.queue.submit(request)
        except HeliumError:
            self.refused.set()
            assert self.go_on.wait(60)
            raise


def _until(done: Callable[[], object]) -> None:
    end = time.monotonic() + 60
    while not done():
        assert time.monotonic() < end, "it does not come to that"
        time.sleep(0.01)


@contextmanager
def _held(remote: Path, folder: Path) -> Iterator[None]:
    """While the block runs, the remote takes in no push to its end."""
    (folder / "held").touch()
    hooks.put(remote, "pre-receive", script=WAIT_WHILE_HELD.format(folder=folder))
    try:
        yield
    finally:
        (folder / "held").unlink()


def test_a_refused_request_leaves_the_key_to_the_same_request_in_flight(tmp_path: Path) -> None:
    """The name was taken and is free again, and the caller retries: until that is answered, the key is taken."""
    remote = begun(tmp_path, {"helium.yaml": FLEET, "workspaces/.gitkeep": b""})
    with real(remote, tmp_path / "mirrors") as parts, ThreadPoolExecutor(4) as threads:
        queue = cast(GitCommitQueue, parts.commit_queue)
        late = LateRefusals(queue)
        with in_process(replace(parts, commit_queue=late)) as address, client(address, ADA) as caller:

            def post(name: str, **headers: str) -> int:
                return caller.post("/workspace", json={"name": name}, headers=headers).status_code

            post("demo")
            key: dict[str, Any] = {"Idempotency-Key": "k"}
            first = threads.submit(post, "demo", **key)
            assert late.refused.wait(60)
            caller.delete("/workspace/demo")
            with _held(remote, tmp_path):
                before = threads.submit(post, "before")
                _until((tmp_path / "pushing").exists)
                second = threads.submit(post, "demo", **key)
                _until(lambda: queue.waiting == 1)
                late.go_on.set()
                assert 409 == first.result(60)
                other = threads.submit(post, "other", **key)
                _until(lambda: other.done() or queue.waiting == 2)
            codes = [each.result(60) for each in (before, second, other)]

    assert [202, 202, 422] == codes
    assert ["before", "demo"] == _names(remote)


def _names(remote: Path) -> list[str]:
    listed = git(remote, "ls-tree", "-r", "--name-only", "main", "workspaces/").split()
    return sorted(Path(path).stem for path in listed if path.endswith(".yaml"))


@pytest.fixture
def eager() -> Iterator[None]:
    """Threads that take turns as often as they can."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(usual)


@pytest.mark.usefixtures("eager")
def test_refusals_of_many_threads_under_one_key_are_refusals(own_world: World) -> None:
    """Each hears that there is no such workspace, and none meets a key that another thread just gave back."""
    writes = WorkspaceWrites(own_world.deps, Indexer(own_world.deps))
    request = WriteRequest("kkkkkkkk", Caller(TOKENS[1], "ada@example.com"), {"expiry": "+1d"}, key="kkkk")

    def refused(_: int) -> None:
        for _ in range(300):
            with pytest.raises(NotFoundError):
                writes.change("nobody", request)

    with ThreadPoolExecutor(8) as threads:
        assert [None] * 8 == list(threads.map(refused, range(8)))
    writes.close()
