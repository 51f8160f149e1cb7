"""What is on each page, read without a browser."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from helium.core.fleet_record import Pause
from helium.core.health import ClusterWarning, WorkspaceHealth
from helium.core.order import Ended, OrderKind
from helium.core.record import CorruptRecord, Phase, Record
from helium.errors import SourceError
from tests.api.in_process import in_process
from tests.api.serving import ADA, ADMIN, BOB, READER, World, client
from tests.builders import NOW, order
from tests.pages.browsers import deps_of
from tests.pages.fleets import PATHS, many
from tests.pages.reader import Element, Reader, ReadPage
from tests.pages.test_markup import EVALUATED, MARKUP, spoilt
from tests.pages.test_workspace import NAME, PACHCTL

SCHEMA = json.loads(Path("schema/workspace.schema.json").read_text())


def names(page: ReadPage) -> list[str]:
    """The workspaces of the whole list that are shown, in their order."""
    return [each.all("a")[0].text for each in listed(page, "w").all("th", class_="name")]


def listed(page: ReadPage, which: str) -> Element:
    """A list of workspaces: `w` the whole list, `u` what needs attention, `o` what is one's own; empty if not there."""
    return next(iter(page.root.all("table", id=f"{which}-table")), Element("table"))


def table(page: ReadPage, caption: str) -> Element:
    """By its caption."""
    return page.root.one("table", has=caption)


def row(within: Element, name: str) -> str:
    """The text of the line with this name."""
    return within.one("tr", has=name).text


def test_the_fleet(reader: Reader) -> None:
    """Every name is there, the soonest deadline first; a line has status, owner and the reason in words."""
    page = reader.open("/")

    assert [
        "walrus-late", "otter-demo", "old-benchmark", "caribou-x3k9q2", "lynx-a7f20c", "puffin-fresh",
        "marmot-upgrade", "heron-training", "spoilt",
    ] == names(page)  # fmt: skip
    line = row(listed(page, "w"), "lynx-a7f20c")
    assert all(
        text in line for text in ("Failed", "bob@example.com", "the chart pachyderm 2.9.9 is not in the repository")
    )
    assert "held" in row(listed(page, "w"), "walrus-late")


def test_what_needs_attention_comes_first(reader: Reader, application: str) -> None:
    """An admin's is everybody's, and says so; an owner's is their own, then what else is theirs."""
    page = reader.open("/")
    assert "Needs attention 3" == page.root.one("h2", id="urgent").text
    assert ["lynx-a7f20c", "spoilt", "walrus-late"] == [
        each.all("a")[0].text for each in listed(page, "u").all("th", class_="name")
    ]

    ada = Reader(application, ADA).open("/")
    assert [] == listed(ada, "u").all("tr")
    assert ["caribou-x3k9q2", "marmot-upgrade"] == [
        each.all("a")[0].text for each in listed(ada, "o").all("th", class_="name")
    ]
    assert [] == listed(ada.press("Search", q="ada"), "o").all("tr")


def test_a_column_sorts(reader: Reader) -> None:
    """By a link in its head, the other way when pressed again; a screen reader is told which."""
    page = reader.open("/?sort=name").click("Owner")
    assert "ascending" == page.root.one("th", has="Owner", scope="col").attributes["aria-sort"]
    assert ["caribou-x3k9q2", "marmot-upgrade", "old-benchmark"] == names(page)[:3]
    page = page.click("Owner")
    assert ("descending", "/?sort=-owner") == (
        page.root.one("th", has="Owner", scope="col").attributes["aria-sort"],
        page.path,
    )
    assert "heron-training" == names(page)[0]
    # What is sorted stays sorted when somebody searches in it.
    assert "sort=-owner" in page.press("Search", q="example").path


def test_a_label_leads_to_its_like(reader: Reader) -> None:
    """The label is a link, and another one takes it away again."""
    page = reader.open("/?q=upgrade").click("team=field")
    assert (["marmot-upgrade"], "/?q=upgrade&label=team%3Dfield") == (names(page), page.path)
    page = reader.open("/?label=team%3Dfield")
    assert ["otter-demo", "marmot-upgrade"] == names(page)
    assert "/" == page.id("no-label").attributes["href"]


