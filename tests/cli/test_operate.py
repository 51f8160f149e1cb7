"""`helium operate`: who may give an order, what it says, and what a pass then does."""

from __future__ import annotations

import json
import os
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest

from helium.app.control_loop import Control
from helium.cli.operate_view import exit_code
from helium.core.order import OrderKind
from helium.errors import ExitCode
from helium.settings import Settings
from tests.builders import order
from tests.cli.conftest import CommandLineFleet, lease_out

PEOPLE = "admins: [ada@example.com]\npeople: {ada-l: ada@example.com, bob: bob@example.com}\n"
IN_CI = {"GITHUB_RUN_ID": "77", "GITHUB_ACTOR": "Ada-L"}


@pytest.fixture
def fleet(up: CommandLineFleet) -> CommandLineFleet:
    """A fleet that is up, and whose admin is Ada."""
    up.land("helium.yaml", (up.folder / "helium.yaml").read_text() + PEOPLE)
    return up


def name_in(fleet: CommandLineFleet) -> str:
    """A workspace that is up."""
    return min(fleet.statuses())


def test_an_order_is_given_followed_and_carried_out(fleet: CommandLineFleet) -> None:
    """It says how to follow it; then what became of it, with an exit code that says the same."""
    name = name_in(fleet)
    given = fleet("operate", "roll", name, "--why", "new charts").output
    (order,) = fleet.json("operate", "list")

    assert f"ordered: roll {name}, by ada@example.com" in given
    assert f"helium operate show {order['id']} --wait 30m; helium watch {name}" in given
    assert ("waiting", f"helium reconcile --only {name} --roll {name}") == (order["status"], order["command"])
    assert "waiting" in fleet("operate", "show", order["id"]).output
    assert "1 waiting (helium operate list)" in fleet("ledger", "show").output

    fleet("reconcile")
    ended = fleet("operate", "show", order["id"], "--wait", "1m").output
    assert "1 updated." in ended
    assert "ada@example.com" in fleet("history", name).output


def test_only_an_admin_gives_orders(fleet: CommandLineFleet) -> None:
    """Whom main does not name as one is refused, and nothing is written."""
    name = name_in(fleet)
    fleet.git("config", "user.email", "bob@example.com")
    refused = fleet("operate", "roll", name, code=ExitCode.USAGE).output

    assert "bob@example.com may not give orders" in refused
    assert [] == fleet.json("operate", "list")


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({**IN_CI, "GITHUB_ACTOR": "bob"}, "bob@example.com may not give orders"),
        ({**IN_CI, "GITHUB_ACTOR": "eve"}, "eve may not give orders: people in helium.yaml on main"),
        ({"GITHUB_RUN_ID": "77"}, "An unknown account may not give orders"),
        ({**IN_CI, "GITHUB_RUN_ATTEMPT": "2"}, "A run that was started again gives no orders"),
        ({**IN_CI, "GITHUB_RUN_ATTEMPT": "x"}, "A run that was started again gives no orders"),
        ({**IN_CI, "GITHUB_TRIGGERING_ACTOR": "bob"}, "A run that was started again gives no orders"),
    ],
)
def test_in_ci_the_account_that_pressed_the_button_counts(
    fleet: CommandLineFleet, given: dict[str, str], words: str
) -> None:
    """By the host's word, mapped on main; git's settings of that machine count for nothing."""
    assert words in fleet("operate", "roll-all", env=given, code=ExitCode.USAGE).output


def test_one_run_gives_one_order(fleet: CommandLineFleet) -> None:
    """The same step once more finds the order there; another order by that run is refused."""
    name = name_in(fleet)
    fleet("operate", "roll", name, env=IN_CI)
    fleet("operate", "roll", name, env=IN_CI)
    refused = fleet("operate", "roll-all", env=IN_CI, code=ExitCode.USAGE).output

    assert ["ci-77-1"] == [order["id"] for order in fleet.json("operate", "list")]
    assert "This run has ordered already" in refused


