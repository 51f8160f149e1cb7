"""Signing in by an issuer, and what somebody who is not that person tries."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx
import pytest

from tests.api.in_process import TRANSPORTS
from tests.api.serving import ADMIN, FLEET
from tests.pages.issuer_fleet import IssuerFleet, issuer_fleet, sent_back, signed_in
from tests.sign_in_issuer import URL, SignInIssuer, signing_in

HERE = {"Sec-Fetch-Site": "same-origin"}
MINUTE = timedelta(minutes=1)


@pytest.fixture(scope="module")
def keys() -> SignInIssuer:
    """Its keys take a while to make."""
    return SignInIssuer()


@pytest.fixture
def issuer(keys: SignInIssuer) -> Iterator[SignInIssuer]:
    """An issuer of this test alone."""
    with signing_in() as issuer:
        issuer.keys = dict(keys.keys)
        yield issuer


@pytest.fixture
def fleet(issuer: SignInIssuer, tmp_path: Path) -> Iterator[IssuerFleet]:
    """One process."""
    with issuer_fleet(issuer, tmp_path) as fleet:
        yield fleet


def nonce(page: httpx.Response) -> str:
    """That of the page's forms."""
    found = re.search(r'name="nonce" value="([^"]+)"', page.text)
    assert found, page.text[:500]
    return found[1]


def create(browser: httpx.Client, name: str) -> httpx.Response:
    """Ask for a workspace by the form."""
    page = browser.get("/new")
    if page.status_code != 200:
        return page
    return browser.post("/new", data={"nonce": nonce(page), "name": name, "expiry": "1d"}, headers=HERE)


def leads_to(answer: httpx.Response) -> str:
    """Where a page that loads another one goes."""
    found = re.search(r'http-equiv="refresh" content="0; url=([^"]+)"', answer.text)
    assert found, answer.text
    return found[1].replace("&amp;", "&")


def test_the_page_offers_the_issuer_and_a_token(fleet: IssuerFleet) -> None:
    """The one as a button, the other below it."""
    page = fleet.visitor().get("/sign-in", params={"to": "/new"}).text

    assert "Sign in with 127.0.0.1" in page
    assert 'href="/sign-in/issuer?to=/new"' in page
    assert "Sign in with a token" in page


def test_a_person_signs_in_and_works_under_their_mail(fleet: IssuerFleet) -> None:
    """They come to where they were going, and what they make is theirs."""
    browser = fleet.visitor()
    first = browser.get("/new")
    assert "/sign-in?to=%2Fnew" == first.headers["Location"]
    back = signed_in(browser, to="/new")

    assert "/new" == leads_to(back)
    assert "You are signed in." in back.text
    assert "ada@example.com" in browser.get("/").text
    assert 303 == create(browser, "demo").status_code
    assert "owner: ada@example.com" in fleet.world.file("demo")
    assert "Ada Lovelace <ada@example.com>" == fleet.world.repo.line[-1].commit.author


def test_the_session_is_a_new_one(fleet: IssuerFleet) -> None:
    """Whoever planted a cookie before the sign-in has nothing after it."""
    browser = fleet.visitor()
    browser.get("/sign-in")
    planted = browser.cookies["__Host-helium"]
    before = nonce(browser.get("/sign-in"))
    signed_in(browser)

    assert planted != browser.cookies["__Host-helium"]
    assert before != nonce(browser.get("/new"))
    thief = httpx.Client(base_url=URL, transport=TRANSPORTS[fleet.addresses[0]], cookies={"__Host-helium": planted})
    assert 303 == thief.get("/").status_code


def test_cookies_are_out_of_reach(fleet: IssuerFleet) -> None:
    """That of the way to the issuer is the only one that other sites' links may bring, and only for ten minutes."""
    browser = fleet.visitor()
    said = browser.get("/sign-in/issuer").headers["Set-Cookie"]
    assert {"HttpOnly", "Path=/", "SameSite=lax", "Secure", "Max-Age=600"} <= set(said.split("; "))
    back = signed_in(browser)
    session = next(each for each in back.headers.get_list("Set-Cookie") if each.startswith("__Host-helium="))
    assert {"HttpOnly", "Path=/", "SameSite=strict", "Secure"} <= set(session.split("; "))
    assert all(token not in session for token in fleet.issuer.refreshes)
    assert len(session) < 4096


