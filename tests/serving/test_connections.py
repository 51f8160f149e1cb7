"""Clients that are slow, many, or gone: on a real socket, with the protocol that `helium serve` uses."""

from __future__ import annotations

import logging
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import pytest
import uvicorn

from helium.api.app import create_app
from helium.app.connections import BoundedProtocol, Rarely, most_connections
from helium.app.session_key import session_key
from tests.api.serving import ADMIN, World

HEAD = b"POST %s HTTP/1.1\r\nHost: localhost\r\nX-Pach: %s\r\n"
FORM = b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 5000\r\n\r\n"
PATIENCE = 60


class HurriedProtocol(BoundedProtocol):
    """The same with less patience, and less room."""

    head_seconds = 0.5
    body_seconds = 1.0
    read_seconds = 0.5
    most = 20


class PatientProtocol(HurriedProtocol):
    """Waits long enough for a reader who shares this process, and its lock, with the server.

    A hundred requests at once owe their heads until all answers before are read.
    """

    head_seconds = read_seconds = 20.0


@contextmanager
def hurried(world: World, *, by: type[HurriedProtocol] = HurriedProtocol) -> Iterator[int]:
    """The port of the API behind it."""
    config = uvicorn.Config(create_app(world.deps), log_config=None, lifespan="on", http=by, ws="none")
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.005)
            assert thread.is_alive()
        yield listener.getsockname()[1]
        server.should_exit = True
        thread.join(PATIENCE)


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """One for all tests of the module."""
    with hurried(World()) as at:
        yield at


def dripped(port: int, begun: bytes) -> float:
    """How long a connection stands that begins so and goes on with a byte every tenth of a second."""
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as client:
        client.sendall(begun)
        client.settimeout(0.1)
        start = time.monotonic()
        while time.monotonic() - start < PATIENCE:
            try:
                client.sendall(b"x")
                if not client.recv(65536):
                    break
            except TimeoutError:
                continue
            except OSError:
                break
        return time.monotonic() - start


@pytest.mark.parametrize("path", [b"/sign-in", b"/new", b"/hooks/git", b"/nowhere", b"/v1/api/workspace", b"/healthz"])
@pytest.mark.parametrize("token", [ADMIN.encode(), b"wrong"])
def test_a_slow_body_is_not_waited_for(port: int, path: bytes, token: bytes) -> None:
    """Whatever the path, with a token or without."""
    assert dripped(port, HEAD % (path, token) + FORM) < PATIENCE


@pytest.mark.parametrize("begun", [b"", b"GET / HTTP/1.1\r\n", HEAD % (b"/", b"x")])
def test_a_slow_head_is_not_waited_for(port: int, begun: bytes) -> None:
    """Also where not even the first line comes."""
    assert dripped(port, begun) < PATIENCE


