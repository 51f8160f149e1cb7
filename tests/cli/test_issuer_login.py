"""Signing in from the command line at a server's issuer: by a browser that comes back, and by a code."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest

from helium.adapters.logins.file import LoginsFile
from helium.adapters.logins.issuer import OLD_AFTER, CommandLineIssuer
from helium.adapters.logins.loopback import listening
from helium.app.issuer_login import renewed
from helium.app.issuer_patience import waited_for
from helium.app.login import login_for
from helium.core.server_login import LONGEST_PAUSE, DeviceCode, IssuerClient, IssuerTokens
from helium.errors import ExitCode, SourceError, UnreachableError, UsageError
from helium.settings import Settings
from tests.cli.issuer_server import IssuerServer, as_at_first, issuer_server
from tests.sign_in_issuer import CLI, SignInIssuer, signing_in

BROWSER = "import sys, urllib.request; print(urllib.request.urlopen(sys.argv[1]).read(), file=sys.stderr)"


@pytest.fixture(scope="module")
def shared() -> Iterator[IssuerServer]:
    """One server for the module."""
    with signing_in() as issuer, issuer_server(issuer) as server:
        yield server


@pytest.fixture
def server(shared: IssuerServer) -> IssuerServer:
    """With its issuer as at first, whose tokens are for this server."""
    return as_at_first(shared)


Started = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def helium(tmp_path: Path) -> Started:
    """The command line in a process of its own, with a browser that goes where it is sent."""
    browser = tmp_path / "browser"
    browser.write_text(f"#!/bin/sh\nexec {sys.executable} -c '{BROWSER}' \"$1\"\n")
    browser.chmod(0o755)

    def run(*args: str, opens: bool = True) -> subprocess.Popen[str]:
        env = {**os.environ, "XDG_CONFIG_HOME": str(tmp_path), "HELIUM_SERVER": "", "HELIUM_HOST": "laptop"}
        env |= {"BROWSER": f"{browser} %s" if opens else "", "DISPLAY": "", "WAYLAND_DISPLAY": ""}
        return subprocess.Popen(
            (sys.executable, "-m", "helium", *args),
            env=env,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    return run


def settings(tmp_path: Path) -> Settings:
    """Of the person whose command line that is."""
    return Settings.from_env({"XDG_CONFIG_HOME": str(tmp_path), "HOME": str(tmp_path)})


def test_a_browser_signs_in(helium: Started, server: IssuerServer, tmp_path: Path) -> None:
    """With PKCE, for this server alone; the file has what renews it, and a sign-out takes all of it away."""
    process = helium("login", server.address)
    out, err = process.communicate(timeout=120)

    assert 0 == process.returncode, err
    assert f"you are signed in to {server.address} as ada@example.com, with the scope write\n" == out
    query = next(each for each in server.issuer.forms if each["grant_type"] == "authorization_code")
    assert (CLI, server.address, "") == (query["client_id"], query["resource"], query["authorization"])
    kept = login_for(settings(tmp_path))
    assert kept.refresh in server.issuer.refreshes
    status, _ = helium("login", "--status").communicate(timeout=120)
    assert "renewed by itself" in status
    assert kept.token not in status
    out, err = helium("logout").communicate(timeout=120)
    assert f"you are signed out of {server.address}\n" == out, err
    assert [kept.refresh] == server.issuer.revoked
    assert kept.token not in (tmp_path / "helium" / "servers.json").read_text()


def test_a_code_signs_in(helium: Started, server: IssuerServer) -> None:
    """It is shown with the address, and where and when it was asked for."""
    process = helium("login", server.address, "--no-browser", opens=False)
    assert process.stderr is not None
    said = "".join(process.stderr.readline() for _ in range(5))
    server.issuer.devices["device-1"] = "slow_down"
    server.issuer.devices["device-1"] = "yes"
    out, err = process.communicate(timeout=120)

    assert 0 == process.returncode, err
    assert "as ada@example.com" in out
    assert f"open {server.issuer.address}/confirm in any browser" in said
    assert "WXYZ-1234" in said
    assert re.search(r"asked for on laptop at \d{4}-\d\d-\d\d.*; it is good until ", said + err)


def test_a_code_that_nobody_confirms_ends_with_a_sentence(helium: Started, server: IssuerServer) -> None:
    """And one that is refused with another."""
    for state, says in (("expired_token", "Nobody confirmed the code WXYZ-1234 in time"), ("access_denied", "refused")):
        server.issuer.devices["device-1"] = state
        process = helium("login", server.address, "--no-browser")
        out, err = process.communicate(timeout=120)
        assert (ExitCode.USAGE, "") == (process.returncode, out)
        assert says in err
        assert "Traceback" not in err


def test_ctrl_c_loses_nothing(helium: Started, server: IssuerServer, tmp_path: Path) -> None:
    """What was signed in before still is."""
    helium("login", server.address).communicate(timeout=120)
    before = (tmp_path / "helium" / "servers.json").read_text()
    process = helium("login", server.address, "--no-browser")
    assert process.stderr is not None
    assert "open " in process.stderr.readline()
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=120)

    assert ExitCode.INTERRUPTED == process.returncode, err
    assert "Traceback" not in err
    assert before == (tmp_path / "helium" / "servers.json").read_text()


def test_a_server_that_speaks_for_another_gets_no_sign_in(helium: Started, server: IssuerServer) -> None:
    """Or its tokens would be good there."""
    other = server.address.replace("127.0.0.1", "localhost")
    process = helium("login", other)
    _, err = process.communicate(timeout=120)

    assert ExitCode.USAGE == process.returncode
    assert f"says that its address is {server.address}" in err


def aged(folder: Path, length: timedelta) -> None:
    """What is kept was got so long ago."""
    store = LoginsFile(folder)
    (login,) = store.all()
    assert login.renew_at is not None
    store.keep(replace(login, renew_at=login.renew_at - length))


def test_a_token_is_renewed_once_for_all_processes(helium: Started, server: IssuerServer, tmp_path: Path) -> None:
    """An issuer may take a refresh token once; so the next one is kept before anybody else asks."""
    helium("login", server.address).communicate(timeout=120)
    own = settings(tmp_path)
    old = login_for(own)
    assert old == login_for(own)
    aged(own.config, timedelta(minutes=11))
    stale = LoginsFile(own.config).all()[0]
    found: list[str] = []
    threads = [Thread(target=lambda: found.append(renewed(own, stale).token)) for _ in range(6)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(60)

    assert 1 == len(set(found))
    assert [old.token] != found[:1]
    assert 1 == [each["grant_type"] for each in server.issuer.forms].count("refresh_token")
    assert (old.owner, found[0]) == ((new := login_for(own)).owner, new.token)


def test_a_sign_in_that_is_not_renewed_has_ended(helium: Started, server: IssuerServer, tmp_path: Path) -> None:
    """The sentence says what to do; while the issuer is away, it says that instead."""
    helium("login", server.address).communicate(timeout=120)
    own = settings(tmp_path)
    aged(own.config, timedelta(minutes=11))
    server.issuer.away = True
    with pytest.raises(UnreachableError, match="answers 503"):
        login_for(own)
    server.issuer.away, server.issuer.person.disabled = False, True
    with pytest.raises(UsageError, match=f"Sign in again: helium login {server.address}"):
        login_for(own)


def client(issuer: SignInIssuer) -> IssuerClient:
    """The command line's, there."""
    return IssuerClient(issuer=issuer.address, client_id=CLI, scopes=("openid", "offline_access"))


