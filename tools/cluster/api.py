"""Speaks to a Kubernetes API as JSON over HTTPS. It has no more than the cluster for tests, and the tests, need.

It signs in with a token or a client certificate. It refuses a kubeconfig that runs a program to get a credential.
"""

from __future__ import annotations

import base64
import json
import ssl
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from http.client import HTTPException, HTTPSConnection
from pathlib import Path
from threading import RLock
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

from tools.progress import SetupError

_WITHIN = 30.0
_READY_WITHIN = 2.0
_REPEATABLE = frozenset(("GET", "DELETE"))
_AGAIN = 3
_IDLE = 10.0
"""Seconds after which a server may have closed a connection that nobody used."""
_KINDS = {"POST": "application/json", "PUT": "application/json", "PATCH": "application/merge-patch+json"}


class KubernetesApiError(Exception):
    """The API refused, or did not answer (`code` 0)."""

    def __init__(self, code: int, sentence: str) -> None:
        super().__init__(f"{code} {sentence}" if code else sentence)
        self.code = code


class KubernetesApi:
    """One connection, which threads take turns on. `address` has no path; `token` is empty for a client certificate."""

    def __init__(self, address: str, token: str, *, trust: ssl.SSLContext) -> None:
        self.address, self._token, self._trust = address, token, trust
        self._connection: HTTPSConnection | None = None
        self._used = 0.0
        self._turn = RLock()

    @classmethod
    def of(cls, kubeconfig: Path) -> KubernetesApi:
        """The API that the current context means; `SetupError` for one that cannot be spoken to like this."""
        document = _parsed(kubeconfig.read_text())
        context = _named(document, "context", name=document.get("current-context", ""))
        cluster = _named(document, "cluster", name=context.get("cluster", ""))
        user = _named(document, "user", name=context.get("user", ""))
        if not cluster.get("server") or not ({"token", "client-certificate-data", "client-certificate"} & set(user)):
            raise SetupError(
                f"{kubeconfig} has no current context with a server and a token or a client certificate. "
                "Write one with a token (kubectl create token)."
            )
        return cls(str(cluster["server"]).rstrip("/"), str(user.get("token", "")), trust=_trust(cluster, user))

    def with_token(self, token: str) -> KubernetesApi:
        """The same API for somebody else."""
        return KubernetesApi(self.address, token, trust=self._trust)

    def get(self, path: str) -> Any:
        """One object or list."""
        return self.call("GET", path)

    def items(self, path: str) -> Sequence[Mapping[str, Any]]:
        """The objects of a list."""
        items: Sequence[Mapping[str, Any]] = self.get(path)["items"]
        return items

    def post(self, path: str, body: Mapping[str, Any]) -> Any:
        """Create an object."""
        return self.call("POST", path, body=body)

    def patch(self, path: str, body: Mapping[str, Any]) -> Any:
        """Change some fields of an object. A list is replaced whole."""
        return self.call("PATCH", path, body=body)

    def delete(self, path: str) -> Any:
        """Request an object's deletion."""
        return self.call("DELETE", path)

    def has(self, path: str) -> bool:
        """Whether there is such an object."""
        try:
            self.get(path)
        except KubernetesApiError as error:
            if error.code != 404:
                raise
            return False
        return True

    def is_ready(self) -> bool:
        """Whether it answers, and all of it is ready."""
        try:
            return bool(self._ask("GET", "/readyz", within=_READY_WITHIN) == b"ok")
        except KubernetesApiError:
            return False

    def call(self, method: str, path: str, *, body: Mapping[str, Any] | None = None) -> Any:
        """What the API answers."""
        return json.loads(self._ask(method, path, body=body))

    def _ask(self, method: str, path: str, *, body: Mapping[str, Any] | None = None, within: float = _WITHIN) -> bytes:
        headers = {"Content-Type": _KINDS.get(method, "application/json")}
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        with self._turn:
            # A server closes a connection that nobody used for a while. What may have been heard is not repeated.
            if method not in _REPEATABLE and monotonic() - self._used > _IDLE:
                self._connection = None
            may_be_stale = self._connection is not None and method in _REPEATABLE
            try:
                connection = self._connection or self._connect(within)
                self._connection, connection.timeout = connection, within
                if connection.sock is not None:
                    connection.sock.settimeout(within)
                connection.request(method, path, None if body is None else json.dumps(body), headers)
                answer = connection.getresponse()
                status, data = answer.status, answer.read()
                self._used = monotonic()
            except (OSError, HTTPException) as error:
                # The next call begins with a new connection.
                self._connection = None
                if may_be_stale:
                    return self._ask(method, path, body=body, within=within)
                raise KubernetesApiError(0, f"{self.address} does not answer: {error}") from None
        if status >= 400:
            raise KubernetesApiError(status, data.decode(errors="replace"))
        return data

    def _connect(self, within: float) -> HTTPSConnection:
        place = urlsplit(self.address)
        connection = HTTPSConnection(place.hostname or "", place.port or 443, timeout=within, context=self._trust)
        for _ in range(_AGAIN):
            # A busy server may end a connection in the middle of its handshake: then nothing was heard.
            with suppress(ssl.SSLEOFError):
                connection.connect()
                return connection
        connection.connect()
        return connection


def _parsed(text: str) -> Mapping[str, Any]:
    """JSON needs no package; YAML, which people have, does."""
    try:
        document = json.loads(text)
    except ValueError:
        import yaml

        document = yaml.safe_load(text)
    return document if isinstance(document, Mapping) else {}


def _named(document: Mapping[str, Any], kind: str, *, name: str) -> Mapping[str, Any]:
    found: Sequence[Mapping[str, Any]] = [each[kind] for each in document.get(f"{kind}s", ()) if each["name"] == name]
    return found[0] if found else {}


def _trust(cluster: Mapping[str, Any], user: Mapping[str, Any]) -> ssl.SSLContext:
    inline = cluster.get("certificate-authority-data")
    authority = base64.b64decode(inline).decode() if inline else None
    trust = ssl.create_default_context(cafile=cluster.get("certificate-authority"), cadata=authority)
    if cluster.get("insecure-skip-tls-verify"):
        trust.check_hostname, trust.verify_mode = False, ssl.CERT_NONE
    if "client-certificate" in user:
        trust.load_cert_chain(user["client-certificate"], user.get("client-key"))
    elif "client-certificate-data" in user:
        with tempfile.NamedTemporaryFile() as both:  # Python reads certificates from files alone
            both.write(base64.b64decode(user["client-certificate-data"]) + b"\n")
            both.write(base64.b64decode(user["client-key-data"]))
            both.flush()
            trust.load_cert_chain(both.name)
    return trust
