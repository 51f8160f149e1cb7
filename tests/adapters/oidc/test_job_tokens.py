"""What a CI job's token proves, against a real issuer on loopback; and what attackers send."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from helium.adapters.oidc.issuer_keys import LARGEST, IssuerKeys, fetched
from helium.adapters.oidc.job_tokens import OidcJobs
from helium.adapters.oidc.token_check import TokenFlawError
from helium.core.job_access import JobClaims, JobSettings
from helium.core.job_errors import JobTokenError
from helium.errors import UnreachableError
from tests.adapters.hosts.scripted import Scripted, scripted
from tests.oidc_issuer import AUDIENCE, REPOSITORY, OidcIssuer, by_hand, elliptic, issuing, rsa, with_secret


@pytest.fixture(scope="module")
def everyone() -> Iterator[OidcIssuer]:
    """One issuer for all tests of the module that change nothing about it."""
    with issuing() as issuer:
        issuer.keys["two"] = elliptic()
        yield issuer


@pytest.fixture(scope="module")
def jobs() -> OidcJobs:
    """What checks them, with the keys that it has fetched."""
    return OidcJobs()


def checked(jobs: OidcJobs, issuer: OidcIssuer, token: str, *, now: float = 0.0) -> JobClaims:
    """What a token proves, now or at another time."""
    settings = JobSettings(issuer=issuer.address, audience=AUDIENCE)
    return jobs.claims(token, settings=settings, now=datetime.fromtimestamp(now or time.time(), UTC))


@pytest.mark.parametrize(("kid", "algorithm"), [("one", "RS256"), ("two", "ES256")])
def test_a_token_says_which_job_it_is_of(jobs: OidcJobs, everyone: OidcIssuer, kid: str, algorithm: str) -> None:
    """By the repository's number, and by run, environment and ref."""
    said = checked(jobs, everyone, everyone.token(kid=kid, algorithm=algorithm, jti="j"))

    assert (REPOSITORY, "acme/app", 1001, 1) == (said.repository_id, said.repository, said.run_id, said.run_attempt)
    assert ("integration", "refs/heads/main", "j") == (said.environment, said.ref, said.token_id)
    assert everyone.address == said.issuer
    assert checked(jobs, everyone, everyone.token(environment=None)).environment == ""


@pytest.mark.parametrize(
    ("claims", "says"),
    [
        ({"aud": "https://another.example.com"}, "not made for `jobs.audience`"),
        ({"aud": [AUDIENCE, "https://another.example.com"]}, "not made for `jobs.audience`"),
        ({"aud": f"{AUDIENCE}/"}, "not made for `jobs.audience`"),
        ({"aud": None}, "not made for `jobs.audience`"),
        ({"iss": "https://evil.example.com"}, "another issuer than `jobs.issuer`"),
        ({"iss": None}, "another issuer"),
        ({"exp": int(time.time()) - 3600}, "has expired"),
        ({"exp": None}, "lacks exp"),
        ({"exp": "never"}, "its exp is not a time"),
        ({"exp": 1e300}, "its exp is not a time"),
        ({"exp": True}, "its exp is not a time"),
        ({"iat": int(time.time()) + 3600}, "not valid yet"),
        ({"nbf": int(time.time()) + 3600}, "not valid yet"),
        ({"nbf": "x"}, "its nbf is not a time"),
        ({"iat": None}, "lacks iat"),
        ({"jti": None, "run_id": None}, "lacks jti and run_id"),
        ({"jti": ""}, "lacks jti"),
        ({"jti": 5}, "its jti is not a text"),
        ({"repository_id": None}, "lacks repository_id"),
        ({"repository_id": "4711; DROP"}, "its repository_id is not a number"),
        ({"repository_id": True}, "its repository_id is not a number"),
        ({"run_attempt": -1}, "its run_attempt is not a number"),
        ({"environment": ["integration"]}, "its environment is not a text"),
        ({"repository": "a\nb"}, "its repository is not a text"),
    ],
)
def test_what_does_not_say_all_is_refused(
    jobs: OidcJobs, everyone: OidcIssuer, claims: dict[str, Any], says: str
) -> None:
    """Although the issuer itself signed it; and the sentence names what is wrong."""
    with pytest.raises(JobTokenError, match=says):
        checked(jobs, everyone, everyone.token(**claims))


def test_a_token_that_a_stranger_signed_is_refused(jobs: OidcJobs, everyone: OidcIssuer) -> None:
    """With a key of theirs under the issuer's id, of either kind; with one that the issuer does not have; with none."""
    claims, head = everyone.claims(), {"alg": "none", "kid": "one"}
    pem = everyone.keys["one"].public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (first, middle, _), (_, other, last) = everyone.token(run_id="9").split("."), everyone.token().split(".")
    for token, says in (
        (everyone.token(key=rsa()), "signature is not that"),
        (everyone.token(key=elliptic(), algorithm="ES256"), "its key is not one for ES256"),
        (everyone.token(key=elliptic(), algorithm="ES256", kid="two"), "signature is not that"),
        (everyone.token(key=rsa(), kid="nobody's"), "has no key"),
        (everyone.token(key=everyone.keys["one"], kid=None), "with which key"),
        (everyone.token(key=everyone.keys["one"], kid=""), "with which key"),
        (by_hand(claims, head=head, signature=b"x"), "'none', and only RS256 and ES256 count"),
        (by_hand(claims, head=head), "three parts"),
        (by_hand(claims, head={**head, "alg": "RS256"}, signature=b"x"), "signature is not that"),
        (with_secret(claims, head={**head, "alg": "HS256"}, secret=pem), "'HS256', and only"),
        (with_secret(claims, head={**head, "alg": ["RS256"]}, secret=pem), "and only"),
        (everyone.token(algorithm="PS256"), "'PS256', and only"),
        (everyone.token(algorithm="RS512"), "'RS512', and only"),
        (f"{first}.{middle}.{last}", "signature is not that"),
        (f"{'x' * 20}.{other}.{last}", "cannot be read"),
        (f"{first}.{other}x.{last}", "cannot be read"),
    ):
        with pytest.raises(JobTokenError, match=says):
            checked(jobs, everyone, token)


