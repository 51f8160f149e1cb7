"""Signing in by an issuer: what every such port does, and what an issuer, or somebody else, may lie about."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from urllib.request import HTTPErrorProcessor, build_opener

import pytest

from helium.adapters.oidc.sealed import sealed, unsealed
from helium.adapters.oidc.sign_ins import OidcSignIns
from helium.core.sign_in import RoleSettings, SignedIn, SignInSettings, SignInStart
from helium.core.sign_in_errors import SignInAgainError, SignInError
from helium.errors import UnreachableError
from helium.ports.sign_ins import SignIns
from tests.fakes import FakeSignIns
from tests.oidc_issuer import by_hand, elliptic, public, rsa, with_secret
from tests.sign_in_issuer import CLIENT, SECRET, URL, SignInIssuer, signing_in

KEY = b"k" * 32
_OWN, _OTHER = rsa(), rsa()
ADA = {"sub": "ada-1", "email": "ada@example.com", "email_verified": True, "name": "Ada", "groups": ["sales"]}


def now() -> datetime:
    """By the clock of the issuer."""
    return datetime.now(UTC)


def settings_of(address: str) -> SignInSettings:
    """Of a fleet that has this issuer."""
    roles = RoleSettings(write=("sales",), admin=("platform",))
    return SignInSettings(issuer=address, client_id=CLIENT, url=URL, audience=URL, roles=roles)


def start_at(address: str, *, state: str = "a-state", silent: bool = False) -> SignInStart:
    """A sign-in that began a moment ago."""
    until = now() + timedelta(minutes=10)
    return SignInStart(
        state=state,
        nonce="a-nonce",
        verifier="v" * 43,
        issuer=address,
        client_id=CLIENT,
        to="/",
        until=until,
        silent=silent,
    )


@pytest.fixture(scope="module")
def shared() -> Iterator[SignInIssuer]:
    """One issuer for the module."""
    with signing_in() as issuer:
        yield issuer


@pytest.fixture
def issuer(shared: SignInIssuer) -> SignInIssuer:
    """As at first, with the same keys."""
    fresh = SignInIssuer(address=shared.address, keys={"one": _OWN})
    for name in SignInIssuer.__dataclass_fields__:
        setattr(shared, name, getattr(fresh, name))
    return shared


def visited(address: str) -> dict[str, str]:
    """What the issuer sends a browser back with."""

    class NoRedirects(HTTPErrorProcessor):
        def http_response(self, request: Any, response: Any) -> Any:
            return response

        https_response = http_response

    with build_opener(NoRedirects).open(address, timeout=20) as answer:
        return dict(parse_qsl(urlsplit(answer.headers["Location"]).query))


class SignInTrial:
    """A port with its issuer, and how somebody gets a code there."""

    def __init__(self, port: SignIns, issuer: SignInIssuer, *, fake: FakeSignIns | None = None) -> None:
        self.port, self.issuer, self.fake = port, issuer, fake
        self.settings = settings_of(issuer.address)

    def enters(self) -> SignedIn:
        """A sign-in from the beginning to its end."""
        start = start_at(self.issuer.address)
        return self.port.finish(self.settings, start=start, code=self.code(start), named=self.issuer.address, now=now())

    def code(self, start: SignInStart) -> str:
        """Of whoever goes to the issuer now."""
        address = self.port.address(self.settings, start=start)
        return visited(address)["code"] if self.fake is None else min(self.fake.codes)

    def say(self, **claims: Any) -> None:
        """From now on the issuer says this."""
        self.issuer.person.claims |= claims
        if self.fake is not None and self.fake.claims is not None:
            self.fake.claims |= claims

    def disable(self) -> None:
        """The issuer knows them no more."""
        self.issuer.person.disabled = True
        if self.fake is not None:
            self.fake.claims = None

    def go_away(self) -> None:
        """Nothing answers."""
        self.issuer.away = True
        if self.fake is not None:
            self.fake.away = True


@pytest.fixture(params=["real", "fake"])
def trial(request: pytest.FixtureRequest, issuer: SignInIssuer) -> SignInTrial:
    """The real port and the fake."""
    if request.param == "real":
        return SignInTrial(OidcSignIns(SECRET, KEY), issuer)
    fake = FakeSignIns(dict(ADA))
    return SignInTrial(fake, issuer, fake=fake)


def test_somebody_signs_in(trial: SignInTrial) -> None:
    """The address has what binds the answer to this browser; the code becomes a person."""
    start = start_at(trial.issuer.address)
    query = dict(parse_qsl(urlsplit(trial.port.address(trial.settings, start=start)).query))
    assert ("a-state", "a-nonce", CLIENT) == (query["state"], query["nonce"], query["client_id"])
    assert "prompt" not in query
    ada = trial.enters()

    assert ("ada@example.com", "write", "ada-1") == (ada.person.owner, ada.person.role, ada.person.subject)
    assert ada.renewal
    assert ada.renewal not in repr(ada)


def test_an_issuer_that_is_to_ask_nothing_is_told(trial: SignInTrial) -> None:
    """As where a session is only to be renewed."""
    address = trial.port.address(trial.settings, start=start_at(trial.issuer.address, silent=True))

    assert "none" == dict(parse_qsl(urlsplit(address).query))["prompt"]


def test_a_code_is_good_once(trial: SignInTrial) -> None:
    """Whoever reads it in a log comes too late."""
    start = start_at(trial.issuer.address)
    code = trial.code(start)
    trial.port.finish(trial.settings, start=start, code=code, named=trial.issuer.address, now=now())

    with pytest.raises(SignInError, match="refuses the code"):
        trial.port.finish(trial.settings, start=start, code=code, named=trial.issuer.address, now=now())


@pytest.mark.parametrize("named", ["https://evil.example.com", ""])
def test_an_answer_of_another_issuer_is_refused(trial: SignInTrial, named: str) -> None:
    """Or a code of one would be sent to another; one that says that it names itself must."""
    start = start_at(trial.issuer.address)
    code = trial.code(start)

    with pytest.raises(SignInError, match="another issuer"):
        trial.port.finish(trial.settings, start=start, code=code, named=named, now=now())


def test_a_renewal_says_what_is_so_now(trial: SignInTrial) -> None:
    """A role that shrank has shrunk."""
    ada = trial.enters()
    trial.say(groups=[])
    later = now() + timedelta(minutes=1)
    ada = trial.port.renew(trial.settings, old=ada, now=later)

    assert ("read", later) == (ada.person.role, ada.person.read_at)
    assert "read" == trial.port.renew(trial.settings, old=ada, now=later).person.role


def test_whom_the_issuer_knows_no_more_has_to_sign_in(trial: SignInTrial) -> None:
    """They are disabled there, or ended their session."""
    ada = trial.enters()
    trial.disable()

    with pytest.raises(SignInAgainError, match="invalid_grant"):
        trial.port.renew(trial.settings, old=ada, now=now())


def test_without_an_issuer_nobody_knows(trial: SignInTrial) -> None:
    """Which is said, and nothing follows from it. Who leaves leaves all the same."""
    ada = trial.enters()
    trial.go_away()

    with pytest.raises(UnreachableError, match="Try again in a minute"):
        trial.port.renew(trial.settings, old=ada, now=now())
    if trial.fake is None:
        trial.port = OidcSignIns(SECRET, KEY)
    with pytest.raises(UnreachableError, match="Try again in a minute"):
        trial.port.address(trial.settings, start=start_at(trial.issuer.address))
    assert "" == trial.port.leave(trial.settings, old=ada, to=f"{URL}/sign-in")


def test_who_leaves_is_taken_to_the_issuer(trial: SignInTrial) -> None:
    """And comes back from there."""
    address = trial.port.leave(trial.settings, old=trial.enters(), to=f"{URL}/sign-in")

    assert address.startswith(f"{trial.issuer.address}/end?")
    assert f"{URL}/sign-in" == dict(parse_qsl(urlsplit(address).query))["post_logout_redirect_uri"]


def real(issuer: SignInIssuer) -> SignInTrial:
    """With the real port."""
    return SignInTrial(OidcSignIns(SECRET, KEY), issuer)


def test_our_secret_goes_as_the_issuer_wants_it(issuer: SignInIssuer) -> None:
    """In a header, escaped, or in the form; and only to the issuer's own address."""
    real(issuer).enters()
    assert "client_secret" not in issuer.forms[-1]
    issuer.about["token_endpoint_auth_methods_supported"] = ["client_secret_post"]
    with pytest.raises(SignInError, match="invalid_client"):
        real(issuer).enters()
    assert SECRET == issuer.forms[-1]["client_secret"]
    issuer.about["token_endpoint"] = "http://evil.example.com/token"
    with pytest.raises(UnreachableError, match="without https"):
        real(issuer).enters()


