"""What every request to a page passes first: whose session it is, and whether it came from one of our pages.

A request that changes something needs both: the browser says that it comes from this site (`Sec-Fetch-Site`, or
`Origin` if a browser sends none), and its form has the session's nonce. It refuses to serve pages under the domain of
the workspaces, where a workspace could set cookies for us.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

from litestar import Request, Response
from litestar.datastructures import UploadFile
from litestar.plugins.htmx import HTMXRequest
from litestar.response import Redirect, Template

from helium.api import renewed_cookies
from helium.api.auth import Authenticator, Caller
from helium.api.host_names import sent_from_here
from helium.api.index import Index, Indexer
from helium.api.pages import freshness
from helium.api.pages.person_sessions import PersonSessions
from helium.api.pages.sessions import PageSession, PageSessions
from helium.api.people import caller_of
from helium.api.problems import problem
from helium.api.request_body import in_time
from helium.core.fleet import Fleet
from helium.core.sign_in import CALLBACK
from helium.errors import QueueBusyError, UnreachableError

PageRequest = HTMXRequest
_SAFE = ("GET", "HEAD", "OPTIONS")
_KEY = "helium_visit"
NONCE = "nonce"


@dataclass(frozen=True, slots=True)
class Visit:
    """One request to a page: its session, who sent it (`None` before the sign-in), and the form's fields as sent.

    `renewable`: the session was a person's whom an issuer signed in, which may do so again without a question.
    `trouble`: why nobody knows whether they still may do anything.
    """

    session: PageSession
    caller: Caller | None
    form: Mapping[str, str]
    renewable: bool = False
    trouble: str = ""


class PageGuard:
    """Hooks that run before a page's handler. If one answers, the handler does not run."""

    def __init__(
        self, sessions: PageSessions, authenticator: Authenticator, *, persons: PersonSessions, indexer: Indexer
    ) -> None:
        self._sessions = sessions
        self._authenticator = authenticator
        self._persons = persons
        self._indexer = indexer

    async def known(self, request: PageRequest) -> Response[Any] | None:
        """Only people who are signed in; others go to the sign-in, and from there to where they were going."""
        visit = await self._visit(request)
        if visit.caller is not None:
            return None
        if visit.trouble and (request.method not in _SAFE or freshness.is_asking(request)):
            raise problem(503, visit.trouble, headers={"Retry-After": "15"})
        to = _way_in(request, visit)
        if freshness.is_asking(request):
            return freshness.over()
        if _came_from_elsewhere(request):
            return again(to)
        if request.htmx:
            return Response(None, headers={"HX-Redirect": to})
        return Redirect(to, status_code=303)

    async def anybody(self, request: PageRequest) -> Response[Any] | None:
        """Everybody, signed in or not."""
        visit = await self._visit(request)
        # Whoever comes back from an issuer brings the cookie of that with them, and needs no other.
        if visit.caller is None and _came_from_elsewhere(request) and request.url.path != CALLBACK:
            return again(f"{request.url.path}?{request.url.query}")
        return None

    async def _visit(self, request: PageRequest) -> Visit:
        _refuse_foreign_host(request, self._indexer.index)
        session = await self._sessions.of(request)
        form = await _form(request) if request.method not in _SAFE else {}
        if request.method not in _SAFE:
            _refuse_other_sites(request)
            _refuse_without_nonce(session, form)
        visit = await self._who(request, session, form=form)
        request.scope["state"][_KEY] = visit
        return visit

    async def _who(self, request: PageRequest, session: PageSession | None, *, form: Mapping[str, str]) -> Visit:
        """By the token of the session, or by what an issuer says of its person now."""
        if session is not None and session.signed_in is not None:
            return await self._person(request, session, form=form)
        token = self._sessions.token(session) if session else None
        if token is None and (proxied := self._authenticator.proxied(request)) is not None:
            begun = session or self._sessions.begun()
            if session is None:
                renewed_cookies.remember(request.scope, self._sessions.cookie(begun))
            return Visit(begun, proxied, form)
        caller = self._authenticator.acting(request, token) if token else None
        return Visit(session or self._sessions.begun(), caller, form)

    async def _person(self, request: PageRequest, session: PageSession, *, form: Mapping[str, str]) -> Visit:
        try:
            newest = await self._persons.current(session)
        except (UnreachableError, QueueBusyError) as error:
            return Visit(session, None, form, trouble=str(error))
        if newest is None or newest.signed_in is None:
            return Visit(session, None, form, renewable=True)
        if newest is not session:
            renewed_cookies.remember(request.scope, self._sessions.cookie(newest))
        return Visit(newest, caller_of(newest.signed_in.person), form)


def visit_of(request: PageRequest) -> Visit:
    """The visit, as the guard's hooks stored it."""
    visit: Visit = request.scope["state"][_KEY]
    return visit


def seen(request: Request[Any, Any, Any]) -> Visit | None:
    """The visit, if a hook got so far as to store one."""
    visit: Visit | None = request.scope["state"].get(_KEY)
    return visit


def _way_in(request: PageRequest, visit: Visit) -> str:
    """To the sign-in, or by the issuer, which knows the person; from there to where they were going."""
    path = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    to = quote(path if request.method in _SAFE else "/", safe="")
    if visit.trouble:
        return f"/sign-in?to={to}&away=1"
    return f"/sign-in/issuer?to={to}&silent=1" if visit.renewable else f"/sign-in?to={to}"


def _came_from_elsewhere(request: Request[Any, Any, Any]) -> bool:
    """By a link on another site: then the browser does not send our strict cookie, even to who is signed in."""
    return request.method in _SAFE and request.headers.get("Sec-Fetch-Site") == "cross-site"


def again(to: str, *, said: str = "You followed a link from another site.") -> Template:
    """A page that loads another address, from here: then the browser sends the cookie of a session it has."""
    return Template(template_name="again.html", context={"to": to, "said": said}, headers={"Cache-Control": "no-store"})


async def _form(request: PageRequest) -> dict[str, str]:
    """The first value of each field. Our forms send no files."""
    fields: dict[str, str] = {}
    for key, value in (await in_time(request.form())).multi_items():
        if not isinstance(value, UploadFile):
            fields.setdefault(key, str(value).replace("\r\n", "\n"))
    return fields


def _refuse_other_sites(request: Request[Any, Any, Any]) -> None:
    if sent_from_here(request.headers):
        return
    raise problem(
        403, "This form was not sent from a page of this Helium, so nothing was done. Open the page here and try again."
    )


def _refuse_without_nonce(session: PageSession | None, form: Mapping[str, str]) -> None:
    sent = form.get(NONCE, "").encode()
    if session is None or not hmac.compare_digest(sent, session.nonce.encode()):
        raise problem(403, "Your session has ended, so nothing was done. Go back and reload the page.")


def _refuse_foreign_host(request: Request[Any, Any, Any], index: Index | None) -> None:
    host = urlsplit(f"//{request.headers.get('Host', '')}").hostname or ""
    if index is not None and any(host == each or host.endswith(f".{each}") for each in domains(index.fleet)):
        raise problem(421, "The dashboard is not served under the domain of the workspaces. Use its own address.")


def domains(fleet: Fleet) -> tuple[str, ...]:
    """The domains under which the workspaces of the fleet are served."""
    named = (settings.get("domain") for settings in fleet.backends.values())
    return tuple(each.lower() for each in named if isinstance(each, str) and each)