def test_only_the_right_answer_comes_through_the_port() -> None:
    """Another page of this machine's browser, or another user's program, may call it as well."""
    with listening(0) as loopback:
        got: list[dict[str, str]] = []
        waiting = Thread(target=lambda: got.append(dict(loopback.wait("right", seconds=60))))
        waiting.start()
        for path in ("/callback?state=wrong&code=evil", "/callback?code=evil", "/favicon.ico", "/callback?state=%FF"):
            with pytest.raises(httpx.HTTPStatusError):
                httpx.get(loopback.redirect.replace("/callback", path), timeout=30).raise_for_status()
        assert 200 == httpx.get(f"{loopback.redirect}?state=right&code=c", timeout=30).status_code
        waiting.join(60)

    assert [{"state": "right", "code": "c"}] == got


@pytest.mark.parametrize("port", [-1, 70_000, 10**30])
def test_a_port_that_is_none_is_a_sentence(port: int) -> None:
    """A server says which one it is to be."""
    with pytest.raises(UsageError, match=f"Port {port} of this machine cannot be opened"), listening(port):
        pass


def test_nobody_waits_for_ever() -> None:
    """For a browser that never comes."""
    with listening(0) as loopback, pytest.raises(UsageError, match="with --no-browser"):
        loopback.wait("right", seconds=0)
    with (
        listening(0) as taken,
        pytest.raises(UsageError, match="cannot be opened"),
        listening(taken.server.server_port),
    ):
        pass


