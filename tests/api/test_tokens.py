"""Who may call: the tokens file, the one token of the environment, and what becomes of wrong ones."""

from __future__ import annotations

import logging
import os
import stat
from datetime import timedelta
from pathlib import Path

import pytest

from helium.api.throttle import MOST, REMEMBERED, Throttle
from helium.api.tokens import Scope, Token, Tokens, hashed, new, revoke, single
from helium.errors import UsageError
from tests.api.in_process import in_process
from tests.api.serving import ADA, ADMIN, World, client
from tests.builders import NOW

PLAIN = Token("ci", "ada@example.com", Scope.WRITE, "")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where tokens are kept."""
    return tmp_path / ".helium" / "tokens.jsonl"


def test_a_new_token_is_shown_once_and_kept_as_a_hash(file: Path) -> None:
    """The file has its hash, is nobody else's to read, and lets the text in."""
    text = new(file, PLAIN)

    assert text not in file.read_text()
    assert hashed(text) in file.read_text()
    assert 0o600 == stat.S_IMODE(file.stat().st_mode)
    token = Tokens(file).find(text, now=NOW)
    assert ("ci", "ada@example.com", Scope.WRITE) == (token and (token.name, token.owner, token.scope))


def test_two_tokens_are_never_the_same(file: Path) -> None:
    """And a name is given once."""
    texts = {new(file, PLAIN), new(file, Token("other", "bob@example.com", Scope.READ, ""))}

    assert 2 == len(texts)
    with pytest.raises(UsageError, match="already"):
        new(file, PLAIN)


def test_a_revoked_token_is_out_without_a_restart(file: Path) -> None:
    """The file is read again when it changed."""
    tokens, text = Tokens(file), new(file, PLAIN)
    before = tokens.find(text, now=NOW)
    revoke(file, "ci")

    assert (True, None, None) == (before is not None, tokens.find(text, now=NOW), tokens.named("ci", now=NOW))
    with pytest.raises(UsageError, match="no token"):
        revoke(file, "ci")


def test_an_expired_token_is_out(file: Path) -> None:
    """From its instant on."""
    text = new(file, Token("ci", "ada@example.com", Scope.WRITE, "", expires=NOW))
    tokens = Tokens(file)

    assert None is tokens.find(text, now=NOW)
    assert "ci" == getattr(tokens.named("ci", now=NOW - timedelta(seconds=1)), "name", "")


def test_a_line_that_is_no_token_lets_nobody_in(file: Path, caplog: pytest.LogCaptureFixture) -> None:
    """It is logged by its number, and the other lines hold."""
    text = new(file, PLAIN)
    file.write_bytes(b'{"name": "x"}\n\xff\n\n' + file.read_bytes())

    assert "ci" == getattr(Tokens(file).find(text, now=NOW), "name", "")
    assert ["line 1", "line 2"] == [record.getMessage()[:6] for record in caplog.records]


def test_a_file_that_cannot_be_read_lets_nobody_in(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A folder in its place is an error in the log; no file is none."""
    assert ((), ()) == (Tokens(tmp_path).all, Tokens(tmp_path / "none").all)
    assert 1 == len(caplog.records)


def test_scopes_stand_in_order() -> None:
    """`admin` covers `write` covers `read`."""
    allowed = {scope: [each for each in Scope if Token("t", "o", scope, "").may(each)] for scope in Scope}

    assert {
        Scope.READ: [Scope.READ],
        Scope.WRITE: [Scope.READ, Scope.WRITE],
        Scope.ADMIN: [Scope.READ, Scope.WRITE, Scope.ADMIN],
    } == allowed


def test_the_single_token_is_an_admin() -> None:
    """`HELIUM_TOKEN` for small set-ups."""
    tokens = Tokens(given=[single("secret", owner="ada@example.com")])

    assert True is getattr(tokens.find("secret", now=NOW), "may", lambda _: False)(Scope.ADMIN)
    assert None is tokens.find("secre", now=NOW)


def test_without_any_token_nobody_may_call() -> None:
    """Health answers; the rest says how to make one."""
    world = World(tokens=Tokens())
    with in_process(world.deps) as address:
        answer, health = client(address, "x").get("/workspaces"), client(address, "").get(f"{address}/healthz")

    assert (401, True, 200) == (answer.status_code, "helium token new" in answer.json()["detail"], health.status_code)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 401),
        ({"X-Pach": "wrong"}, 401),
        ({"X-Pach": ""}, 401),
        ({"Authorization": f"Basic {ADMIN}"}, 401),
        ({"Authorization": "Bearer"}, 401),
        ({"Cookie": f"session={ADMIN}; X-Pach={ADMIN}"}, 401),
        ({"X-Pach": ADMIN}, 200),
        ({"x-pach": ADMIN}, 200),
        ({"Authorization": f"bearer {ADMIN}"}, 200),
    ],
)
def test_a_token_comes_in_one_of_two_headers(address: str, headers: dict[str, str], status: int) -> None:
    """Never in a cookie."""
    answer = client(address, "").get("/workspaces", headers=headers)

    assert (status, status == 401) == (answer.status_code, "WWW-Authenticate" in answer.headers)


def test_failed_attempts_wait_and_are_logged_without_the_token(
    own_address: str, caplog: pytest.LogCaptureFixture
) -> None:
    """After ten, the address waits; who was let in from there before still is."""
    good, wrong = client(own_address, ADA), client(own_address, "a-secret-that-is-wrong")
    good.get("/workspaces")
    with caplog.at_level(logging.WARNING):
        codes = [wrong.get("/workspaces").status_code for _ in range(MOST + 1)]
    last = wrong.get("/workspaces")

    assert [401] * MOST + [429] == codes
    assert 1 <= int(last.headers["Retry-After"]) <= 61
    assert 200 == good.get("/workspaces").status_code
    assert 429 == client(own_address, ADMIN).get("/workspaces").status_code
    assert "a-secret-that-is-wrong" not in caplog.text
    assert MOST == len([each for each in caplog.records if each.name == "helium.api.auth"])


def test_a_wait_ends() -> None:
    """A minute after the attempts."""
    throttle = Throttle()
    for _ in range(MOST):
        throttle.failed("a", now=NOW)

    assert (61, 1, 0, 0) == (
        throttle.wait("a", now=NOW),
        throttle.wait("a", now=NOW + timedelta(seconds=59.9)),
        throttle.wait("a", now=NOW + timedelta(seconds=60)),
        throttle.wait("b", now=NOW),
    )


def test_addresses_are_forgotten_in_the_end() -> None:
    """Neither failures nor good tokens fill the memory."""
    throttle = Throttle()
    for number in range(REMEMBERED + 1):
        throttle.passed(str(number), "t")
        throttle.failed(str(number), now=NOW)

    assert (False, True) == (throttle.knows("0", "t"), throttle.knows("1", "t"))


def test_the_file_may_come_later(file: Path) -> None:
    """A file that is made after the start lets its tokens in, and a copy put in its place counts too."""
    tokens = Tokens(file)
    assert () == tokens.all
    text = new(file, PLAIN)
    os.utime(file, ns=(1, 1))

    assert "ci" == getattr(tokens.find(text, now=NOW), "name", "")
