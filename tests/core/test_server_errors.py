"""What a command says that a server refused, and which proxy is on the way to it."""

from __future__ import annotations

import pytest

from helium.core.proxies import proxy_for
from helium.core.server_errors import NotSignedInError, ServerInvalidError, ServerNotFoundError, ServerRefusedError
from helium.errors import ExitCode


def test_each_refusal_ends_as_it_would_on_a_clone() -> None:
    """With the same exit code."""
    assert ExitCode.USAGE == NotSignedInError("https://h.example.com", "No token.").exit_code
    assert ExitCode.USAGE == ServerNotFoundError("a", "There is no a.").exit_code
    assert ExitCode.USAGE == ServerRefusedError("a", "It is not yours.").exit_code
    assert ExitCode.INVALID == ServerInvalidError("x.yaml on main has errors.").exit_code


def test_whoever_is_not_signed_in_is_told_how() -> None:
    """With the command, for that server."""
    told = str(NotSignedInError("https://h.example.com", "This token has ended."))

    assert "This token has ended. Sign in: helium login https://h.example.com" == told
    assert ("a", "There is no a.") == ((error := ServerNotFoundError("a", "There is no a.")).name, str(error))


@pytest.mark.parametrize(
    ("address", "environ", "expected"),
    [
        ("https://h.example.com", {}, None),
        ("https://h.example.com", {"https_proxy": "http://proxy:1"}, "http://proxy:1"),
        ("https://h.example.com", {"HTTPS_PROXY": "http://proxy:1"}, "http://proxy:1"),
        ("https://h.example.com", {"http_proxy": "http://proxy:1"}, None),
        ("https://h.example.com", {"https_proxy": "http://proxy:1", "no_proxy": "example.com"}, None),
        ("https://h.example.com", {"https_proxy": "http://proxy:1", "NO_PROXY": "*"}, None),
        ("https://h.example.com", {"https_proxy": "http://proxy:1", "no_proxy": "ample.com"}, "http://proxy:1"),
        ("http://localhost:2323", {"http_proxy": "http://proxy:1"}, None),
    ],
)
def test_a_proxy_is_asked_as_all_programs_do(address: str, environ: dict[str, str], expected: str | None) -> None:
    """By the variables that everybody knows, and never for this machine."""
    assert expected == proxy_for(address, environ)
