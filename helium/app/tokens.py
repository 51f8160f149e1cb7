"""The tokens of a fleet's API: create, list and revoke them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from helium.api import tokens
from helium.api.tokens import Scope, Token
from helium.app.fleet_folder import FOLDER, root_of
from helium.app.run import clock
from helium.errors import UsageError
from helium.settings.serving import Serving

SCOPES = tuple(scope.value for scope in Scope)


def tokens_file(folder: Path, serving: Serving) -> Path:
    """Where the tokens of a fleet are."""
    return serving.tokens or folder / FOLDER / "tokens.jsonl"


@dataclass(frozen=True, slots=True)
class TokenInfo:
    """What is stored about one token: everything but its text."""

    name: str
    owner: str
    scope: str
    created: datetime | None
    expires: datetime | None

    @property
    def holds(self) -> bool:
        """Whether it has not expired."""
        return self.expires is None or clock() < self.expires


def create(start: Path, serving: Serving, *, key: TokenInfo) -> str:
    """Add a token and return its text, which cannot be shown again. `UsageError` for a taken name, or an odd owner."""
    local, _, domain = key.owner.partition("@")
    if not (local and "." in domain and key.owner.isprintable() and not set(" <>") & set(key.owner)):
        raise UsageError(f"{key.owner!r} is not an e-mail address. A token acts for a person, such as ada@example.com.")
    token = Token(key.name, key.owner, Scope(key.scope), hash="", created=key.created, expires=key.expires)
    return tokens.new(_file(start, serving), token)


def keys(start: Path, serving: Serving) -> tuple[TokenInfo, ...]:
    """Every token of the file."""
    return tuple(
        TokenInfo(each.name, each.owner, each.scope.value, each.created, each.expires)
        for each in tokens.read(_file(start, serving))
    )


def revoke(start: Path, serving: Serving, *, name: str) -> None:
    """Revoke a token; a running API notices at its next request. `UsageError` when there is no such token."""
    tokens.revoke(_file(start, serving), name)


def until(length: timedelta | None) -> datetime | None:
    """So long from now."""
    return None if length is None else clock() + length


def _file(start: Path, serving: Serving) -> Path:
    return tokens_file(root_of(start), serving)
