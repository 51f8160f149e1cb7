"""The one place of the commit queue where every exception is caught, so that one request cannot harm the others.

One thread answers all requests. A request brings code of its own (`Request.edit`), which may fail in any way, and a
mistake of Helium's in one batch must not end the thread: every later request would wait for ever.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def attempt(work: Callable[[], T]) -> T | Exception:
    """What the work returns, or the exception that it raised: the caller gives it to whoever asked for the work."""
    try:
        return work()
    except Exception as error:  # noqa: BLE001 - see above: a stranger's code, and one of many requests
        return error
