"""The names of a server's workspaces, for a key press: quick, and none rather than an error."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from helium.app.fleet_place import PlaceChoice, chosen_server, token_of
from helium.errors import HeliumError
from helium.settings import Settings

_SECONDS = 2.0
"""After which a key press is answered without names."""


def names_at_server(environ: Mapping[str, str], choice: PlaceChoice) -> Sequence[str]:
    """Those of the server that a command would work at; none where that is a clone."""
    from helium.adapters.server.access import ServerAccess
    from helium.adapters.server.transport import ServerPatience, ServerTransport

    try:
        settings = replace(Settings.from_env(environ), hurry=_SECONDS)
        address = chosen_server(settings, choice)
        if not address:
            return ()
        token = token_of(settings, address, named=bool(choice.server or settings.server))()
        patience = ServerPatience(unreached=_SECONDS, connect=_SECONDS, read=_SECONDS, silence=_SECONDS)
        return ServerAccess(ServerTransport(address, token, environ, patience)).names()
    except (HeliumError, OSError):
        return ()
