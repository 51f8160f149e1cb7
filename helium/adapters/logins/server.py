"""What a server says of whoever has a token. Refuses redirects, so a token goes to no other server."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

import msgspec

from helium.adapters.logins.clients import client_for
from helium.core.server_login import IssuerClient
from helium.errors import HeliumError, SourceError, UnreachableError, UsageError

if TYPE_CHECKING:
    from httpx2 import Response

_LARGEST = 64 << 10


class ServerCaller(msgspec.Struct, rename="pascal", frozen=True):
    """The body of `GET /v1/api/me`."""

    owner: str
    scope: str
    name: str = ""
    expires: datetime | None = None


class CommandLineMetadata(msgspec.Struct, frozen=True):
    """What a server says of how the command line signs in."""

    client_id: str
    scopes: tuple[str, ...] = ("openid",)
    port: int = 0
    resource: bool = True


class ResourceMetadata(msgspec.Struct, frozen=True):
    """The body of `GET /.well-known/oauth-protected-resource`."""

    resource: str
    authorization_servers: tuple[str, ...] = ()
    helium_audience: str = ""
    helium_command_line: CommandLineMetadata | None = None


def who_is(token: str, *, server: str) -> ServerCaller:
    """Whom the server knows by this token.

    `UsageError` where it takes none such, `UnreachableError` where it does not answer, `SourceError` where what
    answers is not Helium.
    """
    answer = _got(server, "/v1/api/me", headers={"Authorization": f"Bearer {token}", "Accept": "application/json"})
    if answer.status_code != 200:
        raise _refusal(server, status=answer.status_code, body=answer.content[:_LARGEST])
    try:
        return msgspec.json.decode(answer.content, type=ServerCaller)
    except msgspec.MsgspecError:
        raise _is_other(server) from None


def _got(server: str, path: str, *, headers: Mapping[str, str] | None = None) -> Response:
    import httpx2

    try:
        with client_for(server) as client:
            return client.get(f"{server}{path}", headers=headers)
    except httpx2.HTTPError as error:
        why = str(error) or type(error).__name__
        raise UnreachableError(
            f"{server} does not answer ({why}). Check the address and the network, or try again later."
        ) from None


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


def client_of(server: str) -> IssuerClient:
    """How a server signs people in from the command line, as it says itself. `UsageError` where it does not."""
    answer = _got(server, "/.well-known/oauth-protected-resource")
    tokens = f"Sign in with one that an admin made for you: helium login {server} --token-stdin"
    if answer.status_code == 404:
        raise UsageError(f"{server} signs people in with tokens alone. {tokens}")
    try:
        said = msgspec.json.decode(answer.content[:_LARGEST], type=ResourceMetadata)
    except msgspec.MsgspecError:
        raise _is_other(server) from None
    if said.resource != server:
        # Whoever answers for another server would get tokens that are made for that one.
        raise UsageError(f"{server} says that its address is {said.resource[:100]}. Sign in there, if you trust it.")
    if said.helium_command_line is None or not said.authorization_servers:
        raise UsageError(f"{server} has no sign-in for the command line (signIn.commandLine in helium.yaml). {tokens}")
    own = said.helium_command_line
    return IssuerClient(
        issuer=said.authorization_servers[0],
        client_id=own.client_id,
        scopes=own.scopes,
        audience=said.helium_audience if own.resource else "",
        port=own.port,
    )
