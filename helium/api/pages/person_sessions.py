"""The sessions of people whom an issuer signed in: what they may do is read again before it is fifteen minutes old.

From ten minutes on it is renewed in the background, once for all requests of a session that come at the same moment.
While the issuer is away, what was read counts until it is fifteen minutes old, and not longer.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import replace

from helium.api.pages.sessions import PageSession, PageSessions
from helium.api.parts import ApiParts
from helium.api.people import People
from helium.core.sign_in import GOOD_FOR, RENEW_AFTER, SignedIn
from helium.core.sign_in_errors import NotAdmittedError, SignInAgainError
from helium.errors import QueueBusyError, UnreachableError

_REMEMBERED = 10_000
_PATIENCE = 2.0
"""Seconds."""


class PersonSessions:
    """One for the process. It remembers what it renewed, for requests that were sent with the cookie before."""

    def __init__(self, parts: ApiParts, sessions: PageSessions, *, people: People) -> None:
        self._parts, self._sessions, self._people = parts, sessions, people
        self._renewed: OrderedDict[str, PageSession] = OrderedDict()
        self._turns: dict[str, asyncio.Task[PageSession | None]] = {}

    async def current(self, session: PageSession) -> PageSession | None:
        """The session with what its person may do now; `None` once they have to sign in again.

        `UnreachableError` where nobody knows any more, since the issuer is away.
        """
        settings, signed_in = self._people.settings, session.signed_in
        if settings is None or signed_in is None:
            return None
        if (settings.issuer, settings.client_id) != (signed_in.person.issuer, session.client):
            return None
        session = self._newest(session)
        if not self._is_old(session):
            return session
        task = self._turns.get(session.nonce)
        if task is None:
            task = self._turns[session.nonce] = asyncio.create_task(self._renew(session))
            task.add_done_callback(lambda _: self._turns.pop(session.nonce, None))
        if _signed_in(session).person.is_old(self._parts.clock()):
            # A request that is given up takes the renewal of the others not along.
            return await asyncio.shield(task)
        # What was read counts still, so nobody waits long for an issuer that is slow.
        done, _ = await asyncio.wait({task}, timeout=_PATIENCE)
        return task.result() if done else session

    def _newest(self, session: PageSession) -> PageSession:
        known = self._renewed.get(session.nonce)
        return known if known is not None and _read_at(known) > _read_at(session) else session

    def _is_old(self, session: PageSession) -> bool:
        person = _signed_in(session).person
        # Without anything to renew it with, only the person can, who is in the middle of something.
        after = RENEW_AFTER if _signed_in(session).renewal else GOOD_FOR
        return person.is_old(self._parts.clock(), after=after)

    async def _renew(self, session: PageSession) -> PageSession | None:
        settings, old = self._people.settings, _signed_in(session)
        if settings is None:
            return None
        try:
            new = replace(session, signed_in=await self._people.renew(settings, old=old))
        except (SignInAgainError, NotAdmittedError):
            return None
        except (UnreachableError, QueueBusyError):
            if not old.person.is_old(self._parts.clock()):
                return session
            raise
        self._renewed[session.nonce] = new
        self._renewed.move_to_end(session.nonce)
        if len(self._renewed) > _REMEMBERED:
            self._renewed.popitem(last=False)
        return new


def _signed_in(session: PageSession) -> SignedIn:
    assert session.signed_in is not None
    return session.signed_in


def _read_at(session: PageSession) -> float:
    return _signed_in(session).person.read_at.timestamp()
