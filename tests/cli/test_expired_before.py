"""Files whose deadline had passed before any pass saw them: what `helium expire` leaves, and what it tidies up."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from helium.app.open_fleet import open_fleet
from helium.ports.ledger import Writes
from helium.settings import Settings
from tests.cli.conftest import CommandLineFleet


def spec(days: int) -> str:
    """A file that ends so many days from now."""
    return f"owner: ada@example.com\nexpiry: {datetime.now(UTC) + timedelta(days=days):%Y-%m-%d}\n"


def files(fleet: CommandLineFleet) -> list[str]:
    """The workspaces' files on main."""
    return [each for each in fleet.git("ls-tree", "--name-only", "main", "workspaces/").split() if each[-4:] == "yaml"]


def test_a_file_that_landed_too_late_goes_once_a_pass_has_seen_it(fleet: CommandLineFleet) -> None:
    """Nothing was ever made for it. Before a pass has looked beside the state, nobody knows that."""
    fleet.land("workspaces/late.yaml", spec(-3))
    fleet.land("workspaces/fine.yaml", spec(3))
    assert "nothing has expired" in fleet("expire").stdout
    fleet("reconcile")
    assert "before it was created" in fleet("why", "late").stdout

    said = fleet("expire").stdout

    assert "late: The deadline" in said
    assert "before it was created" in said
    assert ["workspaces/fine.yaml"] == files(fleet)
    fleet("reconcile")
    assert {"fine": "ready"} == fleet.statuses()


def test_a_file_of_what_the_log_knows_stays(fleet: CommandLineFleet) -> None:
    """Its record was lost, and its stack is there: who removes the file makes an orphan of it."""
    fleet.land("workspaces/one.yaml", spec(3))
    fleet("reconcile")
    ledger = open_fleet(fleet.folder, Settings.from_env({**fleet.env, "PATH": "/usr/bin:/bin"})).ledger
    ledger.write(Writes(records={"one": None}), on=ledger.read())
    fleet.land("workspaces/one.yaml", spec(-3))
    fleet("reconcile")

    assert "nothing has expired" in fleet("expire").stdout
    assert ["workspaces/one.yaml"] == files(fleet)