def test_what_a_workspace_is_for_is_said(reader: Reader) -> None:
    """In its line, before why it is as it is."""
    assert "Upgrade path 2.2 to 2.3 its file changed" in row(listed(reader.open("/"), "w"), "marmot-upgrade")


@pytest.mark.parametrize(
    ("fields", "found"),
    [
        ({"q": "northwind"}, ["caribou-x3k9q2"]),
        ({"q": "", "owner": "ada@example.com"}, ["caribou-x3k9q2", "marmot-upgrade"]),
        ({"q": "no such thing"}, []),
    ],
)
def test_a_search(reader: Reader, fields: dict[str, str], found: list[str]) -> None:
    """By name, owner or description; the address says the search; where nothing matches, a link leads back to all."""
    page = reader.open("/").press("Search", **fields)

    assert found == names(page)
    assert f"q={fields['q'].replace(' ', '+')}" in page.path
    if not found:
        assert 9 == len(names(page.click("Show the whole fleet")))


def test_a_status(reader: Reader) -> None:
    """Each status with its number, and a link that shows those alone."""
    page = reader.open("/").click("Ready 3")

    assert ["otter-demo", "caribou-x3k9q2", "heron-training"] == names(page)
    assert ["otter-demo"] == names(reader.open("/?status=ready&owner=grace@example.com"))


@pytest.mark.parametrize("path", PATHS)
def test_every_page_has_one_heading_and_its_landmarks(reader: Reader, path: str) -> None:
    """One h1, a main, a banner, a title; each label leads to a field; a screen of a fleet names the sandbox."""
    page = reader.open(path)

    assert [1, 1, 1, 1] == [len(page.root.all(tag)) for tag in ("h1", "main", "header", "title")]
    assert page.root.all(class_="sandbox", has="Sandbox data.") or path == "/nowhere"
    assert all(page.id(each.attributes["for"]) for each in page.root.all("label"))
    assert all(
        page.id(name) for each in page.root.walk() for name in each.attributes.get("aria-describedby", "").split()
    )


def test_pages_have_titles_of_their_own(reader: Reader) -> None:
    """A search has that of its page."""
    assert len(PATHS) - 1 <= len({reader.open(path).root.one("title").text for path in PATHS})


def test_a_pause_and_a_late_pass_are_named(world: World) -> None:
    """On the first page, before anything else is read."""
    snapshot = world.ledger.snapshot
    assert snapshot.fleet_record
    pause = Pause("ada <ada@example.com>", "moving the cluster", NOW)
    world.ledger.snapshot = replace(snapshot, head="2" * 40, fleet_record=replace(snapshot.fleet_record, pause=pause))
    world.now += timedelta(hours=3)
    with in_process(deps_of(world)) as address:
        notes = Reader(address).open("/").root.one(role="region", class_="notes").text

    assert "moving the cluster" in notes
    assert "The last good pass was 3h 4m ago" in notes


def test_an_empty_fleet_teaches() -> None:
    """Who comes first is led to the form."""
    with in_process(deps_of(World())) as address:
        page = Reader(address, ADA).open("/")

        assert page.root.all("h2", has="No workspaces yet")
        assert "New workspace" == page.click("Create the first one").root.one("h1").text


def test_a_fleet_of_two_thousand() -> None:
    """Fifty at a time, in pages that links lead through; a search still looks at all."""
    with in_process(deps_of(many(2000))) as address:
        reader = Reader(address)
        first = reader.open("/")
        second = reader.open(first.root.one("a", rel="next").attributes["href"])

        assert "1–50 of 2,000 workspaces" in first.root.one(class_="under").text
        assert "51–100 of 2,000 workspaces" in second.root.one(class_="under").text
        assert "Page 40 of 40" in reader.open("/?page=999999").root.one(class_="under").text
        assert 1 == len(names(reader.open("/?q=01999")))


