"""The connection to a host: bounded in time and size, patient with what passes, and close with the token.

Refuses to follow the host to another address, and to repeat a call that may have created something. A read of it all
ends within `Patience.seconds`, whatever the host does.
"""

from __future__ import annotations

import json
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from threading import Lock, Thread
from typing import TYPE_CHECKING, TypeVar

from helium.adapters.hosts.call import HostAnswer, HostCall, HostInDoubtError, decoded
from helium.adapters.hosts.content_budget import ContentBudget, budget_of
from helium.adapters.hosts.limits import AWAY, wait_until
from helium.adapters.hosts.sentences import refusal
from helium.adapters.hosts.token import HostToken
from helium.core.host_errors import HostAwayError, HostError
from helium.core.host_place import HostPlace
from helium.core.proxies import proxy_for
from helium.errors import HeliumError

if TYPE_CHECKING:
    from httpx2 import Client, Response

T = TypeVar("T")
LARGEST = 32 << 20
"""Bytes of one answer: a hundred comments as long as GitHub takes them; Gitea lists all of them at once."""
MOST_PAGES = 50
_CONNECT = 10.0
_SILENCE = 20.0
"""Seconds without a byte."""
_GRACE = 1.0
"""Seconds that the limits of a connection have, to end a call by themselves."""


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """For how long one call may take with all its repetitions, and the first pause between two of them."""

    seconds: float = 60.0
    pause: float = 1.0
    silence: float = _SILENCE
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic
    now: Callable[[], datetime] = _now


@dataclass(frozen=True, slots=True)
class _Trouble:
    """Why a call has to wait or to end. `sure`: nothing was done, so that even what creates may be repeated."""

    why: str
    sure: bool
    retry_at: datetime | None = None


