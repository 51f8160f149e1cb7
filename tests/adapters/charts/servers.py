"""Real servers of charts on loopback: a plain chart repository, and a registry as the OCI distribution API has it.

Both answer over a socket, to anybody who speaks the protocol. Each can be told to ask who comes, to send people on to
another host, and to have something else behind the same version.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

LAYER = "application/vnd.cncf.helm.chart.content.v1.tar+gzip"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
TOKEN = "a-token-of-the-issuer"


@dataclass(slots=True)
class Server:
    """What a server has and how it behaves; `asked` are the paths that came, `logins` what said who asks."""

    charts: dict[str, dict[str, bytes]] = field(default_factory=dict)
    login: str = ""
    forbids: bool = False
    sends_to: str = ""
    status: int = 0
    cuts: bool = False
    index: bytes | None = None
    issuer: str = ""
    asked: list[str] = field(default_factory=list)
    logins: list[str] = field(default_factory=list)
    port: int = 0

    @property
    def host(self) -> str:
        """Where it is."""
        return f"127.0.0.1:{self.port}"

    def basic(self) -> str:
        """The header of whoever may come in."""
        return f"Basic {base64.b64encode(self.login.encode()).decode()}"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_of: ClassVar[Server]

    def log_message(self, *_: object) -> None:
        """Nothing."""

    def do_GET(self) -> None:
        """Everything is read."""
        server = self.server_of
        server.asked.append(self.path)
        server.logins.append(self.headers.get("Authorization", ""))
        if server.status:
            self.answer(server.status, b"no")
        elif server.forbids:
            self.answer(403, b"no")
        else:
            self.serve(server, urlsplit(self.path).path)

    def serve(self, server: Server, path: str) -> None:
        """What is there."""
        raise NotImplementedError

    def answer(self, status: int, body: bytes, **headers: str) -> None:
        """One whole answer, or one that breaks off."""
        self.send_response(status)
        for key, value in headers.items():
            self.send_header(key.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: len(body) // 2] if self.server_of.cuts else body)
        self.close_connection = self.server_of.cuts


class _Repository(_Handler):
    def serve(self, server: Server, path: str) -> None:
        """The index, and packages by their names."""
        if server.login and self.headers.get("Authorization") != server.basic():
            self.answer(401, b"who?", WWW_Authenticate='Basic realm="charts"')
        elif path == "/index.yaml":
            self.answer(200, server.index if server.index is not None else json.dumps(_index(server)).encode())
        elif server.sends_to:
            self.answer(302, b"", Location=f"{server.sends_to}{path}")
        else:
            found = [data for chart in server.charts.items() for name, data in _named(*chart) if f"/{name}" == path]
            self.answer(200 if found else 404, found[0] if found else b"no")


def _named(chart: str, versions: dict[str, bytes]) -> Iterator[tuple[str, bytes]]:
    for version, data in versions.items():
        yield f"{chart}-{version}.tgz", data


def _index(server: Server) -> dict[str, Any]:
    entries = {
        chart: [{"name": chart, "version": version, "urls": [f"{chart}-{version}.tgz"]} for version in versions]
        for chart, versions in server.charts.items()
    }
    return {"apiVersion": "v1", "entries": entries}


class _Registry(_Handler):
    def serve(self, server: Server, path: str) -> None:
        """`/token`, and of each chart its tags, manifests and layers."""
        if path == "/token":
            self._token(server)
        elif server.login and self.headers.get("Authorization") not in {f"Bearer {TOKEN}", server.basic()}:
            realm = server.issuer or f"http://{server.host}/token"
            said = f'Bearer realm="{realm}",service="charts",scope="repository:{path.split("/")[3]}:pull"'
            self.answer(401, b"who?", WWW_Authenticate=said)
        else:
            self._artifact(server, path)

    def _token(self, server: Server) -> None:
        asked = parse_qs(urlsplit(self.path).query)
        good = self.headers.get("Authorization") == server.basic() and asked["service"] == ["charts"]
        self.answer(200 if good else 401, json.dumps({"token": TOKEN}).encode() if good else b"who?")

    def _artifact(self, server: Server, path: str) -> None:
        _, _, _, chart, kind, *rest = path.split("/")
        versions = {version.replace("+", "_"): data for version, data in server.charts.get(chart, {}).items()}
        if not versions:
            self.answer(404, b"{}")
        elif kind == "tags":
            self.tags(sorted(versions))
        elif kind == "manifests":
            found = versions.get(rest[0])
            self.answer(200 if found else 404, json.dumps(_manifest(found)).encode() if found else b"{}")
        elif server.sends_to:
            self.answer(307, b"", Location=f"{server.sends_to}{path}")
        else:
            found = next((data for data in versions.values() if _digest(data) == rest[0]), None)
            self.answer(200 if found else 404, found or b"{}")

    def tags(self, tags: list[str]) -> None:
        """A page of two, and where the next one is."""
        query = parse_qs(urlsplit(self.path).query)
        rest = [tag for tag in tags if tag > query.get("last", [""])[0]]
        following = f'<{urlsplit(self.path).path}?n=2&last={rest[1]}>; rel="next"' if len(rest) > 2 else ""
        more = {"Link": following} if following else {}
        self.answer(200, json.dumps({"name": "chart", "tags": rest[:2]}).encode(), **more)


def _digest(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def _manifest(data: bytes) -> dict[str, Any]:
    layer = {"mediaType": LAYER, "digest": _digest(data), "size": len(data)}
    config = {"mediaType": "application/vnd.cncf.helm.config.v1+json", "digest": _digest(b"{}"), "size": 2}
    return {"schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": [layer]}


@contextmanager
def repository(**charts: dict[str, bytes]) -> Iterator[Server]:
    """A chart repository with packages, by chart and version."""
    with _running(_Repository, Server(charts)) as server:
        yield server


@contextmanager
def registry(**charts: dict[str, bytes]) -> Iterator[Server]:
    """A registry with packages, by chart and version, all below `team/`."""
    with _running(_Registry, Server(charts)) as server:
        yield server


@contextmanager
def _running(handler: type[_Handler], server: Server) -> Iterator[Server]:
    of_this = type(handler.__name__, (handler,), {"server_of": server})
    listening = ThreadingHTTPServer(("127.0.0.1", 0), of_this)
    listening.daemon_threads = True
    server.port = listening.server_port
    Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield server
    finally:
        listening.shutdown()
        listening.server_close()