def test_a_form_is_filled_in_by_the_environment(fleet: CommandLineFleet, tmp_path: Path) -> None:
    """What somebody typed reaches no shell; later jobs get the order's id."""
    name, outputs = name_in(fleet), tmp_path / "outputs"
    form = {"HELIUM_ORDER": "retry", "HELIUM_ORDER_NAMES": f" {name},", "HELIUM_ORDER_WHY": "$(id)"}
    fleet("operate", "form", env={**IN_CI, **form, "GITHUB_OUTPUT": str(outputs), "HELIUM_ORDER_GOOD_FOR": "3h"})
    (order,) = fleet.json("operate", "list")

    assert "order=ci-77-1\n" == outputs.read_text()
    assert ("retry", [name], "$(id)", "Ada-L") == (order["kind"], order["names"], order["why"], order["actor"])


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"HELIUM_ORDER": "everything"}, "write one of release"),
        ({"HELIUM_ORDER": "roll", "HELIUM_ORDER_NAMES": "$(id)"}, "is not a workspace's name"),
        ({"HELIUM_ORDER": "roll"}, "it needs names, and got 0"),
        ({"HELIUM_ORDER": "roll-all", "HELIUM_ORDER_NAMES": "a"}, "it needs no names, and got 1"),
        ({"HELIUM_ORDER": "unlock", "HELIUM_ORDER_NAMES": "a b"}, "it needs one name, and got 2"),
        ({"HELIUM_ORDER": "roll", "HELIUM_ORDER_NAMES": "nobody"}, "There is no workspace called 'nobody'"),
        ({"HELIUM_ORDER": "release"}, "it needs DIGEST"),
        ({"HELIUM_ORDER": "release", "HELIUM_ORDER_WITH": "all"}, "is not a digest"),
        ({"HELIUM_ORDER": "roll-all", "HELIUM_ORDER_WITH": "x"}, "it takes nothing but names"),
        ({"HELIUM_ORDER": "pause"}, "say why"),
        ({"HELIUM_ORDER": "pause", "HELIUM_ORDER_WHY": "x", "HELIUM_ORDER_WITH": "soon"}, "soon"),
        ({"HELIUM_ORDER": "roll-all", "HELIUM_ORDER_EXPECT": "0" * 32}, "goes with release and clock-is-right alone"),
        ({"HELIUM_ORDER": "clock-is-right", "HELIUM_ORDER_EXPECT": "0"}, "has 32 hex digits"),
        ({"HELIUM_ORDER": "roll-all", "HELIUM_ORDER_GOOD_FOR": "2d"}, "24 hours at most"),
        ({"HELIUM_ORDER": "roll-all", "HELIUM_ORDER_GOOD_FOR": "long"}, "HELIUM_ORDER_GOOD_FOR"),
        ({"HELIUM_ORDER": "accept", "HELIUM_ORDER_WITH": "no-such"}, "no-such"),
        ({"HELIUM_ORDER": "end-lease", "HELIUM_ORDER_WITH": "run-9"}, "run-9 does not hold the lease"),
        ({"HELIUM_ORDER": "pause", "HELIUM_ORDER_WHY": "a\nHelium-Token: b"}, "plain text in one line"),
        ({"HELIUM_ORDER": "roll-all", "HELIUM_ORDER_WHY": "x" * 501}, "at most 500 characters"),
        ({"HELIUM_ORDER": "retry"}, "No workspace waits for another attempt"),
    ],
)
def test_a_form_that_makes_no_sense_orders_nothing(fleet: CommandLineFleet, form: dict[str, str], words: str) -> None:
    """One sentence says what is wrong."""
    refused = fleet.run("operate", "form", env={**IN_CI, **form})

    assert words in refused.output
    assert [] == fleet.json("operate", "list")


def test_what_needs_no_pass_is_carried_out_at_once(fleet: CommandLineFleet) -> None:
    """A pause, its end, an accepted commit and log, the end of a lease: by the commit that writes the order."""
    fleet("operate", "pause", "--why", "moving", "--for", "2h")
    assert "moving" in fleet("ledger", "show").output
    fleet("operate", "resume")
    fleet("operate", "accept", fleet.git("rev-parse", "HEAD"))
    fleet("operate", "accept-log")
    lease_out(fleet, "run-9")
    fleet("operate", "end-lease", "run-9")
    orders = fleet.json("operate", "list")

    assert {"done"} == {order["status"] for order in orders}
    assert {"pause", "resume", "accept", "accept-log", "end-lease"} == {order["kind"] for order in orders}
    assert 5 == len([line for line in fleet.json("audit") if line["code"] == "order"])


def test_an_order_is_taken_back(fleet: CommandLineFleet) -> None:
    """Only while nobody has begun it; a pass then does nothing for it."""
    fleet("operate", "roll-all", env=IN_CI)
    fleet("operate", "withdraw", "ci-77-1")
    fleet("reconcile")

    assert "ada@example.com withdrew it." in fleet("operate", "show", "ci-77-1", code=ExitCode.REFUSED).output
    assert "cannot be withdrawn" in fleet("operate", "withdraw", "ci-77-1", code=ExitCode.USAGE).output
    assert "There is no order o-9" in fleet("operate", "show", "o-9", code=ExitCode.USAGE).output


