"""What a server says of whoever has a token. Refuses redirects, so a token goes to no other server."""

from __future__ import annotations

from datetime import datetime

import msgspec

from helium.errors import HeliumError, SourceError, UnreachableError, UsageError

_LARGEST = 64 << 10


class ServerCaller(msgspec.Struct, rename="pascal", frozen=True):
    """The body of `GET /v1/api/me`."""

    owner: str
    scope: str
    name: str = ""
    expires: datetime | None = None


def who_is(token: str, *, server: str) -> ServerCaller:
    """Whom the server knows by this token.

    `UsageError` where it takes none such, `UnreachableError` where it does not answer, `SourceError` where what
    answers is not Helium.
    """
    import httpx2

    try:
        answer = httpx2.get(
            f"{server}/v1/api/me",
            headers={"Authorization": f"Bearer {token}", "Accept": "application/json"},
            timeout=15.0,
            follow_redirects=False,
        )
    except httpx2.HTTPError as error:
        raise UnreachableError(f"{server} does not answer ({str(error) or type(error).__name__}).") from None
    if answer.status_code != 200:
        raise _refusal(server, status=answer.status_code, body=answer.content[:_LARGEST])
    try:
        return msgspec.json.decode(answer.content, type=ServerCaller)
    except msgspec.MsgspecError:
        raise _is_other(server) from None


def _refusal(server: str, *, status: int, body: bytes) -> HeliumError:
    try:
        detail = str(msgspec.json.decode(body)["detail"])[:500]
    except (msgspec.MsgspecError, KeyError, TypeError):
        return _is_other(server)
    if status in (401, 403):
        return UsageError(f"{server} does not accept this token: {detail}")
    return UnreachableError(f"{server} answers {status}: {detail}")


def _is_other(server: str) -> SourceError:
    return SourceError(f"{server} does not answer as a Helium server of this version. Check the address.")
