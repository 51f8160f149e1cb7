"""The command line is the same on a clone and at a server: the same words, tables, JSON and exit codes.

What must differ stands in `DIFFERENT`, each with its reason.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from helium.adapters.ledger.messages import GitMessages
from helium.app.open_fleet import open_fleet
from helium.core.message import ChannelState, ChannelStates
from helium.settings import Settings
from tests.cli.both_ways import Printed, ServerWay, serving
from tests.cli.conftest import CommandLineFleet, copied

SINCE = datetime(2026, 11, 24, 12, tzinfo=UTC)
DIFFERENT = {
    "at SERVER, fleet NAME": "Before a change, the first line on standard error says at which server it is made.",
    "owner": "At a server a workspace is its requester's, whom the token names; a clone asks git, and takes --owner.",
    "rights": "Whoever can push is an admin. A server asks the token's scope, and refuses what is not one's own.",
    "why --state": "Only a clone can open Pulumi's state, so it is a usage error at a server.",
    "notify": "A server shows the channels alone; what waits to be told is seen in a clone.",
    "history": "The subject of a commit says which way it came, and its author is the token or git's user.",
}


def saturday() -> str:
    """The next one but one: no working day."""
    today = datetime.now(UTC).date()
    return f"{today + timedelta(days=12 - today.weekday())}"


@pytest.fixture(scope="module")
def fleet(grown_in_memory: CommandLineFleet, tmp_path_factory: pytest.TempPathFactory) -> CommandLineFleet:
    """A fleet in all sorts of states."""
    fleet = copied(grown_in_memory, tmp_path_factory.mktemp("both") / "acme")
    fleet.land("workspaces/fresh.yaml", "owner: bob@example.com\ndescription: not seen by a pass\n")
    fleet.land("workspaces/broken.yaml", "expiry: 12\n")
    hours = "workingHours: {from: '08:00', to: '18:00', zone: Asia/Kolkata}"
    fleet.land("helium.yaml", f"{fleet.git('show', 'main:helium.yaml')}\n{hours}\n")
    fleet.land("workspaces/weekend.yaml", f"owner: ada@example.com\nexpiry: {saturday()}\n")
    fleet("delete", "plain")
    fleet("extend", "rich", "+1d")
    messages = GitMessages(open_fleet(fleet.folder, Settings.from_env(fleet.env)).ledger)
    silent = ChannelState(SINCE, failing=SINCE, why="it answers 500", waiting=2)
    messages.write({}, on=messages.read(), states=ChannelStates({"chat": silent}))
    return fleet


@pytest.fixture(scope="module")
def server(fleet: CommandLineFleet, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerWay]:
    """A server over it."""
    with serving(fleet, tmp_path_factory.mktemp("server")) as server:
        yield server


READS = (
    ("list",),
    ("list", "--json"),
    *(
        ("show", name, *more)
        for name in ("plain", "rich", "fresh", "broken", "weekend", "nope", "ric")
        for more in ((), ("--json",))
    ),
    ("show", "rich", "--reach"),
    ("show", "rich", "--reach", "--json"),
    ("show", "rich", "--log"),
    ("show", "rich", "--log", "--json"),
    ("show", "rich", "--events"),
    ("show", "rich", "--events", "--json"),
    ("show", "rich", "--log", "--events"),
    ("show", "../etc"),
    *(("why", name, *more) for name in ("plain", "rich", "fresh", "broken") for more in ((), ("--json",))),
    *(("history", name, *more) for name in ("plain", "rich", "nope") for more in ((), ("--json",))),
    ("usage", "--month", "2020-02"),
    ("usage", "--by", "workspace", "--csv"),
    ("usage", "--month", "2020-02", "--json"),
    ("usage", "--month", "never"),
    ("watch", "broken"),
    ("watch", "broken", "--json"),
    ("watch", "nope"),
)


@pytest.mark.parametrize("args", READS, ids=" ".join)
def test_a_look_is_the_same(fleet: CommandLineFleet, server: ServerWay, args: tuple[str, ...]) -> None:
    """Every word of it, on both streams, and how it ends."""
    on_clone = Printed.of(fleet.run(*args))
    at_server = server(*args)
    if args[0] == "watch":
        on_clone, at_server = on_clone.without_moments(), at_server.without_moments()

    assert on_clone == at_server


def test_both_say_that_an_end_is_moved(server: ServerWay) -> None:
    """When it is, and what is written."""
    assert f", the next working time after {saturday()}T23:59:59Z" in server("show", "weekend").out


@dataclass(frozen=True, slots=True)
class TwoFleets:
    """The same fleet twice: a clone to work on, and one that a server serves."""

    clone: CommandLineFleet
    served: CommandLineFleet
    server: ServerWay


@pytest.fixture(scope="module")
def two(grown_in_memory: CommandLineFleet, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TwoFleets]:
    """They begin as one."""
    folder = tmp_path_factory.mktemp("two")
    clone, served = (copied(grown_in_memory, folder / name / "acme") for name in ("clone", "served"))
    with serving(served, folder) as server:
        yield TwoFleets(clone, served, server)


def test_both_say_which_channel_takes_nothing(fleet: CommandLineFleet, server: ServerWay) -> None:
    """The list on standard error; `notify` too, which at a server does not know what waits."""
    said = "not everybody is told: chat takes no messages since 2026-11-24 12:00 UTC: it answers 500 (2 wait)"
    assert said in " ".join(server("list").err.split())
    assert said in " ".join(server("notify").err.split())
    found = json.loads(server("notify", "--json").out)
    assert (None, 1) == (found["waiting"], len(found["silent"]))
    assert {"waiting": [], "silent": []} == fleet.json("notify")


def test_requests_are_the_same(two: TwoFleets, tmp_path: Path) -> None:
    """One after the other on both fleets: what is done, what is refused, and in which words."""
    values = tmp_path / "values.yaml"
    values.write_text("pachd: {logLevel: debug}\n")
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text("a: 1\na: 2\n")
    requests = (
        ("new", "demo", "--expiry", "+7d", "--description", "Demo for Ada", "--label", "team=sales"),
        ("new", "demo"),
        ("new", "demo2", "--json", "--values", str(values), "--set", "pachd.resources.requests.cpu=1"),
        ("new", "demo3", "--values", str(wrong)),
        ("new", "demo3", "--expiry", "2020-01-01"),
        ("new", "demo3", "--expiry", "tomorrow", "--pachd-version", "a b"),
        ("new", "Not_A_Name"),
        ("new", "demo3", "--label", "team"),
        ("new", "demo3", "--backend", "nowhere"),
        ("extend", "rich", "+1d"),
        ("extend", "rich", "2020-01-01"),
        ("extend", "rich", "+900d"),
        ("extend", "rich", "soon"),
        ("extend", "ric", "+1d"),
        ("extend", "demo", "+1d", "--json"),
        ("give", "rich", "bob@example.com", "--json"),
        ("give", "rich", "bob@example.com"),
        ("give", "rich", "nobody"),
        ("give", "nope", "bob@example.com"),
        ("give", "bob@example.com"),
        ("give", "eve@example.com", "--all-of", "bob@example.com"),
        ("give", "eve@example.com", "--all-of", "bob@example.com", "--json"),
        ("retry", "rich"),
        ("retry", "nope"),
        ("retry", "demo", "--json"),
        ("delete", "plain"),
        ("delete", "rich", "--json"),
        ("delete", "nope"),
        ("extend", "plain", "+1d"),
        ("new", "plain"),
        ("restore", "plain"),
        ("restore", "rich", "--json"),
        ("restore", "rich"),
        ("restore", "nope"),
        ("restore", "nope", "--empty"),
        ("restore", "rich", "--empty"),
    )
    for args in requests:
        on_clone, at_server = Printed.of(two.clone.run(*args)), two.server(*args)
        says = f"at {two.server.address}, fleet acme\n"
        assert at_server.err.startswith(says) or at_server.code, args
        at_server = Printed(at_server.code, at_server.out, at_server.err.removeprefix(says))
        assert on_clone.without_moments() == at_server.without_moments(), args


def test_both_say_that_a_deletion_waits(grown_in_memory: CommandLineFleet, tmp_path: Path) -> None:
    """Until when, and how it is taken back."""
    clone, served = (copied(grown_in_memory, tmp_path / name / "acme") for name in ("clone", "served"))
    for each in (clone, served):
        settings = each.git("show", "main:helium.yaml")
        each.land("helium.yaml", settings.replace("\nlimits:\n", "\nlimits:\n  grace: 1h\n"))
    with serving(served, tmp_path) as server:
        on_clone, at_server = Printed.of(clone.run("delete", "rich")), server("delete", "rich")

    assert "; the first pass after 20" in on_clone.out
    assert "Z destroys rich, unless helium restore rich takes that back\n" in on_clone.out
    assert on_clone.without_moments().out == at_server.without_moments().out


def test_a_server_has_the_differences_that_it_must_have(two: TwoFleets) -> None:
    """Those of `DIFFERENT`."""
    assert "Leave out --owner" in two.server("new", "other", "--owner", "bob@example.com").err
    assert "run this in a clone" in two.server("why", "rich", "--state").err
    assert 2 == two.server("why", "rich", "--state").code
    assert 6 == len(DIFFERENT)


def test_a_server_asks_who_somebody_is(two: TwoFleets) -> None:
    """What is somebody else's is refused, and so is a change with a token that may only read; nothing is written."""
    before = two.served.git("rev-parse", "main")
    writes = two.served("token", "new", "bob", "--owner", "bob@example.com").stdout.strip()
    reads = two.served("token", "new", "eve", "--owner", "eve@example.com", "--scope", "read").stdout.strip()
    refused = [two.server(*args, token=writes) for args in (("extend", "plain", "+1d"), ("delete", "plain"))]
    looked, asked = two.server("list", token=reads), two.server("new", "mine", token=reads)
    wrong = two.server("list", token="helium_a-wrong-token")

    assert [2, 2] == [each.code for each in refused]
    assert all("plain belongs to ada@example.com. Ask them, or use an admin token.\n" in each.err for each in refused)
    assert (0, 2) == (looked.code, asked.code)
    assert "The token eve has the scope read, and this needs write. Ask an admin." in asked.err
    assert (2, True) == (wrong.code, f"helium login {two.server.address}" in wrong.err)
    assert "helium_a-wrong-token" not in wrong.err
    assert before == two.served.git("rev-parse", "main")


def test_a_command_that_needs_a_clone_says_so(two: TwoFleets) -> None:
    """Before it does anything."""
    for args in (("plan",), ("reconcile",), ("validate",), ("audit",)):
        told = two.server(*args)
        assert (2, "") == (told.code, told.out), args
        assert f"`helium {args[0]}` needs a clone of the fleet's repository" in told.err, args
