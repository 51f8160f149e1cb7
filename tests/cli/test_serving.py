"""Tokens at the command line, the mode, and what keeps `helium serve` from starting."""

from __future__ import annotations

import socket
import stat

import pytest
from click.testing import CliRunner

from helium.cli import cli
from helium.errors import ExitCode
from tests.cli.conftest import CommandLineFleet


def test_a_token_is_shown_once_and_kept_hashed(fleet: CommandLineFleet) -> None:
    """Standard output is the token alone, for `TOKEN=$(helium token new …)`; nobody else may read the file."""
    text = fleet("token", "new", "ada", "--owner", "ada@example.com", "--expires", "90d").stdout.strip()
    file = fleet.folder / ".helium" / "tokens.jsonl"

    assert text.startswith("helium_")
    assert text not in file.read_text()
    assert 0o600 == stat.S_IMODE(file.stat().st_mode)
    (listed,) = fleet.json("token", "list")
    assert ("ada", "ada@example.com", "write") == (listed["name"], listed["owner"], listed["scope"])
    assert text not in fleet("token", "list").output


def test_a_revoked_token_is_gone(fleet: CommandLineFleet) -> None:
    """And its name is free again."""
    fleet("token", "new", "ada", "--owner", "ada@example.com")
    fleet("token", "revoke", "ada")

    assert [] == fleet.json("token", "list")
    assert "no token called 'ada'" in fleet("token", "revoke", "ada", code=ExitCode.USAGE).stderr


@pytest.mark.parametrize("owner", ["ada", "ada@", "@example.com", "ada@localhost", "ada lovelace@example.com", ""])
def test_a_token_acts_for_somebody_whom_mail_reaches(fleet: CommandLineFleet, owner: str) -> None:
    """Its owner becomes that of the workspaces, who may log in."""
    assert "is not an e-mail address" in fleet("token", "new", "ada", "--owner", owner, code=ExitCode.USAGE).stderr


def test_a_name_is_given_once(fleet: CommandLineFleet) -> None:
    """Or revoking it would be a riddle."""
    fleet("token", "new", "ada", "--owner", "ada@example.com")

    assert "already" in fleet("token", "new", "ada", "--owner", "bob@example.com", code=ExitCode.USAGE).stderr


def test_an_unknown_mode_is_a_usage_error(fleet: CommandLineFleet) -> None:
    """It names the modes that there are; a command on the line goes before it."""
    env = {**fleet.env, "HELIUM_MODE": "api-server"}
    result = CliRunner(env=env).invoke(cli, [])

    assert ExitCode.USAGE == result.exit_code
    assert "API or CONTROLPLANE" in result.stderr
    fleet("list", env=env)


def test_a_port_that_is_taken_is_named(fleet: CommandLineFleet) -> None:
    """With the way to another."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        stderr = fleet("serve", "--port", str(port), code=ExitCode.USAGE).stderr

    assert f"Cannot listen on 127.0.0.1 port {port}" in stderr
    assert "--port" in stderr