def test_an_answer_that_this_browser_did_not_ask_for_is_refused(fleet: IssuerFleet) -> None:
    """Or a link of mine would sign you in as me."""
    back = sent_back(fleet.visitor().get("/sign-in/issuer"))
    victim = fleet.visitor()
    answer = victim.get(back)

    assert 400 == answer.status_code
    assert "did not begin that sign-in" in answer.text
    assert 303 == victim.get("/").status_code
    # Nor one whose state only begins as that of a sign-in of theirs, whose cookie has that name.
    state = dict(parse_qsl(urlsplit(sent_back(victim.get("/sign-in/issuer"))).query))["state"]
    code = dict(parse_qsl(urlsplit(back).query))["code"]
    query = urlencode({"state": f"{state[:12]}{'x' * 30}", "code": code, "iss": fleet.issuer.address})
    assert 400 == victim.get(f"/sign-in/callback?{query}").status_code


def test_an_answer_counts_once(fleet: IssuerFleet) -> None:
    """Also for whoever has the cookie, and a code that is still good."""
    browser = fleet.visitor()
    answer = browser.get("/sign-in/issuer")
    back = sent_back(answer)
    kept = dict(browser.cookies)
    assert 200 == browser.get(back).status_code
    code = dict(parse_qsl(urlsplit(sent_back(browser.get("/sign-in/issuer"))).query))["code"]
    query = dict(parse_qsl(urlsplit(back).query)) | {"code": code}
    replayed = httpx.Client(base_url=URL, transport=TRANSPORTS[fleet.addresses[0]], cookies=kept)

    assert 400 == replayed.get(f"/sign-in/callback?{urlencode(query)}").status_code


def test_an_answer_that_comes_late_is_refused(fleet: IssuerFleet) -> None:
    """After ten minutes."""
    browser = fleet.visitor()
    back = sent_back(browser.get("/sign-in/issuer"))
    fleet.wait(11 * MINUTE)

    assert 400 == browser.get(back).status_code


def test_two_tabs_sign_in_beside_each_other(fleet: IssuerFleet) -> None:
    """Neither ends the other's."""
    browser = fleet.visitor()
    first, second = (sent_back(browser.get("/sign-in/issuer", params={"to": to})) for to in ("/new", "/next"))

    assert "/next" == leads_to(browser.get(second))
    assert "/new" == leads_to(browser.get(first))


@pytest.mark.parametrize(
    "to", ["https://evil.example.com", "//evil.example.com", "/\\evil.example.com", "javascript:alert(1)", "/x\n"]
)
def test_nobody_is_led_to_another_site(fleet: IssuerFleet, to: str) -> None:
    """By what a link to the sign-in says."""
    assert "/" == leads_to(signed_in(fleet.visitor(), to=to))


def test_a_mixed_up_issuer_is_refused(fleet: IssuerFleet) -> None:
    """The answer names who gives it; and where main has another issuer meanwhile, nothing of the old one counts."""
    browser = fleet.visitor()
    back = sent_back(browser.get("/sign-in/issuer"))
    other = back.replace(urlencode({"iss": fleet.issuer.address}), "iss=https%3A%2F%2Fevil.example.com")
    assert other != back
    answer = browser.get(other)
    assert 401 == answer.status_code
    assert "another issuer" in answer.text


