"""People whom an issuer signs in: `signIn:` of main as it is now, the port that asks the issuer, and its own threads.

Whoever waits for an issuer keeps nobody waiting who has a token. While the issuer is away it is asked four times a
minute, whoever comes. It refuses nobody itself.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

from helium.api.auth import Authenticator, Caller, Connection
from helium.api.index import Indexer
from helium.api.parts import ApiParts
from helium.api.problems import of_error, problem
from helium.api.requests_to_commits import WorkspaceWrites
from helium.api.tokens import Scope, Token
from helium.api.workspaces import current
from helium.core.sign_in import GOOD_FOR, Person, SignedIn, SignInSettings, SignInStart
from helium.core.sign_in_errors import IssuerAnswerError, NotAdmittedError, SignInError
from helium.errors import QueueBusyError, UnreachableError
from helium.ports.sign_ins import SignIns

T = TypeVar("T")
STARTED_FOR = timedelta(minutes=10)
"""How long a person may take at the issuer."""
_AT_ONCE, _MOST_WAIT = 8, 128
_REST = timedelta(seconds=15)
_BYTES = 32
METADATA = "/.well-known/oauth-protected-resource"


def caller_of(person: Person) -> Caller:
    """A person as one who calls. What they may do ends when it must be read again."""
    token = Token(person.id, person.owner, Scope(person.role), "", expires=person.read_at + GOOD_FOR)
    return Caller(token, person.owner, person=person)


class People:
    """One for the process."""

    def __init__(self, parts: ApiParts, indexer: Indexer, *, writes: WorkspaceWrites) -> None:
        self._parts, self._indexer, self._writes = parts, indexer, writes
        self._threads = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="sign-in")
        self._waiting = 0
        self._away: tuple[datetime, UnreachableError] | None = None

    @property
    def settings(self) -> SignInSettings | None:
        """As main has them; none where people sign in with tokens alone."""
        index = self._indexer.index
        return index.fleet.sign_in if index is not None and self._parts.sign_ins is not None else None

    async def start(self, settings: SignInSettings, *, to: str, silent: bool) -> tuple[str, SignInStart]:
        """Where the person goes, and what their browser keeps meanwhile."""
        start = SignInStart(
            state=secrets.token_urlsafe(_BYTES),
            nonce=secrets.token_urlsafe(_BYTES),
            verifier=secrets.token_urlsafe(_BYTES),
            issuer=settings.issuer,
            client_id=settings.client_id,
            to=to,
            until=self._parts.clock() + STARTED_FOR,
            silent=silent,
        )
        return await self._asked(lambda port: port.address(settings, start=start)), start

    async def finish(self, settings: SignInSettings, *, start: SignInStart, code: str, named: str) -> SignedIn:
        """Who came back. `SignInError`, `NotAdmittedError` or `UnreachableError`."""
        now = self._parts.clock()
        return await self._asked(lambda port: port.finish(settings, start=start, code=code, named=named, now=now))

    async def renew(self, settings: SignInSettings, *, old: SignedIn) -> SignedIn:
        """What the issuer says of them now. `SignInAgainError`, `NotAdmittedError` or `UnreachableError`."""
        now = self._parts.clock()
        return await self._asked(lambda port: port.renew(settings, old=old, now=now))

    async def leave(self, settings: SignInSettings, *, old: SignedIn) -> str:
        """Where the person signs out at the issuer too; empty where they cannot, or nobody knows."""
        try:
            return await self._asked(lambda port: port.leave(settings, old=old, to=f"{settings.url}/sign-in"))
        except (UnreachableError, QueueBusyError):
            return ""

    async def caller(self, connection: Connection, text: str, *, authenticator: Authenticator) -> Caller | None:
        """Who calls with this access token; `None` for a text that is none. A problem for one that does not count."""
        await current(self._indexer, self._writes)
        settings = self.settings
        if settings is None or not is_access_token(text):
            return None
        authenticator.require_patience(connection)
        now = self._parts.clock()
        try:
            found = await self._asked(lambda port: port.caller(settings, token=text, now=now), needs_issuer=False)
            return caller_of(found)
        except (SignInError, NotAdmittedError) as error:
            if isinstance(error, NotAdmittedError):
                raise of_error(error) from None
            authenticator.count_failure(connection, what="an access token")
            detail = f"This access token is not accepted: {error.why}. Sign in again."
            raise problem(401, detail) from None

    def challenge(self) -> str:
        """What a 401 says of how to come in."""
        settings = self.settings
        return 'Bearer realm="helium"' + (f', resource_metadata="{settings.url}{METADATA}"' if settings else "")

    async def _asked(self, ask: Callable[[SignIns], T], *, needs_issuer: bool = True) -> T:
        """In a thread of its own kind. What was seen of an issuer that is away holds for a moment, for everybody.

        `needs_issuer`: it asks it in any case; an access token needs its keys alone, which are kept.
        """
        port, now = self._parts.sign_ins, self._parts.clock()
        if needs_issuer and self._away is not None and timedelta() <= now - self._away[0] < _REST:
            raise self._away[1]
        if port is None or self._waiting >= _MOST_WAIT:
            raise QueueBusyError
        self._waiting += 1
        try:
            found = await asyncio.get_running_loop().run_in_executor(self._threads, partial(ask, port))
        except UnreachableError as error:
            if needs_issuer and not isinstance(error, IssuerAnswerError):
                self._away = now, error
            raise
        finally:
            self._waiting -= 1
        if needs_issuer:
            self._away = None
        return found


def is_access_token(text: str) -> bool:
    """Whether it has the form of what issuers sign. A token of Helium's has another."""
    return text.startswith("eyJ") and text.count(".") == 2
