"""What is said to a server, and what becomes of bad luck on the way: on a real socket, at a server that misbehaves."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from helium.adapters.server.access import ServerAccess
from helium.adapters.server.transport import ServerPatience, ServerTransport
from helium.core.server_errors import (
    NotSignedInError,
    ServerAwayError,
    ServerError,
    ServerInDoubtError,
    ServerInvalidError,
    ServerNotFoundError,
    ServerRefusedError,
)
from helium.errors import HeliumError, NotFoundError, NotSupportedError, SpecError, UsageError

TOKEN = "helium_secret-token-of-a-person"
JSON, PROBLEM, HTML = "application/json", "application/problem+json", "text/html"
PATIENCE = ServerPatience(read=0.4, write=0.4, unreached=0.2, silence=5.0, pause=0.01)
Reply = tuple[int, str, object]


@dataclass
class Misbehaving:
    """A server that answers what it is told to. `None`: it closes the connection without an answer."""

    address: str = ""
    replies: list[Reply | None] = field(default_factory=list)
    heard: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)

    def access(self, environ: dict[str, str] | None = None) -> ServerAccess:
        """A client of it."""
        return ServerAccess(ServerTransport(self.address, TOKEN, environ or {}, PATIENCE))


@contextmanager
def misbehaving(*replies: Reply | None, certificate: Path | None = None) -> Iterator[Misbehaving]:
    """It answers in turn, and goes on with the last."""
    there = Misbehaving(replies=list(replies))

    class MisbehavingHandler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            self.rfile.read(length)
            there.heard.append((self.command, self.path, {k.lower(): v for k, v in self.headers.items()}))
            reply = there.replies.pop(0) if len(there.replies) > 1 else there.replies[0]
            if reply is None:
                self.close_connection = True
                return
            status, kind, body = reply
            data = body.encode() if isinstance(body, str) else json.dumps(body).encode()
            self.send_response(status)
            for name, value in {"Content-Type": kind, "Content-Length": str(len(data)), **there.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_PATCH = do_DELETE = _answer  # noqa: N815

        def log_message(self, *_: Any) -> None:
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), MisbehavingHandler) as server:
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            server.socket = context.wrap_socket(server.socket, server_side=True)
        there.address = f"{'https' if certificate else 'http'}://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield there
        server.shutdown()


def problem(status: int, detail: str, **more: object) -> Reply:
    """As Helium says it."""
    return status, PROBLEM, {"status": status, "type": "about:blank", "title": "", "detail": detail, **more}


FLEET: Reply = (200, JSON, {"Name": "acme", "Helium": "0.2.0"})
WRITTEN: Reply = (202, JSON, {"ID": "demo", "Commit": "c" * 40, "Path": "workspaces/demo.yaml", "Status": "requested"})


def create(access: ServerAccess) -> object:
    """A write."""
    return access.create("demo", {}, owner="")


def read(access: ServerAccess) -> object:
    """A read."""
    return access.label


@pytest.mark.parametrize(
    ("reply", "kind", "says"),
    [
        (problem(401, "This token has ended."), NotSignedInError, "This token has ended. Sign in: helium login http"),
        (problem(403, "demo belongs to bob."), ServerRefusedError, "demo belongs to bob."),
        (problem(404, "There is no demo."), ServerNotFoundError, "There is no demo."),
        (problem(404, "There is nothing at this path. …"), ServerError, "does not know this yet"),
        (problem(409, "demo exists. Send ?update=true.", sentence="demo exists."), ServerRefusedError, "demo exists."),
        (problem(409, "x.yaml has errors.", errors=[]), ServerInvalidError, "x.yaml has errors."),
        (problem(412, "demo changed."), ServerRefusedError, "demo changed."),
        (problem(422, "a; b", errors=[{"sentence": "a"}, {"sentence": "b"}]), SpecError, "a\nb"),
        (problem(422, "no such thing"), UsageError, "no such thing"),
        (problem(501, "not here"), NotSupportedError, "not here"),
        (problem(500, "Helium failed. The log has more."), ServerError, "Helium failed. The log has more."),
        (problem(502, "The remote refused."), ServerError, "The remote refused."),
        (problem(503, "The remote is away."), ServerAwayError, "The remote is away."),
        (problem(429, "Too many."), ServerAwayError, "Too many."),
        ((200, HTML, "<title>Sign in</title>"), ServerError, "it is a page for people"),
        ((200, JSON, "<html>"), ServerError, "is not understood"),
        ((200, JSON, {"hello": "world"}), ServerError, "of another version"),
        ((403, HTML, "<title>Access denied</title>"), ServerError, "answers 403 with a page for people"),
        ((404, JSON, {"error": "no"}), ServerError, "Is it the address of a Helium server?"),
        ((502, HTML, "Bad gateway"), ServerError, "the Helium behind it may be down"),
    ],
)
def test_each_answer_ends_in_a_sentence(reply: Reply, kind: type[HeliumError], says: str) -> None:
    """The server's own, or what may be wrong with the address; never a traceback, and never the token."""
    with misbehaving(reply) as there, pytest.raises(kind) as error:
        read(there.access()) if reply[0] == 200 else create(there.access())

    assert says in str(error.value)
    assert TOKEN not in str(error.value)