@pytest.mark.parametrize("text", ['{"format": 9}', "{", '{"format": 1, "id": "ci-77-1"}'])
def test_an_order_that_cannot_be_read_is_named(fleet: CommandLineFleet, text: str) -> None:
    """A newer Helium's, or a damaged one: it is shown as such, nothing overwrites it, and passes go on."""
    blob = subprocess.run(
        ["git", "-C", str(fleet.folder), "hash-object", "-w", "--stdin"],
        input=text, capture_output=True, text=True, check=True,
    ).stdout.strip()  # fmt: skip
    orders = _tree(fleet, f"100644 blob {blob}\tci-77-1.json\n")
    listing = fleet.git("ls-tree", "helium-ledger") + f"\n040000 tree {orders}\torders\n"
    root = _tree(fleet, listing)
    commit = fleet.git("commit-tree", root, "-p", "helium-ledger", "-m", "by hand")
    fleet.git("update-ref", "refs/heads/helium-ledger", commit)

    assert "the order ci-77-1 cannot be read" in fleet("operate", "list").output
    assert "the order ci-77-1 cannot be read" in json.dumps(fleet.json("operate", "list"))
    assert "nothing was ordered" in fleet("operate", "roll-all", env=IN_CI, code=ExitCode.SOURCE).output
    fleet("operate", "show", "ci-77-1", code=ExitCode.SOURCE)
    assert "An order is left alone" in fleet("reconcile").output


def _tree(fleet: CommandLineFleet, listing: str) -> str:
    done = subprocess.run(
        ["git", "-C", str(fleet.folder), "mktree"], input=listing, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def test_a_fleet_without_a_ledger_takes_no_orders(up: CommandLineFleet) -> None:
    """Only a rebuild may begin a lost one: any other order would make it look as if there were one."""
    up.land("helium.yaml", (up.folder / "helium.yaml").read_text() + PEOPLE)
    up.git("update-ref", "-d", "refs/heads/helium-ledger")

    assert "nothing can be ordered but a rebuild" in up("operate", "roll-all", code=ExitCode.SOURCE).output
    up("operate", "rebuild")


def test_each_kind_has_a_command(fleet: CommandLineFleet) -> None:
    """The group's help lists them all."""
    said = fleet("operate", "--help").output

    assert [] == [kind.value for kind in OrderKind if f"  {kind.value} " not in said]


def test_whoever_waits_in_vain_reads_it_in_the_exit_code() -> None:
    """An order that no pass has come to is not done; without a wait, that is no failure."""
    waiting = order(OrderKind.ROLL, "a")

    assert [ExitCode.LEASED, ExitCode.DONE] == [exit_code(waiting, waited=waited) for waited in (True, False)]


def test_a_control_plane_hears_of_an_order(fleet: CommandLineFleet) -> None:
    """It rests until main moves or its interval is over; an order is as good a reason."""
    settings = Settings.from_env({**os.environ, **fleet.env})
    control = Control(fleet.folder, settings, timedelta(hours=1), fleet.memory, orders_every=0.0)
    try:
        assert [True, False] == [control.turn(), control.turn()]
        fleet("operate", "roll", name_in(fleet))
        assert [True, False] == [control.turn(), control.turn()]
    finally:
        control.close()

    assert ["done"] == [each["status"] for each in fleet.json("operate", "list")]


def test_repairs_are_done_by_the_next_pass(fleet: CommandLineFleet) -> None:
    """By the code of their commands, and in the name of whoever ordered them; one that is refused says why."""
    name = name_in(fleet)
    fleet.memory.lose(name)
    for words in (("accept-loss", name), ("unlock", "rich"), ("rebuild",), ("forget-orphan", "rich")):
        fleet("operate", *words)
    fleet("operate", "forget", "rich", "--cluster-is-gone", "ci")
    fleet("operate", "destroy-orphan", "nobody")
    fleet("operate", "accept-new-state")
    fleet("reconcile")
    ended = {order["kind"]: (order["status"], order["ended"]["sentence"]) for order in fleet.json("operate", "list")}

    assert ("done", f"Given up: {name}.") == ended["accept-loss"]
    assert ("done", "rich is unlocked; the next pass resolves what was pending.") == ended["unlock"]
    assert ("done", "Records rebuilt: none.") == ended["rebuild"]
    assert ("failed", True) == (ended["forget-orphan"][0], "cannot be forgotten" in ended["forget-orphan"][1])
    assert ("failed", True) == (ended["forget"][0], "is not to be destroyed" in ended["forget"][1])
    assert ("failed", True) == (ended["destroy-orphan"][0], "cannot be destroyed here" in ended["destroy-orphan"][1])
    assert {"done", "refused"} >= {ended["accept-new-state"][0]}
    assert {"plain": "ready", "rich": "ready"} == fleet.statuses()


def test_orders_of_one_second_are_carried_out_as_they_were_given(fleet: CommandLineFleet) -> None:
    """A repair may need the one before it. By the second alone, chance would decide."""
    given = [fleet.json("operate", "unlock", "rich")["id"] for _ in range(6)]

    assert sorted(given) == given