@pytest.mark.parametrize("error", ["access_denied", "<script>", "server_error"])
def test_an_issuer_that_refuses_is_said(fleet: IssuerFleet, error: str) -> None:
    """In a sentence on the page, without what could be more than text."""
    browser = fleet.visitor()
    state = dict(parse_qsl(urlsplit(browser.get("/sign-in/issuer").headers["Location"]).query))["state"]
    answer = browser.get("/sign-in/callback", params={"state": state, "error": error, "iss": fleet.issuer.address})

    assert 401 == answer.status_code
    assert "the issuer did not sign you in" in answer.text
    assert "<script>" not in answer.text.replace('<script src="/static', "")


@pytest.mark.parametrize("query", ["", "state=x", "state=" + "x" * 5000, "code=x", "state=%00&code=x", "state=ü"])
def test_nonsense_is_no_error_of_ours(fleet: IssuerFleet, query: str) -> None:
    """It is a 400, with the way to sign in."""
    answer = fleet.visitor().get(f"/sign-in/callback?{query}")

    assert 400 == answer.status_code
    assert "Sign in with" in answer.text


def test_a_role_that_shrinks_is_gone_in_time(fleet: IssuerFleet) -> None:
    """It is read again in the background, at least every fifteen minutes; open forms stay good meanwhile."""
    browser = fleet.visitor()
    signed_in(browser)
    form = nonce(browser.get("/new"))
    fleet.wait(11 * MINUTE)
    assert 303 == browser.post("/new", data={"nonce": form, "name": "one", "expiry": "1d"}, headers=HERE).status_code
    assert 1 == [each["grant_type"] for each in fleet.issuer.forms].count("refresh_token")
    fleet.issuer.person.claims["groups"] = []
    fleet.wait(9 * MINUTE)
    two = browser.post("/new", data={"nonce": form, "name": "two", "key": "2"}, headers=HERE)
    assert 303 == two.status_code, two.text
    fleet.wait(2 * MINUTE)
    refused = browser.post("/new", data={"nonce": form, "name": "three", "key": "3"}, headers=HERE)

    assert 403 == refused.status_code
    assert "New workspace" not in browser.get("/").text


def test_who_is_disabled_is_out_in_time(fleet: IssuerFleet) -> None:
    """They are sent to the issuer, which lets them in no more."""
    browser = fleet.visitor()
    signed_in(browser)
    fleet.issuer.person.disabled = True
    fleet.wait(9 * MINUTE)
    assert 200 == browser.get("/").status_code
    fleet.wait(2 * MINUTE)
    answer = browser.get("/")

    assert "/sign-in/issuer?to=%2F&silent=1" == answer.headers["Location"]
    back = sent_back(browser.get(answer.headers["Location"]))
    assert "error=login_required" in back
    assert "/sign-in?to=%2F" == browser.get(back).headers["Location"]
    assert "Sign in with" in browser.get("/sign-in?to=%2F").text


def test_without_a_refresh_token_the_issuer_is_asked_again(fleet: IssuerFleet) -> None:
    """By the browser, and nobody has to do anything. An open page says that its session is over."""
    fleet.issuer.renews = False
    browser = fleet.visitor()
    signed_in(browser)
    fleet.wait(14 * MINUTE)
    assert 200 == browser.get("/").status_code
    fleet.wait(2 * MINUTE)
    assert 401 == browser.get("/", headers={"Helium-Version": "x"}).status_code
    silent = browser.get("/new")
    assert "/sign-in/issuer?to=%2Fnew&silent=1" == silent.headers["Location"]
    answer = browser.get(silent.headers["Location"])
    assert "prompt=none" in answer.headers["Location"]
    assert "/new" == leads_to(browser.get(sent_back(answer)))
    assert 200 == browser.get("/new").status_code


