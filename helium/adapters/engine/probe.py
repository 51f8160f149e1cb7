"""Asks a workspace's address whether it answers, once, for a few seconds, and reads nothing but the status.

The address is from settings, but the name in it may lead anywhere. So it is resolved here, each result is judged, and
the connection goes to the very result that was judged. It refuses this machine (unless the probe says so) and every
place where clouds hand out credentials, follows no redirect, uses no proxy, and sends no credential.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from http.client import HTTPConnection, HTTPException
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from threading import Thread, Timer
from time import monotonic
from urllib.parse import urlsplit

from helium.core.health import ProbeAnswer, line
from helium.core.probes import Probe

WITHIN = 5.0
"""Seconds for all of it, from the connection to the status; as many again for the name."""
METADATA = tuple(
    map(ip_network, ("169.254.0.0/16", "fe80::/10", "fd00:ec2::/32", "100.100.100.200/32", "168.63.129.16/32"))
)
"""Where clouds hand out credentials, or tell machines who they are."""
_CARRIES_V4 = (ip_network("64:ff9b::/96"), ip_network("::ffff:0:0/96"), ip_network("::/96"))
Resolve = Callable[[str, int], Sequence[str]]
Address = IPv4Address | IPv6Address


class NotAskedError(Exception):
    """It is not asked, or gave no answer; the text goes on from its address."""


def ask(probe: Probe, *, resolve: Resolve | None = None, within: float = WITHIN) -> ProbeAnswer:
    """What it answers. It refuses to fail: what went wrong is in the answer."""
    if not probe.url:
        return ProbeAnswer("its address", "is not known yet", ok=False)
    try:
        status = _status(probe, resolve=resolve or _resolved, within=within)
    except NotAskedError as error:
        return ProbeAnswer(probe.url, str(error), ok=False)
    if status == probe.status:
        return ProbeAnswer(probe.url, f"answered {status}", ok=True)
    return ProbeAnswer(probe.url, f"answered {status}, and not {probe.status}", ok=False)


def _status(probe: Probe, *, resolve: Resolve, within: float) -> int:
    place = urlsplit(probe.url)
    try:
        host, port = place.hostname or "", place.port or (443 if place.scheme == "https" else 80)
    except ValueError:
        raise NotAskedError("has a port that is none") from None
    addresses = _in_time(lambda: resolve(host, port), within)
    judged = [ip_address(each.partition("%")[0]) for each in addresses]
    # All of them: who answers with a good one and a bad one would be asked again until it is the bad one.
    for each in judged:
        if why := refused(each, loopback=probe.loopback):
            raise NotAskedError(f"is not asked: {host} is {each}, {why}")
    began = monotonic()
    path = f"{place.path or '/'}{f'?{place.query}' if place.query else ''}"
    try:
        with _connected(judged[0], port, host=host, tls=place.scheme == "https", within=within) as connection:
            named = host if place.port is None else f"{host}:{port}"
            connection.putrequest("GET", path, skip_host=True, skip_accept_encoding=True)
            for key, value in (("Host", named), ("User-Agent", "helium"), ("Accept", "*/*"), ("Connection", "close")):
                connection.putheader(key, value)
            connection.endheaders()
            return connection.getresponse().status
    except ssl.SSLCertVerificationError as error:
        raise NotAskedError(f"has a certificate that is not valid: {line(error.verify_message)}") from None
    except (TimeoutError, OSError, HTTPException, ValueError) as error:
        # A connection that was cut for its time says that the other side closed it.
        late = monotonic() - began >= within
        raise NotAskedError(f"does not answer: {_words(TimeoutError() if late else error)}") from None


@contextmanager
def _connected(address: Address, port: int, *, host: str, tls: bool, within: float) -> Iterator[HTTPConnection]:
    """A connection to the address that was judged, whatever its name leads to by now, which ends after so long."""
    plain = socket.create_connection((str(address), port), timeout=within)
    context = ssl.create_default_context() if tls else None
    # Not with the handshake: the clock has to know the socket that is in use.
    used = context.wrap_socket(plain, server_hostname=host, do_handshake_on_connect=False) if context else plain
    # One that sends a byte a second would never run into the limit of a single read.
    clock = Timer(within, _cut, [used])
    clock.daemon = True
    clock.start()
    connection = HTTPConnection(host, port)
    try:
        if isinstance(used, ssl.SSLSocket):
            used.do_handshake()
        connection.sock = used
        yield connection
    finally:
        clock.cancel()
        connection.close()
        used.close()


def _cut(used: socket.socket) -> None:
    with suppress(OSError):
        # The plain one's, also under TLS: whoever reads meanwhile is woken up.
        socket.socket.shutdown(used, socket.SHUT_RDWR)


def refused(address: Address, *, loopback: bool) -> str:
    """Why nobody is asked at an address; empty where that may be. What is inside of an IPv6 address counts."""
    inner = _inner(address)
    if any(inner in each for each in METADATA if each.version == inner.version):
        return "where clouds hand out credentials"
    if inner.is_loopback:
        return "" if loopback else "which is this machine; say loopback: true if that is meant"
    return "which is no single host" if inner.is_unspecified or inner.is_multicast or inner.is_reserved else ""


def _inner(address: Address) -> Address:
    """The IPv4 address that an IPv6 address stands for, if it stands for one."""
    if isinstance(address, IPv4Address):
        return address
    if address.sixtofour is not None:
        return address.sixtofour
    if address.teredo is not None:
        return address.teredo[1]
    carries = any(address in each for each in _CARRIES_V4) and int(address) > 1
    return IPv4Address(int(address) & 0xFFFFFFFF) if carries else address


def _resolved(host: str, port: int) -> Sequence[str]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(each[4][0]) for each in found]


def _in_time(work: Callable[[], Sequence[str]], within: float) -> Sequence[str]:
    """What a name leads to. The system's own look-up has no limit, so it is left behind after that."""
    found: list[Sequence[str]] = []

    def look() -> None:
        try:
            found.append(work())
        except (OSError, UnicodeError):
            found.append(())

    thread = Thread(target=look, daemon=True)
    thread.start()
    thread.join(within)
    if not found:
        raise NotAskedError("does not answer: its name cannot be looked up in time")
    if not found[0]:
        raise NotAskedError("does not answer: its name leads nowhere")
    return found[0]


def _words(error: Exception) -> str:
    if isinstance(error, ConnectionRefusedError):
        return "nobody listens there"
    if isinstance(error, TimeoutError):
        return "no answer in time"
    return line(str(error)) or type(error).__name__