def test_one_workspace(reader: Reader) -> None:
    """The strings byte by byte; the file as it stands on main; commits and outcomes."""
    page = reader.open(f"/workspace/{NAME}")

    assert (PACHCTL, NAME) == (page.id("pachctl").raw, page.id("namespace").raw)
    assert f"https://{NAME}.ws.acme.example" == page.id("console").raw
    assert f"https://jh-{NAME}.ws.acme.example" == page.id("notebooks").raw
    assert 'pachdVersion: "2.3.9"' in page.id("yaml").raw
    assert {"updated in 12 s", f"Add {NAME}", "created in 42 s"} == {each.text for each in page.root.all(class_="what")}


def test_why_it_is_as_it_is(reader: Reader) -> None:
    """The reason of its status, and when it is tried again."""
    why = reader.open("/workspace/lynx-a7f20c").root.one(class_="why").text

    assert "the chart pachyderm 2.9.9 is not in the repository" in why
    assert "Attempt 3 failed. The next one is due at 2026-11-24 12:08:00 UTC" in why


def test_errors_are_shown(reader: Reader) -> None:
    """A file that a person broke on main: each error with its line."""
    alert = reader.open("/workspace/spoilt").root.one(class_="alert")

    assert ["Line 1", "Line 2"] == [each.text[:6] for each in alert.all("li")]
    assert "2.10 without quotes would be read as 2.1" in alert.text


def test_what_is_protected_has_no_form_to_delete_it(reader: Reader) -> None:
    """It says why, and what to do."""
    page = reader.open("/workspace/heron-training")

    assert page.root.all(has="It is protected, so it cannot be deleted.")
    assert [] == page.root.all("button", has="Delete")


@pytest.mark.parametrize(("token", "says"), [(BOB, "It belongs to ada@example.com"), (READER, "may only read")])
def test_what_is_anothers_is_only_shown(application: str, token: str, says: str) -> None:
    """No form for who may not use it; the reason instead."""
    page = Reader(application, token).open(f"/workspace/{NAME}")

    assert page.root.all("p", has=says)
    assert [] == page.root.all("button", has="+7 days")


def test_a_name_that_is_gone_has_a_history(world: World, address: str) -> None:
    """And one that never was is a 404 that leads back."""
    world.repo.land({"workspaces/short.yaml": b"{}\n"}, message="Add short")
    world.repo.land({"workspaces/short.yaml": None}, message="Remove short")
    reader = Reader(address)
    gone, never = reader.open("/workspace/short"), reader.open("/workspace/never-was")

    assert gone.root.all("h2", has="Gone") or gone.root.all(class_="chip", has="Gone")
    assert gone.root.all(class_="what", has="Remove short")
    assert (404, "Workspaces") == (never.status, never.click("To the fleet").root.one("h1").text)


def test_what_pulumi_said_is_on_the_page_of_what_failed(world: World, address: str) -> None:
    """As text, to whoever may look; not while the next attempt is made, and the API has it too."""
    world.ledger.kept = dict.fromkeys(("lynx-a7f20c", "marmot-upgrade"), "error: chart not found\n<b>2.9.9</b>")
    pages = [Reader(address, token).open("/workspace/lynx-a7f20c") for token in (ADMIN, READER)]
    told = client(address, READER).get("/workspace/lynx-a7f20c/log").json()

    assert ["error: chart not found\n<b>2.9.9</b>"] * 2 == [page.id("failure").raw for page in pages]
    assert {"ID": "lynx-a7f20c", "Log": "error: chart not found\n<b>2.9.9</b>"} == told
    assert [] == Reader(address).open("/workspace/marmot-upgrade").root.all(id="failure")
    assert 404 == client(address).get("/workspace/never-was/log").status_code


SEEN = WorkspaceHealth(
    NOW - timedelta(hours=2),
    {"Running": 1, "Pending": 1},
    ready=1,
    wanted=2,
    unready=("web-1: Unschedulable: no node",),
    warnings=(ClusterWarning(NOW - timedelta(hours=2), "Pod web-1: FailedScheduling: no node"),),
    looks=1,
    next_at=NOW + timedelta(minutes=1),
)


