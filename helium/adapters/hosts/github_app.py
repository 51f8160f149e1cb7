"""The token of a GitHub App for one repository: made with the app's key, kept until shortly before it ends.

Refuses to keep it anywhere but in memory, and asks for a token of this one repository alone, even if the app is
installed on others.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from threading import Lock

import msgspec

from helium.adapters.hosts.call import HostCall, RepositoryCalls, decoded
from helium.adapters.hosts.github import HEADERS
from helium.adapters.hosts.token import HostToken
from helium.adapters.hosts.transport import HostTransport, Patience
from helium.core.host_errors import HostRightsError
from helium.core.host_place import HostPlace

EARLY = timedelta(minutes=5)
"""So long before its end, another token is made: a call may wait for a minute, and clocks differ."""
_VALID = timedelta(minutes=9)
"""GitHub takes at most ten."""
_SKEW = timedelta(minutes=1)


class GitHubInstallation(msgspec.Struct):
    """An app as it is installed for an owner."""

    id: int


class GitHubInstallationToken(msgspec.Struct):
    """A token, and when it ends: an hour after it was made."""

    token: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class GitHubApp:
    """An app, by its client id or its number, with its private key as PEM. `source`: where the key came from."""

    id: str
    key: str = field(repr=False)
    source: str

    def token(self, place: HostPlace, *, environ: Mapping[str, str], patience: Patience) -> HostToken:
        """What calls about a repository send; nothing is asked before the first of them."""
        proof = HostToken(self.source, lambda: self.signed(patience.now()))
        asks = HostTransport(place, proof, HEADERS, environ=environ, patience=patience)
        return HostToken(self.source, GitHubAppTokens(self.id, asks).read)

    def signed(self, now: datetime) -> str:
        """What proves to GitHub that we are this app, for nine minutes."""
        import jwt

        begun = now - _SKEW
        try:
            return jwt.encode({"iat": begun, "exp": now + _VALID, "iss": self.id}, self.key, algorithm="RS256")
        except (ValueError, TypeError, jwt.PyJWTError):
            # Its own words may quote the key.
            raise HostRightsError(
                f"{self.source} does not hold the private key of a GitHub App. "
                "Set it to the whole PEM file that GitHub gave you, or to the path of that file."
            ) from None


@dataclass(slots=True)
class GitHubAppTokens:
    """Tokens of one app for one repository. Several threads may ask at once. `asks` proves that it is this app."""

    app: str
    asks: HostTransport
    _known: GitHubInstallationToken | None = field(default=None, init=False, repr=False)
    _turn: Lock = field(default_factory=Lock, init=False, repr=False)

    def read(self) -> str:
        """A token that is good for some minutes at least."""
        with self._turn:
            if self._known is None or self._known.expires_at - self.asks.patience.now() < EARLY:
                self._known = self._made()
            return self._known.token

    def _made(self) -> GitHubInstallationToken:
        place = self.asks.place
        what, right = "find its app on the repository", f"the key of an app that is installed on {place.repository}"
        call = RepositoryCalls(place).get("/installation", what=what, right=right)
        answer = self.asks.ask(replace(call, takes=frozenset((404,))))
        if answer.status == 404:
            raise HostRightsError(
                f"The GitHub App {self.app} is not installed on {place.repository}. "
                "Install it there, with the button Install App of its settings."
            )
        number = decoded(answer, GitHubInstallation, place=place, what=what).id
        call = HostCall(
            method="POST",
            path=f"/app/installations/{number}/access_tokens",
            what="get a token of its app",
            right=right,
            body={"repositories": [place.repository.partition("/")[2]]},
        )
        return self.asks.read(call, GitHubInstallationToken)
