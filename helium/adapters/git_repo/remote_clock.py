"""A server's own clock: the `Date` of whatever it answers over http(s). Sends no credentials, and guesses nothing."""

from __future__ import annotations

import urllib.error
import urllib.request
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.client import HTTPException
from urllib.parse import urlsplit, urlunsplit

_SECONDS = 5.0


def time_of(url: str) -> datetime | None:
    """The time at a URL; `None` for other protocols, for no answer, and for an answer without a date."""
    try:
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"}:
            return None
        bare = urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
        return parsedate_to_datetime(_date(bare)).astimezone(UTC)
    except (ValueError, OSError, HTTPException):
        return None


def _date(url: str) -> str:
    request = urllib.request.Request(url, method="HEAD")
    try:
        with urllib.request.urlopen(request, timeout=_SECONDS) as answer:
            return str(answer.headers["Date"])
    except urllib.error.HTTPError as refused:
        return str(refused.headers["Date"])
