from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from helium.api.index import Indexer, IndexRow
from helium.api.pages.fleet_table import Left, TablePage, TableQuery, TableRow, Viewer, left
from helium.api.pages.layout import notes
from helium.api.pages.sorted_fleet import FIRST, FRESH, SIZE, SORTS, FleetCache, SortedFleet, part, sorted_fleet
from helium.core.message import ChannelState, ChannelStates
from tests.api.serving import World
from tests.builders import NOW, record, spec
from tests.pages.browsers import deps_of
from tests.pages.fleets import acme, add, many

LIFETIME = timedelta(days=3)


def test_pages_hold_everything_once() -> None:
    """Through all pages each name comes once, by its deadline."""
    index = Indexer(deps_of(many(120))).look()
    fleet = sorted_fleet(index, NOW)
    parts = [part(fleet, TableQuery(page=page)).table for page in (1, 2, 3)]
    names = [line.summary.name for each in parts for line in each.lines]

    assert [SIZE, SIZE, 20] == [len(each.lines) for each in parts]
    assert sorted(index.names) == sorted(names)
    deadlines = [line.left.deadline for each in parts for line in each.lines]
    assert sorted(deadlines) == deadlines


def test_statuses_are_counted_within_the_search() -> None:
    """A status's number is what choosing it would show."""
    fleet = sorted_fleet(Indexer(deps_of(many(120))).look(), NOW)
    counted = part(fleet, TableQuery(q="ada")).table.statuses

    assert counted == {status: part(fleet, TableQuery(q="ada", status=status)).table.total for status in counted}


def test_a_page_that_is_not_there_is_the_nearest() -> None:
    """Rather the last than nothing."""
    fleet = sorted_fleet(Indexer(deps_of(many(60))).look(), NOW)

    assert (2, 1) == (part(fleet, TableQuery(page=99)).table.page, part(fleet, TableQuery(page=0)).table.page)


@pytest.fixture(scope="module")
def small() -> SortedFleet:
    """A workspace in each status."""
    return sorted_fleet(Indexer(deps_of(acme())).look(), NOW)


def names(lines: Iterable[TableRow]) -> list[str]:
    """Of these lines, in their order."""
    return [each.summary.name for each in lines]


def looked(fleet: SortedFleet, owner: str, *, admin: bool = False, **query: object) -> TablePage:
    """What that person sees."""
    return part(fleet, TableQuery(**query), viewer=Viewer(owner, admin)).table  # type: ignore[arg-type]


def test_what_matters_to_the_viewer_comes_first(small: SortedFleet) -> None:
    """What needs their attention, then what else is theirs; an admin looks after everybody's failures and holds."""
    bob, grace, ada = (looked(small, f"{name}@example.com") for name in ("bob", "Grace", "ada"))

    assert (["lynx-a7f20c", "spoilt"], []) == (names(bob.urgent), names(bob.own))
    assert (["otter-demo"], []) == (names(grace.urgent), names(grace.own))
    assert ([], ["caribou-x3k9q2", "marmot-upgrade"]) == (names(ada.urgent), names(ada.own))
    admin = looked(small, "grace@example.com", admin=True)
    assert ["otter-demo", "lynx-a7f20c", "spoilt", "walrus-late"] == names(admin.urgent)
    assert 9 == len(admin.lines)


def test_who_searches_or_sorts_sees_what_they_asked_for(small: SortedFleet) -> None:
    """Nothing stands before it."""
    for query in ({"q": "a"}, {"sort": "name"}, {"status": "ready"}, {"page": 2}, {"urgent": True}, {"label": "team"}):
        page = looked(small, "bob@example.com", **query)
        assert ((), (), 0) == (page.urgent, page.own, page.urgent_total)


def test_only_what_needs_attention(small: SortedFleet) -> None:
    """As many as the heading says."""
    page = looked(small, "bob@example.com", urgent=True)

    assert (["lynx-a7f20c", "spoilt"], 2) == (names(page.lines), page.total)


