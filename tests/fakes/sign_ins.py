"""An issuer in memory: who comes is the person that a test set."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlencode

from helium.core.digest import Json
from helium.core.sign_in import Person, SignedIn, SignInSettings, SignInStart, person_of
from helium.core.sign_in_errors import SignInAgainError, SignInError
from helium.errors import UnreachableError


@dataclass
class FakeSignIns:
    """`claims`: of whoever comes; `None` for somebody whom the issuer knows no more. `codes` are good once."""

    claims: dict[str, Json] | None = None
    away: bool = False
    renews: bool = True
    codes: set[str] = field(default_factory=lambda: {"code-1", "code-2", "code-3"})
    tokens: dict[str, dict[str, Json]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def address(self, settings: SignInSettings, *, start: SignInStart) -> str:
        """With what binds the answer."""
        self._ask("address")
        query = {"client_id": settings.client_id, "state": start.state, "nonce": start.nonce}
        return f"{settings.issuer}/authorize?{urlencode({**query, 'prompt': 'none'} if start.silent else query)}"

    def finish(self, settings: SignInSettings, *, start: SignInStart, code: str, named: str, now: datetime) -> SignedIn:
        """A code once, from the issuer that was asked."""
        self._ask("finish")
        if named != settings.issuer:
            raise SignInError("the answer is of another issuer than the one that was asked")
        if code not in self.codes or self.claims is None:
            raise SignInError("the issuer refuses the code (invalid_grant)")
        self.codes.remove(code)
        return SignedIn(person_of(self.claims, settings, now=now), "renewal-1" if self.renews else "")

    def renew(self, settings: SignInSettings, *, old: SignedIn, now: datetime) -> SignedIn:
        """As long as the issuer knows them."""
        self._ask("renew")
        if self.claims is None or not old.renewal:
            raise SignInAgainError("the issuer does not renew it (invalid_grant)")
        person = person_of(self.claims, settings, now=now)
        if not person.is_same(old.person):
            raise SignInAgainError("the issuer renewed it for somebody else")
        return SignedIn(person, old.renewal)

    def caller(self, settings: SignInSettings, *, token: str, now: datetime) -> Person:
        """By the tokens that a test gave out."""
        self._ask("caller")
        if token not in self.tokens:
            raise SignInError("its signature is not that of the issuer's key")
        return person_of(self.tokens[token], settings, now=now)

    def leave(self, settings: SignInSettings, *, old: SignedIn, to: str) -> str:
        """Its page for that."""
        if self.away:
            return ""
        self.asked.append("leave")
        return f"{settings.issuer}/end?{urlencode({'post_logout_redirect_uri': to})}"

    def _ask(self, what: str) -> None:
        self.asked.append(what)
        if self.away:
            raise UnreachableError("The issuer does not answer. Try again in a minute.")
