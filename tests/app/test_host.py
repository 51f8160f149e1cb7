"""The host of a fleet, with its token: found, or a sentence."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from helium.adapters.git_repo import Clone
from helium.app.compose import clone_in
from helium.app.host import find_host, pushing_host, required_host, reviews_of
from helium.core.fleet import Fleet, HostSettings
from helium.core.host_errors import HostError
from helium.core.host_place import NoHost
from helium.errors import UsageError
from helium.settings import Settings

ACME = Fleet("acme")


def fleet_at(folder: Path, *, remote: str, environ: Mapping[str, str]) -> tuple[Clone, Settings]:
    """A clone with that remote, which nobody fetches."""
    for words in (("init", "-q", "-b", "main"), ("remote", "add", "origin", remote)):
        subprocess.run(("git", "-C", folder, *words), check=True)
    settings = Settings(environ={"PATH": "/usr/bin:/bin", "HOME": str(folder), **environ})
    return clone_in(folder, settings), settings


def test_a_host_with_a_token_is_found(tmp_path: Path) -> None:
    """By the remote's address; no call is made."""
    clone, settings = fleet_at(
        tmp_path, remote="git@github.com:acme/fleet.git", environ={"GITHUB_TOKEN": " t0ken\n", "GITEA_TOKEN": "other"}
    )
    host = required_host(clone, ACME, settings=settings)

    assert host.place.page == "https://github.com/acme/fleet"
    assert "t0ken" not in repr(host)
    host.close_connections()


def test_our_own_token_comes_first(tmp_path: Path) -> None:
    """It is the account that the fleet was set up with."""
    clone, settings = fleet_at(
        tmp_path, remote="git@github.com:acme/fleet.git", environ={"HELIUM_HOST_TOKEN": "own", "GITHUB_TOKEN": "other"}
    )

    assert "source='HELIUM_HOST_TOKEN'" in repr(required_host(clone, ACME, settings=settings))


@pytest.mark.parametrize(
    ("remote", "environ", "words"),
    [
        (
            "https://github.com/acme/fleet",
            {},
            "at github.com keeps acme/fleet, and there is no token for it. Set HELIUM_HOST_TOKEN (or GITHUB_TOKEN).",
        ),
        ("https://git.example.com/acme/fleet", {"HELIUM_HOST_TOKEN": "x"}, "what kind of host git.example.com is"),
        (
            "http://gitea:3000/acme/fleet",
            {
                "HELIUM_HOST_TOKEN": "x",
                "GITEA_ACTIONS": "true",
                "GITHUB_SERVER_URL": "http://gitea:3000",
                "GITHUB_REPOSITORY": "acme/fleet",
            },
            "would go over plain http, where anybody on the way can read it. Write the address as host.url",
        ),
    ],
)
def test_no_host_says_why(tmp_path: Path, remote: str, environ: Mapping[str, str], words: str) -> None:
    """Who can do without goes on; who cannot has a sentence with what to set."""
    clone, settings = fleet_at(tmp_path, remote=remote, environ=environ)
    found = find_host(clone, ACME, settings=settings)

    assert isinstance(found, NoHost)
    assert words in found.why
    with pytest.raises(UsageError, match=r"Set|Write"):
        required_host(clone, ACME, settings=settings)


def test_plain_http_is_for_those_who_say_so(tmp_path: Path) -> None:
    """In `helium.yaml`, which is reviewed."""
    clone, settings = fleet_at(tmp_path, remote="http://gitea:3000/acme/fleet", environ={"GITEA_TOKEN": "x"})
    fleet = Fleet("acme", host=HostSettings("gitea", "http://gitea:3000"))
    host = required_host(clone, fleet, settings=settings)

    assert host.place.api == "http://gitea:3000/api/v1"


@pytest.mark.parametrize("bad", ["two\nlines", "a b", "tökén"])
def test_what_is_no_token_is_not_sent(tmp_path: Path, bad: str) -> None:
    """Nor repeated by whoever would refuse it as a header."""
    clone, settings = fleet_at(tmp_path, remote="git@github.com:acme/fleet.git", environ={"GITHUB_TOKEN": bad})

    with pytest.raises(UsageError, match="GITHUB_TOKEN has characters that no token has") as met:
        required_host(clone, ACME, settings=settings)
    assert bad not in str(met.value)
    reviews = reviews_of(clone, ACME, settings=settings, asked=lambda _: {})
    assert reviews is not None
    with pytest.raises(HostError, match="no token has"):
        _ = reviews.host


def test_an_app_is_an_account_too(tmp_path: Path) -> None:
    """Before what the job or the user has in the environment, and after Helium's own token."""
    key = tmp_path / "key.pem"
    key.write_text("-----BEGIN RSA PRIVATE KEY-----\n")
    app = {"HELIUM_GITHUB_APP": "Iv1.helium", "HELIUM_GITHUB_APP_KEY": str(key), "GITHUB_TOKEN": "x"}
    clone, settings = fleet_at(tmp_path, remote="git@github.com:acme/fleet.git", environ=app)
    assert "source='HELIUM_GITHUB_APP_KEY'" in repr(required_host(clone, ACME, settings=settings))

    own = Settings(environ={**settings.environ, "HELIUM_HOST_TOKEN": "own"})
    assert "source='HELIUM_HOST_TOKEN'" in repr(required_host(clone, ACME, settings=own))
    missing = Settings(environ={**settings.environ, "HELIUM_GITHUB_APP_KEY": "/nowhere/key"})
    with pytest.raises(UsageError, match="HELIUM_GITHUB_APP_KEY is neither a PEM text nor the path"):
        required_host(clone, ACME, settings=missing)


def test_git_may_have_a_token_of_its_own(tmp_path: Path) -> None:
    """Then whoever asks what git may push asks with that one."""
    environ = {"HELIUM_HOST_TOKEN": "own", "HELIUM_GIT_TOKEN": "gits"}
    clone, settings = fleet_at(tmp_path, remote="git@github.com:acme/fleet.git", environ=environ)
    host = required_host(clone, ACME, settings=settings)
    pusher = pushing_host(host, settings=settings)

    assert pusher is not None
    assert ("source='HELIUM_GIT_TOKEN'" in repr(pusher), host.place) == (True, pusher.place)
    assert pushing_host(host, settings=Settings(environ={"HELIUM_HOST_TOKEN": "own"})) is None
