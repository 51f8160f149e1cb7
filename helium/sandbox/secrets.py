"""Secrets in property values: told apart on the wire, and never written to disk.

A sealed value is the string `[secret DIGEST]`, keyed by the folder's salt: enough to see that a secret
changed, and not enough to read it. Pure; refuses nothing.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from typing import Any

SIGNATURE = "4dabf18193072939515e22adb298388d"
SECRET = "1b47061264138c4ac30d75fd1eb44270"
OUTPUT = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
_SEAL = re.compile(r"\[secret [0-9a-f]{32}\]\Z")


def secret(value: Any) -> dict[str, Any]:
    """Mark a value as secret, so that the engine encrypts it."""
    return {SIGNATURE: SECRET, "value": value}


def is_secret(value: Any) -> bool:
    """Whether a value as sent is marked secret."""
    return isinstance(value, dict) and value.get(SIGNATURE) == SECRET


def is_sealed(value: Any) -> bool:
    """Whether a value as kept stands for a secret."""
    return isinstance(value, str) and _SEAL.match(value) is not None


def plain(value: Any) -> Any:
    """The value without marks, its secrets in plain text; for looking at, never for keeping."""
    if is_secret(value):
        return plain(value.get("value"))
    if isinstance(value, dict) and value.get(SIGNATURE) == OUTPUT:
        return plain(value.get("value", UNKNOWN))
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items()}
    if isinstance(value, list):
        return [plain(each) for each in value]
    return value


def digest(value: Any, salt: str) -> str:
    """The seal of a secret value."""
    text = json.dumps(plain(value), sort_keys=True, separators=(",", ":"))
    return f"[secret {hmac.new(salt.encode(), text.encode(), hashlib.sha256).hexdigest()[:32]}]"


def seal(value: Any, salt: str) -> Any:
    """The value as it may be kept: every secret in it replaced by its seal."""
    if is_secret(value):
        inner = value.get("value")
        return inner if is_sealed(inner) else digest(inner, salt)
    if isinstance(value, dict):
        return {key: seal(each, salt) for key, each in value.items()}
    if isinstance(value, list):
        return [seal(each, salt) for each in value]
    return value


def unseal(value: Any, known: Any, *, salt: str) -> Any:
    """The kept value as it may be sent: seals are secret again, in plain text where `known` holds the same one."""
    if is_sealed(value):
        return secret(plain(known) if digest(known, salt) == value else value)
    known = plain(known)
    if isinstance(value, dict):
        there = known if isinstance(known, dict) else {}
        return {key: unseal(each, there.get(key), salt=salt) for key, each in value.items()}
    if isinstance(value, list):
        padded = [*(known if isinstance(known, list) else ()), *[None] * len(value)]
        return [unseal(each, padded[index], salt=salt) for index, each in enumerate(value)]
    return value


def sealed(properties: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    """The properties with those of these names marked secret as a whole."""
    return {
        key: secret(plain(value)) if key in names and value is not None else value for key, value in properties.items()
    }