def test_what_a_server_repeats_of_the_token_is_not_shown() -> None:
    """Neither in its sentence, nor in how the client prints itself."""
    with misbehaving(problem(401, f"Who is {TOKEN}?")) as there, pytest.raises(NotSignedInError) as error:
        read(there.access())

    assert "Who is …?" in str(error.value)
    assert TOKEN not in repr(there.access())


@pytest.mark.parametrize("method", [read, create])
def test_no_redirect_is_followed(method: Callable[[ServerAccess], object]) -> None:
    """The token goes to the server that was named, and to no other one."""
    with misbehaving(FLEET) as other, misbehaving((307, HTML, "")) as there:
        there.headers["Location"] = f"{other.address}/v1/api/fleet"
        with pytest.raises(ServerError, match="your token does not go there"):
            method(there.access())

    assert [] == other.heard
    assert f"Bearer {TOKEN}" == there.heard[0][2]["authorization"]
    assert TOKEN not in there.heard[0][1], "an address is logged on the way"


def test_a_password_of_a_netrc_is_not_sent(tmp_path: Path) -> None:
    """It would take the token's place."""
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login ada password secret\n")
    with misbehaving(FLEET) as there:
        read(there.access({"NETRC": str(tmp_path / "netrc")}))

    assert f"Bearer {TOKEN}" == there.heard[0][2]["authorization"]


def test_a_read_is_asked_again() -> None:
    """After a broken connection, and while the server says that it cannot now."""
    with misbehaving(None, problem(503, "Not now."), FLEET) as there:
        assert "acme" == there.access().label.name

    assert 3 == len(there.heard)


def test_a_write_is_sent_again_under_its_key() -> None:
    """So that it is done once, although nobody knows whether the first one was. Another one has another key."""
    with misbehaving(None, problem(503, "Not now."), WRITTEN) as there:
        access = there.access()
        create(access)
        create(access)

    keys = [headers["idempotency-key"] for _, _, headers in there.heard]
    assert 4 == len(keys)
    assert [1, 2] == [len(set(keys[:3])), len(set(keys))]


def test_a_write_in_doubt_says_so() -> None:
    """Nobody is told that nothing was done, where it may have been."""
    with misbehaving(None) as there, pytest.raises(ServerInDoubtError, match="it may or may not be done"):
        create(there.access())


def test_nobody_at_the_address_is_said_at_once() -> None:
    """With what to check."""
    with misbehaving(FLEET) as there:
        access = there.access()
    with pytest.raises(ServerAwayError, match=r"cannot be reached: .*Check the address and the network"):
        read(access)


def test_a_text_that_cannot_be_a_name_is_no_path() -> None:
    """It would be another call."""
    with misbehaving(FLEET) as there, pytest.raises(NotFoundError):
        there.access().remove("demo/restore")

    assert [] == there.heard


def test_a_deletion_can_be_for_one_text_of_the_file() -> None:
    """By If-Match, for whoever asked a person about exactly that."""
    with misbehaving(WRITTEN) as there:
        there.access().remove("demo", blob="abc")
        there.access().remove("demo")

    assert ['"abc"', None] == [headers.get("if-match") for _, _, headers in there.heard]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate that nobody trusts, with its key."""
    from ipaddress import ip_address

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a company")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    plain = serialization.NoEncryption()
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    file = tmp_path_factory.mktemp("tls") / "server.pem"
    file.write_bytes(pem + made.public_bytes(serialization.Encoding.PEM))
    return file


def test_a_certificate_that_is_not_trusted_ends_it(certificate: Path) -> None:
    """Before the token is sent. A company's own certificates are named in SSL_CERT_FILE."""
    with misbehaving(FLEET, certificate=certificate) as there:
        with pytest.raises(ServerError, match=r"is not trusted on this machine .* SSL_CERT_FILE"):
            read(there.access())
        assert [] == there.heard
        assert "acme" == there.access({"SSL_CERT_FILE": str(certificate)}).label.name
