"""Who calls: by the token in `X-Pach` or `Authorization: Bearer`, or by the name that a trusted proxy gives.

The cookie of the pages does not count here. Failed attempts are counted and logged, without the token.
"""

from __future__ import annotations

import hmac
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from http import HTTPStatus
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Any, Protocol

from litestar.connection import ASGIConnection
from litestar.exceptions import HTTPException
from litestar.handlers.base import BaseRouteHandler
from litestar.middleware import AbstractAuthenticationMiddleware, AuthenticationResult
from litestar.types import ASGIApp, Guard

from helium.api.host_names import sent_from_here
from helium.api.parts import ApiParts
from helium.api.problems import problem
from helium.api.throttle import Throttle
from helium.api.tokens import Scope, Token, Tokens
from helium.core.job_access import JobGrant
from helium.core.sign_in import Person, is_mail
from helium.edits import Requester

_SAFE = ("GET", "HEAD", "OPTIONS")
LOG = logging.getLogger(__name__)
Connection = ASGIConnection[Any, Any, Any, Any]
NO_TOKENS = (
    "This Helium has no tokens yet, so nobody can sign in. Create one with "
    "`helium token new NAME --owner you@example.com`, or start Helium with HELIUM_TOKEN."
)


@dataclass(frozen=True, slots=True)
class Caller:
    """A token and the owner it acts for: its own, or the person whom a trusted proxy names."""

    token: Token
    owner: str
    job: JobGrant | None = None
    """What a CI job may do, if one calls: then nothing else counts."""
    person: Person | None = None
    """Whom an issuer signed in, if one did; the token then stands for them, and is in no file."""
    proxied: bool = False
    """Whether a trusted proxy says who it is, and there is no token."""

    @property
    def requester(self) -> Requester:
        """The caller, as edits know them."""
        return Requester(self.owner, admin=self.token.may(Scope.ADMIN))

    @property
    def known_as(self) -> str:
        """By what the caller is known here, for people."""
        if self.person is not None:
            return f"signed in by {self.person.issuer}, role {self.token.scope}"
        return f"token {self.token.name}, scope {self.token.scope}"

    def holds(self, tokens: Tokens, *, now: datetime) -> bool:
        """Whether what the caller came with is still good."""
        if self.person is not None or self.proxied:
            return self.token.holds(now)
        return bool(tokens.named(self.token.name, now=now) == self.token)

    @property
    def by(self) -> str:
        """The commit's author: `Name <mail>`."""
        known = self.person.name or self.owner if self.person else self.token.name
        name = "".join(each for each in known if each.isprintable() and each not in "<>")
        return f"{name.strip() or 'token'} <{self.owner}>"


class Authenticator:
    """Lets callers in. One for the process: it remembers who failed."""

    def __init__(self, parts: ApiParts) -> None:
        self._parts = parts
        self._throttle = Throttle()
        self._proxies = tuple(ip_network(each) for each in parts.trusted_proxies)

    def caller(self, connection: Connection) -> Caller:
        """Who calls, by the token in the headers; raises a problem that says why it lets nobody in."""
        text = presented(connection)
        if text or (proxied := self.proxied(connection)) is None:
            return self.admitted(connection, text)
        _refuse_other_sites(connection)
        return proxied

    def proxied(self, connection: Connection) -> Caller | None:
        """Whom a trusted proxy signed in; `None` where none says so. It makes nobody an admin."""
        mail = self._forwarded(connection)
        return Caller(Token(mail, mail, Scope.WRITE, ""), mail, proxied=True) if mail else None

    def admitted(self, connection: Connection, text: str) -> Caller:
        """Who calls with this token's text; raises a problem that says why it lets nobody in."""
        address = self._address(connection)
        token = self._parts.tokens.find(text, now=self._parts.clock())
        # A good token that is known from this address is let in even while the address waits for others' failures.
        if text and not (token and self._throttle.knows(address, token.name)):
            self.require_patience(connection)
        if token is None:
            raise self._unknown(address, text)
        self._throttle.passed(address, token.name)
        return self.acting(connection, token)

    def require_patience(self, connection: Connection) -> None:
        """Raise while the address must wait for its failures."""
        wait = self._throttle.wait(self._address(connection), now=self._parts.clock())
        if wait:
            raise problem(
                429,
                f"Too many failed attempts from your address. Try again in {wait} seconds.",
                headers={"Retry-After": str(wait)},
            )

    def count_failure(self, connection: Connection, *, what: str) -> None:
        """Of whoever came with something wrong."""
        address = self._address(connection)
        self._throttle.failed(address, now=self._parts.clock())
        LOG.warning("%s that is not accepted, from %s", what, address)

    def require_operator(self, connection: Connection) -> None:
        """Raise for anybody who neither came to the operators' own port nor has a token."""
        port = self._parts.operations_port
        if port is None or (connection.scope.get("server") or ("", None))[1] != port:
            self.caller(connection)

    def acting(self, connection: Connection, token: Token) -> Caller:
        """For whom a known token acts here: the person whom a trusted proxy names, else its owner."""
        mail = self._forwarded(connection)
        if not mail:
            return Caller(token, token.owner)
        return Caller(replace(token, scope=Scope.WRITE) if token.may(Scope.ADMIN) else token, mail)

    def _forwarded(self, connection: Connection) -> str:
        """Whom the proxy names: only a peer of a trusted network counts that also knows the secret."""
        known, sent = self._parts.proxy_secret, connection.headers.get("X-Helium-Proxy-Secret", "").encode()
        if not known or not self._is_proxied(connection) or not hmac.compare_digest(sent, known):
            return ""
        # Of several, one is what somebody sent to the proxy, which should have replaced it.
        mails = connection.headers.getall("X-Forwarded-Email", [])
        return mails[0].lower() if len(mails) == 1 and is_mail(mails[0]) else ""

    def _is_proxied(self, connection: Connection) -> bool:
        return _within(_peer(connection), self._proxies)

    def _address(self, connection: Connection) -> str:
        host = _peer(connection)
        return _last_hop(connection, host) if self._is_proxied(connection) else host

    def _unknown(self, address: str, text: str) -> HTTPException:
        headers = {"WWW-Authenticate": 'Bearer realm="helium"'}
        if not self._parts.tokens.all:
            return problem(401, NO_TOKENS, headers=headers)
        if not text:
            return problem(401, "Send a token, as X-Pach: TOKEN or Authorization: Bearer TOKEN.", headers=headers)
        self._throttle.failed(address, now=self._parts.clock())
        LOG.warning("a wrong or expired token from %s", address)
        return problem(401, "This token is unknown, expired or revoked. Ask an admin for a new one.", headers=headers)