@pytest.mark.parametrize(
    ("seen", "texts", "status"),
    [
        pytest.param(
            SEEN,
            (
                "2 pods: 1 Pending, 1 Running; 1 of 2 ready",
                "web-1: Unschedulable: no node",
                "2026-11-24 10:00:00 UTC Pod web-1: FailedScheduling: no node",
                "A pass looked 2h 0m ago. Another one looks again after 2026-11-24 12:01:00 UTC.",
            ),
            "Failed",
            id="not ready",
        ),
        pytest.param(
            WorkspaceHealth(NOW, trouble="the cluster ci does not answer"),
            ("Could not look: the cluster ci does not answer",),
            "Ready",
            id="nobody could look",
        ),
        pytest.param(
            WorkspaceHealth(NOW, {"Running": 1}, 1, 1),
            ("1 pod: 1 Running; 1 of 1 ready", "Passes look again when they change it."),
            "Ready",
            id="well",
        ),
    ],
)
def test_what_was_seen_of_its_pods(world: World, seen: WorkspaceHealth, texts: tuple[str, ...], status: str) -> None:
    """Pods, reasons, warnings, and how old the look is; the API says the same. Without a look, nothing is claimed."""
    known = world.ledger.snapshot.records["otter-demo"]
    assert isinstance(known, Record)
    records = {**world.ledger.snapshot.records, "otter-demo": replace(known, health=seen)}
    # Before the application begins: it reads the ledger every few seconds, and not for each page.
    world.ledger.snapshot = replace(world.ledger.snapshot, head="4" * 40, records=records)
    with in_process(deps_of(world)) as address:
        page = Reader(address).open("/workspace/otter-demo")
        told = client(address, READER).get("/workspace/otter-demo").json()
        other = Reader(address).open("/workspace/caribou-x3k9q2")
    card = page.root.one("section", **{"aria-labelledby": "pods"}).text

    assert [] == other.root.all(id="pods")
    assert [] == [text for text in texts if text not in " ".join(card.split())], card
    assert status in page.root.one("main").text
    assert (seen.trouble, seen.summary, seen.ready) == (
        told["Health"]["CouldNotLook"],
        told["Health"]["Summary"],
        told["Health"]["Ready"],
    )
    assert [each.text for each in seen.warnings] == [each["Text"] for each in told["Health"]["Warnings"]]


def test_no_attempt_is_due_while_one_is_made(world: World, address: str) -> None:
    """A page and the API say of now that it is tried, and not when it will be."""
    known = world.ledger.snapshot.records["lynx-a7f20c"]
    assert isinstance(known, Record)
    failed = Reader(address).open("/workspace/lynx-a7f20c").root.one(class_="why").text
    again = {**world.ledger.snapshot.records, "lynx-a7f20c": replace(known, phase=Phase.CREATING)}
    world.ledger.snapshot = replace(world.ledger.snapshot, head="2" * 40, records=again)
    with in_process(deps_of(world)) as at:
        trying = Reader(at).open("/workspace/lynx-a7f20c").root.one(class_="why").text
        told = client(at).get("/workspace/lynx-a7f20c").json()["Workspace"]

    assert "The next one is due at 2026-11-24 12:08:00 UTC" in failed
    assert "a pass began attempt 4 at" in trying
    assert ("due" in trying, told["NextAttempt"]) == (False, "")


def test_the_schema_describes_the_fields(reader: Reader) -> None:
    """Its own descriptions and examples, not a second copy."""
    page = reader.open("/new")

    for key in ("pachdVersion", "disableNotebooks", "access", "backend", "protected"):
        assert " ".join(SCHEMA["properties"][key]["description"].split()) == page.id(f"{key}-help").text
    assert SCHEMA["properties"]["consoleVersion"]["examples"][0] == page.id("consoleVersion").attributes["placeholder"]


def test_only_who_may_is_offered_it(application: str) -> None:
    """Protection and a pause are an admin's; who only reads is not led to the form."""
    ada, rita = Reader(application, ADA), Reader(application, READER)

    assert [] == ada.open("/new").root.all(id="protected")
    assert [] == ada.open("/next").root.all("button", has="Pause the fleet")
    assert [] == rita.open("/").root.all("a", has="New workspace")


