"""The connection to a server: bounded in time and size, patient with what passes, and close with the token.

The token goes to the server that was named, in a header, and nowhere else: no redirect is followed, and no netrc read.
What reads is asked again; what writes carries an `Idempotency-Key`, so that it may be sent again and is done once.
"""

from __future__ import annotations

import json
import secrets
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from helium.adapters.server.refusals import ServerReply, refusal, retry_after
from helium.core.digest import Json
from helium.core.proxies import proxy_for
from helium.core.server_errors import ServerAwayError, ServerError, ServerInDoubtError
from helium.errors import HeliumError

if TYPE_CHECKING:
    from httpx2 import Client, Response

LARGEST = 32 << 20
"""Bytes of one answer: a page of a thousand workspaces has one."""
_AWAY = (502, 503, 504)
_MOST_WAIT = 30
"""Seconds that a server may ask us to wait before we say so instead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerPatience:
    """Seconds. `read` and `write`: until one call is given up, with its repetitions; a write waits for a push.

    `unreached`: the same where nobody listens. `connect`: until a connection is there. `silence`: without a byte of an
    answer; `heartbeat`: of a stream.
    """

    unreached: float = 3.0
    connect: float = 10.0
    read: float = 20.0
    write: float = 150.0
    silence: float = 100.0
    heartbeat: float = 40.0
    pause: float = 0.5
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic


@dataclass(frozen=True, slots=True)
class ServerCall:
    """One call; `about`: the workspace that it is about."""

    method: str
    path: str
    about: str = ""
    query: Mapping[str, str | int] = field(default_factory=dict)
    body: Mapping[str, Json] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def reads(self) -> bool:
        """Whether it changes nothing."""
        return self.method == "GET"


@dataclass(slots=True)
class ServerTransport:
    """Calls to one server with one person's token. `environ` has proxies and certificates.

    `newest` is asked for the token before each call: a command may wait for longer than a token is good.
    """

    address: str
    token: str = field(repr=False)
    environ: Mapping[str, str] = field(repr=False)
    patience: ServerPatience = field(default_factory=ServerPatience)
    newest: Callable[[], str] | None = field(default=None, repr=False)
    _client: Client | None = field(default=None, init=False, repr=False)

    def get(self, path: str, *, about: str = "", **query: str | int) -> ServerReply:
        """Read; a success, or an error that says what to do. `about`: the workspace that it is about."""
        return self._answered(ServerCall("GET", path, about=about, query=query))

    def send(
        self,
        method: str,
        path: str,
        *,
        about: str,
        body: Mapping[str, Json] | None = None,
        blob: str = "",
        query: Mapping[str, str] | None = None,
    ) -> ServerReply:
        """Write, once. `blob`: only if the file is still this one."""
        headers = {"Idempotency-Key": secrets.token_hex(16)} | ({"If-Match": f'"{blob}"'} if blob else {})
        return self._answered(ServerCall(method, path, about=about, query=query or {}, body=body, headers=headers))

    @contextmanager
    def stream(self, path: str, *, about: str, last: str) -> Iterator[Iterator[str]]:
        """The lines of a stream of events. `last`: the id of the last event that is known.

        `ServerAwayError` when it cannot be had or breaks, which a silence does too that no heartbeat ends.
        """
        from httpx2 import HTTPError, Timeout

        more = {"Last-Event-ID": last} if last else {}
        headers = {**self._headers(), "Accept": "text/event-stream", **more}
        timeout = Timeout(self.patience.heartbeat, connect=self.patience.connect)
        try:
            with self._connected().stream("GET", f"{self.address}{path}", headers=headers, timeout=timeout) as response:
                if response.status_code != 200:
                    raise refusal(self._reply(response), self.address, token=self.token, name=about)
                yield response.iter_lines()
        except (HTTPError, OSError) as error:
            raise ServerAwayError(self._unreached(error)) from None

    def close(self) -> None:
        """Let the connections go."""
        if self._client is not None:
            self._client.close()
            self._client = None

    def _answered(self, call: ServerCall) -> ServerReply:
        begun, pause = self.patience.clock(), self.patience.pause
        while True:
            met = self._once(call)
            error = self._error(met, call) if isinstance(met, ServerReply) else met
            if isinstance(met, ServerReply) and error is None:
                return met
            wait = _wait(met, otherwise=pause)
            if wait is None or self.patience.clock() + wait >= begun + self._patience(met, call):
                raise error or ServerError(f"{self.address} does not answer as a Helium does.")
            self.patience.sleep(wait)
            pause = min(2 * pause, 5.0)

    def _error(self, met: ServerReply, call: ServerCall) -> HeliumError | None:
        if 200 <= met.status < 300:
            return None
        return refusal(met, self.address, token=self.token, name=call.about)

    def _patience(self, met: ServerReply | HeliumError, call: ServerCall) -> float:
        """For how long it is worth asking again. Whoever typed a wrong address wants to know that at once."""
        if isinstance(met, ServerAwayError) and not isinstance(met, ServerInDoubtError):
            return self.patience.unreached
        return self.patience.read if call.reads else self.patience.write

    def _once(self, call: ServerCall) -> ServerReply | HeliumError:
        from httpx2 import ConnectError, ConnectTimeout, HTTPError, Timeout

        content = None if call.body is None else json.dumps(call.body).encode()
        more = {} if content is None else {"Content-Type": "application/json"}
        try:
            with self._connected().stream(
                call.method,
                f"{self.address}{call.path}",
                params=dict(call.query),
                content=content,
                headers={**self._headers(), **more, **call.headers},
                timeout=Timeout(self.patience.silence, connect=self.patience.connect),
            ) as response:
                return self._reply(response)
        except (ConnectError, ConnectTimeout) as error:
            return self._untrusted(error) or ServerAwayError(self._unreached(error))
        except (HTTPError, OSError) as error:
            # What may have been done is asked for again, with its key, so that it is done once.
            if call.reads:
                return ServerAwayError(self._unreached(error))
            return ServerInDoubtError(
                f"{self.address} did not answer ({self._redacted(_words(error))}), so it may or may not be done. "
                "Look with helium list or helium history before you try again."
            )

    def _untrusted(self, error: Exception) -> ServerError | None:
        if "CERTIFICATE_VERIFY_FAILED" not in str(error):
            return None
        return ServerError(
            f"The certificate of {self.address} is not trusted on this machine ({_words(error)}). Correct the address, "
            "or name your company's certificates in SSL_CERT_FILE."
        )

    def _unreached(self, error: Exception) -> str:
        return f"{self.address} cannot be reached: {self._redacted(_words(error))}. Check the address and the network."

    def _redacted(self, text: str) -> str:
        return text.replace(self.token, "…") if self.token else text

    def _headers(self) -> dict[str, str]:
        if self.newest is not None:
            self.token = self.newest()
        return {"Authorization": f"Bearer {self.token}"} if self.token else {}

    def _reply(self, response: Response) -> ServerReply:
        body = bytearray()
        for chunk in response.iter_bytes():
            body += chunk
            if len(body) > LARGEST:
                raise ServerError(f"{self.address} answers with more than {LARGEST >> 20} MiB, as no Helium does.")
        said = {name.lower(): value for name, value in response.headers.items()}
        return ServerReply(response.status_code, said, bytes(body))

    def _connected(self) -> Client:
        if self._client is None:
            from httpx2 import Client

            self._client = Client(
                headers={"User-Agent": "helium", "Accept": "application/json", "Accept-Encoding": "identity"},
                verify=self._trusted(),
                # The environment would bring a netrc along, whose password would replace the token.
                trust_env=False,
                proxy=proxy_for(self.address, self.environ),
                follow_redirects=False,
            )
        return self._client

    def _trusted(self) -> ssl.SSLContext | bool:
        """Reading the machine's certificates takes a while, and plain HTTP needs none."""
        if not self.address.startswith("https:"):
            return False
        return ssl.create_default_context(cafile=self.environ.get("SSL_CERT_FILE") or None)


def _wait(met: ServerReply | HeliumError, *, otherwise: float) -> float | None:
    """Seconds until the call is worth another try; `None` where it is not."""
    if isinstance(met, ServerReply):
        asked = retry_after(met, otherwise=otherwise)
        return asked if met.status in (*_AWAY, 429) and met.is_problem and asked <= _MOST_WAIT else None
    return otherwise if isinstance(met, ServerAwayError) else None


def _words(error: Exception) -> str:
    """In one line."""
    return " ".join(str(error).split())[:200] or type(error).__name__
