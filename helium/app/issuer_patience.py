"""An issuer, or a server, that fails for a moment while somebody signs in: they are not asked to begin again for that.

Refuses to wait longer than the code is good, and to hide that it waits.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

from helium.adapters.logins.issuer import CommandLineIssuer
from helium.app.run import clock
from helium.core.server_login import DeviceCode, IssuerTokens
from helium.errors import UnreachableError

T = TypeVar("T")
_PAUSE, _LONGEST_PAUSE, _PATIENCE = 0.5, 30.0, 10.0


def waited_for(issuer: CommandLineIssuer, code: DeviceCode, *, say: Callable[[str], None]) -> IssuerTokens:
    """The tokens, once the code is confirmed. `UnreachableError` where the issuer was away when the code ended."""
    pause, trouble = code.pause, ""
    while True:
        try:
            found = issuer.confirmed(code, now=clock())
        except UnreachableError as error:
            if clock() >= code.until:
                raise UnreachableError(
                    f"{error} The code {code.code} is not good any more. Run the command again for another one."
                ) from None
            if not trouble:
                say(f"{error} It is asked again until the code ends.")
            # Less and less often, as the standard asks for.
            trouble, pause = str(error), min(pause * 2, _LONGEST_PAUSE)
        else:
            if isinstance(found, IssuerTokens):
                return found
            if trouble:
                say("The issuer answers again.")
            code, pause, trouble = found, found.pause, ""
        time.sleep(max(min(timedelta(seconds=pause), code.until - clock()).total_seconds(), 0.01))


def patiently(ask: Callable[[], T]) -> T:
    """What it answers, after a few tries where there is none."""
    until, pause = time.monotonic() + _PATIENCE, _PAUSE
    while True:
        try:
            return ask()
        except UnreachableError:
            if time.monotonic() + pause > until:
                raise
        time.sleep(pause)
        pause *= 2
