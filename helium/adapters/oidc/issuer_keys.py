"""The keys with which an issuer signs, fetched from where it says they are, and kept for an hour.

Refuses to ask more than once a minute, whoever sends what: a token may name any key. Refuses redirects, large answers,
and a document that speaks for another issuer.
"""

from __future__ import annotations

import json
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from threading import Lock
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from helium.adapters.oidc.token_check import TokenFlawError
from helium.errors import UnreachableError

if TYPE_CHECKING:
    from httpx2 import Response

Fetch = Callable[[str], bytes]
LARGEST = 256 << 10
KEPT, PAUSE = 3600.0, 60.0
"""Seconds for which keys are good, and between two calls of the issuer."""
SECONDS = 10.0
"""Until an answer must be here whole."""
_LOCAL = ("127.0.0.1", "localhost")


@dataclass(slots=True)
class IssuerKeys:
    """One issuer's keys by their id. `setting`: what names the issuer."""

    issuer: str
    fetch: Fetch
    setting: str = "jobs.issuer"
    clock: Callable[[], float] = time.monotonic
    _keys: Mapping[str, Mapping[str, Any]] = field(default_factory=dict, init=False)
    _about: Mapping[str, Any] = field(default_factory=dict, init=False)
    _read_at: float | None = field(default=None, init=False)
    _asked_at: float | None = field(default=None, init=False)
    _trouble: str = field(default="", init=False)
    _turn: Lock = field(default_factory=Lock, init=False, repr=False)

    def key(self, id: str) -> Mapping[str, Any]:
        """The key of that id. `TokenFlawError` where the issuer has none, `UnreachableError` where nobody can know."""
        with self._turn:
            known = self._read(needs=id)
            if id not in known and self._trouble:
                raise self._away()
            if id not in known:
                raise TokenFlawError(f"{self.issuer} has no key {id[:80]!r}")
            return known[id]

    def about(self) -> Mapping[str, Any]:
        """What the issuer says of itself. `UnreachableError` where nobody can know."""
        with self._turn:
            self._read()
            return self._about

    def _read(self, *, needs: str | None = None) -> Mapping[str, Mapping[str, Any]]:
        """The keys, fetched again where they are old, or lack the one that is needed."""
        now = self.clock()
        lacks = needs is not None and needs not in self._keys
        if (self._is_old(now) or lacks) and (self._asked_at is None or now - self._asked_at >= PAUSE):
            self._ask(now)
        if self._is_old(now):
            raise self._away()
        return self._keys

    def _is_old(self, now: float) -> bool:
        return self._read_at is None or now - self._read_at > KEPT

    def _away(self) -> UnreachableError:
        return UnreachableError(
            f"The keys of {self.issuer} (`{self.setting}` in helium.yaml) cannot be fetched: {self._trouble}. "
            "Try again in a minute. Other tokens work meanwhile."
        )

    def _ask(self, now: float) -> None:
        """Read them again; what went wrong is said to everybody until the next call."""
        self._asked_at = now
        try:
            self._about, self._keys = self._fetched()
            self._read_at, self._trouble = now, ""
        except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            self._trouble = (
                str(error)[:200] if isinstance(error, OSError | ValueError) else "its answer has another form"
            )

    def _fetched(self) -> tuple[Mapping[str, Any], Mapping[str, Mapping[str, Any]]]:
        about = json.loads(self.fetch(f"{self.issuer.rstrip('/')}/.well-known/openid-configuration"))
        if about["issuer"] != self.issuer:
            raise ValueError(f"it calls itself {str(about['issuer'])[:80]}")
        place = str(about["jwks_uri"])
        if not is_safe(place, issuer=self.issuer):
            raise ValueError("it says that its keys are at an address without https")
        found = json.loads(self.fetch(place))["keys"]
        # A key without an id can be meant by no token.
        keys = {str(each["kid"]): each for each in found if each.get("kid") and each.get("use", "sig") == "sig"}
        return about, keys


def is_safe(url: str, *, issuer: str) -> bool:
    """By https; an issuer on this machine may have its keys there as well."""
    try:
        parts, own = urlsplit(url), urlsplit(issuer)
    except ValueError:
        return False
    near = own.scheme == "http" and own.hostname in _LOCAL and parts.hostname in _LOCAL
    return parts.scheme == "https" or (parts.scheme == "http" and near)


@cache
def trusted() -> ssl.SSLContext:
    """Whose certificates count, read once: that takes longer than a call."""
    import httpx2

    return httpx2.create_ssl_context()


def fetched(url: str) -> bytes:
    """The bytes at an address, within ten seconds. `OSError` where it does not answer well."""
    import httpx2

    until = time.monotonic() + SECONDS
    try:
        with (
            httpx2.Client(timeout=5.0, follow_redirects=False, verify=trusted()) as client,
            client.stream("GET", url) as answer,
        ):
            if answer.status_code != 200:
                raise OSError(f"{url} answers {answer.status_code}")
            return bounded(answer, url, until=until)
    except httpx2.HTTPError as error:
        raise OSError(f"{url} does not answer ({type(error).__name__})") from None


def bounded(answer: Response, url: str, *, until: float) -> bytes:
    """The body of an answer that is being read. `OSError` for one that is too large, or not here at that time."""
    data = b""
    for part in answer.iter_bytes():
        data += part
        if len(data) > LARGEST or time.monotonic() > until:
            raise OSError(f"{url} answers too much, or too slowly")
    return data
