"""One page of the list: which workspaces match, in which order, from where on. Without `detail` the list is all ids."""

from __future__ import annotations

import base64
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NoReturn

from litestar import Request

from helium.api.index import Index, IndexRow
from helium.api.progress_info import progress_info
from helium.api.responses import ListResponse, workspace
from helium.core.live import LiveStack
from helium.core.spec import Spec
from helium.core.status import StatusWord
from helium.errors import Issue, SpecError

MOST = 1000
USUAL = 100
_NEVER = datetime.max.replace(tzinfo=UTC)
_KNOWN = ("detail", "limit", "cursor", "status", "owner", "q", "sort")
_TRUE = ("true", "1", "yes", "")
_FALSE = ("false", "0", "no")
_Key = tuple[str, str]
NOTHING: Mapping[str, LiveStack] = {}


@dataclass(frozen=True, slots=True)
class Query:
    """Which part of the list to send.

    `q` is searched in name, owner, description and labels; `sort` is `name` or `expiry`.
    """

    detail: bool = False
    limit: int = USUAL
    cursor: _Key | None = None
    status: frozenset[str] = frozenset()
    owner: str = ""
    q: str = ""
    sort: str = "name"


def query_of(request: Request[Any, Any, Any]) -> Query:
    """The query as it was sent; `SpecError` names the wrong parameter."""
    sent: Mapping[str, str] = {key: request.query_params[key] for key in _KNOWN if key in request.query_params}
    return Query(
        detail=_bool("detail", sent.get("detail", "false")),
        limit=_limit(sent.get("limit", str(USUAL))),
        cursor=_cursor(sent.get("cursor", "")),
        status=_words(sent.get("status", "")),
        owner=sent.get("owner", "").lower(),
        q=sent.get("q", "").lower(),
        sort=_sort(sent.get("sort", "name")),
    )


def page(index: Index, query: Query, *, now: datetime, at_work: Mapping[str, LiveStack] = NOTHING) -> ListResponse:
    """The page that the query names. `Next` goes on after its last workspace. `at_work`: what passes do now."""
    order = _order(index, query.sort, now=now)
    names = _matching(index, query, now=now)
    if query.sort != "name":
        names = sorted(names, key=order)
    start = 0 if query.cursor is None else bisect_right(names, query.cursor, key=order)
    shown = tuple(names[start : start + query.limit])
    return ListResponse(
        IDs=shown,
        Workspaces=tuple(workspace(row, now=now) for row in rows(index, shown)),
        Next=_written(order(shown[-1])) if start + len(shown) < len(names) and shown else "",
        Total=len(names),
        Progress={name: progress_info(at_work[name]) for name in shown if name in at_work},
    )


def rows(index: Index, names: Iterable[str]) -> Iterator[IndexRow]:
    """The rows of those names that exist."""
    for name in names:
        row = index.row(name)
        if row is not None:
            yield row


def _matching(index: Index, query: Query, *, now: datetime) -> Sequence[str]:
    if not (query.status or query.owner or query.q):
        return index.names
    return [row.name for row in rows(index, index.names) if _matches(row, query, now=now)]


def _matches(row: IndexRow, query: Query, *, now: datetime) -> bool:
    summary = row.summary(now)
    if query.owner and summary.owner.lower() != query.owner:
        return False
    if query.q and query.q not in searched(row, summary.owner):
        return False
    return not query.status or summary.status in query.status


def searched(row: IndexRow, owner: str) -> str:
    """All text of a row that a search looks in, in lower case."""
    spec = row.reading if isinstance(row.reading, Spec) else None
    about = spec.description if spec else ""
    labels = " ".join(f"{key}={value}" for key, value in spec.labels.items()) if spec else ""
    return f"{row.name} {owner} {about} {labels}".lower()


def _order(index: Index, sort: str, *, now: datetime) -> Callable[[str], _Key]:
    def by_name(name: str) -> _Key:
        return "", name

    def by_expiry(name: str) -> _Key:
        row = index.row(name)
        deadline = row.summary(now).deadline if row else None
        return (deadline or _NEVER).isoformat(), name

    return by_expiry if sort == "expiry" else by_name


def _written(key: _Key) -> str:
    return base64.urlsafe_b64encode("\n".join(key).encode()).decode()


def _cursor(text: str) -> _Key | None:
    if not text:
        return None
    try:
        first, second = base64.b64decode(text.encode(), altchars=b"-_", validate=True).decode().split("\n")
    except ValueError:
        _refuse("cursor", "this is not a cursor of this list; send Next as you got it, or leave it out")
    return first, second


def _bool(name: str, text: str) -> bool:
    if text.lower() not in (*_TRUE, *_FALSE):
        _refuse(name, f"{name} must be true or false")
    return text.lower() in _TRUE


def _limit(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= 4 and 1 <= int(text) <= MOST):
        _refuse("limit", f"limit must be a whole number from 1 to {MOST}")
    return int(text)


def _words(text: str) -> frozenset[str]:
    words = frozenset(each.strip().lower() for each in text.split(",") if each.strip())
    if words - set(StatusWord):
        _refuse("status", f"status must be one or more of {', '.join(StatusWord)}, separated by commas")
    return words


def _sort(text: str) -> str:
    if text not in ("name", "expiry"):
        _refuse("sort", "sort must be name or expiry")
    return text


def _refuse(field: str, sentence: str) -> NoReturn:
    raise SpecError((Issue("", 1, 1, f"/{field}", sentence),))