def test_few_stand_before_the_fleet() -> None:
    """The rest is behind a link, with its number."""
    page = looked(sorted_fleet(Indexer(deps_of(many(400))).look(), NOW), "ada@example.com", admin=True)

    assert (FIRST, FIRST, SIZE) == (len(page.urgent), len(page.own), len(page.lines))
    # Of 400, every tenth has failed, and of ada's 58 two end within the day, one of which has failed.
    assert page.urgent_total == sum(
        each.attention == "failed" or (each.attention == "ends soon" and each.summary.owner == "ada@example.com")
        for each in sorted_fleet(Indexer(deps_of(many(400))).look(), NOW).everyone
    )


def test_a_fleet_of_ones_own_is_listed_once() -> None:
    """All of it is the viewer's, so nothing of it is told twice."""
    world = World(now=NOW)
    add(world, "only", text="owner: ada@example.com\n")
    page = looked(sorted_fleet(Indexer(deps_of(world)).look(), NOW), "ada@example.com")

    assert ((), ["only"]) == (page.own, names(page.lines))


@pytest.mark.parametrize("sort", SORTS)
def test_every_column_sorts_both_ways(small: SortedFleet, sort: str) -> None:
    """What has no value comes last both ways."""
    up, down = (looked(small, "", sort=f"{dash}{sort}").lines for dash in ("", "-"))

    assert set(names(up)) == set(names(down))
    known = [
        each
        for each in names(up)
        if each not in {"left": ["spoilt"], "about": ["spoilt", "old-benchmark"]}.get(sort, [])
    ]
    assert known[0] in names(down)[len(known) - 3 : len(known)]
    assert names(up)[len(known) :] == names(down)[len(known) :]


def test_labels_are_shown_and_filter(small: SortedFleet) -> None:
    """By key and value, or by the key alone; a search finds them too."""
    line = looked(small, "", label="customer=globex").lines[1]

    assert ("marmot-upgrade", ("customer=globex", "team=field")) == (line.summary.name, line.labels)
    assert "Upgrade path 2.2 to 2.3" == line.about
    assert ["otter-demo", "marmot-upgrade"] == names(looked(small, "", label="team").lines)
    assert ["otter-demo", "marmot-upgrade"] == names(looked(small, "", q="team=field").lines)
    assert [] == names(looked(small, "", label="team=other").lines)


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


def test_a_channel_that_takes_nothing_is_said_on_every_page() -> None:
    """Somebody waits for a message that does not come."""
    index = Indexer(deps_of(acme())).look()
    silent = ChannelStates({"mail": ChannelState(NOW, failing=NOW, why="it answers 500")})
    index = replace(index, snapshot=replace(index.snapshot, channels=silent))
    found = [each.text for each in notes(index, age=0, now=NOW) if each.title == "Not everybody is told"]
    assert 1 == len(found)
    assert "mail takes no messages since" in found[0]


def test_a_late_pass_is_said_on_every_page() -> None:
    """With how long ago the last one was; two hours after CI's."""
    index = Indexer(deps_of(acme())).look()

    def late(hours: float) -> list[str]:
        return [each.text for each in notes(index, age=0, now=NOW + timedelta(hours=hours)) if each.title == "Late"]

    assert [] == late(1)
    (said,) = late(3)
    assert said.startswith("The last good pass was 3h 4m ago; the next one was expected by ")
    assert said.endswith("No pass has come since. What you request waits for the next one.")


def test_many_who_ask_for_the_same_get_one_part(small: SortedFleet) -> None:
    """What stands before it is each viewer's own, and so is the version; a search that is kept by nobody works too."""
    parts = [part(small, TableQuery(), viewer=Viewer(owner)) for owner in ("ada@example.com", "bob@example.com")]
    assert parts[0].table.lines is parts[1].table.lines
    assert parts[0].drawn is parts[1].drawn
    assert parts[0].version != parts[1].version
    assert parts[0].version == part(small, TableQuery(), viewer=Viewer("ADA@example.com")).version

    for number in range(300):
        part(small, TableQuery(q=f"n{number}"))
    assert 200 == len(small.parts)
    assert 0 == part(small, TableQuery(q="nothing")).table.total