def test_while_the_issuer_is_away_what_was_read_counts_to_its_end(fleet: IssuerFleet) -> None:
    """Then nobody knows, which a page says; who has a token signs in. It is no 500, and not asked in a row."""
    browser = fleet.visitor()
    signed_in(browser)
    form = nonce(browser.get("/new"))
    fleet.issuer.away = True
    fleet.wait(12 * MINUTE)
    assert 200 == browser.get("/").status_code
    fleet.wait(4 * MINUTE)
    away = browser.get("/next")
    assert "/sign-in?to=%2Fnext&away=1" == away.headers["Location"]
    shown = browser.get(away.headers["Location"])
    assert 503 == shown.status_code
    assert "does not answer, so nobody knows what you may do now" in shown.text
    posted = browser.post("/new", data={"nonce": form, "name": "one"}, headers=HERE)
    assert 503 == posted.status_code
    assert 503 == browser.get("/", headers={"Helium-Version": "x"}).status_code
    asked = len(fleet.issuer.asked)
    browser.get("/next")
    assert asked == len(fleet.issuer.asked)

    entered = browser.post("/sign-in", data={"nonce": form, "token": ADMIN, "to": "/"}, headers=HERE)
    assert 303 == entered.status_code
    assert "root@example.com" in browser.get("/").text


def test_an_issuer_that_is_away_signs_nobody_in(fleet: IssuerFleet) -> None:
    """The page says so, and comes back to life with it."""
    fleet.issuer.away = True
    browser = fleet.visitor()
    answer = browser.get("/sign-in/issuer")

    assert 503 == answer.status_code
    assert "cannot be fetched" in answer.text
    assert "Sign in with a token" in answer.text


def test_several_processes_share_sessions_and_sign_outs(issuer: SignInIssuer, tmp_path: Path) -> None:
    """Whichever of them answers: the way back, the next page, and the end."""
    with issuer_fleet(issuer, tmp_path, processes=2) as fleet:
        one = fleet.visitor()
        two = httpx.Client(base_url=URL, transport=TRANSPORTS[fleet.addresses[1]], cookies=one.cookies.jar, timeout=60)
        back = sent_back(one.get("/sign-in/issuer"))
        before = dict(one.cookies)
        assert 200 == two.get(back).status_code
        page = one.get("/new")
        assert 200 == page.status_code
        # By somebody with that browser's cookie, and a code that is still good.
        code = dict(parse_qsl(urlsplit(sent_back(one.get("/sign-in/issuer"))).query))["code"]
        query = urlencode(dict(parse_qsl(urlsplit(back).query)) | {"code": code})
        again = httpx.Client(base_url=URL, transport=TRANSPORTS[fleet.addresses[0]], cookies=before, timeout=60)
        refused = again.get(f"/sign-in/callback?{query}")
        assert (400, True) == (refused.status_code, "used already" in refused.text)
        kept = dict(one.cookies)
        out = two.post("/sign-out", data={"nonce": nonce(page)}, headers=HERE)
        assert 200 == out.status_code
        for address in fleet.addresses:
            thief = httpx.Client(base_url=URL, transport=TRANSPORTS[address], cookies=kept)
            assert 303 == thief.get("/").status_code


def test_strangers_write_nothing_down(fleet: IssuerFleet, tmp_path: Path) -> None:
    """Neither by a sign-out of nobody, nor by a sign-in that they begin and do not end."""
    file = tmp_path / "ended-sessions"
    for _ in range(3):
        browser = fleet.visitor()
        assert (
            303 == browser.post("/sign-out", data={"nonce": nonce(browser.get("/sign-in"))}, headers=HERE).status_code
        )
        state = sent_back(browser.get("/sign-in/issuer")).partition("state=")[2].partition("&")[0]
        assert browser.get(f"/sign-in/callback?state={state}&code=made-up").status_code >= 400
        assert 400 == browser.get(f"/sign-in/callback?state={state}&code=made-up").status_code
    assert not file.exists()
    browser = fleet.visitor()
    signed_in(browser)
    kept, page = dict(browser.cookies), browser.get("/new")
    browser.post("/sign-out", data={"nonce": nonce(page)}, headers=HERE)

    assert 2 == len(file.read_text().splitlines())
    thief = httpx.Client(base_url=URL, transport=TRANSPORTS[fleet.addresses[0]], cookies=kept)
    assert 303 == thief.get("/").status_code


