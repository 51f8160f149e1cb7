"""Where it is kept at which servers this person signed in."""

from __future__ import annotations

from helium.adapters.logins.keyring_logins import PERSON, KeyringLogins
from helium.ports.server_logins import ServerLogins
from helium.settings import Settings


def logins(settings: Settings) -> ServerLogins:
    """Of this person, on this machine, with its keyring where there is one."""
    return KeyringLogins(settings.config, environ=settings.environ, seconds=settings.hurry or PERSON)
