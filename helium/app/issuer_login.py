"""Signing in to a server from the command line with the account that its issuer knows.

Nothing that is kept is touched before the new sign-in is whole, so Ctrl-C loses nothing.
"""

from __future__ import annotations

import sys
import webbrowser
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from threading import Thread

from helium.adapters.logins.issuer import CommandLineIssuer
from helium.adapters.logins.issuer_http import Http
from helium.adapters.logins.loopback import listening
from helium.adapters.logins.server import client_of, who_is
from helium.app.issuer_patience import patiently, waited_for
from helium.app.login_store import logins
from helium.app.run import clock
from helium.core.server_login import DeviceCode, IssuerClient, IssuerTokens, ServerLogin, server_address
from helium.errors import HeliumError, UsageError
from helium.settings import Settings

_SCREENS = ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER")


@dataclass(frozen=True, slots=True)
class CodeToConfirm:
    """What a person is shown who confirms a code: the code, where, until when, and where and when it was asked for."""

    code: DeviceCode
    host: str
    asked_at: datetime


def _nothing(_sentence: str) -> None:
    return


def by_browser(settings: Settings, *, server: str, show: Callable[[str, bool], None]) -> ServerLogin:
    """In a browser of this machine. `show` gets the address, and whether a browser was opened on it."""
    address = server_address(server)
    client = _client(settings, address)
    issuer = CommandLineIssuer(client)
    with listening(client.port) as loopback:
        begun = issuer.begin(loopback.redirect)
        show(begun.address, _open(begun.address, settings.environ))
        answer = loopback.wait(begun.state)
        tokens = patiently(lambda: issuer.finish(begun, answer=answer, now=clock()))
    return _kept(settings, address, client=client, tokens=tokens)


def by_code(
    settings: Settings, *, server: str, show: Callable[[CodeToConfirm], None], say: Callable[[str], None] = _nothing
) -> ServerLogin:
    """By a code that a person confirms in any browser, also on another machine. `say`: what the waiting meets."""
    address = server_address(server)
    client = _client(settings, address)
    issuer = CommandLineIssuer(client)
    code = issuer.device(clock())
    show(CodeToConfirm(code, settings.host, clock()))
    return _kept(settings, address, client=client, tokens=waited_for(issuer, code, say=say))


def renewed(settings: Settings, old: ServerLogin) -> ServerLogin:
    """The login with a newer token. Of several processes, one asks, and the others take what it got."""
    store = logins(settings)
    with store.turn(old.server):
        now, newest = clock(), store.of(old.server)
        if newest is None:
            # Who signed out meanwhile is not signed in again by a command that still runs.
            raise UsageError(f"You signed out of {old.server}. Sign in: helium login {old.server}")
        if not newest.is_old(now) or newest.client is None:
            return newest
        issuer = CommandLineIssuer(newest.client, http=Http(newest.client.issuer, connect=settings.hurry))
        tokens = issuer.renew(newest.refresh, now=now) if newest.refresh else None
        if tokens is None:
            raise UsageError(
                f"Your sign-in to {old.server} has ended: {newest.client.issuer} does not renew it any more. "
                f"Sign in again: helium login {old.server}"
            )
        login = newest.renewed(tokens)
        # The issuer takes the old one no more, so whatever hurries, this does not.
        logins(replace(settings, hurry=None)).keep(login, current=False)
        return login


def dropped(settings: Settings, server: str) -> ServerLogin | None:
    """Take a login out of the store, as its last renewal left it: one that is under way is waited for."""
    store = logins(settings)
    with store.turn(server):
        try:
            newest = store.of(server)
        except UsageError:
            # Whoever signs out is out, also where a keyring keeps to itself what the issuer could forget.
            newest = next((each for each in store.all() if each.server == server), None)
        store.drop(server)
        return newest


def revoked(login: ServerLogin) -> str:
    """Tell the issuer to forget it; why it may still remember, else nothing."""
    if login.client is None or not login.refresh:
        locked = login.client is not None and login.in_keyring
        return "The issuer was not told, since the keyring did not give out what it could forget." if locked else ""
    try:
        CommandLineIssuer(login.client).revoke(login.refresh)
    except HeliumError as error:
        return f"The issuer was not told: {error}"
    return ""


def _client(settings: Settings, address: str) -> IssuerClient:
    """As the server says; but one that gets what another takes could act there in this person's name."""
    client = client_of(address)
    for each in logins(settings).all():
        if each.server != address and each.client is not None and client.gets_the_same_as(each.client):
            raise UsageError(
                f"{address} asks {client.issuer} for what {each.server} takes too, so it could act for you there. "
                f"Nobody is signed in. If you trust both as one, sign out there first: helium logout {each.server}"
            )
    return client


def keep(settings: Settings, login: ServerLogin) -> ServerLogin:
    """In the place of another one, of which no renewal is under way that would come after it. It says where it is."""
    store = logins(settings)
    with store.turn(login.server):
        store.keep(login)
        kept = next(each for each in store.all() if each.server == login.server)
    return replace(login, in_keyring=kept.in_keyring, no_keyring=kept.no_keyring, renews=kept.renews)


def _kept(settings: Settings, address: str, *, client: IssuerClient, tokens: IssuerTokens) -> ServerLogin:
    """Only what the server itself takes. Of anything else, the issuer knows nothing any more either."""
    login = ServerLogin(server=address, owner="", scope="", token="", client=client).renewed(tokens)
    try:
        known = patiently(lambda: who_is(tokens.access, server=address))
        login = replace(login, owner=known.owner, scope=known.scope)
        return keep(settings, login)
    except (HeliumError, KeyboardInterrupt):
        revoked(login)
        raise


def _open(address: str, environ: Mapping[str, str]) -> bool:
    """Without a screen, what would open is a browser in this terminal, which would take it.

    In a thread: some browsers are waited for until they are closed, and they come back before that.
    """
    if sys.platform.startswith("linux") and not any(environ.get(name) for name in _SCREENS):
        return False
    Thread(target=webbrowser.open, args=(address,), daemon=True).start()
    return True
