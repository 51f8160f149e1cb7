"""Errors as `application/problem+json`: one table from Helium's errors to HTTP, each with a sentence and the field.

Never a stack trace: an unexpected error is a plain 500, and its trace goes to the log under the request's id.
"""

from __future__ import annotations

import logging
import math
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException
from litestar.plugins.problem_details import ProblemDetailsConfig, ProblemDetailsException, ProblemDetailsPlugin
from litestar.types import ExceptionHandlersMap, Scope

from helium import errors
from helium.api.request_id import request_id
from helium.core import job_errors, order_errors, quota, sign_in_errors
from helium.core.host_errors import HostAwayError
from helium.errors import BrokenFileError, HeliumError, Issue, NameTakenError, SpecError

LOG = logging.getLogger(__name__)
Problem = ProblemDetailsException
RETRY_SECONDS = 5

TABLE: Mapping[type[HeliumError], HTTPStatus] = {
    errors.SpecError: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.UsageError: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.KeyReusedError: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.RefusedError: HTTPStatus.CONFLICT,
    errors.NotFoundError: HTTPStatus.NOT_FOUND,
    errors.NotOwnerError: HTTPStatus.FORBIDDEN,
    errors.AdminsOnlyError: HTTPStatus.FORBIDDEN,
    job_errors.JobRefusedError: HTTPStatus.FORBIDDEN,
    quota.QuotaError: HTTPStatus.FORBIDDEN,
    job_errors.JobTokenError: HTTPStatus.UNAUTHORIZED,
    sign_in_errors.SignInError: HTTPStatus.UNAUTHORIZED,
    sign_in_errors.SignInAgainError: HTTPStatus.UNAUTHORIZED,
    sign_in_errors.NotAdmittedError: HTTPStatus.FORBIDDEN,
    errors.NameTakenError: HTTPStatus.CONFLICT,
    errors.ProtectedError: HTTPStatus.CONFLICT,
    errors.BeingDeletedError: HTTPStatus.CONFLICT,
    errors.BrokenFileError: HTTPStatus.CONFLICT,
    errors.ChangedError: HTTPStatus.PRECONDITION_FAILED,
    order_errors.OfferMovedError: HTTPStatus.PRECONDITION_FAILED,
    order_errors.MayNotOrderError: HTTPStatus.FORBIDDEN,
    errors.NotSupportedError: HTTPStatus.NOT_IMPLEMENTED,
    errors.SourceError: HTTPStatus.BAD_GATEWAY,
    errors.HeadMovedError: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.UnreachableError: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.QueueBusyError: HTTPStatus.SERVICE_UNAVAILABLE,
}


def problem(status: int, detail: str, *, headers: Mapping[str, str] | None = None, **extra: object) -> Problem:
    """A problem to raise. `extra` are further members, like `field` or `errors`."""
    return ProblemDetailsException(
        detail=detail,
        status_code=status,
        title=HTTPStatus(status).phrase,
        type_="about:blank",
        headers=dict(headers or {}),
        extra=dict(extra),
    )


_HOW_TO_UPDATE = "To do that, send the request with ?update=true or If-Match."


def of_error(error: HeliumError) -> Problem:
    """One of Helium's errors as a problem."""
    status = next((TABLE[kind] for kind in type(error).__mro__ if kind in TABLE), HTTPStatus.INTERNAL_SERVER_ERROR)
    headers = {"Retry-After": str(_seconds(error))} if status == HTTPStatus.SERVICE_UNAVAILABLE else {}
    if isinstance(error, SpecError | BrokenFileError):
        detail = str(error) if isinstance(error, BrokenFileError) else _sentences(error.issues)
        return problem(
            status, detail, headers=headers, **_places(error.issues, shows_path=isinstance(error, BrokenFileError))
        )
    field = getattr(error, "field", None)
    updates = isinstance(error, NameTakenError) and error.has_file
    detail = f"{error} {_HOW_TO_UPDATE}" if updates else with_way_out(error)
    # Without what is for programs that speak HTTP: the command line shows this to people.
    plain = {"sentence": str(error)} if detail != str(error) else {}
    return problem(status, detail, headers=headers, **({"field": field} if field else {}), **plain)


