"""The address of a server, as a person writes it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from helium.core.server_login import (
    LONGEST_PAUSE,
    DeviceCode,
    IssuerClient,
    IssuerTokens,
    ServerLogin,
    server_address,
)
from helium.errors import UsageError
from tests.builders import NOW


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("https://helium.example.com", "https://helium.example.com"),
        (" HTTPS://Helium.Example.Com/ ", "https://helium.example.com"),
        ("helium.example.com", "https://helium.example.com"),
        ("helium.example.com:8443", "https://helium.example.com:8443"),
        ("https://helium.example.com:443", "https://helium.example.com"),
        ("http://localhost:2323", "http://localhost:2323"),
        ("http://127.0.0.1:80", "http://127.0.0.1"),
        ("http://[::1]:2323/", "http://[::1]:2323"),
        ("https://hélium.example.com", "https://xn--hlium-bsa.example.com"),
    ],
)
def test_a_server_has_one_address(text: str, address: str) -> None:
    """However it is written."""
    assert address == server_address(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "https://",
        "https://helium.example.com/v1/api",
        "https://helium.example.com?x=1",
        "https://helium.example.com#x",
        "https://ada:secret@helium.example.com",
        "https://helium.example.com:port",
        "https://[::1",
        "https://helium..example.com",
        "https://é..example.com",
        f"https://{'a' * 64}.example.com",
        "https://helium example.com",
        "https://helium%00.example.com",
    ],
)
def test_what_is_no_server_is_refused(text: str) -> None:
    """With an example."""
    with pytest.raises(UsageError, match=r"https://helium\.example\.com"):
        server_address(text)


@pytest.mark.parametrize("text", ["http://helium.example.com", "ftp://helium.example.com", "http://127.0.0.1.evil.com"])
def test_a_token_goes_by_https(text: str) -> None:
    """Others could read it on the way."""
    with pytest.raises(UsageError, match="others could read your token"):
        server_address(text)


def test_a_login_is_renewed_in_time() -> None:
    """An issuer that gives no new refresh token lets the old one stand; a token of Helium's is never renewed."""
    plain = ServerLogin(server="https://a.example.com", owner="ada@example.com", scope="write", token="one")
    first = plain.renewed(IssuerTokens(access="two", refresh="r", renew_at=NOW))
    later = first.renewed(IssuerTokens(access="three", renew_at=NOW + timedelta(minutes=10)))

    assert not plain.is_old(NOW)
    assert first.is_old(NOW)
    assert not later.is_old(NOW)
    assert ("three", "r") == (later.token, later.refresh)


def test_two_servers_may_get_the_same_from_an_issuer() -> None:
    """Then each could act at the other for whoever signs in. Where no audience is named, the scopes may name it."""
    own = IssuerClient(issuer="https://a.example.com", client_id="cli", scopes=("openid",), audience="https://h")
    assert own.gets_the_same_as(replace(own, scopes=("openid", "email"), port=1))
    for other in (replace(own, issuer="https://b"), replace(own, client_id="b"), replace(own, audience="https://b")):
        assert not own.gets_the_same_as(other)
    plain = replace(own, audience="")
    assert plain.gets_the_same_as(replace(plain, scopes=("openid", "offline_access")))
    assert not plain.gets_the_same_as(replace(plain, scopes=("openid", "api://other/all")))


def test_an_issuer_that_is_asked_too_often_is_asked_less() -> None:
    """From then on, and never so rarely that nobody would wait for it."""
    code = DeviceCode(secret="s", code="ABCD", address="https://a.example", whole="", until=NOW, pause=5)

    assert (10, LONGEST_PAUSE) == (code.slower(5).pause, code.slower(1e9).pause)
