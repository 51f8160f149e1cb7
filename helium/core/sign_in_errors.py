"""What somebody who signs in is refused, and why."""

from __future__ import annotations

from helium.errors import RefusedError, UnreachableError


class SignInError(RefusedError):
    """What an issuer, or somebody who pretends to be one, sent does not prove who a person is."""

    def __init__(self, why: str) -> None:
        self.why = why
        super().__init__("", f"This sign-in is not accepted: {why}. Sign in again.")


class SignInAgainError(RefusedError):
    """The issuer has to be asked again, with the person at it: it does not know them any more, or gives less."""

    def __init__(self, why: str) -> None:
        super().__init__("", f"Your sign-in has ended: {why}. Sign in again.")


class NotAdmittedError(RefusedError):
    """The issuer knows the person, and this fleet does not let them in."""

    def __init__(self, sentence: str) -> None:
        super().__init__("", sentence)


class IssuerAnswerError(UnreachableError):
    """The issuer is there, and its answer to this one question is none: nothing follows about the next."""