JobCallers = Callable[[Connection, str], Caller | None]
"""Who calls with the token of a CI job; `None` for a text that is none."""


class PersonCallers(Protocol):
    """People whom an issuer lets in."""

    async def caller(self, connection: Connection, text: str, *, authenticator: Authenticator) -> Caller | None:
        """Who calls with an access token; `None` for a text that is none."""

    def challenge(self) -> str:
        """What a 401 says of how to come in."""


class Authentication(AbstractAuthenticationMiddleware):
    """Every route under `/v1/api` has a caller."""

    def __init__(self, app: ASGIApp, authenticator: Authenticator, *, jobs: JobCallers, people: PersonCallers) -> None:
        super().__init__(app, exclude_http_methods=())
        self._authenticator, self._jobs, self._people = authenticator, jobs, people

    async def authenticate_request(self, connection: Connection) -> AuthenticationResult:
        """The caller, as the request's `auth`."""
        text = presented(connection)
        try:
            # Only here: neither pages nor figures open for a job.
            caller = self._jobs(connection, text)
            caller = caller or await self._people.caller(connection, text, authenticator=self._authenticator)
            caller = caller or self._authenticator.caller(connection)
        except HTTPException as error:
            if error.status_code == HTTPStatus.UNAUTHORIZED:
                error.headers = {**(error.headers or {}), "WWW-Authenticate": self._people.challenge()}
            raise
        return AuthenticationResult(user=caller.owner, auth=caller)


def needs(scope: Scope) -> Guard:
    """A guard: the caller's token must have this scope."""

    # A coroutine, since the framework runs any other guard in a thread, once for each request.
    async def guard(connection: Connection, _handler: BaseRouteHandler) -> None:
        token: Token = connection.auth.token
        if not token.may(scope):
            raise problem(403, _too_little(connection.auth, scope))

    return guard


def _too_little(caller: Caller, scope: Scope) -> str:
    if caller.person is not None:
        return only_reads(caller) if scope is Scope.WRITE else _role(caller, scope)
    token = caller.token
    return f"The token {token.name} has the scope {token.scope}, and this needs {scope}. Ask an admin."


def only_reads(caller: Caller | None) -> str:
    """Why somebody may write nothing, and what to do."""
    if caller is None or caller.person is None:
        return "Your token may only read. Ask an admin for one that may write."
    if not caller.person.mail:
        return "You may only read: your issuer vouches for no mail address of yours. Verify it there, or ask an admin."
    return _role(caller, Scope.WRITE)


def _role(caller: Caller, scope: Scope) -> str:
    return f"Your groups give you the role {caller.token.scope}, and this needs {scope}. Ask an admin to be let in."


def _refuse_other_sites(connection: Connection) -> None:
    """A browser brings the proxy's cookie along for whatever page sends a request; a token it brings for none."""
    if connection.scope.get("method") in _SAFE or sent_from_here(connection.headers) is not False:
        return
    raise problem(403, "This request was sent from a page of another site, so nothing was done. Send a token with it.")


def _peer(connection: Connection) -> str:
    return connection.client.host if connection.client else ""


def presented(connection: Connection) -> str:
    """The token as sent; empty when none is."""
    own = connection.headers.get("X-Pach", "")
    kind, _, text = connection.headers.get("Authorization", "").partition(" ")
    return own.strip() or (text.strip() if kind.lower() == "bearer" else "")


def _within(host: str, networks: Sequence[IPv4Network | IPv6Network]) -> bool:
    try:
        address = ip_address(host)
    except ValueError:
        return False
    return any(address in network for network in networks)


def _last_hop(connection: Connection, host: str) -> str:
    """The address that the trusted proxy itself saw: the last it wrote."""
    return connection.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip() or host
