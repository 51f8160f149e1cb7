from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.api.serving import ADA, READER, World, visitor
from tests.pages.browsers import admitted, session

SCHEMA = json.loads(Path("schema/workspace.schema.json").read_text())


def opened(page: Page, address: str) -> Page:
    """On the form, with all of it unfolded."""
    page.goto(f"{address}/new")
    for each in page.locator("summary").all():
        each.click()
    return page


def test_asking(page: Page, socket_address: str, world: World) -> None:
    """One commit with what was filled in, and on to the workspace's page."""
    opened(page, socket_address)
    page.get_by_label("Name").fill("northwind-demo")
    page.get_by_label("Until").fill("+7d")
    page.get_by_label("What for").fill("Demo for Northwind: round two")
    page.get_by_label("pachd").fill("2.10")
    page.get_by_label("Without notebooks").check()
    page.get_by_label("Labels").fill("team: field\nquarter: q4")
    page.get_by_label("Values", exact=True).fill("pachd:\n  logLevel: debug")
    page.get_by_role("button", name="Ask for it").click()

    page.wait_for_url(re.compile("/workspace/northwind-demo"))
    expect(page.get_by_role("status")).to_contain_text("Requested.")
    written = world.file("northwind-demo")
    assert "expiry: 2026-12-01T12:00:00Z" in written.replace('"', "")
    assert 'pachdVersion: "2.10"' in written or "pachdVersion: '2.10'" in written
    assert "disableNotebooks: true" in written
    assert "owner: root@example.com" in written
    assert "logLevel: debug" in written
    assert "team: field" in written


def test_asking_for_nothing_in_particular(plain: Page, socket_address: str, world: World) -> None:
    """Everything is optional: it gets a name, and the defaults."""
    page = opened(plain, socket_address)
    page.get_by_role("button", name="Ask for it").click()

    page.wait_for_url(re.compile(r"/workspace/[a-z]+-[a-z0-9]{6}\?done=requested"))


def test_what_is_wrong_is_said_beside_the_field(page: Page, socket_address: str, world: World) -> None:
    """Every error at once, at its field, and in one list that leads there; what was typed stays."""
    before = world.repo.head()
    opened(page, socket_address)
    page.get_by_label("Until").fill("next week")
    page.get_by_label("Chart").fill("not a version")
    page.get_by_label("Labels").fill("kubernetes.io/team: field")
    page.get_by_role("button", name="Ask for it").click()

    expect(page.locator("#expiry-error")).to_contain_text("is not a date")
    expect(page.locator("#helmVersion-error")).to_contain_text("version")
    expect(page.locator("#labels-error")).to_be_visible()
    expect(page.get_by_label("Until")).to_have_value("next week")
    expect(page.get_by_label("Until")).to_have_attribute("aria-invalid", "true")
    assert 3 == page.get_by_role("alert").get_by_role("link").count()
    assert before == world.repo.head()


def test_values_are_read_as_strictly_as_a_file(plain: Page, socket_address: str) -> None:
    """Its line is named; nothing is read as something else than it looks."""
    page = opened(plain, socket_address)
    page.get_by_label("Values", exact=True).fill("pachd:\n  enabled: on\n")
    page.get_by_role("button", name="Ask for it").click()

    expect(page.locator("#valuesYaml-error")).to_contain_text("line 2")


def test_a_name_that_is_taken(plain: Page, socket_address: str) -> None:
    """Said at the name."""
    page = opened(plain, socket_address)
    page.get_by_label("Name").fill("otter-demo")
    page.get_by_role("button", name="Ask for it").click()

    expect(page.locator("#name-error")).to_contain_text("otter-demo already exists")


def test_sent_twice_is_one_workspace(address: str, world: World) -> None:
    """Each form has a key of its own: a second press of its button makes no second workspace."""
    begun, cookie = session()
    with visitor(address, headers={**cookie, "Sec-Fetch-Site": "same-origin"}) as client:
        found = re.search(r'name="key" value="([^"]+)"', client.get("/new").text)
        assert found
        sent = {"nonce": begun.nonce, "key": found[1], "expiry": "2026-12-01"}
        first, second = (client.post("/new", data=sent) for _ in range(2))

    assert (303, first.headers["Location"]) == (second.status_code, second.headers["Location"])
    commits = [each for each in world.repo.line if each.commit.subject.startswith("Add ") and each.commit.trailers]
    assert 1 == len(commits)


def test_sent_again_with_other_fields(address: str, world: World) -> None:
    """Who goes back and changes the form reads that it created one already; sent once more, it creates another."""
    begun, cookie = session()
    with visitor(address, headers={**cookie, "Sec-Fetch-Site": "same-origin"}) as client:
        key, names = "", ["northwind", "southwind", "southwind"]
        page, answers = client.get("/new"), list[tuple[int, bool]]()
        for name in names:
            key = key if len(answers) == 1 else re.findall(r'name="key" value="([^"]+)"', page.text)[0]
            page = client.post("/new", data={"nonce": begun.nonce, "key": key, "name": name})
            answers.append((page.status_code, "created a workspace already" in page.text))

    assert [(303, False), (422, True), (303, False)] == answers
    assert all(world.file(name) for name in names)


def test_the_schema_describes_the_fields(shown: Page, standing: str) -> None:
    """Its own descriptions and examples, not a second copy."""
    page = opened(shown, standing)

    for key in ("pachdVersion", "disableNotebooks", "access", "backend", "protected"):
        expect(page.locator(f"#{key}-help")).to_have_text(SCHEMA["properties"][key]["description"])
    expect(page.get_by_label("Console", exact=True)).to_have_attribute(
        "placeholder", SCHEMA["properties"]["consoleVersion"]["examples"][0]
    )


def test_only_admins_protect(context: BrowserContext, standing: str) -> None:
    """Others are not offered it."""
    page = opened(admitted(context, standing, token=ADA), standing)

    expect(page.get_by_label("Protected")).to_have_count(0)


def test_who_only_reads_is_offered_nothing(context: BrowserContext, standing: str, still: World) -> None:
    """No button, and a sentence for who sends the form all the same."""
    page = admitted(context, standing, token=READER)
    page.goto(standing)
    expect(page.get_by_role("link", name="New workspace")).to_have_count(0)
    before, (known, cookie) = still.repo.head(), session(READER)
    headers = {**cookie, "Sec-Fetch-Site": "same-origin"}
    answer = visitor(standing).post("/new", data={"nonce": known.nonce}, headers=headers)
    assert (403, True) == (answer.status_code, "Your token may only read" in answer.text)
    assert before == still.repo.head()


@pytest.mark.parametrize("wrong", ["+0d", "+9999999d", "2020-01-01", "+91d"])
def test_a_deadline_that_cannot_be(application: str, still: World, wrong: str) -> None:
    """Refused at its field."""
    before, (known, cookie) = still.repo.head(), session()
    sent, headers = {"expiry": wrong, "nonce": known.nonce}, {**cookie, "Sec-Fetch-Site": "same-origin"}
    answer = visitor(application).post("/new", data=sent, headers=headers)

    assert (422, True) == (answer.status_code, 'id="expiry-error"' in answer.text)
    assert before == still.repo.head()
