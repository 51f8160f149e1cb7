"""The address of a server, as a person writes it."""

from __future__ import annotations

import pytest

from helium.core.server_login import server_address
from helium.errors import UsageError


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
