"""The remote's own clock, from a real server on this machine."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from helium.adapters.git_repo import GitRepo
from tests.adapters.git_repos import git, land, new_repo, opened


class _Answer(BaseHTTPRequestHandler):
    """Refuses everything, with a `Date`; notes what it was sent."""

    seen: list[tuple[str, str, str | None]]

    def do_HEAD(self) -> None:
        """The only request there may be."""
        self.seen.append((self.command, self.path, self.headers["Authorization"]))
        self.send_response(401)
        self.end_headers()

    def date_time_string(self, timestamp: float | None = None) -> str:
        """The date that this server believes in; `None` sends one that is none."""
        return "Sun, 01 Mar 2026 12:00:00 GMT" if "odd" not in self.path else "yesterday"

    def log_message(self, format: str, *args: object) -> None:
        """Silent."""


@pytest.fixture
def server() -> Iterator[tuple[int, list[tuple[str, str, str | None]]]]:
    """A port on this machine, and what was asked there."""
    seen: list[tuple[str, str, str | None]] = []
    handler = type("Answer", (_Answer,), {"seen": seen})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield running.server_port, seen
        running.shutdown()


def _repo(folder: Path, url: str, *, clock: str = "") -> GitRepo:
    own = new_repo(folder / "own")
    land(own, {"a": b"1"})
    if url:
        git(own, "remote", "add", "origin", url)
    return GitRepo(opened(own, main="main"), clock=clock)


def test_a_remote_over_http_tells_its_time(
    tmp_path: Path, server: tuple[int, list[tuple[str, str, str | None]]]
) -> None:
    """The `Date` of any answer counts, a refusal's too; the credentials in the URL are not sent."""
    port, seen = server
    repo = _repo(tmp_path, f"http://ann:hunter2@127.0.0.1:{port}/fleet.git")
    assert datetime(2026, 3, 1, 12, tzinfo=UTC) == repo.remote_time()
    assert [("HEAD", "/fleet.git", None)] == seen


def test_a_date_that_is_none_is_no_time(tmp_path: Path, server: tuple[int, list[tuple[str, str, str | None]]]) -> None:
    """Nothing is guessed from an answer that cannot be read."""
    assert _repo(tmp_path, f"http://127.0.0.1:{server[0]}/odd.git").remote_time() is None


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:9/x.git", "ssh://git@example.com/x.git", "../elsewhere", "http://[x/"]
)
def test_a_remote_that_does_not_answer_has_no_time(tmp_path: Path, url: str) -> None:
    """Unreachable, another protocol, a path, no URL at all: there is no clock."""
    assert _repo(tmp_path, url).remote_time() is None


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/x.git", "ssh://git@example.com/x.git", "../elsewhere", ""])
def test_where_the_remote_has_no_time_the_server_of_the_state_tells_it(
    tmp_path: Path, server: tuple[int, list[tuple[str, str, str | None]]], url: str
) -> None:
    """Nobody signs in there: the `Date` of its refusal is enough."""
    port, seen = server
    repo = _repo(tmp_path, url, clock=f"http://127.0.0.1:{port}/")

    assert datetime(2026, 3, 1, 12, tzinfo=UTC) == repo.remote_time()
    assert [("HEAD", "/", None)] == seen


def test_a_remote_that_tells_its_time_is_asked_alone(
    tmp_path: Path, server: tuple[int, list[tuple[str, str, str | None]]]
) -> None:
    """One request, as before."""
    port, seen = server
    repo = _repo(tmp_path, f"http://127.0.0.1:{port}/fleet.git", clock=f"http://127.0.0.1:{port}/")

    assert datetime(2026, 3, 1, 12, tzinfo=UTC) == repo.remote_time()
    assert ["/fleet.git"] == [path for _, path, _ in seen]
