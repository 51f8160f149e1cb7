"""A Kubernetes cluster that knows credentials: the sandbox's provider, as a plugin that Pulumi starts by itself.

So it sees what the real one sees: the configuration in the state, and the environment of the pass. It opens to the
token of the context in the kubeconfig, the configuration's own or that of `KUBECONFIG`, unless that was revoked. Its
API says over HTTP which namespaces there are, at several addresses, as a cluster has that was moved.
"""

from __future__ import annotations

import functools
import json
import os
import sys
import threading
import time
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import grpc
from pulumi.runtime.proto import provider_pb2 as protocol

from helium.sandbox import resources
from helium.sandbox.fault_injection import FaultInjector
from helium.sandbox.provider import Provider, serve
from helium.sandbox.store import Store
from helium.sandbox.wire import properties

REVOKED = "revoked"
NAME = "pulumi-resource-kubernetes"
_NAMESPACES = "/api/v1/namespaces/"


class ClusterHandler(BaseHTTPRequestHandler):
    """What the engine asks of a cluster: how namespaces are addressed, and whether one is there."""

    homes: ClassVar[dict[int, Path]] = {}
    """By port, where the cluster of the test that is at work keeps what is in it."""

    def do_GET(self) -> None:
        """Nothing for a token that was revoked."""
        folder = self.homes[int(self.connection.getsockname()[1])]
        token = (self.headers.get("Authorization") or "").removeprefix("Bearer ")
        if not token or token in folder.with_name(REVOKED).read_text().split():
            self._answer(401, {"message": "Unauthorized"})
        elif self.path == "/api/v1":
            self._answer(200, {"resources": [{"name": "namespaces", "kind": "Namespace", "namespaced": False}]})
        elif (name := self.path.removeprefix(_NAMESPACES)) in {each.identity.name for each in resources(folder)}:
            self._answer(200, {"metadata": {"name": name, "uid": name, "resourceVersion": "1"}})
        else:
            self._answer(404, {"message": f"{self.path} not found"})

    def _answer(self, status: int, body: Mapping[str, Any]) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        """Quiet."""


@functools.cache
def address(number: int) -> str:
    """One of the addresses of the cluster, the same for all of this process's tests."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), ClusterHandler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_address[1]}"


ELSEWHERE = "https://192.0.2.2"
"""Another cluster, which knows of nothing that is in this one."""


class Guarded(Provider):
    """Asks each connection for a token."""

    def __init__(self, store: Store) -> None:
        super().__init__(store, FaultInjector(store))
        self._revoked = store.folder.with_name(REVOKED)

    def Configure(
        self, request: protocol.ConfigureRequest, context: grpc.ServicerContext
    ) -> protocol.ConfigureResponse:
        """As the sandbox, for those who may."""
        given = properties(request.args)
        text = given.get("kubeconfig") or Path(os.environ.get("KUBECONFIG", os.devnull)).read_text()
        token = _token(json.loads(text or "{}"), str(given.get("context", "")))
        if not token or token in self._revoked.read_text().split():
            context.abort(grpc.StatusCode.UNAUTHENTICATED, "the server has asked for the client to provide credentials")
        return super().Configure(request, context)


def _token(kubeconfig: Mapping[str, Any], context: str) -> str:
    """The token of the context's user; empty where there is none."""
    users = {each["name"]: each["context"]["user"] for each in kubeconfig.get("contexts", ())}
    tokens = {each["name"]: str(each["user"].get("token", "")) for each in kubeconfig.get("users", ())}
    return tokens.get(users.get(context), "")


def install(among: Path, *, folder: Path) -> None:
    """Put the plugin where a PATH that begins with `among` finds it; its cluster is kept in `folder`."""
    ClusterHandler.homes.update({int(address(number).rpartition(":")[2]): folder for number in (1, 3)})
    among.mkdir(parents=True, exist_ok=True)
    root = Path(__file__).resolve().parents[2]
    folder.with_name(REVOKED).touch()
    program = among / NAME
    program.write_text(
        f"#!{sys.executable}\nimport sys\nsys.path.insert(0, {str(root)!r})\n"
        f"from tests.deleting.cluster import main\nmain({str(folder)!r})\n"
    )
    program.chmod(0o755)


def kubeconfig(path: Path, *, token: str, server: str = "") -> None:
    """What an administrator hands out today; without a `server`, the cluster's first address."""
    server = server or address(1)
    path.parent.mkdir(parents=True, exist_ok=True)
    document = {
        "current-context": "home",
        "clusters": [{"name": "c", "cluster": {"server": server}}],
        "users": [{"name": "u", "user": {"token": token}}],
        "contexts": [{"name": "home", "context": {"cluster": "c", "user": "u"}}],
    }
    path.write_text(json.dumps(document))


def revoke(folder: Path, token: str) -> None:
    """From now on this token opens nothing."""
    path = folder.with_name(REVOKED)
    path.write_text(f"{path.read_text()}{token}\n")


def main(folder: str) -> None:
    """Serve until Pulumi, which started it, is gone."""
    parent = os.getppid()
    pointed = Path(os.environ.get("KUBECONFIG", os.devnull)).read_text()
    placement = f"{folder}-elsewhere" if ELSEWHERE in pointed else folder
    server, port = serve(Guarded(Store.open(Path(placement))), 0)
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    while os.getppid() == parent:
        time.sleep(0.2)
    server.stop(grace=None)
