from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from helium.api.tokens import Tokens, hashed
from tests.api.in_process import in_process
from tests.api.serving import ADA, ADMIN, TOKENS, World, visitor
from tests.pages.browsers import deps_of, session

COOKIE = "__Host-helium"


def nonce(answer: httpx.Response) -> str:
    """The nonce of the forms in a page."""
    found = re.search(r'name="nonce" value="([^"]+)"', answer.text)
    assert found, answer.text[:500]
    return found[1]


def cookie(answer: httpx.Response) -> dict[str, str]:
    """The session that an answer sets, as a header for the next request."""
    return {"Cookie": answer.headers["Set-Cookie"].partition(";")[0]}


def entered(token: str = ADMIN) -> tuple[dict[str, str], str]:
    """Headers of a signed-in person, and the nonce of the session."""
    begun, header = session(token)
    return header, begun.nonce


def test_the_cookie_is_for_this_host_alone(application: str) -> None:
    """`__Host-`, secure, out of reach of scripts, and never sent along from another site."""
    with visitor(application) as client:
        said = client.get("/sign-in").headers["Set-Cookie"]

    assert said.startswith(f"{COOKIE}=")
    assert {"HttpOnly", "Path=/", "SameSite=strict", "Secure"} <= set(said.split("; "))
    assert "Domain" not in said


def test_plain_http_is_a_setting(world: World) -> None:
    """Browsers that take no secure cookie from localhost get another one, if the settings say so."""
    with in_process(replace(deps_of(world), plain_http=True)) as address, visitor(address) as client:
        said = client.get("/sign-in").headers["Set-Cookie"]

    assert said.startswith("helium=")
    assert "Secure" not in said


@pytest.mark.parametrize("path", ["/", "/new", "/next", "/workspace/caribou-x3k9q2", "/?q=a&status=ready"])
def test_who_is_not_signed_in_is_shown_the_way(application: str, path: str) -> None:
    """Every page leads to the sign-in, and from there back."""
    with visitor(application) as client:
        answer = client.get(path)

    assert 303 == answer.status_code
    assert answer.headers["Location"].startswith("/sign-in?to=%2F")


def test_a_wrong_token_lets_nobody_in(address: str) -> None:
    """The form comes again with the reason, and the token is not in it."""
    with visitor(address) as client:
        form = client.get("/sign-in")
        headers = {**cookie(form), "Sec-Fetch-Site": "same-origin"}
        answer = client.post("/sign-in", data={"token": "wrong-one", "nonce": nonce(form)}, headers=headers)

    assert 401 == answer.status_code
    assert "unknown, expired or revoked" in answer.text
    assert "wrong-one" not in answer.text


def test_guessing_is_slowed_down(address: str) -> None:
    """The sign-in counts failures as the API does."""
    with visitor(address) as client:
        form = client.get("/sign-in")
        headers = {**cookie(form), "Sec-Fetch-Site": "same-origin"}
        sent = {"token": "wrong-one", "nonce": nonce(form)}
        answers = [client.post("/sign-in", data=sent, headers=headers).status_code for _ in range(11)]

    assert [401] * 10 + [429] == answers


@pytest.mark.parametrize("to", ["//evil.example", "https://evil.example", "/\\evil.example", "\\\\evil", "/a\nb", "x"])
def test_the_way_back_stays_here(application: str, to: str) -> None:
    """The sign-in leads to no other site."""
    with visitor(application) as client:
        form = client.get("/sign-in")
        sent = {"token": ADMIN, "nonce": nonce(form), "to": to}
        answer = client.post("/sign-in", data=sent, headers={**cookie(form), "Sec-Fetch-Site": "same-origin"})

    assert "/" == answer.headers["Location"]


@pytest.mark.parametrize("change", [{"hash": "0" * 64}, {"expires": datetime(2026, 1, 1, tzinfo=UTC)}, None])
def test_a_session_ends_with_its_token(world: World, change: dict[str, Any] | None) -> None:
    """Revoked, expired, or the name given to another token: the next page asks to sign in."""
    headers, _ = entered(ADA)
    left = [each for each in TOKENS if each.hash != hashed(ADA)]
    left += [replace(each, **change) for each in TOKENS if change and each.hash == hashed(ADA)]
    with in_process(replace(deps_of(world), tokens=Tokens(given=left))) as address, visitor(address) as client:
        answer = client.get("/", headers=headers)

    assert 303 == answer.status_code


def test_a_session_lasts_a_week(world: World, address: str) -> None:
    """However often it is used."""
    headers, _ = entered()
    with visitor(address) as client:
        assert 200 == client.get("/", headers=headers).status_code
        world.now += timedelta(days=7)
        assert 303 == client.get("/", headers=headers).status_code


@pytest.mark.parametrize("spoil", ["", "x", "AAAA", "é", "Aé==", "A" * 5000])
def test_a_cookie_that_was_not_signed_here_is_nobody(application: str, spoil: str) -> None:
    """Whatever is in it; another key's too."""
    with visitor(application) as client:
        answer = client.get("/", headers=[(b"Cookie", f"{COOKIE}={spoil}".encode())])

    assert 303 == answer.status_code


def test_a_changed_cookie_is_nobody(application: str) -> None:
    """Each byte of it is signed."""
    headers, _ = entered()
    text = headers["Cookie"]
    spoilt = {"Cookie": text[:-8] + ("A" if text[-8] != "A" else "B") + text[-7:]}
    with visitor(application) as client:
        assert 303 == client.get("/", headers=spoilt).status_code