def test_groups_of_the_userinfo_count(issuer: SignInIssuer) -> None:
    """Some issuers put nothing more than a subject into the token."""
    issuer.in_userinfo = True

    assert ("ada@example.com", "write") == ((ada := real(issuer).enters().person).mail, ada.role)
    issuer.answers["/userinfo"] = (200, {"sub": "eve", "email": "eve@example.com"})
    with pytest.raises(SignInError, match="somebody else"):
        real(issuer).enters()
    issuer.answers["/userinfo"] = (401, {"error": "invalid_token"})
    assert ("", "read") == ((ada := real(issuer).enters().person).mail, ada.role)
    issuer.answers["/userinfo"] = (500, {})
    with pytest.raises(UnreachableError):
        real(issuer).enters()


LIES: dict[str, tuple[dict[str, Any], str]] = {
    "issuer": ({"iss": "https://evil.example.com"}, "another issuer"),
    "audience": ({"aud": "another"}, "not made for this Helium alone"),
    "audiences": ({"aud": [CLIENT, "another"]}, "not made for this Helium alone"),
    "no audience": ({"aud": None}, "not made for this Helium alone"),
    "party": ({"azp": "another"}, "another client"),
    "nonce": ({"nonce": "another"}, "another sign-in"),
    "no nonce": ({"nonce": None}, "another sign-in"),
    "number as nonce": ({"nonce": 7}, "another sign-in"),
    "expired": ({"exp": 1_000_000_000}, "expired"),
    "no end": ({"exp": None}, "lacks exp"),
    "no begin": ({"iat": None}, "lacks iat"),
    "to come": ({"nbf": 4_000_000_000}, "not valid yet"),
    "old": ({"iat": 1_700_000_000}, "issued more than 5 minutes ago"),
    "time as text": ({"exp": "soon"}, "exp is not a time"),
    "no subject": ({"sub": None}, "lacks sub"),
    "subject": ({"sub": "x" * 300}, "its subject"),
}


