"""Cost from end to end at the command line: what a plan says before, what is noted, and what a month sums up to."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from helium.app.open_fleet import open_fleet
from helium.core.fleet_record import FleetRecord
from helium.core.log_line import LogLine, UsageNote
from helium.errors import ExitCode
from helium.ports.ledger import Writes
from helium.settings import Settings
from tests.cli.conftest import CommandLineFleet

RATES = 'rates: {currency: USD, perHour: {vCPU: "0.5", memoryGiB: 0.25}, perMonth: {storageGiB: 7.3}}\n'
MINE = "owner: ada@example.com\n"


@pytest.fixture
def priced(fleet: CommandLineFleet) -> CommandLineFleet:
    """One whose backend takes two vCPUs and ten GiB, by `helium.yaml`: 1.10 an hour, 26.40 a day."""
    settings = (fleet.folder / "helium.yaml").read_text()
    assert "  gcp-namespace:\n" in settings
    amounts = "  gcp-namespace:\n    amounts: {vCPU: 2, storageGiB: 10}\n"
    fleet.land("helium.yaml", settings.replace("  gcp-namespace:\n", amounts) + RATES)
    return fleet


def test_what_it_costs_is_said_before_and_after(priced: CommandLineFleet) -> None:
    """In the plan and its comment, in the list, and of one workspace."""
    priced.land("workspaces/sales/demo.yaml", MINE)
    for option in ((), ("--markdown",), ("--json",)):
        assert "It costs about 26.40 USD a day" in " ".join(priced("plan", *option).output.split())
    priced("reconcile")

    assert "26.40 USD" in priced("list").output
    said = " ".join(priced("show", "demo").output.split())
    assert "takes 10 storageGiB, 2 vCPU" in said
    assert "costs about 26.40 USD a day" in said
    (row,) = priced.json("list")["workspaces"]
    assert ({"storageGiB": "10", "vCPU": "2"}, "26.40 USD") == (row["amounts"], row["cost_per_day"])


def test_a_pull_request_says_it_too(priced: CommandLineFleet) -> None:
    """Beside what it would create."""
    priced.git("checkout", "--quiet", "-b", "change")
    priced.land("workspaces/demo.yaml", MINE)
    priced.git("checkout", "--quiet", "main")
    assert "It costs about 26.40 USD a day" in " ".join(priced("ci", "plan", "--head", "change").output.split())


def test_a_program_that_only_a_branch_has_does_not_run(priced: CommandLineFleet) -> None:
    """Whoever opens a pull request runs nothing by it; the comment says that nobody knows."""
    marker = priced.folder / "ran"
    manifest = '{"placement": [], "pins": []}'
    program = f"import pathlib\npathlib.Path({str(marker)!r}).touch()\ndef estimate(workspace): return {{}}\n"
    priced.git("checkout", "--quiet", "-b", "change")
    priced.land("stacks/own/backend.json", manifest)
    priced.land("stacks/own/resources.py", "def declare(workspace): return {}\n")
    priced.land("stacks/own/cost.py", program)
    priced.land("workspaces/demo.yaml", f"{MINE}backend: own\n")
    priced.git("checkout", "--quiet", "main")
    said = " ".join(priced("ci", "plan", "--head", "change").output.split())

    assert "What it takes is unknown: the cost.py of own does not run here, since it is not on main." in said
    assert not marker.exists()


def test_a_month_is_summed_up_in_each_form(priced: CommandLineFleet) -> None:
    """By hand: 10 hours of 2 vCPU and 10 GiB at 1.10 are 11.00; in a table, for spreadsheets and for programs."""
    began = datetime(2026, 11, 2, 8, tzinfo=UTC)
    note = UsageNote(began, "+ada@example.com", "sales", {"vCPU": Decimal(2), "storageGiB": Decimal(10)}, ended=True)
    line = LogLine(began + timedelta(hours=10), "demo", "expired", "destroy: destroyed", added_at=began, usage=note)
    ledger = open_fleet(priced.folder, Settings.from_env({**priced.env, "PATH": "/usr/bin:/bin"})).ledger
    ledger.write(Writes(fleet_record=FleetRecord("acme"), log=(line,), message="one"), on=ledger.read())

    said = priced("usage", "--month", "2026-11", "--by", "team").output.splitlines()
    assert ["TEAM", "WORKSPACES", "HOURS"] == said[1].split()[:3]
    assert ["sales", "1", "10.00", "100.00", "20.00", "11.00"] == said[2].split()
    whole = priced.json("usage", "--month", "2026-11")
    assert ("owner", "USD", []) == (whole["by"], whole["currency"], whole["warnings"])
    assert ("11.00", 600) == (whole["total"]["cost"], whole["total"]["minutes"])
    heads, row = csv.reader(io.StringIO(priced("usage", "--csv", "--month", "2026-11").output))
    assert ["month", "owner", "workspaces", "minutes", "unknown_minutes"] == heads[:5]
    assert ["2026-11", "'+ada@example.com", "1", "600", "0", "100.000000", "20.000000", "11.00", "USD"] == row
    assert "no workspace lived for a whole minute of 2020-02" in priced("usage", "--month", "2020-02").output


def test_bad_questions_get_a_sentence(priced: CommandLineFleet) -> None:
    """A month that is none, a key that nobody knows, two forms at once."""
    said = priced("usage", "--month", "November", code=ExitCode.USAGE).output
    assert "'November' is not a month; write one like 2026-11" in said
    priced("usage", "--by", "colour", code=ExitCode.USAGE)
    assert "choose one" in priced("usage", "--csv", "--json", code=ExitCode.USAGE).output


@pytest.mark.parametrize(
    ("rates", "sentence"),
    [
        ("rates: {currency: usd, perHour: {vCPU: 1}}", "three capital letters"),
        ("rates: {currency: USD, perHour: {vCPU: -1}}", "it must be at least 0"),
        ('rates: {currency: USD, perHour: {vCPU: "cheap"}}', "a price"),
        ("rates: {currency: USD, perHour: {v CPU: 1}}", "a unit's name"),
        ("rates: {currency: USD, perHour: {vCPU: 0.10}}", "in quotes"),
        ("rates: {currency: USD, perHour: {vCPU: 1}, perMonth: {vCPU: 1}}", "vCPU has a price under perHour as well"),
        ("rates: {perHour: {vCPU: 1}}", "currency"),
    ],
)
def test_bad_rates_are_refused_with_their_place(fleet: CommandLineFleet, *, rates: str, sentence: str) -> None:
    """Before anybody relies on them."""
    settings = (fleet.folder / "helium.yaml").read_text()
    (fleet.folder / "helium.yaml").write_text(f"{settings}{rates}\n")
    said = " ".join(fleet("validate", code=ExitCode.INVALID).output.split())
    assert "helium.yaml:" in said
    assert sentence in said
