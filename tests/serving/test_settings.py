"""What the environment says of serving."""

from __future__ import annotations

from pathlib import Path

import pytest

from helium.errors import UsageError
from helium.settings.serving import Serving


def test_by_default_it_listens_to_this_machine_alone() -> None:
    """On port 2323, trusts no proxy, takes no webhook, and knows no token."""
    serving = Serving.from_env({})

    assert ("127.0.0.1", 2323) == (serving.bind, serving.port)
    assert ((), "", None) == (serving.trusted_proxies, serving.hook_secret, serving.token)


def test_the_environment_is_read() -> None:
    """Each variable has its place; networks are made whole, paths absolute."""
    serving = Serving.from_env(
        {
            "HELIUM_BIND": "0.0.0.0",
            "HELIUM_PORT": "80",
            "HELIUM_TOKENS": "/etc/helium/tokens",
            "HELIUM_TRUSTED_PROXIES": "10.0.0.0/8, 192.168.1.7",
            "HELIUM_LOG": "json",
            "HELIUM_FOLLOW_EVERY": "0.5",
            "HELIUM_PLAIN_HTTP": "1",
        }
    )

    assert ("0.0.0.0", 80, Path("/etc/helium/tokens")) == (serving.bind, serving.port, serving.tokens)
    assert ("10.0.0.0/8", "192.168.1.7/32") == serving.trusted_proxies
    assert ("json", True, 0.5) == (serving.log, serving.plain_http, serving.follow_every)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("HELIUM_PORT", "http"),
        ("HELIUM_PORT", "0"),
        ("HELIUM_PORT", "65536"),
        ("HELIUM_TRUSTED_PROXIES", "10.0.0.1/8"),
        ("HELIUM_TRUSTED_PROXIES", "everyone"),
        ("HELIUM_METRICS_PORT", "all"),
        ("HELIUM_LOG", "xml"),
        ("HELIUM_FOLLOW_EVERY", "0"),
        ("HELIUM_FOLLOW_EVERY", "often"),
    ],
)
def test_what_cannot_be_meant_is_refused(name: str, text: str) -> None:
    """By its variable's name, before anything is opened."""
    with pytest.raises(UsageError, match=name):
        Serving.from_env({name: text})


def test_no_secret_is_shown() -> None:
    """Settings may be printed."""
    names = ("HELIUM_TOKEN", "HELIUM_GIT_TOKEN", "HELIUM_HOOK_SECRET", "HELIUM_SESSION_KEY")

    assert "hush" not in repr(Serving.from_env(dict.fromkeys(names, "hush" * 4)))


@pytest.mark.parametrize("name", ["HELIUM_TOKEN", "HELIUM_SESSION_KEY", "HELIUM_PROXY_SECRET"])
def test_a_short_token_is_refused(name: str) -> None:
    """It could be guessed, and the sentence does not repeat it. The key signs who somebody is."""
    with pytest.raises(UsageError, match=f"{name} is too short") as refused:
        Serving.from_env({name: "hunter2"})

    assert "hunter2" not in str(refused.value)
