"""Secrets written in plain text: a literal under a key that is a password, a secret, a token or a key of that kind.

A key counts by its last word: `password`, `clientSecret`, `api_key` hold a secret; `secretName`, `existingSecret`,
`tokenTTL`, `passwordKey` name or describe one. Text of any shape that is plainly a secret (a private key, a password
inside a URL, a token of a well-known form) is refused under every key. What is refused is never quoted. It knows keys
and shapes, not entropy: a secret under a harmless key is for the reviewer to see.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache

from helium.adapters.specs.findings import Path
from helium.core.digest import Json
from helium.core.helm_values import secret_name

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_SECRET = {
    *("password", "passwd", "passphrase", "pwd", "pass", "secret", "token", "credential", "cred", "apikey"),
    *("jwt", "htpasswd"),
}
_MANY = {f"{word}s" for word in _SECRET - {"pass"}}
_ENDS = ("password", "passwords", "passphrase", "secret", "secrets", "token", "apikey")
"""How a word ends that was written together: `mysecret`, `accesstoken`."""

_KEYS = {
    *("api", "private", "secret", "access", "encryption", "signing", "license", "licence", "crypt", "auth", "master"),
    *("hmac", "session", "shared", "ssh"),
}
_NAMED = {"existing", "pull", "from"}
"""`existingSecret`, `imagePullSecrets`, `envFromSecret`: such keys hold the names of secrets."""
_OF_CERTIFICATES = {"ssl", "tls", "ca", "cert", "certs", "certificate", "certificates"}
"""`postgresqlSSLSecret`: such a key names the object that holds a certificate, which nobody writes on one line."""

_POINTS = {
    *("name", "names", "ref", "refs", "key", "keys", "namespace", "type", "kind", "path", "file", "id"),
    *("server", "servers", "registry", "registries", "host", "hostname", "port", "url", "uri", "endpoint", "region"),
    *("username", "email", "provider", "issuer", "domain"),
}
"""Keys below `registryCredentials: {…}` and the like that say where and who, and are no secret."""
_PROSE = {"labels", "annotations"}
_CLEAR = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY|(?i:[a-z][a-z0-9+.-]{0,30}://[^/\s:@]*:(?!\$[({][A-Za-z0-9_.]+[)}]@)[^/\s@]+@)"
    r"|\b(?i:bearer|basic) [A-Za-z0-9+/_.=-]{16}|\beyJ[\w-]{8,512}\.eyJ[\w-]{8}"
    r"|\b(gh[opsru]_|github_pat_|glpat-|xox[abprs]-|sk_live_|AIza|ya29\.)[\w-]{16}"
)
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
INSTEAD = "write {fromSecret: NAME} instead, and give the pass the secret under that name"


def words(key: str) -> list[str]:
    """The words of a key in camel, snake or kebab case, in lowercase: `clientSecret` is client, secret."""
    return [word.lower() for word in _WORD.findall(key)]


@lru_cache(maxsize=4096)
def is_secret(key: str) -> bool:
    """Whether a key says that its value is a secret, not the name of one."""
    parts = [word for word in words(key) if not word.isdigit()]
    if not parts or _NAMED & set(parts):
        return False
    *before, last = parts
    if last in {"secret", "secrets"} and before[-1:] != [] and before[-1] in _OF_CERTIFICATES:
        return False
    if last in _SECRET | _MANY or last.endswith(_ENDS):
        return True
    return last in {"key", "keys"} and before[-1:] != [] and before[-1] in _KEYS


def in_clear(value: Json, at: Path) -> Iterator[tuple[Path, str]]:
    """The places in `value` that hold a secret in plain text, or a malformed reference to one, each with a sentence."""
    yield from _look(value, at, secret=False)


def in_settings(value: Json, at: Path) -> Iterator[Path]:
    """The places in a backend's settings that hold a secret in plain text. `tlsSecret` and the like name one there."""
    for place, _ in in_clear(value, at):
        if not any(last in {"secret", "secrets"} for last in words(str(place[-1]))[-1:]):
            yield place


def by_shape(value: Json, at: Path) -> Iterator[Path]:
    """The places in `value` whose text is a secret by its shape, whatever its key says."""
    if isinstance(value, str) and _CLEAR.search(value):
        yield at
    inner = value.items() if isinstance(value, Mapping) else enumerate(value) if isinstance(value, list) else ()
    for step, each in inner:
        yield from by_shape(each, (*at, step))


def _look(value: Json, at: Path, *, secret: bool) -> Iterator[tuple[Path, str]]:
    if isinstance(value, Mapping):
        yield from _mapping(value, at, secret=secret)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _look(inner, (*at, index), secret=secret)
    elif isinstance(value, str) and _CLEAR.search(value):
        yield at, f"this looks like a secret in plain text; {INSTEAD}"
    elif secret and _is_literal(value, str(at[-1])):
        yield at, f"its key says that this is a secret, and it is in plain text; {INSTEAD}"


def _mapping(value: Mapping[str, Json], at: Path, *, secret: bool) -> Iterator[tuple[Path, str]]:
    if "fromSecret" in value:
        name = secret_name(value)
        if name is None or not _NAME.fullmatch(name):
            yield at, "write {fromSecret: NAME} with nothing beside it; a NAME has letters, digits and underscores"
        return
    named = value.get("name")
    if isinstance(named, str) and is_secret(named) and isinstance(value.get("value"), str) and value["value"]:
        yield (*at, "value"), f"the name beside it says that this is a secret, and it is in plain text; {INSTEAD}"
    for key, inner in value.items():
        below = secret and key not in _PROSE and (words(key) or [""])[-1] not in _POINTS
        yield from _look(inner, (*at, key), secret=below or is_secret(key))


def _is_literal(value: Json, key: str) -> bool:
    """Text, or a number under a key of one: `maxTokens: 4` counts them, and nobody's secret is true or empty."""
    if isinstance(value, bool) or value is None or value == "":
        return False
    return isinstance(value, str) or (words(key) or [""])[-1] not in _MANY
