from __future__ import annotations

from datetime import datetime, timedelta

from helium.api.index import Indexer, IndexRow
from helium.api.pages.fleet_table import FRESH, SIZE, FleetCache, Left, TableQuery, left, part, sorted_fleet
from helium.api.pages.layout import notes
from tests.builders import NOW, record, spec
from tests.pages.browsers import deps_of
from tests.pages.fleets import acme, many

LIFETIME = timedelta(days=3)


def test_pages_hold_everything_once() -> None:
    """Through all pages each name comes once, by its deadline."""
    index = Indexer(deps_of(many(120))).look()
    fleet = sorted_fleet(index, NOW)
    parts = [part(fleet, TableQuery(page=page), now=NOW) for page in (1, 2, 3)]
    names = [line.summary.name for each in parts for line in each.lines]

    assert [SIZE, SIZE, 20] == [len(each.lines) for each in parts]
    assert sorted(index.names) == sorted(names)
    deadlines = [line.left.deadline for each in parts for line in each.lines]
    assert sorted(deadlines) == deadlines


def test_statuses_are_counted_within_the_search() -> None:
    """A status's number is what choosing it would show."""
    fleet = sorted_fleet(Indexer(deps_of(many(120))).look(), NOW)
    counted = part(fleet, TableQuery(q="ada"), now=NOW).statuses

    assert counted == {status: part(fleet, TableQuery(q="ada", status=status), now=NOW).total for status in counted}


def test_a_page_that_is_not_there_is_the_nearest() -> None:
    """Rather the last than nothing."""
    fleet = sorted_fleet(Indexer(deps_of(many(60))).look(), NOW)

    assert (2, 1) == (part(fleet, TableQuery(page=99), now=NOW).page, part(fleet, TableQuery(page=0), now=NOW).page)


def test_however_many_look_the_fleet_is_summed_up_once() -> None:
    """For two seconds, and only while main and ledger stand where they did."""
    indexer, fleets = Indexer(deps_of(many(3))), FleetCache()
    index = indexer.look()
    first = fleets.of(index, NOW)

    assert fleets.of(index, NOW + timedelta(seconds=1)) is first
    assert fleets.of(index, NOW + FRESH) is not first
    assert fleets.of(index, NOW - timedelta(seconds=1)).at == NOW - timedelta(seconds=1)


def test_the_time_that_is_left() -> None:
    """Its share is of all its time; the last day is `soon`, what has passed is `past`."""

    def of(**ahead: float) -> tuple[int, str]:
        deadline = NOW + timedelta(**ahead)
        row = IndexRow("a", spec(expiry=deadline), record(added_at=NOW - timedelta(days=1), deadline=deadline))
        found = left(row.summary(NOW), now=NOW, lifetime=LIFETIME)
        return found.share, found.tone

    assert [(67, ""), (50, ""), (33, "soon"), (0, "past")] == [of(days=2), of(days=1), of(hours=12), of(hours=-3)]


def test_a_file_that_no_pass_has_seen_has_all_its_time() -> None:
    """The default lifetime stands in where nobody knows its age; without a deadline the cell is empty."""

    def of(expiry: datetime | None) -> Left:
        return left(IndexRow("a", spec(expiry=expiry), None).summary(NOW), now=NOW, lifetime=LIFETIME)

    assert (100, "3d 0h") == (of(NOW + LIFETIME).share, of(NOW + LIFETIME).text)
    assert "" == of(None).text


def test_a_late_pass_is_said_on_every_page() -> None:
    """With how long ago the last one was; two hours after CI's."""
    index = Indexer(deps_of(acme())).look()

    def late(hours: float) -> list[str]:
        return [each.text for each in notes(index, age=0, now=NOW + timedelta(hours=hours)) if each.title == "Late"]

    assert [] == late(1)
    (said,) = late(3)
    assert said.startswith("The last good pass was 3h 4m ago; the next one was expected by ")
    assert said.endswith("No pass has come since. What you request waits for the next one.")
