"""Usage at the API, on the page and in the figures: who sees what, and that bad questions get a sentence."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from helium.core.log_line import LogLine, UsageNote
from helium.core.record import Phase, Record
from helium.core.usage_sums import Month
from helium.ports.ledger import Writes
from tests.api.in_process import in_process
from tests.api.serving import ADA, ADMIN, BOB, FLEET, READER, World, client
from tests.builders import NOW
from tests.pages.browsers import deps_of
from tests.pages.reader import Reader

RATES = b"rates: {currency: USD, perHour: {vCPU: 0.04}, perMonth: {storageGiB: 0.73}}\n"
MANAGED = b"teams: {sales: {managers: [Bob@example.com]}}\nlimits: {perOwner: 5}\n"
MONTH = str(Month.of(NOW))
BEGAN = max(Month.of(NOW).begin, NOW - timedelta(hours=10))


def lived(name: str, owner: str, *, team: str, vcpu: int = 1) -> tuple[Record, LogLine]:
    """One that lives since ten hours before now, and takes that much."""
    record = Record(
        name, "gcp-namespace", Phase.READY, BEGAN, NOW + timedelta(days=2), owner, BEGAN, BEGAN, "blob", team=team,
        amounts={"vCPU": Decimal(vcpu), "storageGiB": Decimal(10)}, spec_blob="blob",
    )  # fmt: skip
    line = LogLine(BEGAN + timedelta(minutes=5), name, "new-file", "create: ready", added_at=BEGAN)
    return record, replace(line, kind="create", backend="gcp-namespace", usage=UsageNote.of(record))


@pytest.fixture
def counted() -> Iterator[tuple[World, str]]:
    """Ada has one of no team and one of sales, Bob one of science; Bob manages sales."""
    world = World()
    world.repo.land({"helium.yaml": FLEET + RATES + MANAGED})
    known = (
        lived("a", "ada@example.com", team=""),
        lived("b", "Ada@example.com", team="sales", vcpu=2),
        lived("c", "bob@example.com", team='sci"ence\\'),
    )
    writes = Writes({record.name: record for record, _ in known}, log=tuple(line for _, line in known))
    world.ledger.write(writes, on=world.ledger.read())
    with in_process(deps_of(world)) as address:
        yield world, address


HOURS = (NOW - BEGAN) // timedelta(hours=1)


def test_an_admin_sees_all(counted: tuple[World, str]) -> None:
    """By owner, in any case of the mail; by hand: 3 and 1 vCPU at 0.04, and 20 and 10 GiB at 0.001, for each hour."""
    said = client(counted[1], ADMIN).get("/usage").json()
    assert (MONTH, "owner", "USD", True, []) == tuple(
        said[key] for key in ("Month", "By", "Currency", "Everybody", "Warnings")
    )
    rows = [(row["Key"], row["Workspaces"], row["Minutes"], row["Cost"]) for row in said["Rows"]]
    assert [
        ("ada@example.com", 2, 120 * HOURS, f"{0.14 * HOURS:.2f}"),
        ("bob@example.com", 1, 60 * HOURS, f"{0.05 * HOURS:.2f}"),
    ] == rows
    assert (3, f"{4 * HOURS}.000000") == (said["Total"]["Workspaces"], said["Total"]["Amounts"]["vCPU"])


@pytest.mark.parametrize(
    ("token", "names"), [(ADMIN, ["a", "b", "c"]), (ADA, ["a", "b"]), (BOB, ["b", "c"]), (READER, [])]
)
def test_others_see_their_own_and_the_teams_that_they_manage(
    counted: tuple[World, str], *, token: str, names: list[str]
) -> None:
    """At the API and on the page alike."""
    said = client(counted[1], token).get("/usage", params={"by": "workspace"}).json()
    assert names == [row["Key"] for row in said["Rows"]]
    assert (token == ADMIN) == said["Everybody"]


def test_a_month_that_nothing_lived_in_is_empty(counted: tuple[World, str]) -> None:
    """The one before, and one to come."""
    caller = client(counted[1], ADMIN)
    for month in (Month.of(NOW).after, Month(2020, 2)):
        said = caller.get("/usage", params={"month": str(month)}).json()
        assert (str(month), [], 0) == (said["Month"], said["Rows"], said["Total"]["Minutes"])


@pytest.mark.parametrize(
    ("asked", "pointer"), [({"month": "2026-13"}, "/month"), ({"month": "x" * 99}, "/month"), ({"by": "colour"}, "/by")]
)
def test_a_bad_question_gets_a_sentence(counted: tuple[World, str], *, asked: dict[str, str], pointer: str) -> None:
    """Never a 5xx."""
    answer = client(counted[1], ADMIN).get("/usage", params=asked)
    assert 422 == answer.status_code
    assert pointer in answer.text


def test_without_rates_there_is_no_money_anywhere(counted: tuple[World, str]) -> None:
    """Neither at the API, nor on a page, nor in the figures."""
    world, address = counted
    world.repo.land({"helium.yaml": FLEET})
    caller = client(address, ADMIN)
    said = caller.get("/usage").json()
    assert ("", {""}) == (said["Currency"], {row["Cost"] for row in said["Rows"]})
    one = caller.get("/workspace/a").json()["Workspace"]
    assert ({"vCPU": "1", "storageGiB": "10"}, "", "") == (one["Amounts"], one["CostPerDay"], one["Currency"])
    for page in ("/usage", "/workspace/a", "/new"):
        text = Reader(address).open(page).root.text
        assert "USD" not in text
        assert "Costs" not in text
    figures = caller.get("/../../metrics").text
    assert "helium_team_amounts" in figures
    assert "cost" not in figures


def test_a_workspace_says_what_it_takes_and_costs(counted: tuple[World, str]) -> None:
    """By hand: 24 x (0.04 + 0.01) is 1.20 a day, and twice that until it ends in two days."""
    world, address = counted
    one = client(address, ADA).get("/workspace/a").json()["Workspace"]
    assert ("1.20", "USD") == (one["CostPerDay"], one["Currency"])
    text = Reader(address).open("/workspace/a").root.text
    assert "about 1.20 USD a day, 2.40 USD until it ends" in " ".join(text.split())
    assert world.now == NOW


def test_the_page_shows_the_same_sums_and_leads_to_other_months(counted: tuple[World, str]) -> None:
    """And says how many workspaces one may have."""
    reader = Reader(counted[1])
    text = " ".join(reader.open("/usage").root.text.split())
    assert f"{0.19 * HOURS:.2f} USD for 3 workspaces so far." in text
    assert "This is the whole fleet." in text
    assert "Each owner may have 5 workspaces." in text
    before = " ".join(reader.open(f"/usage?month={Month.of(NOW).before}&by=team").root.text.split())
    assert "No workspace has lived for a whole minute of this month." in before
    assert "Month after" in before
    assert "Usage in" in reader.open("/usage?month=never&by=nothing").root.text


def test_figures_are_by_team_and_escaped(counted: tuple[World, str]) -> None:
    """A folder may be called anything; a label stays one label."""
    figures = client(counted[1], ADMIN).get("/../../metrics").text
    assert 'helium_team_amounts{team="sales",unit="vCPU"} 2.0' in figures
    assert 'helium_team_amounts{team="sci\\"ence\\\\",unit="vCPU"} 1.0' in figures
    assert 'helium_team_cost_per_hour{currency="USD",team="sales"} 0.09' in figures
    assert f'helium_team_cost_month{{currency="USD",team=""}} {0.05 * HOURS:.1f}' in figures


def test_many_teams_are_one_label(counted: tuple[World, str]) -> None:
    """Whatever folders people make, Prometheus gets at most fifty-one."""
    world, address = counted
    many = [lived(f"w{number}", "ada@example.com", team=f"t{number}") for number in range(120)]
    writes = Writes({record.name: record for record, _ in many}, log=tuple(line for _, line in many))
    world.ledger.write(writes, on=world.ledger.read())
    teams, end = list[str](), time.monotonic() + 60
    while len(teams) < 4 and time.monotonic() < end:
        figures = client(address, ADMIN).get("/../../metrics").text
        teams = [line for line in figures.splitlines() if line.startswith("helium_team_cost_per_hour{")]
    assert 51 == len(teams)
    assert any('team="(others)"' in line for line in teams)