def test_the_next_pass(reader: Reader) -> None:
    """Each change with its reason; what is in step takes no line; when the last was, how long, and CI's page."""
    page = reader.open("/next")
    changes, last = table(page, "What the next pass will change"), page.root.one(class_="list").text

    assert "create" in row(changes, "puffin-fresh")
    assert "update" in row(changes, "marmot-upgrade")
    assert "destroy" in row(changes, "old-benchmark")
    assert "caribou-x3k9q2" not in changes.text
    assert ("4m ago" in last, "41.7 s" in last) == (True, True)
    assert page.root.one("a", has="The run’s page").attributes["href"].endswith("runs/812")


def test_what_is_held_and_what_no_file_explains(world: World) -> None:
    """With the safeguard's sentence and how to override it; records without a file, corrupt ones, files with errors."""
    snapshot = world.ledger.snapshot
    assert snapshot.fleet_record
    torn = CorruptRecord("torn", "records/ab/torn.json", "records/ab/torn.json is not JSON")
    world.ledger.snapshot = replace(
        snapshot,
        head="2" * 40,
        fleet_record=replace(snapshot.fleet_record, accepted="0" * 40),
        records={**snapshot.records, "torn": torn},
    )
    with in_process(deps_of(world)) as address:
        page = Reader(address).open("/next")

    refusals, odd = page.root.one(class_="refusals").text, table(page, "Names without a valid file")
    assert ("0000000000" in refusals, "helium ledger accept" in refusals) == (True, True)
    assert "The next one is due in 8m" in table(page, "What is left alone").text
    assert "record without a file" in row(odd, "old-benchmark")
    assert "is not JSON" in row(odd, "torn")
    assert "file with errors" in row(odd, "spoilt")


def test_what_is_ordered(world: World) -> None:
    """What waits for a pass, by whom; and beside a refusal, how to order what overrides it."""
    snapshot = world.ledger.snapshot
    assert snapshot.fleet_record
    known = replace(snapshot.fleet_record, accepted="0" * 40)
    given = order(OrderKind.ROLL, "demo")
    over = order(id="o-2", why="over").end(Ended.DONE, "Done.", now=NOW, by="run-1")
    world.ledger.snapshot = replace(snapshot, head="2" * 40, fleet_record=known, orders={"o-1": given, "o-2": over})
    with in_process(deps_of(world)) as address:
        page = Reader(address).open("/next")

    held, ordered = (each.text for each in page.root.all(class_="refusals"))
    assert "from CI: helium operate accept" in held
    assert ("roll demo, by ada@example.com" in ordered, "o-2" in ordered) == (True, False)


def test_without_a_plan(world: World, address: str) -> None:
    """What cannot be planned now is said, and the rest is shown."""
    reader = Reader(address)
    reader.open("/")
    world.repo.error = SourceError("the remote does not answer")
    page = reader.open("/next")

    assert page.root.all(has="No plan: the remote does not answer")
    assert page.root.all("h2", has="Last pass")


@pytest.fixture(scope="module")
def written_by_strangers() -> Iterator[Reader]:
    """A fleet in which everything that somebody may write is markup or a shell's command."""
    with in_process(deps_of(spoilt())) as address:
        yield Reader(address)


@pytest.mark.parametrize("path", ["/", "/workspace/evil", "/workspace/odd", "/next", f"/?q={MARKUP}&owner={MARKUP}"])
def test_what_people_write_is_text(written_by_strangers: Reader, path: str) -> None:
    """Never an element, an attribute, a link or a template, wherever it is shown."""
    page = written_by_strangers.open(path)
    main = page.root.one("main")

    assert [] == page.root.all("img")
    assert [] == main.all("b", "script")
    assert [] == [name for each in page.root.walk() for name in each.attributes if name.startswith("on")]
    assert [] == [each for each in page.root.all("a") if each.attributes.get("href", "").startswith("javascript")]
    assert EVALUATED not in main.text


def test_nothing_that_a_cloud_answered_reaches_a_shell(written_by_strangers: Reader) -> None:
    """A string with a part that is not what it should be is not offered at all."""
    page = written_by_strangers.open("/workspace/evil")

    assert [] == [id for id in ("pachctl", "k8s", "console", "notebooks") if page.root.all(id=id)]
    assert page.root.all("dd", has="not known yet")
