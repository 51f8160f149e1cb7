"""An app of GitHub's as Helium's account: what it proves, whose tokens it gets, and for how long it keeps them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from helium.adapters.hosts.github import HEADERS, GitHubHost
from helium.adapters.hosts.github_app import GitHubApp
from helium.adapters.hosts.transport import HostTransport, Patience
from helium.core.host_errors import HostRightsError
from helium.core.host_place import GITHUB, HostPlace
from tests.adapters.hosts.github_mock import DescribedGitHub
from tests.adapters.hosts.scripted import Scripted, ScriptedServer, scripted

API = "/api/v3"
NOON = datetime(2026, 11, 29, 12, tzinfo=UTC)


class SetClock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.time = NOON

    def now(self) -> datetime:
        """What it shows."""
        return self.time


@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    """As GitHub makes one for an app."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture(scope="module")
def pem(key: rsa.RSAPrivateKey) -> str:
    """The file that it gives."""
    form = serialization.PrivateFormat.TraditionalOpenSSL
    return key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()).decode()


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    """A GitHub that knows the app, and gives a token for an hour."""
    with scripted(Scripted(status=404, body={"message": "Not Found"})) as told:
        told.routes = {
            f"{API}/repos/acme/fleet/installation": Scripted(body={"id": 42}),
            f"POST {API}/app/installations/42/access_tokens": token("first"),
            f"{API}/user": Scripted(body={"login": "robot"}),
            f"{API}/repos/acme/fleet/collaborators/ada/permission": Scripted(body={"permission": "write"}),
        }
        yield told


def token(name: str, *, at: datetime = NOON) -> Scripted:
    """What GitHub gives."""
    return Scripted(body={"token": name, "expires_at": f"{at + timedelta(hours=1):%Y-%m-%dT%H:%M:%SZ}"})


def host_of(server: ScriptedServer, pem: str, *, watch: SetClock) -> GitHubHost:
    """GitHub's adapter, as the app."""
    place, patience = HostPlace(GITHUB, server.address, "acme/fleet"), Patience(seconds=5, now=watch.now)
    own = GitHubApp("Iv1.helium", pem, "HELIUM_GITHUB_APP_KEY").token(place, environ={}, patience=patience)
    return GitHubHost(HostTransport(place, own, HEADERS, environ={}, patience=patience))


def test_an_app_proves_who_it_is_and_asks_for_one_repository(
    server: ScriptedServer, key: rsa.RSAPrivateKey, pem: str
) -> None:
    """By a signature that is good for less than ten minutes; the token is for calls, and never the proof."""
    host = host_of(server, pem, watch=SetClock())
    host.permission("ada")

    (_, _, _, first), (_, _, body, second), (_, _, _, third) = server.asked
    for headers in (first, second):
        proof = headers["Authorization"].removeprefix("Bearer ")
        said = jwt.decode(
            proof, key.public_key(), algorithms=["RS256"], options={"verify_exp": False, "verify_iat": False}
        )
        assert "Iv1.helium" == said["iss"]
        assert said["exp"] - said["iat"] <= 600
    assert {"repositories": ["fleet"]} == body
    assert "Bearer first" == third["Authorization"]


def test_a_token_is_kept_until_shortly_before_its_end(server: ScriptedServer, pem: str) -> None:
    """Each call does not need two more, and none goes out with a token that ends on its way."""
    watch = SetClock()
    host = host_of(server, pem, watch=watch)
    for minutes in (0, 30, 54):
        watch.time = NOON + timedelta(minutes=minutes)
        host.permission("ada")
    made = f"POST {API}/app/installations/42/access_tokens"
    assert 1 == server.paths.count(made)

    watch.time = NOON + timedelta(minutes=56)
    server.routes[made] = token("second", at=watch.time)
    host.permission("ada")
    assert 2 == server.paths.count(made)
    assert "Bearer second" == server.asked[-1][3]["Authorization"]


def test_an_app_that_is_not_installed_says_so(server: ScriptedServer, pem: str) -> None:
    """With what to do at GitHub."""
    del server.routes[f"{API}/repos/acme/fleet/installation"]

    with pytest.raises(HostRightsError, match=r"The GitHub App Iv1.helium is not installed on acme/fleet. Install it"):
        host_of(server, pem, watch=SetClock()).permission("ada")


def test_a_key_of_another_app_is_said(server: ScriptedServer, pem: str) -> None:
    """GitHub does not know the signature."""
    refused = Scripted(status=401, body={"message": "A JSON web token could not be decoded"})
    server.routes[f"{API}/repos/acme/fleet/installation"] = refused

    with pytest.raises(HostRightsError, match="does not accept the token in HELIUM_GITHUB_APP_KEY") as met:
        host_of(server, pem, watch=SetClock()).permission("ada")
    assert "with the key of an app that is installed on acme/fleet" in str(met.value)


@pytest.mark.parametrize(
    "bad", ["", "nonsense", "-----BEGIN RSA PRIVATE KEY-----\nc2VjcmV0\n-----END RSA PRIVATE KEY-----\n"]
)
def test_what_is_no_key_is_named_and_not_repeated(server: ScriptedServer, bad: str) -> None:
    """The variable, and never what is in it."""
    with pytest.raises(HostRightsError, match="HELIUM_GITHUB_APP_KEY does not hold the private key") as met:
        host_of(server, bad, watch=SetClock()).permission("ada")
    assert not re.search("nonsense|c2VjcmV0", f"{met.value}")
    assert [] == server.asked


def test_no_sentence_has_a_token_of_an_app(server: ScriptedServer, pem: str) -> None:
    """Neither one that is good, nor one that was."""
    host = host_of(server, pem, watch=SetClock())
    server.routes[f"{API}/repos/acme/fleet/pulls/7"] = Scripted(status=422, body={"message": "first is a bad token"})

    with pytest.raises(Exception, match=r"\[redacted\] is a bad token"):
        host.pull_request(7)
    assert "first" not in repr(host)


def test_an_apps_calls_fit_githubs_description(github_mock: DescribedGitHub, pem: str) -> None:
    """As all others do."""
    place, patience = HostPlace(GITHUB, github_mock.address, "octocat/Hello-World"), Patience(seconds=30)
    own = GitHubApp("Iv1.helium", pem, "HELIUM_GITHUB_APP_KEY").token(place, environ={}, patience=patience)

    assert own.read()
    assert [] == github_mock.refused
