"""Signing in at a real issuer, in a real browser and from a real terminal, to the end of the session."""

from __future__ import annotations

import asyncio
import os
import pty
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from litestar.testing import RequestFactory
from playwright.sync_api import Browser, Page

from helium.adapters.logins.file import LoginsFile
from helium.api.pages.sessions import PageSession, PageSessions
from helium.app.issuer_login import renewed
from helium.core.sign_in_errors import SignInAgainError
from helium.errors import UsageError
from helium.settings import Settings
from tests.pages.real_issuer import RealIssuer, enter_at_issuer, real_issuer


@pytest.fixture(scope="module")
def oidc_provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealIssuer]:
    """One for the module."""
    with real_issuer(tmp_path_factory.mktemp("issuer") / "log") as issuer:
        yield issuer


@pytest.fixture
def person(chromium: Browser) -> Iterator[Page]:
    """A browser that knows nobody yet."""
    context = chromium.new_context()
    yield context.new_page()
    context.close()


def signs_in(page: Page, issuer: RealIssuer, *, subject: str, to: str = "/") -> None:
    """From the first click to the page that they wanted."""
    page.goto(f"{issuer.pages}{to}")
    page.get_by_role("link", name="Sign in with").click()
    enter_at_issuer(page, subject)
    page.wait_for_url(f"{issuer.pages}{to}")


def session_of(page: Page, issuer: RealIssuer) -> PageSession:
    """What the browser's cookie says."""
    sessions = PageSessions(issuer.parts)
    value = next(each["value"] for each in page.context.cookies() if each["name"] == sessions.name)
    request = RequestFactory().get("/", headers={"Cookie": f"{sessions.name}={value}"})
    # In a thread of its own: the browser keeps a loop in this one.
    with ThreadPoolExecutor(1) as pool:
        session = pool.submit(lambda: asyncio.run(sessions.of(request))).result()
    assert session is not None
    return session


def test_a_person_signs_in_works_and_leaves(person: Page, oidc_provider: RealIssuer) -> None:
    """They come to where they wanted; what they make is theirs; after the sign-out the issuer knows them no more."""
    signs_in(person, oidc_provider, subject="ada-sales", to="/new")
    person.locator("#name").fill("demo-of-ada")
    person.get_by_role("button", name="Ask for it").click()
    person.wait_for_url(re.compile("/workspace/demo-of-ada"))
    assert "ada-sales@example.com" in person.content()

    person.get_by_role("button", name="Sign out").click()
    person.wait_for_url(re.compile("/session/end"))
    person.get_by_role("button", name=re.compile("Yes")).click()
    person.wait_for_url(f"{oidc_provider.pages}/sign-in")
    person.get_by_role("link", name="Sign in with").click()
    assert person.locator("input[name=login]").is_visible()


def test_a_role_that_shrinks_and_a_person_who_is_disabled(person: Page, oidc_provider: RealIssuer) -> None:
    """The renewal in the background says so, by a refresh token that is taken once."""
    signs_in(person, oidc_provider, subject="bob-platform")
    session, port = session_of(person, oidc_provider), oidc_provider.parts.sign_ins
    settings = oidc_provider.parts.specs.fleet(
        oidc_provider.parts.commit_queue.view().read("helium.yaml") or b""
    ).sign_in
    assert session.signed_in is not None
    assert settings is not None
    assert port is not None
    assert "admin" == session.signed_in.person.role
    oidc_provider.say("bob-platform", groups=["sales"])
    fewer = port.renew(settings, old=session.signed_in, now=datetime.now(UTC))
    assert "write" == fewer.person.role
    oidc_provider.say("bob-platform", disabled=True)
    with pytest.raises(SignInAgainError):
        port.renew(settings, old=fewer, now=datetime.now(UTC))


def started(issuer: RealIssuer, folder: Path, *args: str) -> tuple[subprocess.Popen[bytes], int]:
    """`helium login` on a terminal, whose browser writes down where it is sent."""
    browser = folder / "browser"
    browser.write_text(f'#!/bin/sh\nprintf %s "$1" > {folder}/half && mv {folder}/half {folder}/address\n')
    browser.chmod(0o755)
    ours, theirs = pty.openpty()
    env = {**os.environ, "XDG_CONFIG_HOME": str(folder), "BROWSER": f"{browser} %s", "HELIUM_SERVER": ""}
    process = subprocess.Popen(
        (sys.executable, "-m", "helium", "login", issuer.pages, *args),
        env=env,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    return process, ours


def said(terminal: int, until: str) -> str:
    """What the terminal shows, up to what fits that pattern."""
    text = ""
    while re.search(until, text) is None:
        text += os.read(terminal, 4096).decode()
    return text


def test_a_terminal_signs_in_by_a_browser(person: Page, oidc_provider: RealIssuer, tmp_path: Path) -> None:
    """On any free port of this machine. Later it is renewed, until the issuer knows the person no more."""
    process, terminal = started(oidc_provider, tmp_path)
    address = re.search(r"http://127\S+/auth\?\S+", said(terminal, r"/auth\?\S+\r\n"))
    assert address is not None
    person.goto(address[0])
    enter_at_issuer(person, "cleo-sales")
    person.get_by_text("Go back to the terminal").wait_for()
    assert "as cleo-sales@example.com, with the scope write" in said(terminal, "write")
    assert 0 == process.wait(60)

    own = Settings.from_env({"XDG_CONFIG_HOME": str(tmp_path), "HOME": str(tmp_path)})
    (login,) = LoginsFile(own.config).all()
    assert login.renew_at is not None
    old = replace(login, renew_at=datetime.now(UTC) - timedelta(minutes=1))
    LoginsFile(own.config).keep(old)
    newer = renewed(own, old)
    assert newer.token != login.token
    oidc_provider.say("cleo-sales", disabled=True)
    LoginsFile(own.config).keep(replace(newer, renew_at=datetime.now(UTC) - timedelta(minutes=1)))
    with pytest.raises(UsageError, match="has ended"):
        renewed(own, newer)


def test_a_terminal_signs_in_by_a_code(person: Page, oidc_provider: RealIssuer, tmp_path: Path) -> None:
    """That a person confirms in a browser elsewhere. An issuer that is away for a while ends nothing."""
    process, terminal = started(oidc_provider, tmp_path, "--no-browser")
    shown = said(terminal, "Ctrl-C ends the waiting")
    address = re.search(r"http://127\S+/device\?user_code=\S+", shown)
    assert address is not None, shown
    assert "asked for on" in shown
    oidc_provider.process.send_signal(signal.SIGSTOP)
    try:
        said(terminal, "It is asked again until the code ends")
    finally:
        oidc_provider.process.send_signal(signal.SIGCONT)
    said(terminal, "answers again")
    person.goto(address[0])
    person.get_by_role("button", name=re.compile("Continue")).click()
    enter_at_issuer(person, "dan-platform")
    assert "as dan-platform@example.com, with the scope admin" in said(terminal, "admin")
    assert 0 == process.wait(60)
