"""Whether an open page still shows what is so.

Every page carries a version of all that it shows. Its script asks with that version every few seconds; the answer is
204 while nothing changed, else the whole page, which takes the place of the old one without losing what was typed.

Why it asks, and holds no stream: a browser opens six connections to one host, so the seventh tab with a stream would
load nothing; proxies collect a stream's bytes before they pass them on, and cut what is silent for a minute; and a
short request finds out by itself that the session is over or the server is away. The API has the stream.
"""

from __future__ import annotations

import hashlib
from typing import Any

from litestar import Request, Response

from helium.core.status import StatusWord

VERSION = "Helium-Version"
"""The header in which the script sends the version that the page shows."""
SOON, LATER, SELDOM = 2, 5, 15
"""Seconds between two questions: while something is going on, while nothing is, and for a form."""
_GOING_ON = {StatusWord.REQUESTED, StatusWord.MERGING, StatusWord.CREATING, StatusWord.UPDATING, StatusWord.DELETING}


def version(*facts: object) -> str:
    """A digest of facts whose `repr` says all of them."""
    return hashlib.sha256(repr(facts).encode()).hexdigest()[:20]


def every(status: str) -> int:
    """How often the page of a workspace with that status asks."""
    return SOON if status in _GOING_ON else LATER


def is_asking(request: Request[Any, Any, Any]) -> bool:
    """Whether an open page asks, and not a person who goes somewhere."""
    return bool(request.headers.get(VERSION))


def unchanged(request: Request[Any, Any, Any], newest: str) -> Response[None] | None:
    """The answer to a page that shows the newest version; `None` for any other request."""
    if request.headers.get(VERSION) != newest:
        return None
    return Response(None, status_code=204, headers={"Cache-Control": "no-store"})


def over() -> Response[str]:
    """The answer to a page whose session is over: the script says so, and goes nowhere by itself."""
    return Response("Your session has ended.", status_code=401, headers={"Cache-Control": "no-store"})
