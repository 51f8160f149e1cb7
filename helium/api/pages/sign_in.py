"""`/sign-in` and `/sign-out`. A token is sent once, in a form; it is never in an address, a cookie or the log."""

from __future__ import annotations

from typing import Any

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.exceptions import HTTPException
from litestar.response import Redirect

from helium.api.auth import Authenticator
from helium.api.pages.layout import Dashboard
from helium.api.pages.security import PageRequest, again, visit_of
from helium.api.pages.sessions import PageSessions
from helium.api.people import People

_AWAY = (
    "{} does not answer, so nobody knows what you may do now. Try again in a minute, or sign in with a token of this "
    "Helium."
)


class SignIn(Controller):
    """The only pages that need no session, with those of an issuer."""

    include_in_schema = False

    @get("/sign-in")
    async def ask(
        self, request: PageRequest, *, dashboard: NamedDependency[Dashboard], sessions: NamedDependency[PageSessions]
    ) -> Response[Any]:
        """The form. It has a session and a nonce of its own, so that no other site can sign anybody in."""
        visit, to = visit_of(request), inside(request.query_params.get("to", "/"))
        if visit.caller is not None:
            return Redirect(to, status_code=303)
        by = (await dashboard.index()).fleet.sign_in
        is_away = by is not None and (bool(visit.trouble) or request.query_params.get("away") == "1")
        issue = _AWAY.format(by.label) if by is not None and is_away else ""
        page = await dashboard.sign_in(visit, to=to, issue=issue, status=503 if visit.trouble else 200)
        page.cookies.append(sessions.cookie(visit.session))
        return page

    @post("/sign-in")
    async def enter(
        self,
        request: PageRequest,
        *,
        dashboard: NamedDependency[Dashboard],
        sessions: NamedDependency[PageSessions],
        authenticator: NamedDependency[Authenticator],
    ) -> Response[Any]:
        """A session for a good token; for any other, the form again with the reason."""
        visit = visit_of(request)
        to = inside(visit.form.get("to", "/"))
        try:
            caller = authenticator.admitted(request, visit.form.get("token", "").strip())
        except HTTPException as error:
            issue = error.detail if visit.form.get("token", "").strip() else "Paste your token to sign in."
            return await dashboard.sign_in(visit, to=to, issue=issue, status=error.status_code)
        return Redirect(to, status_code=303, cookies=[sessions.cookie(sessions.begun(caller.token))])

    @post("/sign-out")
    async def leave(
        self,
        request: PageRequest,
        *,
        dashboard: NamedDependency[Dashboard],
        sessions: NamedDependency[PageSessions],
        people: NamedDependency[People],
    ) -> Response[Any]:
        """The session ends, here as in the browser: a cookie that somebody kept opens nothing any more.

        Whom an issuer signed in is then taken there, to end what they have there.
        """
        session = visit_of(request).session
        await sessions.end(session)
        await dashboard.index()
        settings, signed_in = people.settings, session.signed_in
        there = await people.leave(settings, old=signed_in) if settings is not None and signed_in is not None else ""
        if not there or settings is None:
            return Redirect("/sign-in", status_code=303, cookies=[sessions.ended()])
        # Not by a redirect: browsers let a form of ours lead to no other site.
        page = again(there, said=f"You are signed out of Helium. {settings.label} ends your session there.")
        page.cookies.append(sessions.ended())
        return page


def inside(to: str) -> str:
    """One of our own paths, whatever the address says: a link could otherwise lead people from here to any site."""
    plain = to.isprintable() and to.startswith("/") and not to.startswith(("//", "/\\")) and "\\" not in to
    return to if plain and len(to) < 2000 else "/"
