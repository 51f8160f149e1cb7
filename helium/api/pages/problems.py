"""Errors as pages: the same sentence and status as the API's, in a frame that leads back."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response
from litestar.exceptions import HTTPException
from litestar.response import Template
from litestar.types import ExceptionHandlersMap

from helium.api import problems
from helium.errors import HeliumError

_TITLES = {
    403: "That is not allowed",
    404: "Not here",
    409: "That cannot be done now",
    421: "Not under this name",
    429: "Too many attempts",
    503: "The remote is away",
}


def of_error(_request: Request[Any, Any, Any], error: HeliumError) -> Response[Any]:
    """One of Helium's own."""
    return _page(problems.of_error(error))


def of_http(_request: Request[Any, Any, Any], error: HTTPException) -> Response[Any]:
    """One of the framework's, or a problem that a handler raised."""
    return _page(problems.of_http(error))


def _page(problem: HTTPException) -> Response[Any]:
    status = problem.status_code
    context = {"title": _TITLES.get(status, "That did not work"), "detail": problem.detail, "status": status}
    headers = {**(problem.headers or {}), "Cache-Control": "no-store"}
    return Template(template_name="problem.html", context=context, status_code=status, headers=headers)


HANDLERS: ExceptionHandlersMap = {HeliumError: of_error, HTTPException: of_http}
