"""Each example that a command's help prints works as it is printed, on a fleet that has what it names."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import click
import pytest

from helium.cli import cli
from helium.errors import EngineError, ExitCode
from tests.cli.conftest import CommandLineFleet, copied, lease_out

LONG = {"demo", "up", "serve", "controlplane", "backend check", "login", "logout", "mcp"}
"""Commands that run until they are stopped, or for a minute, or that need a server; they have tests of their own."""
NAME, COMMIT = "caribou-x3k9q2", "1a2b3c4d5e"
EXAMPLE = re.compile(r"^ *Example: helium (.+)$", re.MULTILINE)


def examples(group: click.Group, *, above: str = "") -> Iterator[str]:
    """The examples of all commands of a group."""
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from examples(command, above=f"{name} ")
        elif f"{above}{name}" not in LONG:
            yield from EXAMPLE.findall(command.help or "")


@pytest.fixture(scope="module")
def with_caribou(grown_in_memory: CommandLineFleet, tmp_path_factory: pytest.TempPathFactory) -> CommandLineFleet:
    """A fleet in which the examples' workspace is up, and a token is the examples'. Not to be changed: take a copy."""
    fleet = copied(grown_in_memory, tmp_path_factory.mktemp("caribou") / "acme")
    fleet("new", NAME)
    fleet("reconcile")
    return fleet


def lose_cluster(fleet: CommandLineFleet, cluster: str) -> None:
    """The workspace was made in a cluster that nobody can ask any more."""
    (stack,) = (each for each in fleet.memory.engine.stacks.values() if each.ownership and each.ownership.name == NAME)
    assert stack.ownership is not None
    stack.ownership = replace(stack.ownership, placement={"cluster": cluster})
    fleet.memory.engine.elsewhere[cluster] = "it is away"


def ordered(fleet: CommandLineFleet, words: list[str]) -> list[str]:
    """The words, for a fleet that has what they order about, and whose admin is Ada."""
    fleet.land("helium.yaml", (fleet.folder / "helium.yaml").read_text() + "admins: [ada@example.com]\n")
    if words[1] == "end-lease":
        lease_out(fleet, words[2])
    if words[1] in ("show", "withdraw"):
        fleet("operate", "roll-all")
        return [*words[:2], fleet.json("operate", "list")[0]["id"]]
    return [*words, NAME] if words[1] == "retry" else words


@pytest.mark.parametrize("example", tuple(examples(cli)))
def test_an_example_works(with_caribou: CommandLineFleet, example: str, tmp_path: Path) -> None:
    """It ends with 0."""
    fleet = copied(with_caribou, tmp_path / "acme")
    words = shlex.split(example.replace(COMMIT, fleet.git("rev-parse", "HEAD")))
    if words[:2] == ["token", "revoke"]:
        fleet("token", "new", words[2], "--owner", "ada@example.com")
    if words[:2] == ["ledger", "accept-loss"]:
        fleet.memory.lose(NAME)
    if words[:2] == ["ledger", "end-lease"]:
        lease_out(fleet, words[2])
    if words[0] == "retry":
        fleet.memory.engine.errors["up", NAME] = EngineError(NAME, "no quota")
        fleet("extend", NAME, "+1d")
        fleet("reconcile", "--once", code=ExitCode.FAILED)
    if words[0] == "restore":
        fleet("delete", NAME)
    if words[0] == "forget":
        fleet("delete", NAME)
        lose_cluster(fleet, words[-1])
    if words[0] == "operate":
        words = ordered(fleet, words)
    if words[:2] == ["ci", "request"]:
        words[-1] = str(tmp_path / words[-1])
        Path(words[-1]).write_text('{"issue": {"number": 7, "user": {"login": "ada"}, "body": "Helium is slow"}}')
    if words[0] == "init":
        words[1] = str(fleet.folder.parent / words[1])

    fleet(*words, code=ExitCode.DONE)


def test_every_command_prints_one() -> None:
    """None is forgotten, the long ones neither."""
    commands = [command for command in cli.commands.values() if not isinstance(command, click.Group)]

    assert [] == [command.name for command in commands if not EXAMPLE.search(command.help or "")]
