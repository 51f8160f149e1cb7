"""What every request to a page passes first: whose session it is, and whether it came from a page of ours.

A request that changes something needs both: the browser's word that it comes from here (`Sec-Fetch-Site`, or `Origin`
where a browser sends none), and the session's nonce in its form. It refuses to serve pages under the domain of the
workspaces, where a workspace could set cookies for us.
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

from helium.api.auth import Authenticator, Caller
from helium.api.index import Index, Indexer
from helium.api.pages.sessions import PageSession, PageSessions
from helium.api.problems import problem
from helium.core.fleet import Fleet

Asked = HTMXRequest
_SAFE = ("GET", "HEAD", "OPTIONS")
_KEY = "helium_visit"
NONCE = "nonce"


@dataclass(frozen=True, slots=True)
class Visit:
    """One request to a page: its session, who it is (nobody before the sign-in), and the form's fields as sent."""

    session: PageSession
    caller: Caller | None
    form: Mapping[str, str]


class Gate:
    """Hooks that run before a page's handler. An answer from one is the whole answer."""

    def __init__(self, sessions: PageSessions, authenticator: Authenticator, *, indexer: Indexer) -> None:
        self._sessions = sessions
        self._authenticator = authenticator
        self._indexer = indexer

    async def known(self, request: Asked) -> Response[Any] | None:
        """Only who has signed in; others are shown the way, and come back to where they were going."""
        visit = await self._visit(request)
        if visit.caller is not None:
            return None
        path = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        to = f"/sign-in?to={quote(path if request.method in _SAFE else '/', safe='')}"
        if _came_from_elsewhere(request):
            return _again(to)
        if request.htmx:
            return Response(None, headers={"HX-Redirect": to})
        return Redirect(to, status_code=303)

    async def anybody(self, request: Asked) -> Response[Any] | None:
        """Who has signed in and who has not."""
        visit = await self._visit(request)
        if visit.caller is None and _came_from_elsewhere(request):
            return _again(f"{request.url.path}?{request.url.query}")
        return None

    async def _visit(self, request: Asked) -> Visit:
        _refuse_foreign_host(request, self._indexer.index)
        session = self._sessions.of(request)
        form = await _form(request) if request.method not in _SAFE else {}
        if request.method not in _SAFE:
            _refuse_other_sites(request)
            _refuse_without_nonce(session, form)
        token = self._sessions.token(session) if session else None
        caller = self._authenticator.acting(request, token) if token else None
        visit = Visit(session or self._sessions.begun(), caller, form)
        request.scope["state"][_KEY] = visit
        return visit


def visit_of(request: Asked) -> Visit:
    """What the gate found."""
    found: Visit = request.scope["state"][_KEY]
    return found


def seen(request: Request[Any, Any, Any]) -> Visit | None:
    """The same, where it may be that the gate let nobody in."""
    found: Visit | None = request.scope["state"].get(_KEY)
    return found


def _came_from_elsewhere(request: Request[Any, Any, Any]) -> bool:
    """By a link on another site: the browser keeps a strict cookie back, so nobody knows yet who it is."""
    return request.method in _SAFE and request.headers.get("Sec-Fetch-Site") == "cross-site"


def _again(to: str) -> Template:
    """A page that asks anew, from here; a session that is there is found then, and is not written over."""
    return Template(template_name="again.html", context={"to": to}, headers={"Cache-Control": "no-store"})


async def _form(request: Asked) -> dict[str, str]:
    """The first value of each field; files are no part of our forms."""
    fields: dict[str, str] = {}
    for key, value in (await request.form()).multi_items():
        if not isinstance(value, UploadFile):
            fields.setdefault(key, str(value).replace("\r\n", "\n"))
    return fields


def _refuse_other_sites(request: Request[Any, Any, Any]) -> None:
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    told = urlsplit(origin).netloc if origin and origin != "null" else None
    same_origin = told == request.headers.get("Host") if origin else False
    if (site == "same-origin") if site is not None else same_origin:
        return
    raise problem(403, "this form was not sent from a page of this Helium, so nothing was done; open it here")


def _refuse_without_nonce(session: PageSession | None, form: Mapping[str, str]) -> None:
    sent = form.get(NONCE, "").encode()
    if session is None or not hmac.compare_digest(sent, session.nonce.encode()):
        raise problem(403, "this form is of a session that has ended, so nothing was done; go back and reload the page")


def _refuse_foreign_host(request: Request[Any, Any, Any], index: Index | None) -> None:
    host = urlsplit(f"//{request.headers.get('Host', '')}").hostname or ""
    if index is not None and any(host == each or host.endswith(f".{each}") for each in domains(index.fleet)):
        raise problem(421, "the dashboard is not served under the domain of the workspaces; use its own address")


def domains(fleet: Fleet) -> tuple[str, ...]:
    """Where the workspaces of the fleet are served."""
    named = (settings.get("domain") for settings in fleet.backends.values())
    return tuple(each.lower() for each in named if isinstance(each, str) and each)
