"""Signing in to a server with a token, as a person or a script does."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest
from click.testing import CliRunner, Result

from helium.api.tokens import Scope, Tokens
from helium.cli import cli
from helium.errors import ExitCode
from tests.api.serving import ADA, TOKENS, World, served, token
from tests.builders import NOW

Helium = Callable[..., Result]


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """A server on a socket."""
    world = World()
    short = token("short-token", "sam@example.com", scope=Scope.READ, expires=NOW + timedelta(days=3))
    world.tokens = Tokens(given=(*TOKENS, short))
    with served(world.deps) as address:
        yield address


@pytest.fixture
def helium(tmp_path: Path) -> Helium:
    """The command line of a person with a home of their own."""

    def run(*args: str, given: str = "", code: int = 0) -> Result:
        env = {"XDG_CONFIG_HOME": str(tmp_path), "HELIUM_SERVER": ""}
        result = CliRunner(env=env).invoke(cli, args, input=given)
        assert code == result.exit_code, f"{args}: {result.output}{result.exception!r}"
        return result

    return run


def test_a_token_signs_in(helium: Helium, address: str) -> None:
    """The server says whose it is; nothing that is printed has it."""
    done = helium("login", address, "--token-stdin", given=f"{ADA}\n")

    assert f"you are signed in to {address} as ada@example.com, with the scope write\n" == done.output
    (row,) = json.loads(helium("login", "--status", "--json").stdout)
    assert ("ada@example.com", "write", "", True) == (row["owner"], row["scope"], row["expires"], row["current"])
    assert ADA not in helium("login", "--status").output
    assert f"you are signed out of {address}\n" == helium("logout").output
    assert "you are not signed in" in helium("login", "--status").output
    assert "helium login https://" in helium("logout", code=ExitCode.USAGE).output


def test_when_a_token_ends_is_shown(helium: Helium, address: str) -> None:
    """As the server says."""
    helium("login", address, "--token-stdin", given="short-token")

    (row,) = json.loads(helium("login", "--status", "--json").stdout)
    assert ("sam@example.com", "read") == (row["owner"], row["scope"])
    assert row["expires"].startswith((NOW + timedelta(days=3)).strftime("%Y-%m-%dT%H:%M"))


@pytest.mark.parametrize("given", ["wrong", "", "\x00", "ä", "two words"])
def test_what_is_no_token_signs_nobody_in(helium: Helium, address: str, given: str) -> None:
    """And leaves no file behind."""
    done = helium("login", address, "--token-stdin", given=given, code=ExitCode.USAGE)

    assert "Traceback" not in done.output
    assert "token" in done.output
    assert "you are not signed in" in helium("login", "--status").output


def test_several_servers_are_kept(helium: Helium, address: str) -> None:
    """The last one is current, until another is chosen."""
    other = address.replace("127.0.0.1", "localhost")
    for server in (address, other):
        helium("login", server, "--token-stdin", given=ADA)
    assert f"signed in to {address}" in helium("login", address, "--use").output

    rows = json.loads(helium("login", "--status", "--json").stdout)
    assert {address: True, other: False} == {row["server"]: row["current"] for row in rows}
    assert f"the current server is {other}" in helium("logout").output


def test_what_does_not_answer_as_helium_is_said(helium: Helium, address: str) -> None:
    """A wrong port, and a server that is another thing."""
    away = helium("login", "http://127.0.0.1:9", "--token-stdin", given=ADA, code=ExitCode.SOURCE)
    assert "http://127.0.0.1:9 does not answer" in away.output


def test_what_a_server_calls_somebody_moves_no_terminal(helium: Helium) -> None:
    """It is shown as text."""

    class NamingHandler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps({"Owner": "\x1b]0;owned\x07eve", "Scope": "\x1b[2Jread"}).encode())

        def log_message(self, format: str, *args: object) -> None:
            return

    server = HTTPServer(("127.0.0.1", 0), NamingHandler)
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}"
    said = helium("login", address, "--token-stdin", given=ADA).output + helium("login", "--status").output
    server.shutdown()
    server.server_close()

    assert "eve" in said
    assert "\x1b" not in said