def test_a_second_head_of_a_connection_is_not_waited_for_either(port: int) -> None:
    """After a good request."""
    assert dripped(port, b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\nGET / HT") < PATIENCE


def slowly_read(port: int, path: bytes, times: int, *, reads: int, enough: int) -> int:
    """Ask so often for something, and read so many bytes of it at once, slowly: how many came, until it is enough."""
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.settimeout(PATIENCE)
        client.connect(("127.0.0.1", port))
        with suppress(OSError):
            client.sendall(b"GET %s HTTP/1.1\r\nHost: localhost\r\nX-Pach: %s\r\n\r\n" % (path, ADMIN.encode()) * times)
        begun, came = time.monotonic(), 0
        with suppress(OSError):
            while time.monotonic() - begun < PATIENCE and (data := client.recv(reads)):
                came += len(data)
                if came > enough:
                    break
                time.sleep(0.002)
        return came


def test_an_answer_that_nobody_reads_is_not_kept(caplog: pytest.LogCaptureFixture) -> None:
    """Its connection is closed, with what waits for it; whoever reads slowly, but reads, gets all."""
    large = b"/schema/openapi.json"
    with hurried(World()) as port:
        with socket.socket() as client:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            client.settimeout(PATIENCE)
            client.connect(("127.0.0.1", port))
            client.sendall(b"GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n" % large * 200)
            begun = time.monotonic()
            while time.monotonic() - begun < PATIENCE and not caplog.records:
                time.sleep(0.05)
        assert ["a client did not read its answer in time; its connection is closed"] == [
            each.message for each in caplog.records
        ]
    with hurried(World(), by=PatientProtocol) as port:
        size = len(httpx.get(f"http://127.0.0.1:{port}{large.decode()}", verify=False).content)
        assert slowly_read(port, large, 100, reads=65536, enough=size * 60) > size * 60


def test_too_many_connections_leave_room_for_the_next(port: int) -> None:
    """The ones beyond the bound are closed at once; when the slow ones are gone, it answers again."""
    many = [socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) for _ in range(HurriedProtocol.most * 2)]
    begun = time.monotonic()
    answered = 0
    while time.monotonic() - begun < PATIENCE and not answered:
        try:
            answered = httpx.get(f"http://127.0.0.1:{port}/healthz", verify=False).status_code
        except httpx.TransportError:
            time.sleep(0.05)
    for each in many:
        each.close()

    assert 200 == answered


@pytest.mark.parametrize("path", [b"/sign-in", b"/hooks/git", b"/v1/api/workspace"])
def test_a_client_that_leaves_is_no_error(port: int, path: bytes, caplog: pytest.LogCaptureFixture) -> None:
    """In the middle of its body: no trace in the log, and the process answers the next one."""
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as client:
        client.sendall(HEAD % (path, ADMIN.encode()) + FORM + b"name=x")
        time.sleep(0.2)
    time.sleep(0.2)

    assert 200 == httpx.get(f"http://127.0.0.1:{port}/healthz", verify=False).status_code
    assert [] == [each for each in caplog.records if each.exc_info or each.levelno >= logging.ERROR]


@pytest.mark.parametrize("host", [b"[::1", b"[", b"a]b", b"a b", b"x:999999", b"x:65536", b"\xff"])
@pytest.mark.parametrize("path", [b"/", b"/sign-in", b"/v1/api/workspaces", b"/schema"])
def test_a_malformed_host_is_the_callers_mistake(
    port: int, host: bytes, path: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    """400 and a sentence, and no trace in the log."""
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as client:
        client.sendall(b"GET %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n" % (path, host))
        answer = b"".join(iter(lambda: client.recv(65536), b""))

    assert b" 400 " in answer.partition(b"\r\n")[0]
    assert [] == [each for each in caplog.records if each.exc_info or each.levelno >= logging.ERROR]


def test_strangers_write_one_line_a_minute() -> None:
    """However many they are; an error is always written, and what was left out is counted."""
    rarely, line = Rarely(), logging.LogRecord("x", logging.WARNING, "", 0, "slow", (), None)
    error = logging.LogRecord("x", logging.ERROR, "", 0, "broken", (), None)

    assert [True] + [False] * 999 == [rarely.filter(line) for _ in range(1000)]
    assert rarely.filter(error)


def test_there_are_never_more_connections_than_files() -> None:
    """Each one beyond would be an error of the event loop, with its trace, at every turn."""
    assert 16 <= most_connections() <= 1000


def test_the_session_key_outlives_the_process(tmp_path: Path) -> None:
    """Beside the tokens, for nobody else to read; one that somebody cut short is not taken."""
    first, again = session_key(tmp_path / "new"), session_key(tmp_path / "new")
    file = tmp_path / "new" / "session.key"

    assert (32, first, 0o600) == (len(first), again, file.stat().st_mode & 0o777)
    assert ["session.key"] == [each.name for each in file.parent.iterdir()]
    file.write_bytes(b"short")
    assert 32 == len(session_key(tmp_path / "new"))