def test_the_api_never_reads_the_cookie(application: str) -> None:
    """It opens pages, and nothing under /v1/api."""
    headers, _ = entered()
    with visitor(application) as client:
        answer = client.get("/v1/api/workspaces", headers=headers)

    assert 401 == answer.status_code


FROM_ELSEWHERE = {
    "cross-site": {"Sec-Fetch-Site": "cross-site"},
    "same-site": {"Sec-Fetch-Site": "same-site", "Origin": "https://other.example"},
    "typed": {"Sec-Fetch-Site": "none"},
    "origin": {"Origin": "https://evil.example"},
    "null": {"Origin": "null"},
    "nothing": {},
}
UNSAFE: tuple[tuple[str, dict[str, str]], ...] = (
    ("/new", {"name": "from-elsewhere"}),
    ("/workspace/caribou-x3k9q2/extend", {"expiry": "+1d"}),
    ("/workspace/caribou-x3k9q2/delete", {"confirm": "caribou-x3k9q2"}),
    ("/pause", {"why": "mischief"}),
    ("/resume", {}),
    ("/sign-out", {}),
)


@pytest.mark.parametrize("origin", FROM_ELSEWHERE.values(), ids=FROM_ELSEWHERE)
@pytest.mark.parametrize(("path", "sent"), UNSAFE, ids=[path for path, _ in UNSAFE])
def test_a_form_from_elsewhere_is_refused(
    still: World, application: str, path: str, sent: dict[str, str], origin: dict[str, str]
) -> None:
    """Even with the right cookie and the right nonce; and nothing is done."""
    headers, known = entered()
    before = still.repo.head(), len(still.ledger.writes)
    with visitor(application) as client:
        answer = client.post(path, data={**sent, "nonce": known}, headers={**headers, **origin})

    assert 403 == answer.status_code
    assert before == (still.repo.head(), len(still.ledger.writes))


@pytest.mark.parametrize("wrong", ["", "x", "é"])
@pytest.mark.parametrize(("path", "sent"), UNSAFE, ids=[path for path, _ in UNSAFE])
def test_a_form_without_the_nonce_is_refused(
    still: World, application: str, path: str, sent: dict[str, str], wrong: str
) -> None:
    """Even from here, with the right cookie."""
    headers, _ = entered()
    before = still.repo.head(), len(still.ledger.writes)
    with visitor(application) as client:
        own = {**headers, "Sec-Fetch-Site": "same-origin"}
        answer = client.post(path, data={**sent, "nonce": wrong}, headers=own)

    assert 403 == answer.status_code
    assert before == (still.repo.head(), len(still.ledger.writes))


def test_an_old_browser_shows_where_it_comes_from(address: str) -> None:
    """Without Sec-Fetch-Site, an Origin that is this host will do."""
    headers, known = entered()
    with visitor(address) as client:
        own = {**headers, "Origin": address}
        answer = client.post("/new", data={"name": "from-here", "nonce": known}, headers=own)

    assert 303 == answer.status_code
    assert answer.headers["Location"].startswith("/workspace/from-here")


def test_no_page_under_the_domain_of_the_workspaces(world: World) -> None:
    """A workspace could set cookies for us there."""
    world.repo.land({"helium.yaml": b"fleet: acme\nbackends:\n  gcp-namespace: {domain: ws.acme.example}\n"})
    with in_process(deps_of(world)) as address, visitor(address) as client:
        client.get("/readyz")
        hosts = ("helium.acme.example", "ws.acme.example", "a.ws.acme.example:2323", "A.WS.ACME.EXAMPLE")
        found = [client.get("/sign-in", headers={"Host": host}).status_code for host in hosts]

    assert [200, 421, 421, 421] == found


@pytest.mark.parametrize("path", ["/sign-in", "/", "/static/helium.css", "/v1/api/workspaces", "/nowhere", "/healthz"])
def test_every_answer_says_what_a_browser_may_do(application: str, path: str) -> None:
    """Nothing from elsewhere, nothing inline, in no frame, under no other name."""
    with visitor(application) as client:
        headers = client.get(path).headers
    policy = headers["Content-Security-Policy"]

    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert {"frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"} <= set(policy.split("; "))
    assert ("nosniff", "same-origin", "same-origin") == tuple(
        headers[key] for key in ("X-Content-Type-Options", "Referrer-Policy", "Cross-Origin-Opener-Policy")
    )


def test_signing_out_ends_the_session_here_too(world: World, tmp_path: Path) -> None:
    """The browser drops the cookie, and a copy of it opens nothing, in this process, beside it and after it."""
    headers, known = entered()
    own = {**headers, "Sec-Fetch-Site": "same-origin"}
    parts = replace(deps_of(world), ended_sessions=tmp_path / "ended-sessions")
    with in_process(parts) as address, in_process(parts) as beside, visitor(address) as client:
        before = client.get("/", headers=headers).status_code
        answer = client.post("/sign-out", data={"nonce": known}, headers=own)
        after = [visitor(each).get("/", headers=headers).status_code for each in (address, beside)]
        another = client.get("/", headers=entered()[0]).status_code
    with in_process(parts) as address:
        after.append(visitor(address).get("/", headers=headers).status_code)

    assert "Max-Age=0" in answer.headers["Set-Cookie"]
    assert (200, [303, 303, 303], 200) == (before, after, another)
    assert 0o600 == (tmp_path / "ended-sessions").stat().st_mode & 0o777