def test_an_answer_of_another_issuer_signs_nobody_in(server: IssuerServer) -> None:
    """Nor one that refuses, or has no code."""
    issuer = CommandLineIssuer(client(server.issuer))
    begun = issuer.begin("http://127.0.0.1:1/callback")
    query = dict(parse_qsl(urlsplit(begun.address).query))
    assert ("S256", "openid offline_access", "consent") == (
        query["code_challenge_method"],
        query["scope"],
        query["prompt"],
    )
    now = datetime.now(UTC)
    for answer in ({"code": "c", "iss": "https://evil.example.com"}, {"code": "c"}):
        with pytest.raises(SourceError, match="another issuer"):
            issuer.finish(begun, answer=answer, now=now)
    named = {"iss": server.issuer.address}
    for answer in ({"error": "access_denied\x1b[31m"}, {}, {"code": "no-such-code"}):
        with pytest.raises(UsageError, match="did not sign you in") as refused:
            issuer.finish(begun, answer={**named, **answer}, now=now)
        assert "\x1b" not in str(refused.value)


@pytest.mark.parametrize(
    ("about", "says"),
    [
        ({"issuer": "https://evil.example.com"}, "calls itself https://evil"),
        ({"token_endpoint": "http://evil.example.com/token"}, "not https"),
        ({"token_endpoint": None}, "has no token_endpoint"),
    ],
)
def test_an_issuer_that_lies_gets_nothing(server: IssuerServer, about: dict[str, str], says: str) -> None:
    """Neither a code nor a refresh token."""
    server.issuer.about = about
    with pytest.raises((SourceError, UsageError), match=says):
        CommandLineIssuer(client(server.issuer)).renew("refresh-1", now=datetime.now(UTC))
    assert [] == server.issuer.forms


def test_an_issuer_without_codes_is_said(server: IssuerServer) -> None:
    """And one whose answer is none."""
    server.issuer.about = {"device_authorization_endpoint": None}
    with pytest.raises(UsageError, match="leave out --no-browser"):
        CommandLineIssuer(client(server.issuer)).device(datetime.now(UTC))
    server.issuer.about = {}
    for body in ({"error": "unauthorized_client"}, {"device_code": 1}, {"user_code": "x", "expires_in": "soon"}):
        server.issuer.answers["/device"] = (200, body)
        with pytest.raises(SourceError, match="gives no code"):
            CommandLineIssuer(client(server.issuer)).device(datetime.now(UTC))
    hostile = {"device_code": "d", "user_code": "\x1b]0;x\x07", "verification_uri": "u", "expires_in": 60}
    server.issuer.answers["/device"] = (200, hostile)
    with pytest.raises(SourceError, match="cannot be shown"):
        CommandLineIssuer(client(server.issuer)).device(datetime.now(UTC))


@pytest.mark.parametrize("number", ["1e999", "-1e999", "NaN", "1" + "0" * 400, "1e14", "-5", "true", '"soon"', "null"])
def test_no_number_of_an_issuer_is_too_odd(server: IssuerServer, number: str) -> None:
    """Its tokens are renewed in time, and it is asked within a minute, whatever it says."""
    issuer, now = CommandLineIssuer(client(server.issuer)), datetime.now(UTC)
    server.issuer.answers["/token"] = (200, f'{{"access_token": "a", "expires_in": {number}}}'.encode())
    tokens = issuer.renew("refresh-1", now=now)
    assert tokens is not None
    assert now <= tokens.renew_at <= now + OLD_AFTER
    where = '"user_code": "u", "device_code": "d", "verification_uri": "https://a.example.com"'
    for said in (f'"interval": {number}, "expires_in": 60', f'"expires_in": {number}'):
        server.issuer.answers["/device"] = (200, f"{{{where}, {said}}}".encode())
        try:
            code = issuer.device(now)
        except SourceError as error:
            assert "gives no code" in str(error)  # noqa: PT017
        else:
            assert 0 < code.pause <= LONGEST_PAUSE
            assert code.until <= now + timedelta(minutes=30)


