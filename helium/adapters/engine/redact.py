"""Removes every known secret from a text, in whatever form a program, a provider or a URL wrote it.

Pure. It knows only the secrets that it was given: it refuses to guess what looks like one.
"""

from __future__ import annotations

import base64
import html
import json
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import quote, quote_plus

from helium.adapters.engine.events import SECRET_SIGNATURE
from helium.core.digest import Json

SHOWN = "[secret]"
SHORTEST_LINE = 8
SHORTEST_VALUE = 4
"""Of values that a state or a program calls secret. Shorter ones would blank half of any text."""
SHALLOW, DEEP = 2, 4
"""How often a text may be nested as JSON in JSON: in a Secret's data, and in an error that quotes such values."""


@dataclass(frozen=True, slots=True)
class Redactor:
    """`forms` are all the texts to remove, longest first: a shorter one may be part of a longer one."""

    forms: tuple[str, ...] = ()

    @classmethod
    def of(cls, secrets: Iterable[str]) -> Redactor:
        """For these secrets, in plain text. Empty ones are skipped."""
        forms = {form for secret in secrets if secret for form in forms_of(secret)}
        return cls(tuple(sorted(forms, key=lambda form: (-len(form), form))))

    def with_secrets(self, secrets: Iterable[str]) -> Redactor:
        """One that knows these as well."""
        more = Redactor.of(secrets).forms
        return Redactor(tuple(sorted({*self.forms, *more}, key=lambda form: (-len(form), form))))

    def __call__(self, text: str) -> str:
        """The text without any of them."""
        for form in self.forms:
            text = text.replace(form, SHOWN)
        return text


def secrets_in(document: Json) -> Iterator[str]:
    """What a state that was exported with its secrets calls secret, in plain text.

    A provider may keep all inputs of a resource once more as one secret, its name among them. What the state says
    openly as well is no secret, and an error without it could not be understood.
    """
    open_words = frozenset(values_in(_opened(document)))
    return (each for each in _sealed(document) if each not in open_words)


def _sealed(document: Json) -> Iterator[str]:
    if isinstance(document, dict) and SECRET_SIGNATURE in document:
        with suppress(json.JSONDecodeError, TypeError):
            yield from values_in(json.loads(document.get("plaintext", "null")))
    elif isinstance(document, dict | list):
        for each in document.values() if isinstance(document, dict) else document:
            yield from _sealed(each)


def _opened(document: Json) -> Json:
    """The document without its secrets."""
    if isinstance(document, dict):
        return {key: _opened(each) for key, each in document.items()} if SECRET_SIGNATURE not in document else None
    return [_opened(each) for each in document] if isinstance(document, list) else document


def values_in(value: object) -> Iterator[str]:
    """Each text and number in a secret value, however deep."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list | tuple):
        for each in value:
            yield from values_in(each)
    elif value is not None and not isinstance(value, bool) and len(str(value)) >= SHORTEST_VALUE:
        yield str(value)


def forms_of(secret: str) -> frozenset[str]:
    """The secret itself, each of its longer lines, and both as JSON, YAML, URLs, HTML and base64 write them."""
    lines = [line.strip() for line in secret.splitlines()]
    whole = {secret, *(line for line in lines if len(line) >= SHORTEST_LINE)}
    written = {form for text in whole for form in _escaped(text)}
    encoded = {form for text in whole for inner in _quoted(text, depth=SHALLOW) for form in _encoded(inner)}
    return frozenset(form for form in written | encoded if form)


def _escaped(text: str) -> set[str]:
    urls = {quote(text, safe=""), quote(text), quote_plus(text)}
    others = {html.escape(text), repr(text)[1:-1], text.replace("'", "''")}
    return _quoted(text, depth=DEEP) | urls | {_small_hex(url) for url in urls} | others


def _quoted(text: str, *, depth: int) -> set[str]:
    """The text, and what it becomes as JSON in JSON, so many times."""
    forms = newest = {text}
    for _ in range(depth):
        newest = {form for each in newest for form in _as_json(each)} - forms
        forms = forms | newest
    return forms


def _as_json(text: str) -> set[str]:
    plain = {json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1]}
    return plain | {_as_go(form) for form in plain}


def _as_go(text: str) -> str:
    """Go's JSON also escapes what HTML would mind."""
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _small_hex(text: str) -> str:
    head, *parts = text.split("%")
    return "%".join([head, *(part[:2].lower() + part[2:] for part in parts)])


def _encoded(text: str) -> set[str]:
    """Base64 of the text alone, and what all base64 of it shares at each of its three places in a longer one."""
    data = text.encode(errors="surrogatepass")
    forms = set()
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        forms |= {encode(data).decode(), encode(data).decode().rstrip("=")}
        for before in range(3):
            inner = encode(b"\0" * before + data).decode().rstrip("=")
            start, end = (before * 8 + 5) // 6, (before + len(data)) * 8 // 6
            if end - start >= SHORTEST_LINE:
                forms.add(inner[start:end])
    return forms
