"""Asking a workspace's address, on real sockets: what it answers, and where nobody is asked."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from typing import Any

import pytest

from helium.adapters.engine.probe import ask, refused
from helium.core.health import ProbeAnswer
from helium.core.probes import Probe

ASKED: list[tuple[str, dict[str, str]]] = []


class ProbedServer(BaseHTTPRequestHandler):
    """Answers with the status that the path names; `/away` sends elsewhere, `/slow` sends a letter now and then."""

    def do_GET(self) -> None:
        """One request."""
        ASKED.append((self.path, {key.lower(): value for key, value in self.headers.items()}))
        if self.path == "/slow":
            try:
                for letter in "HTTP/1.1 200 OK\r\n\r\n":
                    self.wfile.write(letter.encode())
                    time.sleep(0.2)
            except OSError:
                pass
            return
        status = 302 if self.path == "/away" else int(self.path.partition("?")[0].strip("/") or 200)
        self.send_response(status)
        if status == 302:
            self.send_header("Location", "/200")
        self.end_headers()
        if self.path == "/200":
            # Nobody reads it: it would take for ever.
            self.wfile.write(b"x" * (1 << 16))

    def log_message(self, *_: Any) -> None:
        """Quiet."""


@pytest.fixture
def port() -> Iterator[int]:
    """A real server on this machine."""
    ASKED.clear()
    with ThreadingHTTPServer(("127.0.0.1", 0), ProbedServer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


def at(port: int, path: str, **changes: Any) -> Probe:
    """A probe of the server."""
    return Probe(f"http://127.0.0.1:{port}{path}", **{"loopback": True, **changes})


def test_its_status_is_the_answer(port: int) -> None:
    """The one that was wanted, or another; the request has its host, and nothing that says who asks."""
    well, ill, other = (
        ask(at(port, path, status=status)) for path, status in (("/200", 200), ("/503?x=1", 200), ("/401", 401))
    )

    assert [(True, "answered 200"), (False, "answered 503, and not 200"), (True, "answered 401")] == [
        (each.ok, each.said) for each in (well, ill, other)
    ]
    assert ["/200", "/503?x=1", "/401"] == [path for path, _ in ASKED]
    assert {"host": f"127.0.0.1:{port}", "user-agent": "helium", "accept": "*/*", "connection": "close"} == ASKED[0][1]


def test_a_redirect_is_an_answer_and_is_not_followed(port: int) -> None:
    """It could lead to a host that nobody judged."""
    assert (False, "answered 302, and not 200") == _said(ask(at(port, "/away")))
    assert ["/away"] == [path for path, _ in ASKED]


def _said(answer: ProbeAnswer) -> tuple[bool, str]:
    return answer.ok, answer.said


def test_a_server_that_sends_a_letter_now_and_then_is_left(port: int) -> None:
    """The limit is of all of it, and not of a single read."""
    began = time.monotonic()
    answer = ask(at(port, "/slow"), within=0.5)

    assert (False, "does not answer: no answer in time") == _said(answer)
    assert time.monotonic() - began < 2


@contextmanager
def _listening(serve: Callable[[socket.socket], None]) -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listens:
        threading.Thread(target=serve, args=(listens,), daemon=True).start()
        yield listens.getsockname()[1]


def _babbles(listens: socket.socket) -> None:
    near, _ = listens.accept()
    with near, suppress(OSError):
        near.sendall(b"SSH-2.0-x\r\n" + b"x" * (1 << 20))


def test_what_is_no_web_server_does_not_answer() -> None:
    """A closed port, one that takes the connection and is silent, one that speaks something else, a name of nowhere."""
    with _listening(lambda _: None) as silent:
        assert (False, "does not answer: no answer in time") == _said(ask(at(silent, "/"), within=0.3))
        assert not ask(Probe(f"https://127.0.0.1:{silent}/", loopback=True), within=0.3).ok
    with _listening(_babbles) as babbling:
        assert ask(at(babbling, "/")).said.startswith("does not answer: ")
    assert (False, "does not answer: nobody listens there") == _said(ask(at(silent, "/")))
    nowhere = ask(Probe("http://no-such-host.invalid/"))
    assert nowhere.said.startswith("does not answer: its name ")
    assert (False, "has a port that is none") == _said(ask(Probe("http://a.example.com:99999/")))
    assert (False, "is not known yet") == _said(ask(Probe("")))


def test_a_name_that_takes_too_long_to_look_up_is_left() -> None:
    """The system's own look-up has no limit."""

    def slow(_host: str, _port: int) -> list[str]:
        time.sleep(5)
        return ["192.0.2.1"]

    began = time.monotonic()
    assert "its name cannot be looked up in time" in ask(Probe("http://a.example.com/"), resolve=slow, within=0.2).said
    assert time.monotonic() - began < 2


@pytest.mark.parametrize(
    "host",
    [
        "169.254.169.254",
        "[::ffff:169.254.169.254]",
        "[64:ff9b::a9fe:a9fe]",
        "[2002:a9fe:a9fe::]",
        "[fd00:ec2::254]",
        "[fe80::1]",
        "100.100.100.200",
        "168.63.129.16",
        "2852039166",
        "0xa9fea9fe",
    ],
)
@pytest.mark.parametrize("loopback", [True, False])
def test_no_probe_reaches_where_clouds_hand_out_credentials(host: str, loopback: bool) -> None:
    """However the address is written, and whatever the probe may otherwise."""
    answer = ask(Probe(f"http://{host}/latest/meta-data/", loopback=loopback))

    assert not answer.ok
    assert "is not asked: " in answer.said
    assert "where clouds hand out credentials" in answer.said


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "[::1]", "127.9.9.9", "2130706433", "[::ffff:127.0.0.1]", "127.1"]
)
def test_this_machine_is_not_asked_unless_the_probe_says_so(port: int, host: str) -> None:
    """On it is what the pass itself can reach and nobody else should."""
    answer = ask(Probe(f"http://{host}:{port}/200"))

    assert (False, True) == (answer.ok, "which is this machine; say loopback: true if that is meant" in answer.said)
    assert [] == ASKED


@pytest.mark.parametrize("address", ["0.0.0.0", "224.0.0.1", "255.255.255.255", "::", "ff02::1"])
def test_what_is_no_single_host_is_not_asked(address: str) -> None:
    """`0.0.0.0` is this machine by another name."""
    assert "which is no single host" == refused(ip_address(address), loopback=True)


@pytest.mark.parametrize("address", ["203.0.113.7", "10.1.2.3", "192.168.1.1", "2001:db8::1", "fd12::1"])
def test_other_addresses_may_be_asked(address: str) -> None:
    """A load balancer of a private network, too."""
    assert "" == refused(ip_address(address), loopback=False)


def test_a_name_with_one_bad_address_is_not_asked_at_all(port: int) -> None:
    """And the connection goes to the address that was judged: what the name leads to a moment later does not count."""
    both = ask(Probe(f"http://a.example.com:{port}/200"), resolve=lambda *_: ["203.0.113.7", "169.254.169.254"])
    assert "is not asked: a.example.com is 169.254.169.254" in both.said

    asked: list[str] = []

    def once(host: str, _port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"]

    assert ask(Probe(f"http://a.example.com:{port}/200", loopback=True), resolve=once).ok
    assert (["a.example.com"], f"a.example.com:{port}") == (asked, ASKED[0][1]["host"])
