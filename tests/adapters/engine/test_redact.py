"""No known secret survives the redactor, in whatever form it is written."""

from __future__ import annotations

import base64
import html
import json
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helium.adapters.engine.redact import SHOWN, Redactor

SECRETS = st.text(st.characters(codec="utf-8"), min_size=6, max_size=40).filter(
    lambda text: text.strip() == text and text not in SHOWN
)
FORMS: dict[str, Callable[[str], str]] = {
    "clear": str,
    "json": lambda text: json.dumps({"password": text}),
    "json, not ascii": lambda text: json.dumps([text], ensure_ascii=False),
    "json in json": lambda text: json.dumps(json.dumps(text)),
    "json in json in json": lambda text: json.dumps(json.dumps(json.dumps({"config": text}))),
    "values in an error in a log": lambda text: json.dumps(json.dumps(json.dumps({"jsonConfig": json.dumps([text])}))),
    "yaml": lambda text: "password: '{}'".format(text.replace("'", "''")),
    "url": lambda text: f"https://user:{quote(text, safe='')}@host/",
    "query": lambda text: f"?password={quote_plus(text)}",
    "html": lambda text: f"<b>{html.escape(text)}</b>",
    "python": lambda text: f"{[text]!r}",
}


@pytest.mark.parametrize("form", FORMS)
@given(secret=SECRETS)
def test_every_form_is_taken_out(form: str, secret: str) -> None:
    """In plain text, in JSON, in a URL, in HTML and in a program's own words."""
    written = FORMS[form](secret)

    shown = Redactor.of([secret])(f"before {written} after")

    assert SHOWN in shown
    assert written not in shown


@given(
    secret=st.text("abcdefghijklmnopqrstuvwxyz0123456789-_.", min_size=9, max_size=40),
    before=st.binary(max_size=7),
    after=st.binary(max_size=7),
)
def test_base64_of_anything_around_it_is_taken_out(secret: str, before: bytes, after: bytes) -> None:
    """A secret inside a longer text, encoded as a whole (a Kubernetes secret's data), cannot be decoded again."""
    encoded = base64.b64encode(before + secret.encode() + after).decode()

    shown = Redactor.of([secret])(encoded)

    assert SHOWN in shown


@given(secret=st.text("abcdefgh'\"\\\\\n<&é", min_size=9, max_size=40))
def test_base64_of_a_json_text_around_it_is_taken_out(secret: str) -> None:
    """A chart's JSON value as a Kubernetes Secret keeps it: the secret is escaped first, and encoded then."""
    encoded = base64.b64encode(json.dumps({"clientSecret": secret}).encode()).decode()

    assert SHOWN in Redactor.of([secret])(encoded)


def test_lines_of_a_long_secret_are_taken_out() -> None:
    """Pulumi indents what it prints, so a key of several lines is known line by line."""
    key = "-----BEGIN KEY-----\nMIIEvQIBADANBgkqhkiG\n-----END KEY-----"

    shown = Redactor.of([key])("error:\n    -----BEGIN KEY-----\n    MIIEvQIBADANBgkqhkiG\n    -----END KEY-----")

    assert f"error:\n    {SHOWN}\n    {SHOWN}\n    {SHOWN}" == shown


def test_a_longer_secret_goes_first() -> None:
    """One secret that begins with another leaves no tail."""
    assert f"a {SHOWN} b" == Redactor.of(["horse", "horse battery"])("a horse battery b")


def test_an_empty_secret_takes_nothing_out() -> None:
    """An unset variable is nobody's secret."""
    assert "text" == Redactor.of([""])("text")


def test_more_secrets_can_be_known() -> None:
    """A kubeconfig's token is learnt when it is fetched."""
    known = Redactor.of(["first-secret"]).with_secrets(["second-secret"])

    assert f"{SHOWN} {SHOWN}" == known("first-secret second-secret")
