"""The API with an access token of the fleet's issuer: one that is made for this API counts, and no other token does."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from tests.api.in_process import TRANSPORTS
from tests.api.serving import ADA, client
from tests.pages.issuer_fleet import IssuerFleet, issuer_fleet
from tests.sign_in_issuer import CLI, URL, SignInIssuer, signing_in

MINUTE = timedelta(minutes=1)


@pytest.fixture(scope="module")
def shared() -> Iterator[SignInIssuer]:
    """One issuer."""
    with signing_in() as issuer:
        yield issuer


@pytest.fixture
def fleet(shared: SignInIssuer, tmp_path: Path) -> Iterator[IssuerFleet]:
    """A fleet with it, as at first."""
    fresh = SignInIssuer(address=shared.address, keys=shared.keys)
    for name in SignInIssuer.__dataclass_fields__:
        setattr(shared, name, getattr(fresh, name))
    with issuer_fleet(shared, tmp_path) as fleet:
        yield fleet


def caller(fleet: IssuerFleet, token: str) -> httpx.Client:
    """Who calls with a token."""
    transport = TRANSPORTS[fleet.addresses[0]]
    return httpx.Client(base_url=f"{URL}/v1/api", transport=transport, headers={"Authorization": f"Bearer {token}"})


def test_an_access_token_opens_the_api(fleet: IssuerFleet) -> None:
    """For the person whom it is about."""
    ada = caller(fleet, fleet.issuer.access_token())
    said = ada.get("/me").json()

    assert ("ada@example.com", "write") == (said["Owner"], said["Scope"])
    assert 202 == ada.post("/workspace", json={"name": "demo"}).status_code
    assert "owner: ada@example.com" in fleet.world.file("demo")
    assert 200 == ada.get("/workspace/demo").status_code


def test_no_other_token_of_the_issuer_does(fleet: IssuerFleet) -> None:
    """The answer says why, and where to get the right one; whoever tries on waits."""
    answer = caller(fleet, fleet.issuer.id_token(nonce="n")).get("/me")

    assert 401 == answer.status_code
    assert "This access token is not accepted" in answer.json()["detail"]
    assert f'resource_metadata="{URL}/.well-known/oauth-protected-resource"' in answer.headers["WWW-Authenticate"]
    for _ in range(10):
        caller(fleet, fleet.issuer.access_token(audience="https://other.example.com")).get("/me")
    assert 429 == caller(fleet, fleet.issuer.access_token()).get("/me").status_code


def test_a_token_is_as_good_as_it_is_new(fleet: IssuerFleet) -> None:
    """After fifteen minutes its roles are too old, whatever it says itself."""
    ada = caller(fleet, fleet.issuer.access_token())
    fleet.wait(14 * MINUTE)
    assert 200 == ada.get("/me").status_code
    fleet.wait(2 * MINUTE)
    answer = ada.get("/me")

    assert 401 == answer.status_code
    assert "issued more than 15 minutes ago" in answer.json()["detail"]
    assert 200 == caller(fleet, fleet.issuer.access_token()).get("/me").status_code


def test_a_role_bounds_what_one_may(fleet: IssuerFleet) -> None:
    """As a token's scope does; the sentence speaks of groups."""
    fleet.issuer.person.claims["groups"] = []
    reader = caller(fleet, fleet.issuer.access_token())

    assert 200 == reader.get("/workspaces").status_code
    answer = reader.post("/workspace", json={"name": "demo"})
    assert 403 == answer.status_code
    assert "Your groups give you the role read, and this needs write" in answer.json()["detail"]
    fleet.issuer.person.claims |= {"groups": ["platform"], "email_verified": False}
    answer = caller(fleet, fleet.issuer.access_token()).post("/workspace", json={"name": "demo"})
    assert "vouches for no mail address" in answer.json()["detail"]


def test_while_the_issuer_is_away_other_tokens_work(fleet: IssuerFleet) -> None:
    """The answer is a 503 with a sentence, and says when to come again."""
    token = fleet.issuer.access_token()
    fleet.issuer.away = True
    answer = caller(fleet, token).get("/me")

    assert 503 == answer.status_code
    assert "Other tokens work meanwhile" in answer.json()["detail"]
    assert answer.headers["Retry-After"]
    assert 200 == client(fleet.addresses[0], ADA).get("/me").status_code


def test_who_has_no_token_is_told_where_to_get_one(fleet: IssuerFleet) -> None:
    """By the address of a document that everybody may read."""
    answer = client(fleet.addresses[0], "").get("/me")

    assert 401 == answer.status_code
    assert "resource_metadata=" in answer.headers["WWW-Authenticate"]
    said = fleet.visitor().get("/.well-known/oauth-protected-resource").json()
    assert (URL, [fleet.issuer.address]) == (said["resource"], said["authorization_servers"])
    assert CLI == said["helium_command_line"]["client_id"]


def test_without_the_setting_there_is_no_such_document(own_address: str) -> None:
    """A token of an issuer is then one that nobody knows."""
    answer = client(own_address, "").get("/../../.well-known/oauth-protected-resource")

    assert 404 == answer.status_code
    assert "signIn" in answer.json()["detail"]
    assert 401 == client(own_address, "eyJx.y.z").get("/me").status_code


@pytest.mark.parametrize("token", ["eyJ..", "eyJx.y.z", "eyJ" + "x" * 20_000 + ".y.z", "eyJhbGciOiJub25lIn0.e30."])
def test_nonsense_is_a_401(fleet: IssuerFleet, token: str) -> None:
    """And never more."""
    assert 401 == caller(fleet, token).get("/me").status_code
