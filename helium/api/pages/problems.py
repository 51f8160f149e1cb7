"""Errors as pages: the API's sentence and status, in the frame of every page, with a way back."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response
from litestar.exceptions import HTTPException, MethodNotAllowedException, NotFoundException
from litestar.plugins.problem_details import ProblemDetailsException
from litestar.response import Template
from litestar.types import ExceptionHandlersMap

from helium.api import problems
from helium.api.pages.layout import Dashboard
from helium.api.pages.security import seen
from helium.api.request_id import request_id
from helium.errors import HeliumError

AnyRequest = Request[Any, Any, Any]
_CALLS = ("/v1/", "/schema", "/hooks/")
_NO_PAGE = {
    404: ("No page here", "There is no page at this address."),
    405: ("Not a page", "This address only takes forms. Go back and use the button on the page."),
}
_TITLES = {
    400: "That cannot be read",
    403: "That is not allowed",
    404: "Not found",
    409: "That is not possible now",
    408: "Too slow",
    413: "Too large",
    421: "Wrong address",
    429: "Too many attempts",
    503: "The remote does not answer",
}


def handlers(dashboard: Dashboard) -> ExceptionHandlersMap:
    """Turns each error of a page's handler into a page; an unexpected one shows only its request's id."""

    def of_error(request: AnyRequest, error: HeliumError) -> Response[Any]:
        return _page(request, dashboard, problem=problems.of_error(error))

    def of_http(request: AnyRequest, error: HTTPException) -> Response[Any]:
        return _page(request, dashboard, problem=problems.of_http(error))

    def unforeseen(request: AnyRequest, _error: Exception) -> Response[Any]:
        sentence = f"Helium failed. The log has more under {request_id(request.scope)}."
        return _page(request, dashboard, problem=problems.problem(500, sentence))

    # The framework takes the handler of the nearest class, and the application has one for problems, which is JSON.
    return {HeliumError: of_error, ProblemDetailsException: of_http, HTTPException: of_http, Exception: unforeseen}


def elsewhere(dashboard: Dashboard) -> ExceptionHandlersMap:
    """The same for unknown paths and methods, if a browser sent the request; callers of the API get a problem."""

    def shown(request: AnyRequest, error: HTTPException) -> Response[Any]:
        problem = problems.of_http(error)
        if request.url.path.startswith(_CALLS) or "text/html" not in request.headers.get("Accept", ""):
            return problem.to_response(request)
        title, problem.detail = _NO_PAGE[problem.status_code]
        return _page(request, dashboard, problem=problem, title=title)

    return {NotFoundException: shown, MethodNotAllowedException: shown}


def _page(request: AnyRequest, dashboard: Dashboard, *, problem: HTTPException, title: str = "") -> Response[Any]:
    status = problem.status_code
    context: dict[str, Any] = {
        "title": title or _TITLES.get(status, "That did not work"),
        "detail": problem.detail,
        "code": str(status),
    }
    visit, index = seen(request), dashboard.indexer.index
    if visit is None or index is None:
        page = Template(template_name="problem.html", context=context, status_code=status)
    else:
        page = dashboard.page("problem.html", visit, index=index, status=status, **context)
    page.headers.update({**(problem.headers or {}), "Cache-Control": "no-store"})
    return page
