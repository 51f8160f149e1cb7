"""`/sign-in` and `/sign-out`. The token is sent once, in a form; it is never in an address, a cookie or the log."""

from __future__ import annotations

from typing import Any

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.exceptions import HTTPException
from litestar.response import Redirect

from helium.api.auth import NO_TOKENS, Authenticator
from helium.api.pages.layout import Dashboard
from helium.api.pages.security import PageRequest, visit_of
from helium.api.pages.sessions import PageSessions


class SignIn(Controller):
    """The only pages that need no session."""

    include_in_schema = False

    @get("/sign-in")
    async def ask(
        self, request: PageRequest, *, dashboard: NamedDependency[Dashboard], sessions: NamedDependency[PageSessions]
    ) -> Response[Any]:
        """The form. It has a session and a nonce of its own, so that no other site can sign anybody in."""
        visit, to = visit_of(request), _inside(request.query_params.get("to", "/"))
        if visit.caller is not None:
            return Redirect(to, status_code=303)
        issue = "" if dashboard.parts.tokens.all else NO_TOKENS
        page = dashboard.page("sign_in.html", visit, index=await dashboard.index(), to=to, issue=issue)
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
        to = _inside(visit.form.get("to", "/"))
        try:
            caller = authenticator.admitted(request, visit.form.get("token", "").strip())
        except HTTPException as error:
            issue = error.detail if visit.form.get("token", "").strip() else "Paste your token to sign in."
            return dashboard.page(
                "sign_in.html", visit, index=await dashboard.index(), to=to, issue=issue, status=error.status_code
            )
        return Redirect(to, status_code=303, cookies=[sessions.cookie(sessions.begun(caller.token))])

    @post("/sign-out")
    async def leave(self, request: PageRequest, sessions: NamedDependency[PageSessions]) -> Redirect:
        """The session ends, here as in the browser: a cookie that somebody kept opens nothing any more."""
        sessions.end(visit_of(request).session)
        return Redirect("/sign-in", status_code=303, cookies=[sessions.ended()])


def _inside(to: str) -> str:
    """One of our own paths, whatever the address says: a link could otherwise lead people from here to any site."""
    plain = to.isprintable() and to.startswith("/") and not to.startswith(("//", "/\\")) and "\\" not in to
    return to if plain and len(to) < 2000 else "/"
