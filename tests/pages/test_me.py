"""`/me`: who you are here and why you may do what you may, in words; never a token's text."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from helium.api.tokens import Token, Tokens, hashed
from helium.cli import cli
from tests.api.in_process import in_process
from tests.api.serving import ADA, ADMIN, FLEET, READER, TOKENS, World, served, visitor
from tests.builders import NOW
from tests.pages.browsers import deps_of
from tests.pages.issuer_fleet import IssuerFleet, issuer_fleet, signed_in
from tests.pages.reader import Reader
from tests.sign_in_issuer import signing_in


def test_a_token_says_which_and_what_it_is_for(address: str) -> None:
    """Its name and scope, until when the session lasts, and how many workspaces are theirs."""
    page = Reader(address, ADA).open("/").click("ada@example.com")
    text = page.root.one("main").text

    assert "/me" == page.path
    assert "Signed in with the token ada." in text
    assert "create workspaces, and change and delete your own" in text
    assert "You have 2." in text
    assert "2026-12-01 12:00:00 UTC at the latest" in text
    assert "helium login http://" in page.id("login").text
    assert "/?owner=ada%40example.com" == page.root.one("a", has="You have 2.").attributes["href"]


def test_the_terminal_signs_in_by_the_command_that_stands_there(world: World, tmp_path: Path) -> None:
    """As somebody pastes it, and then their token."""
    with served(deps_of(world)) as address:
        command = Reader(address, ADA).open("/me").id("login").text
        env = {"XDG_CONFIG_HOME": str(tmp_path)}
        result = CliRunner(env=env).invoke(cli, shlex.split(command)[1:], input=f"{ADA}\n")

    assert (0, True) == (result.exit_code, "as ada@example.com" in result.output), result.output


@pytest.mark.parametrize(
    ("token", "admins", "sentence"),
    [
        (READER, b"", "You may look at everything, and change nothing."),
        (ADMIN, b"", "What a safeguard holds you may not let go"),
        (ADMIN, b"admins: [root@example.com]\n", "You may let go what a safeguard holds"),
    ],
)
def test_each_role_in_words(world: World, address: str, token: str, admins: bytes, sentence: str) -> None:
    """An admin reads whether passes obey them."""
    world.repo.land({"helium.yaml": FLEET + admins})

    assert sentence in Reader(address, token).open("/me").root.one("main").text


def test_the_quota_stands_there(world: World, address: str) -> None:
    """As the form for a new one says it."""
    world.repo.land({"helium.yaml": FLEET + b"limits: {perOwner: 5, fleet: 40}\n"})
    text = Reader(address, ADA).open("/me").root.one("section", has="Your workspaces").text

    assert "2 of 5" in text
    assert "of 40" in text


def test_tokens_by_their_names_alone(world: World) -> None:
    """Those of this person that still hold, with when they were made and end; neither text nor hash is shown."""
    own = Token("ci", "Ada@example.com", TOKENS[0].scope, hashed("secret"), NOW - timedelta(days=3), NOW + timedelta(9))
    old = replace(own, name="old-one", expires=NOW - timedelta(days=1))
    world.tokens = Tokens(given=(*TOKENS, own, old))
    with in_process(deps_of(world)) as address:
        page = Reader(address, ADA).open("/me")
    shown = page.root.one("section", has="Your tokens").text

    assert ["adayou are signed in with it", "ci"] == [row.one("th").text for row in page.root.one("tbody").all("tr")]
    assert "you are signed in with it" in shown
    assert "2026-12-03 12:00:00 UTC" in shown
    for secret in ("old-one", "bob", "secret", own.hash, own.hash[:8], TOKENS[1].hash[:8]):
        assert secret not in shown


def test_behind_a_proxy_it_says_so(world: World) -> None:
    """Nobody has a token there, and nobody is an admin."""
    deps = replace(deps_of(world), trusted_proxies=("127.0.0.1",), proxy_secret=b"s")
    headers = {"X-Helium-Proxy-Secret": "s", "X-Forwarded-Email": "eve@example.com", "Accept": "text/html"}
    with in_process(deps) as address, visitor(address, headers=headers) as client:
        text = client.get("/me").text

    assert "Signed in by the proxy in front of this server" in text
    assert "A proxy makes nobody an admin." in text
    assert "No token of this server is yours." in text


def test_signing_out_works_from_here(address: str) -> None:
    """By its own button."""
    reader = Reader(address, ADA)
    form = reader.open("/me").root.one("main").one("form", has="Sign out")
    nonce = form.one("input", name="nonce").attributes["value"]

    assert "/sign-in" == reader.send("post", form.attributes["action"], {"nonce": nonce}).path
    assert reader.open("/me").path.startswith("/sign-in?to=%2Fme")


@pytest.fixture
def issued(tmp_path: Path) -> Iterator[IssuerFleet]:
    """A fleet whose people an issuer signs in."""
    with signing_in() as issuer, issuer_fleet(issuer, tmp_path) as fleet:
        yield fleet


def test_whom_an_issuer_signs_in_reads_which_group_gives_the_role(issued: IssuerFleet) -> None:
    """And that the terminal opens the browser; without such a group, everyone's role."""
    issued.issuer.also = {"groups": ["everybody", "sales"]}
    with issued.visitor() as person:
        signed_in(person)
        text = person.get("/me", headers={"Accept": "text/html"}).text

    assert "It comes from your group sales" in text
    assert "Signed in with " in text
    assert "This opens your browser once" in text
