"""The small client of a Kubernetes API: whom it signs in as, by which kubeconfig, and what it says when it cannot."""

from __future__ import annotations

import base64
import json
import ssl
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tools.cluster.api import KubernetesApi, KubernetesApiError
from tools.progress import SetupError


class Answers(BaseHTTPRequestHandler):
    """Says who called: the common name of the client's certificate, or the token."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """One object, or a refusal."""
        assert isinstance(self.connection, ssl.SSLSocket)
        subject: Any = (self.connection.getpeercert() or {}).get("subject", ())
        names = [value for pairs in subject for key, value in pairs if key == "commonName"]
        data = json.dumps({"by": [*names, *filter(None, [self.headers.get("Authorization")])]}).encode()
        self.send_response(404 if self.path == "/nothing" else 200)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture(scope="module")
def pem(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate with its key, for 127.0.0.1 and for the client `ada`; it vouches for itself."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "ada")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem, private = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    folder = tmp_path_factory.mktemp("certificate")
    (folder / "key").write_bytes(key.private_bytes(pem, private, serialization.NoEncryption()))
    (folder / "certificate").write_bytes(made.public_bytes(pem))
    return folder


@pytest.fixture(scope="module")
def address(pem: Path) -> Iterator[str]:
    """A server that asks for a client certificate, and lets in whoever has a token instead."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem / "certificate", pem / "key")
    context.load_verify_locations(pem / "certificate")
    context.verify_mode = ssl.CERT_OPTIONAL
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    server.daemon_threads = True
    server.socket = context.wrap_socket(server.socket, server_side=True)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"https://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def inline(path: Path) -> str:
    """A file as a kubeconfig carries it."""
    return base64.b64encode(path.read_bytes()).decode()


def kubeconfig(path: Path, cluster: Mapping[str, object], *, user: Mapping[str, object]) -> Path:
    """A kubeconfig in YAML, with another cluster before the current one."""
    other = {"server": "https://192.0.2.1"}
    document = {
        "current-context": "here",
        "contexts": [
            {"name": "other", "context": {"cluster": "other", "user": "u"}},
            {"name": "here", "context": {"cluster": "c", "user": "u"}},
        ],
        "clusters": [{"name": "other", "cluster": other}, {"name": "c", "cluster": cluster}],
        "users": [{"name": "u", "user": user}],
    }
    path.write_text(yaml.safe_dump(document))
    return path


def test_every_plain_way_to_sign_in(pem: Path, address: str, tmp_path: Path) -> None:
    """By a token or a client certificate, which are in the kubeconfig or in files beside it."""
    ways: list[tuple[Mapping[str, object], Mapping[str, object]]] = [
        ({"certificate-authority-data": inline(pem / "certificate")}, {"token": "t"}),
        (
            {"certificate-authority": str(pem / "certificate")},
            {"client-certificate-data": inline(pem / "certificate"), "client-key-data": inline(pem / "key")},
        ),
        (
            {"insecure-skip-tls-verify": True},
            {"client-certificate": str(pem / "certificate"), "client-key": str(pem / "key")},
        ),
    ]
    found = [
        KubernetesApi.of(kubeconfig(tmp_path / "k", {"server": f"{address}/", **cluster}, user=user)).get("/")["by"]
        for cluster, user in ways
    ]

    assert [["Bearer t"], ["ada"], ["ada"]] == found


@pytest.mark.parametrize("user", [{"exec": {"command": "gke-gcloud-auth-plugin"}}, {}])
def test_a_kubeconfig_that_it_cannot_use_is_refused(tmp_path: Path, user: Mapping[str, object]) -> None:
    """The sentence says what to write instead."""
    path = kubeconfig(tmp_path / "k", {"server": "https://192.0.2.1"}, user=user)

    with pytest.raises(SetupError, match="kubectl create token"):
        KubernetesApi.of(path)


def test_what_is_not_there_and_what_does_not_answer(pem: Path, address: str, tmp_path: Path) -> None:
    """An absent object is told from a refusal, and from a server that is gone."""
    user = {"token": "t"}
    trusted = {"certificate-authority": str(pem / "certificate")}
    here = KubernetesApi.of(kubeconfig(tmp_path / "k", {"server": address, **trusted}, user=user))
    gone = KubernetesApi.of(kubeconfig(tmp_path / "k", {"server": "https://127.0.0.1:1", **trusted}, user=user))
    stranger = KubernetesApi.of(kubeconfig(tmp_path / "k", {"server": address}, user=user))

    assert [True, False] == [here.has("/"), here.has("/nothing")]
    assert [False, False] == [gone.is_ready(), stranger.is_ready()]
    for api in (gone, stranger):
        with pytest.raises(KubernetesApiError, match="does not answer"):
            api.has("/nothing")