@pytest.mark.parametrize(("also", "why"), LIES.values(), ids=LIES)
def test_an_id_token_that_is_not_for_us_signs_nobody_in(issuer: SignInIssuer, also: dict[str, Any], why: str) -> None:
    """Not even where the right key signed it."""
    issuer.also = also

    with pytest.raises(SignInError, match=why):
        real(issuer).enters()


@pytest.mark.parametrize("ahead", [-600.0, 600.0])
def test_clocks_may_be_apart_by_half_a_minute(issuer: SignInIssuer, ahead: float) -> None:
    """And no more."""
    issuer.ahead = ahead / 25
    assert "ada-1" == real(issuer).enters().person.subject
    issuer.ahead = ahead
    with pytest.raises(SignInError, match=r"not valid yet|issued more than"):
        real(issuer).enters()


Forge = Callable[[SignInIssuer, dict[str, Any]], str]


def _with_public_key(issuer: SignInIssuer, claims: dict[str, Any]) -> str:
    known = public(issuer.keys["one"], kid="one")
    return with_secret(claims, head={"alg": "HS256", "kid": "one"}, secret=known["n"].encode())


FORGERIES: dict[str, tuple[Forge, str]] = {
    "none": (lambda _, said: by_hand(said, head={"alg": "none", "kid": "one"}), "three parts|only RS256"),
    "NoNe": (lambda _, said: by_hand(said, head={"alg": "NoNe", "kid": "one"}, signature=b"x"), "only RS256"),
    "HS256 with the public key": (_with_public_key, "only RS256"),
    "another key": (lambda issuer, said: issuer.signed(said, key=_OTHER), "signature is not"),
    "no such key": (lambda issuer, said: issuer.signed(said, key=_OTHER, kid="two"), "no key 'two'"),
    "another kind": (lambda issuer, said: issuer.signed(said, key=elliptic(), algorithm="ES256"), "not one for ES256"),
    "no id": (lambda _, said: by_hand(said, head={"alg": "RS256"}, signature=b"x"), "which key"),
    "a text": (lambda *_: "eyJx.y", "three parts"),
    "long": (lambda *_: "eyJx." + "y" * (17 << 10) + ".z", "three parts"),
}


