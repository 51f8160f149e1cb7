"""The form that changes a spec, and the one that begins a new workspace like another, without a browser."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.api.in_process import in_process
from tests.api.serving import ADA, ADMIN, BOB, READER, World
from tests.pages.browsers import deps_of
from tests.pages.fleets import acme, add
from tests.pages.reader import Reader
from tests.pages.test_workspace import NAME

COMMENTED = """\
# Asked for by Globex in March.
owner: ada@example.com
expiry: 2026-12-08  # until the fair is over
pachdVersion: "2.3.9"
values:
  pachd:
    replicas: 2   # two, since one was slow
labels: {team: field}
protected: true
"""


@pytest.fixture
def world() -> World:
    """A fleet for one test alone."""
    made = acme()
    add(made, "written", text=COMMENTED)
    return made


@pytest.fixture
def address(world: World) -> Iterator[str]:
    """Its pages in this process."""
    with in_process(deps_of(world)) as at:
        yield at


def saved(address: str, *, token: str = ADA, name: str = "written", **fields: str) -> str:
    """Where the form leads when these fields of it were changed."""
    return Reader(address, token).open(f"/workspace/{name}/edit").press("Save", **fields).path


def changed(world: World, name: str = "written") -> list[str]:
    """The lines of the file that were not there before."""
    return [line for line in world.file(name).splitlines() if line not in COMMENTED.splitlines()]


def test_the_form_is_filled_in_as_the_file_is(address: str) -> None:
    """Each field in its own form; the name, the deadline and the backend have none here."""
    page = Reader(address, ADA).open("/workspace/written").click("Edit")

    assert "2.3.9" == page.id("pachdVersion").attributes["value"]
    assert "pachd:\n  replicas: 2" == page.id("valuesYaml").raw.strip()
    assert "team: field" == page.id("labels").raw.strip()
    assert [] == [each for key in ("name", "expiry", "backend", "protected") for each in page.root.all(id=key)]


def test_what_is_saved_is_what_changed(address: str, world: World) -> None:
    """One commit; every other line stays, with its comment. The page says what comes next."""
    page = Reader(address, ADA).open("/workspace/written/edit").press("Save", pachdVersion="2.10", description="A fair")

    assert ("/workspace/written?done=edited", "Its file has changed; the next pass updates it.") == (
        page.path,
        page.root.one(role="status").text,
    )
    assert ['description: "A fair"', 'pachdVersion: "2.10"'] == sorted(changed(world))
    assert "ada" in world.repo.line[-1].commit.author


def test_what_is_emptied_goes_from_the_file(address: str, world: World) -> None:
    """Then the default counts. What a person may not set is not theirs to empty: `protected` stays."""
    saved(address, pachdVersion="", labels="", valuesYaml="")

    assert [] == changed(world)
    assert ["# Asked for by Globex in March.", "owner: ada@example.com", "expiry: 2026-12-08  # until the fair is over",
            "protected: true"] == world.file("written").splitlines()  # fmt: skip


def test_a_form_that_changes_nothing_writes_nothing(address: str, world: World) -> None:
    """Also when a browser sends its own line ends."""
    before = len(world.repo.line)

    assert "/workspace/written" == saved(address, valuesYaml="pachd:\r\n  replicas: 2\r\n")
    assert before == len(world.repo.line)


def test_every_error_is_at_its_field(address: str, world: World) -> None:
    """Nothing is written, and what was typed is still there."""
    page = Reader(address, ADA).open("/workspace/written/edit")
    page = page.press("Save", pachdVersion="x y", valuesYaml="a: [", description="kept")

    assert 422 == page.status
    assert "Nothing was saved" in page.root.one(role="alert").text
    assert "kept" == page.id("description").attributes["value"]
    assert page.root.all(id="valuesYaml-error")
    assert [] == changed(world)


def test_two_who_edit_at_once(address: str, world: World) -> None:
    """The second one is told, keeps what they typed, and writes over nobody's change, however often they press."""
    page = Reader(address, ADMIN).open("/workspace/written/edit")
    saved(address, pachdVersion="2.10")
    for _ in range(2):
        page = page.press("Save", pachdVersion="2.11", description="mine")
        assert ("changed" in page.root.one(role="alert").text, "mine") == (
            True,
            page.id("description").attributes["value"],
        )

    assert ['pachdVersion: "2.10"'] == changed(world)


@pytest.mark.parametrize("token", [BOB, READER])
def test_what_is_not_ones_own_is_not_edited(address: str, world: World, token: str) -> None:
    """Neither is the form shown, nor is anything taken that is sent without it."""
    page = Reader(address, ADA).open("/workspace/written/edit")
    own = Reader(address, token)

    assert "Edit" not in [each.text for each in own.open("/workspace/written").root.all("a")]
    assert 403 == own.open("/workspace/written/edit").status
    fields = {"nonce": page.root.all("input", name="nonce")[0].attributes["value"], "seen": "", "description": "x"}
    assert own.send("post", "/workspace/written/edit", fields).status in (403, 412)
    assert [] == changed(world)


@pytest.mark.parametrize(("name", "status"), [("never-was", 404), ("old-benchmark", 404), ("spoilt", 422)])
def test_what_has_no_file_that_can_be_read(address: str, name: str, status: int) -> None:
    """A sentence, and no form."""
    page = Reader(address).open(f"/workspace/{name}/edit")

    assert (status, []) == (page.status, page.root.all("form", class_="ask"))


def test_a_new_one_like_it(address: str, world: World) -> None:
    """The form for a new workspace, filled in; whoever sends it owns the new one, which has an end of its own."""
    page = Reader(address, BOB).open("/workspace/written").click("New one like it")
    assert "Filled in as written is. It begins empty: no data is copied." in page.root.one("main").text
    page = page.press("Ask for it", name="another")

    assert page.path.startswith("/workspace/another")
    lines = world.file("another").splitlines()
    assert {"owner: bob@example.com", "pachdVersion: 2.3.9"} <= {
        line.replace('"', "").replace("'", "") for line in lines
    }
    assert "    replicas: 2" in lines
    assert not any(each.startswith(("expiry", "protected")) for each in lines)


def test_like_one_that_is_not_there(address: str) -> None:
    """The empty form; nothing is said of what is not there."""
    for name in ("never-was", "spoilt", NAME + "x"):
        page = Reader(address).open(f"/new?from={name}")
        assert (200, "") == (page.status, page.id("pachdVersion").attributes["value"])
        assert "Filled in as" not in page.root.text
