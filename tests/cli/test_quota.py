"""A quota from end to end: what people read at each door, what a pass holds, and how one is let in."""

from __future__ import annotations

import pytest

from helium.errors import ExitCode
from tests.cli.conftest import CommandLineFleet

ADMIN = "admins: [ada@example.com]\n"
MINE = "owner: ada@example.com\n"


@pytest.fixture
def bounded(fleet: CommandLineFleet) -> CommandLineFleet:
    """Two for each owner."""
    settings = (fleet.folder / "helium.yaml").read_text()
    assert "limits:\n" in settings
    fleet.land("helium.yaml", settings.replace("limits:\n", "limits:\n  perOwner: 2\n") + ADMIN)
    return fleet


def ready(fleet: CommandLineFleet) -> set[str]:
    """What exists, as `helium list` says."""
    return {name for name, status in fleet.statuses().items() if status == "ready"}


def test_what_is_pushed_beyond_it_waits_for_a_place(bounded: CommandLineFleet) -> None:
    """The pass says so and ends with 4; what has a place goes on, and the next pass creates what waited."""
    for name in ("a", "b", "c"):
        bounded.land(f"workspaces/{name}.yaml", MINE)
    shown = bounded("reconcile", code=ExitCode.REFUSED).output

    assert {"a", "b"} == ready(bounded)
    said = " ".join(shown.split())
    assert "ada@example.com has 2 of 2 workspaces (limits.perOwner in helium.yaml): a, b." in said
    assert "--over-quota c" in said
    assert "ada@example.com has 2 of 2 workspaces" in " ".join(bounded("why", "c").output.split())
    bounded("extend", "a", "+1d")
    bounded.land("workspaces/b.yaml", None)
    bounded("reconcile")

    assert {"a", "c"} == ready(bounded)


def test_the_command_line_refuses_it_as_the_api_does(bounded: CommandLineFleet) -> None:
    """Whoever could push it anyway is told before, and nothing is written."""
    for name in ("a", "b"):
        bounded("new", name, "--owner", "ada@example.com")
    before = bounded.git("rev-parse", "HEAD")
    refused = " ".join(bounded("new", "c", "--owner", "ada@example.com", code=ExitCode.USAGE).output.split())

    assert "ada@example.com has 2 of 2 workspaces (limits.perOwner in helium.yaml): a, b." in refused
    assert before == bounded.git("rev-parse", "HEAD")
    bounded("new", "c", "--owner", "bob@example.com")


def test_a_branch_is_red_for_what_it_adds(bounded: CommandLineFleet) -> None:
    """One that changes places is green, and what main has too many is not its fault."""
    for name in ("a", "b"):
        bounded.land(f"workspaces/{name}.yaml", MINE)
    bounded.git("checkout", "--quiet", "-b", "change")
    bounded.land("workspaces/c.yaml", MINE)
    assert "2 of 2" in " ".join(bounded("ci", "check", "--head", "change", code=ExitCode.REFUSED).output.split())
    bounded.land("workspaces/a.yaml", None)
    bounded.git("checkout", "--quiet", "main")
    bounded("reconcile")
    bounded("ci", "check", "--head", "change")

    bounded.land("workspaces/d.yaml", MINE)
    bounded.git("checkout", "--quiet", "-b", "another")
    bounded.land("workspaces/e.yaml", "owner: bob@example.com\n")
    bounded.git("checkout", "--quiet", "main")
    bounded("ci", "check", "--head", "another")


def test_an_order_lets_one_in(bounded: CommandLineFleet) -> None:
    """By name, once; from then on it exists, and nothing holds it."""
    for name in ("a", "b", "c"):
        bounded.land(f"workspaces/{name}.yaml", MINE)
    bounded("reconcile", code=ExitCode.REFUSED)
    held = {"a", "b", "c"} - ready(bounded)
    assert 1 == len(held)
    bounded("operate", "over-quota", *held)
    bounded("reconcile")

    assert {"a", "b", "c"} == ready(bounded)
    bounded("reconcile")
