from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from helium.core.fleet_record import Pause
from helium.core.record import CorruptRecord
from helium.errors import SourceError
from tests.api.serving import ADA, World, served, visitor
from tests.builders import NOW
from tests.pages.browsers import admitted, deps_of, session


def opened(page: Page, address: str) -> Page:
    """On the page."""
    page.goto(f"{address}/next")
    return page


def test_what_will_change_and_why(shown: Page, standing: str) -> None:
    """Each change with its reason; in step is not worth a line."""
    table = opened(shown, standing).get_by_role("table", name="What the next pass will change")

    expect(table.get_by_role("row").filter(has_text="puffin-fresh")).to_contain_text("create")
    expect(table.get_by_role("row").filter(has_text="marmot-upgrade")).to_contain_text("update")
    expect(table.get_by_role("row").filter(has_text="old-benchmark")).to_contain_text("destroy")
    expect(table).not_to_contain_text("caribou-x3k9q2")


def test_what_is_held_and_what_is_left_alone(context: BrowserContext, world: World) -> None:
    """With the safeguard's sentence, and how to override it."""
    snapshot = world.ledger.snapshot
    assert snapshot.fleet_record
    fleet_record = replace(snapshot.fleet_record, accepted="0" * 40)
    world.ledger.snapshot = replace(snapshot, head="2" * 40, fleet_record=fleet_record)
    with served(deps_of(world)) as address:
        page = opened(admitted(context, address), address)

        expect(page.get_by_role("heading", name="Held")).to_be_visible()
        expect(page.locator(".refusals")).to_contain_text("does not descend from 0000000000")
        expect(page.locator(".refusals")).to_contain_text("helium ledger accept")
        expect(page.get_by_role("table", name="What is left alone")).to_contain_text("The next one is due in 8m")


def test_what_no_file_explains(context: BrowserContext, world: World) -> None:
    """Records without a file, records that cannot be read, files with errors."""
    snapshot = world.ledger.snapshot
    torn = CorruptRecord("torn", "records/ab/torn.json", "records/ab/torn.json is no JSON")
    world.ledger.snapshot = replace(snapshot, head="3" * 40, records={**snapshot.records, "torn": torn})
    with served(deps_of(world)) as address:
        page = opened(admitted(context, address), address)
        table = page.get_by_role("table", name="Names without a valid file")

        expect(table.get_by_role("row").filter(has_text="old-benchmark")).to_contain_text("record without a file")
        expect(table.get_by_role("row").filter(has_text="torn")).to_contain_text("is no JSON")
        expect(table.get_by_role("row").filter(has_text="spoilt")).to_contain_text("file with errors")


def test_the_last_pass(shown: Page, standing: str) -> None:
    """When, what, how long, and CI's page."""
    page = opened(shown, standing)

    expect(page.locator(".list")).to_contain_text("4m ago")
    expect(page.locator(".list")).to_contain_text("41.7 s")
    expect(page.get_by_role("link", name="The run’s page")).to_have_attribute("href", re.compile("runs/812"))


def test_without_a_plan(plain: Page, socket_address: str, world: World) -> None:
    """What cannot be planned now is said, and the rest is shown."""
    world.repo.error = SourceError("the remote does not answer")
    page = opened(plain, socket_address)

    expect(page.get_by_text("No plan: the remote does not answer")).to_be_visible()
    expect(page.get_by_role("heading", name="Last pass")).to_be_visible()


@pytest.mark.parametrize(("length", "ends"), [("", None), ("4h", NOW + timedelta(hours=4))])
def test_pausing_and_going_on(
    plain: Page, socket_address: str, world: World, length: str, ends: datetime | None
) -> None:
    """A write of the ledger, by name and with a reason; every page then says so."""
    page = opened(plain, socket_address)
    page.get_by_label("Why").fill("moving the cluster")
    page.get_by_label("For", exact=True).select_option(length)
    page.get_by_role("button", name="Pause the fleet").click()

    expect(page.get_by_role("region", name="Notes about the fleet")).to_contain_text("moving the cluster")
    fleet_record = world.ledger.snapshot.fleet_record
    assert fleet_record
    assert fleet_record.pause
    assert Pause("admin <root@example.com>", "moving the cluster", NOW, ends) == fleet_record.pause
    page.get_by_role("button", name="Resume").click()
    expect(page.get_by_label("Why")).to_be_visible()
    after = world.ledger.snapshot.fleet_record
    assert after
    assert after.pause is None


def test_only_admins_pause(context: BrowserContext, standing: str, still: World) -> None:
    """Others are not offered it, and a form that they make up is refused."""
    page = opened(admitted(context, standing, token=ADA), standing)
    expect(page.get_by_role("button", name="Pause the fleet")).to_have_count(0)

    known, cookie = session(ADA)
    sent, headers = {"why": "mischief", "nonce": known.nonce}, {**cookie, "Sec-Fetch-Site": "same-origin"}
    answers = [visitor(standing).post(path, data=sent, headers=headers).status_code for path in ("/pause", "/resume")]
    assert [403, 403] == answers
    assert [] == still.ledger.writes


def test_no_pause_before_the_first_pass(plain: Page, socket_address: str, world: World) -> None:
    """There is no ledger to write it to; the form says so, and keeps what was typed."""
    world.ledger.snapshot = replace(world.ledger.snapshot, head="4" * 40, fleet_record=None)
    page = opened(plain, socket_address)
    page.get_by_label("Why").fill("moving the cluster")
    page.get_by_role("button", name="Pause the fleet").click()

    expect(page.get_by_role("alert")).to_contain_text("There is no ledger yet")
    expect(page.get_by_label("Why")).to_have_value("moving the cluster")
