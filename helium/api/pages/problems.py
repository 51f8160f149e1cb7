"""Errors as pages: the same sentence and status as the API's, in the frame of every page, with a way back."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response
from litestar.exceptions import HTTPException, MethodNotAllowedException, NotFoundException
from litestar.response import Template
from litestar.types import ExceptionHandlersMap

from helium.api import problems
from helium.api.pages.layout import Site
from helium.api.pages.security import seen
from helium.api.request_id import request_id
from helium.errors import HeliumError

Asked = Request[Any, Any, Any]
_CALLS = ("/v1/", "/schema", "/hooks/")
_NO_PAGE = {
    404: ("No page here", "There is no page at this address."),
    405: ("Not like this", "This address is for the buttons of a page; it shows nothing by itself."),
}
_TITLES = {
    403: "That is not allowed",
    404: "Not here",
    409: "That cannot be done now",
    421: "Not under this name",
    429: "Too many attempts",
    503: "The remote is away",
}


def handlers(site: Site) -> ExceptionHandlersMap:
    """What turns each error of a page's handler into a page; what nobody foresaw is named by its request's id only."""

    def of_error(request: Asked, error: HeliumError) -> Response[Any]:
        return _page(request, site, problem=problems.of_error(error))

    def of_http(request: Asked, error: HTTPException) -> Response[Any]:
        return _page(request, site, problem=problems.of_http(error))

    def unforeseen(request: Asked, _error: Exception) -> Response[Any]:
        sentence = f"Helium failed; the log has more under {request_id(request.scope)}"
        return _page(request, site, problem=problems.problem(500, sentence))

    return {HeliumError: of_error, HTTPException: of_http, Exception: unforeseen}


def elsewhere(site: Site) -> ExceptionHandlersMap:
    """The same for paths and methods that nobody serves, where a browser asks; the API's own callers get a problem."""

    def shown(request: Asked, error: HTTPException) -> Response[Any]:
        problem = problems.of_http(error)
        if request.url.path.startswith(_CALLS) or "text/html" not in request.headers.get("Accept", ""):
            return problem.to_response(request)
        title, problem.detail = _NO_PAGE[problem.status_code]
        return _page(request, site, problem=problem, title=title)

    return {NotFoundException: shown, MethodNotAllowedException: shown}


def _page(request: Asked, site: Site, *, problem: HTTPException, title: str = "") -> Response[Any]:
    status = problem.status_code
    context = {
        "title": title or _TITLES.get(status, "That did not work"),
        "detail": problem.detail,
        "code": str(status),
    }
    visit, index = seen(request), site.indexer.index
    if visit is None or index is None:
        page = Template(template_name="problem.html", context=context, status_code=status)
    else:
        page = site.page("problem.html", visit, index=index, status=status, **context)
    page.headers.update({**(problem.headers or {}), "Cache-Control": "no-store"})
    return page