def test_an_issuer_is_asked_more_slowly_when_it_says_so(server: IssuerServer) -> None:
    """And not for longer than the code is good."""
    issuer, now = CommandLineIssuer(client(server.issuer)), datetime.now(UTC)
    code = issuer.device(now)
    assert code == issuer.confirmed(code, now=now)
    server.issuer.devices["device-1"] = "slow_down"
    slower = issuer.confirmed(code, now=now)
    assert isinstance(slower, DeviceCode)
    assert code.pause + 5 == slower.pause
    even_slower = issuer.confirmed(slower, now=now)
    assert isinstance(even_slower, DeviceCode)
    assert code.pause + 10 == even_slower.pause
    with pytest.raises(UsageError, match="in time"):
        issuer.confirmed(code, now=code.until)
    server.issuer.devices["device-1"] = "yes"
    assert isinstance(issuer.confirmed(code, now=now), IssuerTokens)


@pytest.mark.parametrize(
    "trouble",
    [
        (503, {"error": "temporarily_unavailable"}),
        (500, b"<html>"),
        (429, {"error": "too_many"}),
        (400, {"error": "slow_down"}),
    ],
    ids=["503", "500", "429", "slow_down"],
)
def test_a_poll_that_fails_ends_nothing(helium: Started, server: IssuerServer, trouble: tuple[int, object]) -> None:
    """The person confirms the code meanwhile, and does so once. What the waiting meets is said once."""
    server.issuer.answers["/token"] = trouble
    process = helium("login", server.address, "--no-browser", opens=False)
    until = time.monotonic() + 60
    while server.issuer.asked.count("/token") < 1 + (trouble[0] != 400):
        assert time.monotonic() < until
        time.sleep(0.01)
    server.issuer.devices["device-1"] = "yes"
    del server.issuer.answers["/token"]
    out, err = process.communicate(timeout=120)

    assert 0 == process.returncode, err
    assert "as ada@example.com" in out
    assert (trouble[0] != 400) == err.count("It is asked again until the code ends.")


def test_an_issuer_that_is_away_when_the_code_ends(server: IssuerServer) -> None:
    """The sentence says both."""
    issuer = CommandLineIssuer(client(server.issuer))
    code = replace(issuer.device(datetime.now(UTC)), until=datetime.now(UTC) + timedelta(seconds=0.3))
    server.issuer.away, heard = True, list[str]()
    with pytest.raises(UnreachableError, match=r"answers 503.*The code WXYZ-1234 is not good any more"):
        waited_for(issuer, code, say=heard.append)
    assert 1 == len(heard)


def test_a_server_that_does_not_take_it_leaves_nothing_at_the_issuer(helium: Started, server: IssuerServer) -> None:
    """Nobody is signed in, so what could renew the sign-in is revoked; what was kept before stays."""
    server.issuer.also = {"aud": "https://other.example.com"}
    process = helium("login", server.address)
    _, err = process.communicate(timeout=120)

    assert ExitCode.USAGE == process.returncode, err
    assert "does not accept this token" in err
    assert 1 == len(server.issuer.revoked)


def test_the_file_can_be_read_by_a_program(helium: Started, server: IssuerServer) -> None:
    """With the issuer, and without what opens anything."""
    helium("login", server.address).communicate(timeout=120)
    out, _ = helium("login", "--status", "--json").communicate(timeout=120)

    (row,) = json.loads(out)
    assert {"server", "owner", "scope", "expires", "issuer", "kept", "current"} == row.keys()
    assert server.issuer.address == row["issuer"]
