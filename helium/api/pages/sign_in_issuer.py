"""`/sign-in/issuer` and `/sign-in/callback`: to the issuer, and back from it.

The way there says who was asked, and the way back is taken once, in the browser that went. Whoever comes back gets a
new session, whatever cookie they had.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from litestar import Controller, Response, get
from litestar.di import NamedDependency
from litestar.response import Redirect

from helium.api.pages.layout import Dashboard
from helium.api.pages.security import PageRequest, again, visit_of
from helium.api.pages.sessions import PageSessions
from helium.api.pages.sign_in import inside
from helium.api.pages.sign_in_starts import SignInStarts
from helium.api.people import People
from helium.api.problems import of_error
from helium.core.sign_in import CALLBACK, SignInSettings, SignInStart
from helium.core.sign_in_errors import NotAdmittedError, SignInError
from helium.errors import QueueBusyError, UnreachableError

_NOT_BEGUN = (
    "This browser did not begin that sign-in, or it began too long ago, or the sign-in was used already. Sign in again."
)
_ASKS = {"login_required", "consent_required", "interaction_required", "account_selection_required"}
"""What an issuer says that was to ask nothing, and would have to."""


class SignInByIssuer(Controller):
    """Pages that need no session."""

    include_in_schema = False

    @get("/sign-in/issuer")
    async def go(
        self,
        request: PageRequest,
        *,
        dashboard: NamedDependency[Dashboard],
        people: NamedDependency[People],
        starts: NamedDependency[SignInStarts],
    ) -> Response[Any]:
        """To the issuer, from the one address that it sends people back to."""
        await dashboard.index()
        settings, to = people.settings, inside(request.query_params.get("to", "/"))
        silent = request.query_params.get("silent") == "1"
        if settings is None:
            return Redirect(f"/sign-in?to={quote(to, safe='')}", status_code=303)
        if request.headers.get("Host", "").lower() != settings.url.partition("://")[2].lower():
            own = f"{settings.url}/sign-in/issuer?to={quote(to, safe='')}{'&silent=1' if silent else ''}"
            return Redirect(own, status_code=303)
        try:
            address, start = await people.start(settings, to=to, silent=silent)
        except (UnreachableError, QueueBusyError) as error:
            return await dashboard.sign_in(visit_of(request), to=to, issue=str(error), status=503)
        return Redirect(address, status_code=303, cookies=[starts.cookie(start)])

    @get(CALLBACK)
    async def back(
        self,
        request: PageRequest,
        *,
        dashboard: NamedDependency[Dashboard],
        people: NamedDependency[People],
        starts: NamedDependency[SignInStarts],
        sessions: NamedDependency[PageSessions],
    ) -> Response[Any]:
        """From the issuer: a session, or the sign-in again with the reason."""
        await dashboard.index()
        settings, state = people.settings, request.query_params.get("state", "")
        start = await starts.taken(request, state)
        if (
            settings is None
            or start is None
            or (start.issuer, start.client_id) != (settings.issuer, settings.client_id)
        ):
            return await dashboard.sign_in(visit_of(request), to="/", issue=_NOT_BEGUN, status=400)
        try:
            signed_in = await people.finish(
                settings, start=start, code=_code(request, start), named=request.query_params.get("iss", "")
            )
        except _AskedTooLittleError:
            return Redirect(f"/sign-in?to={quote(start.to, safe='')}", status_code=303, cookies=[starts.over(state)])
        except (SignInError, NotAdmittedError, UnreachableError, QueueBusyError) as error:
            return await _refused(request, dashboard, settings=settings, start=start, error=error)
        await starts.used(start)
        page = again(start.to, said="You are signed in.")
        session = sessions.begun_by(signed_in, client=settings.client_id)
        page.cookies.extend((sessions.cookie(session), starts.over(state)))
        return page


class _AskedTooLittleError(Exception):
    """The issuer would have to ask the person something."""


def _code(request: PageRequest, start: SignInStart) -> str:
    error, code = request.query_params.get("error", ""), request.query_params.get("code", "")
    if error in _ASKS and start.silent:
        raise _AskedTooLittleError
    if error or not code:
        shown = "".join(each for each in error[:60] if each.isalnum() or each in "_-") or "it gave no code"
        raise SignInError(f"the issuer did not sign you in ({shown})")
    return code


async def _refused(
    request: PageRequest, dashboard: Dashboard, *, settings: SignInSettings, start: SignInStart, error: Exception
) -> Response[Any]:
    status = of_error(error).status_code if isinstance(error, SignInError | NotAdmittedError) else 503
    return await dashboard.sign_in(visit_of(request), to=start.to, issue=str(error), status=status)