def test_requests_at_once_renew_once(fleet: IssuerFleet) -> None:
    """An issuer that takes each refresh token once would otherwise end the session."""
    from concurrent.futures import ThreadPoolExecutor

    browser = fleet.visitor()
    signed_in(browser)
    cookies = dict(browser.cookies)
    fleet.wait(11 * MINUTE)

    def look(_: int) -> int:
        with httpx.Client(base_url=URL, transport=TRANSPORTS[fleet.addresses[0]], cookies=cookies) as client:
            return client.get("/next").status_code

    with ThreadPoolExecutor(6) as threads:
        assert {200} == set(threads.map(look, range(12)))
    assert 1 == [each["grant_type"] for each in fleet.issuer.forms].count("refresh_token")


def test_who_signs_out_does_so_at_the_issuer_too(fleet: IssuerFleet) -> None:
    """The page takes them there; what could renew the session is revoked. Only a form of ours does it."""
    browser = fleet.visitor()
    signed_in(browser)
    page = browser.get("/new")
    kept = dict(browser.cookies)
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example.com"}):
        assert 403 == browser.post("/sign-out", data={"nonce": nonce(page)}, headers=headers).status_code
    assert 403 == browser.post("/sign-out", data={"nonce": "x"}, headers=HERE).status_code
    assert 405 == browser.get("/sign-out").status_code
    assert 200 == browser.get("/").status_code
    out = browser.post("/sign-out", data={"nonce": nonce(page)}, headers=HERE)

    assert leads_to(out).startswith(f"{fleet.issuer.address}/end?")
    assert f"{URL}/sign-in" == dict(parse_qsl(urlsplit(leads_to(out)).query))["post_logout_redirect_uri"]
    assert 1 == len(fleet.issuer.revoked)
    thief = httpx.Client(base_url=URL, transport=TRANSPORTS[fleet.addresses[0]], cookies=kept)
    assert 303 == thief.get("/").status_code


def test_who_signs_out_while_the_issuer_is_away_is_out(fleet: IssuerFleet) -> None:
    """Here, at once."""
    browser = fleet.visitor()
    signed_in(browser)
    page = browser.get("/new")
    fleet.issuer.away = True

    browser.post("/sign-out", data={"nonce": nonce(page)}, headers=HERE)
    assert 303 == browser.get("/").status_code


def test_without_the_setting_nobody_goes_anywhere(fleet: IssuerFleet) -> None:
    """Sessions of an issuer end with it; tokens are what there is."""
    browser = fleet.visitor()
    signed_in(browser)
    fleet.world.repo.land({"helium.yaml": FLEET})
    for _ in range(1000):
        if browser.get("/").status_code == 303:
            break
    assert "/sign-in?to=%2F" == browser.get("/sign-in/issuer").headers["Location"]
    assert "Sign in with" not in browser.get("/sign-in").text


def test_a_person_whose_mail_does_not_count_reads(fleet: IssuerFleet) -> None:
    """And is told why there is no more."""
    fleet.issuer.person.claims |= {"email_verified": False, "groups": ["platform"]}
    browser = fleet.visitor()
    signed_in(browser)

    assert "New workspace" not in browser.get("/").text
    assert "your issuer vouches for no mail address" in create(browser, "demo").text


def test_whom_the_fleet_does_not_let_in_is_told(issuer: SignInIssuer, tmp_path: Path) -> None:
    """With the setting."""
    with issuer_fleet(issuer, tmp_path, more="  mailDomains: [acme.com]\n") as fleet:
        answer = signed_in(fleet.visitor())

    assert 403 == answer.status_code
    assert "not of a domain that this Helium lets in" in answer.text


def test_a_visit_by_another_address_goes_to_the_right_one(fleet: IssuerFleet) -> None:
    """The issuer sends people back there, where their cookie must be."""
    answer = fleet.visitor().get("/sign-in/issuer?to=/new", headers={"Host": "10.0.0.7:2323"})

    assert f"{URL}/sign-in/issuer?to=%2Fnew" == answer.headers["Location"]
