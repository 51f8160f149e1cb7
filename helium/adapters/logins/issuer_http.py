"""What the command line sends to an issuer, and to nobody else: only by https, except on this machine."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from helium.adapters.logins.clients import client_for
from helium.errors import SourceError, UnreachableError

if TYPE_CHECKING:
    import httpx2

_LARGEST = 256 << 10
_HERE = ("localhost", "127.0.0.1", "::1")
_FAILED, _TOO_MANY = 500, 429


class Http:
    """Calls to one issuer."""

    def __init__(self, issuer: str, *, connect: float | None = None) -> None:
        self._issuer, self._connect = issuer, connect

    def discovered(self) -> Mapping[str, Any]:
        """What the issuer says of itself."""
        about = self._read(f"{self._issuer.rstrip('/')}/.well-known/openid-configuration", None)
        if about.get("issuer") != self._issuer:
            raise SourceError(f"{self._issuer} calls itself {str(about.get('issuer'))[:100]}. Nobody is signed in.")
        return about

    def sent(self, url: str, form: Mapping[str, str], *, empty: bool = False) -> Mapping[str, Any]:
        """What it answers to a form, also if that is a refusal with `error`. `empty`: an answer may have no body."""
        return self._read(url, form, empty=empty)

    def _read(self, url: str, form: Mapping[str, str] | None, *, empty: bool = False) -> Mapping[str, Any]:
        import httpx2

        self.require_safe(url)
        try:
            with client_for(url, connect=self._connect) as client:
                answer = client.get(url) if form is None else client.post(url, data=dict(form))
        except httpx2.HTTPError as error:
            raise UnreachableError(
                f"The issuer {self._issuer} does not answer ({str(error) or type(error).__name__}). Try again later."
            ) from None
        if empty and answer.status_code < _FAILED:
            return {}
        return self._object(answer)

    def _object(self, answer: httpx2.Response) -> Mapping[str, Any]:
        try:
            said = json.loads(answer.content[:_LARGEST])
        except (ValueError, RecursionError):
            said = None
        if not isinstance(said, dict) or _is_for_later(answer.status_code, said.get("error")):
            raise UnreachableError(f"The issuer {self._issuer} answers {answer.status_code}. Try again later.")
        return said

    def require_safe(self, url: str) -> None:
        """`SourceError` for an address that nobody should send anything to, open in a browser, or print."""
        scheme, host = _parts(url)
        if scheme == "https" or (scheme == "http" and host in _HERE and _parts(self._issuer)[1] in _HERE):
            return
        raise SourceError(f"{self._issuer} wants to be called at {url[:100]}, which is not https. Nobody is signed in.")


def _is_for_later(status: int, error: object) -> bool:
    """Whether it says nothing of the question: it has trouble of its own, or is asked too often by everybody."""
    busy = status == _TOO_MANY and error != "slow_down"
    return busy or status >= _FAILED or (status != 200 and error is None)


def _parts(url: str) -> tuple[str, str]:
    """Scheme and host; both empty for what is no address, or has what a terminal would obey."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "", ""
    return (parts.scheme, parts.hostname or "") if url.isprintable() and " " not in url else ("", "")