@pytest.mark.parametrize(("forge", "why"), FORGERIES.values(), ids=FORGERIES)
def test_a_forged_token_proves_nothing(issuer: SignInIssuer, forge: Forge, why: str) -> None:
    """Neither that of a sign-in nor that of a call."""
    issuer.given["id_token"] = forge(issuer, {**issuer.base(CLIENT), "nonce": "a-nonce", **issuer.person.claims})
    with pytest.raises(SignInError, match=why):
        real(issuer).enters()
    token = forge(issuer, {**issuer.base(URL), **issuer.person.claims})
    with pytest.raises(SignInError, match=why):
        OidcSignIns(SECRET, KEY).caller(settings_of(issuer.address), token=token, now=now())


@pytest.mark.parametrize("given", [{"id_token": None}, {"id_token": 7}, {"id_token": ["x"]}])
def test_a_sign_in_without_an_id_token_is_none(issuer: SignInIssuer, given: dict[str, Any]) -> None:
    """Whoever has only an access token is anybody who got one."""
    issuer.given = given

    with pytest.raises(SignInError, match="no ID token"):
        real(issuer).enters()


@pytest.mark.parametrize("body", [b"[]", b"{", b"7", b"[" * 100_000, b"x" * (300 << 10)])
def test_an_answer_that_is_none_says_nothing_of_the_person(issuer: SignInIssuer, body: bytes) -> None:
    """It is the issuer's own trouble."""
    issuer.answers["/token"] = (200, body)

    with pytest.raises(UnreachableError, match="does not answer"):
        real(issuer).enters()


def test_a_code_is_nothing_without_its_verifier(issuer: SignInIssuer) -> None:
    """So whoever catches one on the way back cannot use it."""
    trial, start = real(issuer), start_at(issuer.address)
    code = trial.code(start)

    with pytest.raises(SignInError, match="refuses the code"):
        trial.port.finish(
            trial.settings, start=replace(start, verifier="w" * 43), code=code, named=issuer.address, now=now()
        )


def test_keys_may_change(issuer: SignInIssuer) -> None:
    """A token of the new one is taken as soon as the issuer shows it; one of the old one is not any more."""
    clock = [0.0]
    port = OidcSignIns(SECRET, KEY, clock=lambda: clock[0])
    trial = SignInTrial(port, issuer)
    trial.enters()
    old = issuer.access_token()
    issuer.keys = {"two": _OTHER}
    clock[0] += 100.0

    token = issuer.access_token(kid="two")
    assert "ada-1" == port.caller(trial.settings, token=token, now=now()).subject
    with pytest.raises(SignInError, match="no key 'one'"):
        port.caller(trial.settings, token=old, now=now())


def test_an_access_token_of_our_audience_counts(issuer: SignInIssuer) -> None:
    """It may be for the issuer's userinfo too. What it says is as old as it is."""
    port, settings = OidcSignIns(SECRET, KEY), settings_of(issuer.address)
    issuer.also = {"aud": [URL, f"{issuer.address}/userinfo"], "iat": int(now().timestamp()) - 600}
    ada = port.caller(settings, token=issuer.access_token(), now=now())

    assert ("ada@example.com", "write") == (ada.owner, ada.role)
    assert timedelta(seconds=595) < now() - ada.read_at < timedelta(seconds=640)


WRONG: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "of another API": ({"aud": "https://other.example.com"}, {}, "not made for"),
    "of our client": ({"aud": CLIENT}, {}, "not made for"),
    "for nobody": ({"aud": None}, {}, "not made for"),
    "an ID token": ({"nonce": "n"}, {}, "ID token"),
    "an ID token by its hash": ({"at_hash": "n"}, {}, "ID token"),
    "Keycloak's ID token": ({"typ": "ID"}, {}, "not an access token"),
    "Keycloak's refresh token": ({"typ": "Refresh"}, {}, "not an access token"),
    "a logout token": ({"events": {}}, {}, "not an access token"),
    "another type": ({}, {"typ": "logout+jwt"}, "not an access token"),
    "bound": ({"cnf": {"jkt": "x"}}, {}, "bound to a key"),
    "old": ({"iat": 1_700_000_000}, {}, "more than 15 minutes ago"),
    "expired": ({"exp": 1_000_000_000}, {}, "expired"),
    "of another issuer": ({"iss": "https://evil.example.com"}, {}, "another issuer"),
    "nobody's": ({"sub": None}, {}, "lacks sub"),
}


@pytest.mark.parametrize(("also", "head", "why"), WRONG.values(), ids=WRONG)
def test_another_token_opens_nothing(
    issuer: SignInIssuer, also: dict[str, Any], head: dict[str, Any], why: str
) -> None:
    """Though the right key signed it."""
    issuer.also, issuer.head = also, head

    with pytest.raises(SignInError, match=why):
        OidcSignIns(SECRET, KEY).caller(settings_of(issuer.address), token=issuer.access_token(), now=now())