@dataclass(slots=True)
class HostTransport:
    """Calls to one host with one token. Several threads may call at once. `environ` has proxies and certificates."""

    place: HostPlace
    token: HostToken
    headers: Mapping[str, str]
    environ: Mapping[str, str] = field(repr=False)
    patience: Patience = field(default_factory=Patience)
    largest: int = LARGEST
    _client: Client | None = field(default=None, init=False, repr=False)
    _retry_at: datetime | None = field(default=None, init=False)
    _turn: Lock = field(default_factory=Lock, init=False, repr=False)

    def ask(self, call: HostCall) -> HostAnswer:
        """A success, or an answer that the call takes; else an error that says what to do."""
        until, pause = self.patience.clock() + self.patience.seconds, self.patience.pause
        while True:
            met = self._limited(call) or self._once(call, until=until)
            if isinstance(met, HostAnswer):
                if met.status < 300 or met.status in call.takes:
                    return met
                raise refusal(met, call, place=self.place, token=self.token)
            if call.creates and not met.sure:
                raise HostInDoubtError(f"{self._cannot(call, met)} Look whether it is there before you repeat it.")
            wait = (met.retry_at - self.patience.now()).total_seconds() if met.retry_at else pause
            if self.patience.clock() + wait >= until:
                raise HostAwayError(f"{self._cannot(call, met)} {_when(met)}", retry_at=met.retry_at)
            self.patience.sleep(max(wait, 0.0))
            pause = min(2 * pause, 8.0)

    def read(self, call: HostCall, kind: type[T]) -> T:
        """What a call answers, as a value."""
        return decoded(self.ask(call), kind, place=self.place, what=call.what)

    def pages(self, call: HostCall, kind: type[list[T]], *, until: Callable[[T], bool] | None = None) -> list[T]:
        """All pages of a list. `until`: after the first page with such an item, nothing more is wanted."""
        found = list[T]()
        for page in range(1, MOST_PAGES + 1):
            asked = replace(call, query={**call.query, "page": page})
            answer = self.ask(asked)
            items = decoded(answer, kind, place=self.place, what=call.what)
            found += items
            if not answer.has_next or not items or (until is not None and any(map(until, items))):
                return found
        raise HostError(f"Helium cannot {call.what}: {self.place.name} has more than {MOST_PAGES} pages of them.")

    def close(self) -> None:
        """Let the connections go."""
        if self._client is not None:
            self._client.close()
            self._client = None

    def _cannot(self, call: HostCall, met: _Trouble) -> str:
        return self.token.redacted(f"Helium cannot {call.what} now, because {self.place.name} {met.why}.")

    def _limited(self, call: HostCall) -> _Trouble | None:
        """A host that wanted us to wait is not asked before; asking all the same makes it wait longer."""
        now, budget = self.patience.now(), budget_of(self.place)
        if self._retry_at is not None and now < self._retry_at:
            return _Trouble("wants us to wait", sure=True, retry_at=self._retry_at)
        if not call.changes:
            return None
        if free_at := budget.free_at(now):
            return _Trouble(f"takes no more from Helium: {_limits(budget)}", sure=True, retry_at=free_at)
        budget.changed(now)
        return None

    def _once(self, call: HostCall, *, until: float) -> HostAnswer | _Trouble:
        from httpx2 import ConnectError, ConnectTimeout, HTTPError, PoolTimeout

        try:
            answer = self._in_time(call, until=until)
        except (ConnectError, ConnectTimeout, PoolTimeout) as error:
            return _Trouble(f"cannot be reached: {_words(error)}", sure=True)
        except (HTTPError, OSError) as error:
            return _Trouble(f"does not answer: {_words(error)}", sure=False)
        if retry_at := wait_until(answer, now=self.patience.now()):
            self._retry_at = retry_at
            return _Trouble(f"wants us to wait ({answer.status})", sure=answer.status not in AWAY, retry_at=retry_at)
        if answer.status in AWAY:
            return _Trouble(f"has a problem of its own ({answer.status})", sure=False)
        return answer

    def _in_time(self, call: HostCall, *, until: float) -> HostAnswer:
        """The answer, within the time that is left: name lookups and dripping headers have no limits of their own."""
        from httpx2 import HTTPError

        met = list[HostAnswer | Exception]()

        def ask() -> None:
            try:
                met.append(self._answer(call, until=until))
            except (HeliumError, HTTPError, OSError) as error:
                met.append(error)

        thread = Thread(target=ask, name="host", daemon=True)
        thread.start()
        thread.join(max(until - self.patience.clock(), 0.1) + _GRACE)
        if not met:
            # Left behind with its connection, on which nobody else may wait.
            self._client = None
            raise TimeoutError("the answer takes too long")
        if isinstance(met[0], Exception):
            raise met[0]
        return met[0]

    def _answer(self, call: HostCall, *, until: float) -> HostAnswer:
        from httpx2 import Timeout

        content = None if call.body is None else json.dumps(call.body).encode()
        headers = {"Authorization": f"Bearer {self.token.current()}"}
        if content is not None:
            headers["Content-Type"] = "application/json"
        left = max(min(self.patience.silence, until - self.patience.clock()), 0.1)
        with self._connected().stream(
            call.method,
            call.path if call.path.startswith("http") else f"{self.place.api}{call.path}",
            params=dict(call.query),
            content=content,
            headers=headers,
            timeout=Timeout(left, connect=min(left, _CONNECT)),
        ) as response:
            said = {key.lower(): value for key, value in response.headers.items()}
            return HostAnswer(response.status_code, said, self._body(response, call, until=until))

    def _body(self, response: Response, call: HostCall, *, until: float) -> bytes:
        from httpx2 import ReadTimeout

        body = bytearray()
        for chunk in response.iter_bytes():
            body += chunk
            if len(body) > self.largest:
                raise HostError(
                    f"Helium cannot {call.what}: {self.place.name} answers with more than {self.largest} bytes."
                )
            if self.patience.clock() > until:
                raise ReadTimeout("the answer takes too long")
        return bytes(body)

    def _connected(self) -> Client:
        with self._turn:
            if self._client is None:
                from httpx2 import Client

                self._client = Client(
                    headers={"User-Agent": "helium", "Accept-Encoding": "identity", **self.headers},
                    verify=self._trusted(),
                    # The environment would bring a netrc along, whose password would replace the token.
                    trust_env=False,
                    proxy=self.proxy,
                    follow_redirects=False,
                )
            return self._client

    def _trusted(self) -> ssl.SSLContext | bool:
        """Reading the machine's certificates takes a while, and plain HTTP needs none."""
        if not self.place.api.startswith("https:"):
            return False
        return ssl.create_default_context(cafile=self.environ.get("SSL_CERT_FILE") or None)

    @property
    def proxy(self) -> str | None:
        """The proxy on the way to the host, if there is one."""
        return proxy_for(self.place.api, self.environ)


def _limits(budget: ContentBudget) -> str:
    """In words: how many changes within how long."""
    parts = (f"{most} within {within.total_seconds() / 60:.0f} minutes" for most, within in budget.limits)
    return f"at most {' and '.join(parts)} may change something"


def _when(met: _Trouble) -> str:
    if met.retry_at is None:
        return "Try again in a few minutes."
    at = (met.retry_at + timedelta(seconds=1)).replace(microsecond=0)
    return f"Try again after {at.isoformat().replace('+00:00', 'Z')}."


def _words(error: Exception) -> str:
    """Without the address, which could have a password, and in one line."""
    return " ".join(str(error).split())[:200] or type(error).__name__
