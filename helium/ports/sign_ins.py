"""Who people are: what an issuer of OpenID Connect says of them, checked.

Refuses whatever is not exactly for us, now, and signed by the issuer's own key. Everything here may block, and several
threads may ask.
"""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from helium.core.sign_in import Person, SignedIn, SignInSettings, SignInStart


class SignIns(Protocol):
    """The issuer of one fleet's settings.

    Each raises `UnreachableError` while the issuer does not answer, of which nothing follows about the person.
    """

    def address(self, settings: SignInSettings, *, start: SignInStart) -> str:
        """Where the issuer asks the person to sign in."""

    def finish(self, settings: SignInSettings, *, start: SignInStart, code: str, named: str, now: datetime) -> SignedIn:
        """The person who comes back with this code. `named`: the issuer that the answer names, or nothing.

        `SignInError`, or `NotAdmittedError`.
        """

    def renew(self, settings: SignInSettings, *, old: SignedIn, now: datetime) -> SignedIn:
        """What the issuer says of the same person now. `SignInAgainError` where it says nothing any more."""

    def caller(self, settings: SignInSettings, *, token: str, now: datetime) -> Person:
        """Who calls with this access token. `SignInError`, or `NotAdmittedError`."""

    def leave(self, settings: SignInSettings, *, old: SignedIn, to: str) -> str:
        """End what can be renewed, and where the person ends their session at the issuer; empty: it has no such place.

        It never raises: who leaves has left. `to`: where the issuer sends them back.
        """