def test_an_odd_audience_or_end_of_an_access_token_is_no_accident(issuer: SignInIssuer) -> None:
    """Some issuers write the last second that there is for what never ends."""
    port, settings = OidcSignIns(SECRET, KEY), settings_of(issuer.address)
    issuer.also = {"exp": 253402300799}
    assert "ada@example.com" == port.caller(settings, token=issuer.access_token(), now=now()).mail
    for audience in (7, True, {URL: 1}, [[URL]], [7]):
        issuer.also = {"aud": audience}
        with pytest.raises(SignInError, match="not made for"):
            port.caller(settings, token=issuer.access_token(), now=now())


def test_only_that_mail_is_verified_of_which_it_is_said(issuer: SignInIssuer) -> None:
    """The groups are asked for elsewhere, where another mail may stand."""
    trial = SignInTrial(OidcSignIns(SECRET, KEY), issuer)
    issuer.person.claims = {"email": "root@example.com"}
    more = {"sub": "ada-1", "email": "eve@example.org", "email_verified": True, "groups": ["sales"]}
    issuer.answers["/userinfo"] = (200, more)
    assert "" == trial.enters().person.mail
    issuer.answers["/userinfo"] = (200, more | {"email": "root@example.com"})
    assert "root@example.com" == trial.enters().person.mail


@pytest.mark.parametrize("kind", ["at+jwt", "application/at+jwt", "JWT"])
def test_an_access_token_may_say_what_it_is(issuer: SignInIssuer, kind: str) -> None:
    """Some do, and some say only that it is a token."""
    issuer.head = {"typ": kind}

    ada = OidcSignIns(SECRET, KEY).caller(settings_of(issuer.address), token=issuer.access_token(), now=now())
    assert "ada-1" == ada.subject


def test_a_renewal_is_of_the_same_person(issuer: SignInIssuer) -> None:
    """An issuer that renews it for another has made an error, or somebody stole a cookie."""
    trial = real(issuer)
    ada = trial.enters()
    issuer.person.subject = "eve"

    with pytest.raises(SignInAgainError, match="somebody else"):
        trial.port.renew(trial.settings, old=ada, now=now())


def test_a_renewal_may_have_no_id_token(issuer: SignInIssuer) -> None:
    """Then the userinfo says who it is; a refresh token that is not replaced stays good."""
    trial = real(issuer)
    ada = trial.enters()
    issuer.given = {"id_token": None}
    ada = trial.port.renew(trial.settings, old=ada, now=now())
    assert "ada-1" == ada.person.subject
    issuer.about["userinfo_endpoint"] = None
    trial.port = OidcSignIns(SECRET, KEY)
    with pytest.raises(SignInAgainError, match="subject"):
        trial.port.renew(trial.settings, old=ada, now=now())


def test_what_renews_is_hidden_and_bound(issuer: SignInIssuer) -> None:
    """In a browser it is a riddle, and in another person's session nothing."""
    hidden = sealed("refresh-1", key=KEY, whose="ada")

    assert "refresh-1" == unsealed(hidden, key=KEY, whose="ada")
    assert "" == unsealed(hidden, key=KEY, whose="eve")
    assert "" == unsealed(hidden, key=b"x" * 32, whose="ada")
    assert "" == unsealed("ü", key=KEY, whose="ada")
    assert "" == unsealed("", key=KEY, whose="ada")
    ada = real(issuer).enters()
    assert not any(token in ada.renewal for token in issuer.refreshes)


def test_a_refresh_token_that_no_cookie_holds_is_left_out(issuer: SignInIssuer) -> None:
    """The person is sent to the issuer instead."""
    issuer.given = {"refresh_token": "x" * 4000}

    assert "" == real(issuer).enters().renewal


def test_who_leaves_leaves_nothing_to_renew(issuer: SignInIssuer) -> None:
    """The issuer forgets the newest refresh token, and need not ask who leaves."""
    trial = real(issuer)
    address = trial.port.leave(trial.settings, old=trial.enters(), to=f"{URL}/sign-in")

    assert 1 == len(issuer.revoked)
    assert issuer.revoked[0] in issuer.refreshes
    assert "id_token_hint" in address
    issuer.about["end_session_endpoint"] = None
    assert "" == (other := real(issuer)).port.leave(trial.settings, old=other.enters(), to=f"{URL}/sign-in")
