"""When a host wants us to wait, and until when: by `Retry-After`, or by what is left of the hour's calls."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from helium.adapters.hosts.call import HostAnswer

AWAY = frozenset((500, 502, 503, 504))
_MINUTE = timedelta(minutes=1)


def wait_until(answer: HostAnswer, *, now: datetime) -> datetime | None:
    """From when on the host takes calls again; `None` for an answer that asks for no waiting.

    The host's own clock counts where its answer has one, since ours may be wrong.
    """
    if not _is_limit(answer):
        return None
    said = answer.headers.get("retry-after", "").strip()
    if said.isdecimal():
        return now + timedelta(seconds=min(int(said), 86400))
    if said and (moment := _date(said)):
        return now + (moment - _their_now(answer, now))
    reset = answer.headers.get("x-ratelimit-reset", "")
    if answer.headers.get("x-ratelimit-remaining") == "0" and reset.isdecimal():
        moment = datetime.fromtimestamp(min(int(reset), 1 << 35), UTC)
        return max(now, now + (moment - _their_now(answer, now))) + timedelta(seconds=1)
    return now + _MINUTE if answer.status != 503 else None


def _is_limit(answer: HostAnswer) -> bool:
    if answer.status in {429, 503}:
        return True
    if answer.status != 403:
        return False
    headers = answer.headers
    return (
        "retry-after" in headers
        or headers.get("x-ratelimit-remaining") == "0"
        or "secondary rate limit" in answer.message.lower()
    )


def _their_now(answer: HostAnswer, now: datetime) -> datetime:
    return _date(answer.headers.get("date", "")) or now


def _date(text: str) -> datetime | None:
    try:
        return parsedate_to_datetime(text).astimezone(UTC)
    except ValueError:
        return None
