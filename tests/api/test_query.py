"""The list with `detail=true`: pages, filters, orders, and what it refuses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from helium.core.record import Phase
from helium.ports.ledger import Snapshot
from tests.api.in_process import in_process
from tests.api.serving import World, client
from tests.builders import fleet_record, record


@pytest.fixture(scope="module")
def caller() -> Iterator[httpx.Client]:
    """A fleet of twelve: two owners, one failed, one without an expiry."""
    world = World()
    files = {
        f"workspaces/demo-{n:02}.yaml": (
            f"expiry: 2026-12-{28 - n}\nowner: {'ada' if n % 2 else 'bob'}@example.com\ndescription: Number {n}\n"
        ).encode()
        for n in range(12)
    }
    world.repo.land({**files, "workspaces/demo-03.yaml": b"owner: ada@example.com\n"})
    failed = record("demo-02", phase=Phase.FAILED, seen_blob=world.repo.entries(world.repo.head())[2].blob)
    world.ledger.snapshot = Snapshot("1", fleet_record(), {"demo-02": failed}, {"demo-02": "1"})
    with in_process(world.deps) as address, client(address) as caller:
        yield caller


def page(caller: httpx.Client, query: str) -> Any:
    """The answer to `detail=true` and the query."""
    return caller.get(f"/workspaces?detail=true&{query}").json()


def test_the_plain_list_stays_plain(caller: httpx.Client) -> None:
    """Without `detail` there is nothing but ids, whatever else is asked."""
    assert {"IDs": [f"demo-{n:02}" for n in range(12)]} == caller.get("/workspaces?limit=2&detail=false").json()


def test_a_page_at_a_time_is_the_whole(caller: httpx.Client) -> None:
    """Every workspace is on exactly one page, for each order."""
    for sort in ("name", "expiry"):
        listed, cursor = [], ""
        while True:
            part = page(caller, f"limit=5&sort={sort}&cursor={cursor}")
            listed += part["IDs"]
            cursor = part["Next"]
            if not cursor:
                break
        assert 12 == part["Total"]
        assert sorted(listed) == [f"demo-{n:02}" for n in range(12)]


def test_the_soonest_end_comes_first(caller: httpx.Client) -> None:
    """By expiry, also where the fleet's default gives it."""
    ids = page(caller, "sort=expiry")["IDs"]

    assert ("demo-03", "demo-11", "demo-00") == (ids[0], ids[1], ids[-1])


def test_what_has_no_end_comes_last(own_world: World) -> None:
    """A file with errors that no pass ever saw has none."""
    own_world.repo.land({"workspaces/a.yaml": b"expiri: x\n", "workspaces/b.yaml": b"expiry: 2026-12-01\n"})
    with in_process(own_world.deps) as address, client(address) as caller:
        assert ["b", "a"] == page(caller, "sort=expiry")["IDs"]


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("status=failed", ["demo-02"]),
        ("status=failed,ready", ["demo-02"]),
        ("status=ready", []),
        ("owner=BOB@example.com&q=1", ["demo-10"]),
        ("q=number+7", ["demo-07"]),
        ("q=demo-0&owner=ada@example.com", ["demo-01", "demo-03", "demo-05", "demo-07", "demo-09"]),
    ],
)
def test_filters_narrow_the_list(caller: httpx.Client, query: str, ids: list[str]) -> None:
    """By status, owner, and words in name, owner and description; the total counts what matched."""
    answer = page(caller, query)

    assert (ids, len(ids), ids) == (answer["IDs"], answer["Total"], [each["ID"] for each in answer["Workspaces"]])


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("detail=perhaps", "detail"),
        ("detail=true&limit=0", "limit"),
        ("detail=true&limit=1001", "limit"),
        ("detail=true&limit=²", "limit"),
        ("detail=true&limit=-1", "limit"),
        ("detail=true&cursor=x", "cursor"),
        ("detail=true&cursor=é", "cursor"),
        ("detail=true&status=gone", "status"),
        ("detail=true&sort=age", "sort"),
    ],
)
def test_a_query_that_means_nothing_names_its_parameter(caller: httpx.Client, query: str, field: str) -> None:
    """422, with the parameter."""
    answer = caller.get(f"/workspaces?{query}")

    assert (422, field) == (answer.status_code, answer.json()["field"])
