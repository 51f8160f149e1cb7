"""A proxy that signs people in: its word counts from a trusted peer with the shared secret, and never for an admin."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from tests.api.in_process import in_process
from tests.api.serving import ADA, ADMIN, World, client, visitor
from tests.pages.browsers import deps_of

SECRET = "a-secret-of-the-proxy"
PAT = {"X-Forwarded-Email": "Pat@Example.com", "X-Helium-Proxy-Secret": SECRET}
TRUSTED = ("127.0.0.0/8",)


def owner(proxies: tuple[str, ...], secret: str, *, sent: dict[str, str], token: str = ADA) -> str:
    """Whose a new workspace is."""
    world = World(proxies=proxies)
    with in_process(replace(world.deps, proxy_secret=secret.encode())) as address:
        answer = client(address, token).post("/workspace", json={"name": "demo"}, headers=sent)
    return world.file("demo").partition("owner: ")[2].strip() or str(answer.status_code)


@pytest.mark.parametrize(
    ("proxies", "secret", "sent", "whose"),
    [
        (TRUSTED, SECRET, PAT, "pat@example.com"),
        ((), SECRET, PAT, "ada@example.com"),
        (("10.0.0.0/8",), SECRET, PAT, "ada@example.com"),
        (TRUSTED, "", PAT, "ada@example.com"),
        (TRUSTED, "", {**PAT, "X-Helium-Proxy-Secret": ""}, "ada@example.com"),
        (TRUSTED, SECRET, {**PAT, "X-Helium-Proxy-Secret": "wrong"}, "ada@example.com"),
        (TRUSTED, SECRET, {"X-Forwarded-Email": "pat@example.com"}, "ada@example.com"),
        (TRUSTED, SECRET, {**PAT, "X-Forwarded-Email": "pat, eve@example.com"}, "ada@example.com"),
    ],
)
def test_both_the_peer_and_the_secret_count(
    proxies: tuple[str, ...], secret: str, sent: dict[str, str], whose: str
) -> None:
    """Either alone is what others may have too."""
    assert whose == owner(proxies, secret, sent=sent)


def test_no_token_is_asked_for() -> None:
    """At the API as on the pages, whose forms work; without the proxy's word there is still the sign-in."""
    assert "pat@example.com" == owner(TRUSTED, SECRET, sent=PAT, token="")
    assert "401" == owner(TRUSTED, SECRET, sent={}, token="")
    parts = deps_of(world := World(proxies=TRUSTED))
    with in_process(replace(parts, proxy_secret=SECRET.encode(), plain_http=True)) as address:
        with visitor(address, headers=PAT) as pat:
            page = pat.get("/new")
            assert 200 == page.status_code
            found = re.search(r'name="nonce" value="([^"]+)"', page.text)
            assert found is not None
            form = {"nonce": found[1], "name": "demo"}
            assert 403 == pat.post("/new", data=form, headers={"Sec-Fetch-Site": "cross-site"}).status_code
            assert 303 == pat.post("/new", data=form, headers={"Sec-Fetch-Site": "same-origin"}).status_code
            assert "owner: pat@example.com" in world.file("demo")
        with visitor(address) as stranger:
            assert 303 == stranger.get("/new").status_code


def test_no_other_site_writes_with_what_a_browser_brings_along() -> None:
    """A form there needs no leave to be sent; a program, and a page of this Helium, go on as before."""
    world = World(proxies=TRUSTED)
    with in_process(replace(world.deps, proxy_secret=SECRET.encode())) as address:
        api = client(address, "")
        api.post("/workspace", json={"name": "demo"}, headers=PAT)
        for site in ({"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "https://evil.org"}):
            answer = api.post("/workspace/demo/owner?to=eve@example.com", headers={**PAT, **site})
            assert (403, True) == (answer.status_code, "page of another site" in answer.text)
            assert 403 == api.delete("/workspace/demo", headers={**PAT, **site}).status_code
            assert 200 == api.get("/workspaces", headers={**PAT, **site}).status_code
        assert "owner: pat@example.com" in world.file("demo")
        own = {**PAT, "Sec-Fetch-Site": "same-origin"}
        assert 200 == api.post("/workspace/demo/owner?to=bob@example.com", headers=own).status_code


def test_of_two_names_none_counts() -> None:
    """One of them may be what somebody sent to a proxy that adds its own."""
    world = World(proxies=TRUSTED)
    with in_process(replace(world.deps, proxy_secret=SECRET.encode())) as address:
        twice = [*PAT.items(), ("X-Forwarded-Email", "eve@example.com")]
        assert 401 == client(address, "").get("/me", headers=twice).status_code
        assert 401 == client(address, "").get("/me", headers=[*reversed(twice)]).status_code
        assert 200 == client(address, "").get("/me", headers=PAT).status_code


def test_it_makes_nobody_an_admin() -> None:
    """Not even whoever sends an admin's token along."""
    world = World(proxies=TRUSTED)
    with in_process(replace(world.deps, proxy_secret=SECRET.encode())) as address:
        assert "write" == client(address, ADMIN).get("/me", headers=PAT).json()["Scope"]
        assert "write" == client(address, "").get("/me", headers=PAT).json()["Scope"]
        assert "admin" == client(address, ADMIN).get("/me").json()["Scope"]