@pytest.mark.parametrize("token", ["", "x", "a.b", "a.b.c.d", "a. b.c", "é.b.c", "x" * 20_000, "a.b.\u0000"])
def test_what_is_no_token_is_refused_before_anything_is_asked(token: str) -> None:
    """Also one of a megabyte."""
    with issuing() as issuer:
        with pytest.raises(JobTokenError, match="at most 16384 characters"):
            checked(OidcJobs(), issuer, token)
        with pytest.raises(JobTokenError, match="at most 16384 characters"):
            checked(OidcJobs(), issuer, issuer.token(repository="x" * 1_000_000))
        assert [] == issuer.asked


def test_clocks_may_differ_by_half_a_minute(jobs: OidcJobs, everyone: OidcIssuer) -> None:
    """And by no more."""
    token, now = everyone.token(), time.time()
    assert checked(jobs, everyone, token, now=now + 320).run_id == 1001
    assert checked(jobs, everyone, token, now=now - 20).run_id == 1001
    for wrong in (now + 340, now - 45):
        with pytest.raises(JobTokenError):
            checked(jobs, everyone, token, now=wrong)


def test_a_weak_key_and_a_key_for_another_use_count_for_nothing() -> None:
    """Although the issuer shows them."""
    with issuing() as issuer:
        issuer.keys["weak"] = rsa(1024)
        with pytest.raises(JobTokenError, match="too short"):
            checked(OidcJobs(), issuer, issuer.token(kid="weak"))


def test_keys_are_fetched_once_and_again_for_one_that_is_new() -> None:
    """An issuer changes its keys. Unknown ids do not make Helium ask more than once a minute."""
    clock = [0.0]
    with issuing() as issuer:
        keys = IssuerKeys(issuer.address, fetched, clock=lambda: clock[0])
        assert keys.key("one")["kty"] == "RSA"
        issuer.keys["new"] = rsa()
        for _ in range(5):
            with pytest.raises(TokenFlawError, match="no key 'new'"):
                keys.key("new")
        assert 2 == len(issuer.asked)
        clock[0] = 61.0
        assert keys.key("new")["kid"] == "new"
        del issuer.keys["one"]
        clock[0] = 4000.0
        with pytest.raises(TokenFlawError, match="no key 'one'"):
            keys.key("one")
        assert 6 == len(issuer.asked)


def test_while_the_issuer_is_away_nobody_can_know() -> None:
    """What is known stays known for an hour. Of anything else it is said that the issuer is away."""
    clock = [0.0]
    with issuing() as issuer:
        keys = IssuerKeys(issuer.address, fetched, clock=lambda: clock[0])
        keys.key("one")
        issuer.away, clock[0] = True, 100.0
        assert keys.key("one")
        for _ in range(5):
            with pytest.raises(UnreachableError, match="openid-configuration answers 500"):
                keys.key("two")
        assert 3 == len(issuer.asked)
        clock[0] = 3700.0
        with pytest.raises(UnreachableError):
            keys.key("one")
        issuer.away, clock[0] = False, 3761.0
        assert keys.key("one")


@pytest.mark.parametrize(
    ("about", "says"),
    [
        ({"issuer": "https://evil.example.com"}, "calls itself https://evil"),
        ({"jwks_uri": "http://evil.example.com/keys"}, "without https"),
        ({"jwks_uri": "file:///etc/passwd"}, "without https"),
        ({"issuer": None}, "calls itself None"),
    ],
)
def test_an_issuer_that_speaks_for_another_is_not_believed(about: dict[str, Any], says: str) -> None:
    """Nor is an address for its keys that anybody on the way could answer."""
    with issuing() as issuer:
        issuer.about = about
        with pytest.raises(UnreachableError, match=says):
            IssuerKeys(issuer.address, fetched).key("one")


@pytest.mark.parametrize(
    "answer",
    [
        Scripted(status=302, headers={"Location": "http://127.0.0.1:1/"}),
        Scripted(body=b"x" * (LARGEST + 1)),
        Scripted(body=b"{"),
        Scripted(body=[1]),
        Scripted(body=b"[" * 100_000),
        Scripted(drops=True),
        Scripted(body={"issuer": "x"}, claims=1000),
    ],
)
def test_an_answer_that_is_none_is_the_issuer_s_own_trouble(answer: Scripted) -> None:
    """It is no error of the caller, and it follows no redirect."""
    with scripted(answer) as server, pytest.raises(UnreachableError, match="cannot be fetched"):
        IssuerKeys(server.address, fetched).key("one")


def test_keys_without_an_id_or_for_another_use_are_left_out() -> None:
    """The rest counts."""
    with scripted(Scripted()) as server:
        about = {"issuer": server.address, "jwks_uri": f"{server.address}/keys"}
        server.routes["/.well-known/openid-configuration"] = Scripted(body=about)
        server.routes["/keys"] = Scripted(body={"keys": [{"kty": "RSA"}, {"kid": "a", "use": "enc"}, {"kid": "b"}]})
        keys = IssuerKeys(server.address, fetched)

        assert {"kid": "b"} == keys.key("b")
        with pytest.raises(TokenFlawError):
            keys.key("a")
