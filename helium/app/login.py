"""Signing in to a server from the command line, and out of it."""

from __future__ import annotations

from collections.abc import Callable

from helium.adapters.logins.server import who_is
from helium.app.issuer_login import dropped, keep, renewed, revoked
from helium.app.login_store import logins
from helium.app.run import clock
from helium.core.server_login import ServerLogin, server_address
from helium.errors import UsageError
from helium.settings import Settings


def with_token(settings: Settings, *, server: str, token: str) -> ServerLogin:
    """Sign in with a token that somebody created; the server is asked whose it is."""
    address = server_address(server)
    if not token:
        raise UsageError("There is no token on standard input. An admin creates one: helium token new NAME …")
    if not token.isascii() or not token.isprintable() or " " in token:
        raise UsageError("What came on standard input is not a token: it has characters that no token has.")
    known = who_is(token, server=address)
    login = ServerLogin(server=address, owner=known.owner, scope=known.scope, token=token, expires=known.expires)
    return keep(settings, login)


def login_for(settings: Settings, *, server: str = "") -> ServerLogin:
    """What to send to a server: the named one, else the current one, with a token that is good for some minutes.

    `UsageError` that says how to sign in; `UnreachableError` where the token is too old and the issuer is away.
    """
    found = _known(settings, server=server)
    return renewed(settings, found) if found.is_old(clock()) else found


def token_for(settings: Settings, *, server: str) -> Callable[[], str]:
    """What says the token for a server, and gets another one where that is old. It raises as `login_for` does."""
    newest = login_for(settings, server=server)

    def token() -> str:
        nonlocal newest
        if newest.is_old(clock()):
            newest = login_for(settings, server=server)
        return newest.token

    return token


def _known(settings: Settings, *, server: str) -> ServerLogin:
    address = _named(settings, server)
    found = logins(settings).of(address)
    if found is None:
        raise _not_there(address)
    return found


def _named(settings: Settings, server: str) -> str:
    address = server_address(server) if server else logins(settings).current()
    if not address:
        raise UsageError("You are not signed in to a server. Sign in: helium login https://helium.example.com")
    return address


def _not_there(address: str) -> UsageError:
    return UsageError(f"You are not signed in to {address}. Sign in: helium login {address}")


def leave(settings: Settings, *, server: str = "") -> tuple[ServerLogin, str]:
    """Forget what a server takes: the named one's, else the current one's. It returns what was forgotten.

    With it, why the issuer may still remember; empty where it does not.
    """
    address = _named(settings, server)
    found = next((each for each in logins(settings).all() if each.server == address), None)
    if found is None:
        raise _not_there(address)
    left = dropped(settings, address) or found
    return left, revoked(left)


def use(settings: Settings, *, server: str) -> ServerLogin:
    """Make a server current, at which the person signed in before."""
    address = _named(settings, server)
    logins(settings).use(address)
    found = next((each for each in logins(settings).all() if each.server == address), None)
    if found is None:
        raise _not_there(address)
    return found