def _seconds(error: HeliumError) -> int:
    """When to come again: a host that is asked too often says that itself."""
    if not isinstance(error, HostAwayError) or error.retry_at is None:
        return RETRY_SECONDS
    return max(RETRY_SECONDS, math.ceil((error.retry_at - datetime.now(UTC)).total_seconds()))


def with_way_out(error: HeliumError) -> str:
    """The error's sentence; of a remote that is away, git's own words say only what is wrong, so what to do follows."""
    text = str(error)
    if not isinstance(error, errors.UnreachableError) or "again" in text:
        return text
    return f"{text.rstrip('.')}. Try again in a moment; if it goes on, tell an admin."


def _sentences(issues: tuple[Issue, ...]) -> str:
    return "; ".join(issue.sentence for issue in issues[:5]) or "The request cannot be understood."


def _places(issues: tuple[Issue, ...], *, shows_path: bool) -> dict[str, object]:
    """The pointer of each error. Only a file on main has a path and a line: what a caller sent was never written."""
    places = [
        {"pointer": each.pointer, "sentence": each.sentence}
        | ({"path": each.path, "line": each.line} if shows_path else {})
        for each in issues
    ]
    fields = [each.pointer.split("/")[1] for each in issues if each.pointer.startswith("/")]
    return {"errors": places} | ({"field": fields[0]} if fields and not shows_path else {})


def of_http(error: HTTPException) -> Problem:
    """One of the framework's errors as a problem."""
    if isinstance(error, ProblemDetailsException):
        return error
    status = error.status_code if error.status_code in {each.value for each in HTTPStatus} else 400
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return problem(status, "Helium could not answer this. The log has more under this answer's X-Request-Id.")
    if isinstance(error, ValidationException):
        return of_error(SpecError(map(_parameter, error.extra or _missing(error.detail))))
    return problem(status, _SAYS.get(status, error.detail), headers=error.headers)


def _missing(said: str) -> list[dict[str, str]]:
    """Of a parameter that is not there the framework says nothing but this sentence."""
    found = _MISSING.search(said)
    return [{"key": found[2], "message": f"{found[2]} is missing; send it in the {found[1]}"}] if found else []


def _parameter(extra: Any) -> Issue:
    """The error of a query parameter or header, from what the framework says of it."""
    known = extra if isinstance(extra, dict) else {}
    key = str(known.get("key", ""))
    name, said = _HEADERS.get(key, key), str(known.get("message", extra))
    if longest := _LONGER.search(said):
        said = f"{name} may have at most {longest[1]} characters"
    return Issue("", 1, 1, f"/{name}", said)


_HEADERS = {"key": "Idempotency-Key", "match": "If-Match", "last": "Last-Event-ID"}
_MISSING = re.compile(r"Missing required (\w+) parameter '([\w-]+)'")
_LONGER = re.compile(r"length <= (\d+)")
_SAYS = {
    404: "There is nothing at this path. /schema lists all paths.",
    405: "This path does not support that method. The Allow header lists those that it does.",
    413: "The body is larger than 160 KiB. Helm values may have 64 KiB.",
}


async def logged(error: Exception, scope: Scope) -> None:
    """Log what ends as a 5xx, with its trace only if it was unexpected."""
    if isinstance(error, HeliumError):
        status = of_error(error).status_code
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            LOG.warning("request %s ends with %d: %s", request_id(scope), status, error)
    elif not isinstance(error, HTTPException) or error.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        LOG.error("request %s failed", request_id(scope), exc_info=error)


def unforeseen(request: Request[Any, Any, Any], _error: Exception) -> Response[dict[str, object]]:
    """The answer to an unexpected error."""
    body = {"type": "about:blank", "title": "Internal Server Error", "status": 500}
    detail = f"Helium failed. The log has more under {request_id(request.scope)}."
    return Response({**body, "detail": detail}, status_code=500, media_type="application/problem+json")


HANDLERS: ExceptionHandlersMap = {Exception: unforeseen}


def plugin() -> ProblemDetailsPlugin:
    """Turns every error into a problem."""
    table: dict[Any, Callable[[Any], Any]] = {HeliumError: of_error, HTTPException: of_http}
    return ProblemDetailsPlugin(ProblemDetailsConfig(exception_to_problem_detail_map=table))
