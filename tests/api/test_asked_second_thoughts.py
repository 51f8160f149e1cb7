"""Giving away, putting back, more time and another attempt, where main takes pull requests alone.

Each is a pull request that is named, or a sentence that says what to do. Main is never written to.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from click.testing import CliRunner

from helium.cli import cli
from helium.core.change_request import Verb
from helium.core.fleet_record import FleetRecord
from helium.core.host_errors import HostAwayError
from helium.core.log_line import LogLine
from helium.core.record import Phase, Record
from helium.errors import ExitCode
from helium.ports.ledger import Writes
from tests.api.in_process import in_process
from tests.api.serving import ADA, ADMIN, BOB, FLEET, World, client, served
from tests.api.test_change_requests import PLAIN, AskedWorld
from tests.builders import NOW, record
from tests.fakes import FakeChangeRequests, blob_of
from tests.pages.browsers import deps_of
from tests.pages.reader import Reader

FILE = b"owner: ada@example.com\nexpiry: 2026-11-28\n"
PULL = "https://git.example.com/acme/fleet/pulls/"


@pytest.fixture
def left() -> Iterator[AskedWorld]:
    """`demo`; `gone`, whose file is gone and which is still there; `old`, destroyed; and `sad`, which failed."""
    world, files = World(), {f"workspaces/{name}.yaml": FILE for name in ("gone", "old", "sad")}
    world.repo.land({"helium.yaml": FLEET + b"write: pull-request\nlimits: {perOwner: 4, grace: 1h}\n"})
    world.repo.land({"workspaces/demo.yaml": PLAIN})
    world.repo.land(files, author="Ada <ada@example.com>")
    world.repo.land({"workspaces/gone.yaml": None, "workspaces/old.yaml": None})
    seen = {"seen_blob": blob_of(FILE), "spec_blob": blob_of(FILE)}
    failed = record("sad", phase=Phase.FAILED, error="no quota", attempts=4, updated_at=NOW - timedelta(minutes=3))
    failed = replace(failed, next_attempt_at=NOW + timedelta(minutes=3), seen_blob=blob_of(FILE))
    records = {"gone": record("gone", **seen), "sad": failed}
    world.ledger.write(Writes(records=records, fleet_record=FleetRecord("acme")), on=world.ledger.read())
    world.ledger.lines = [LogLine(NOW, "old", "file-removed", "destroyed", kind="destroy")]
    requests = FakeChangeRequests(world.ledger, world.commit_queue, lambda: world.now)
    # Only now: it reads the ledger every few seconds, and not for each page.
    with in_process(replace(deps_of(world), change_requests=requests)) as address:
        yield AskedWorld(world, requests, address)


def test_each_is_a_pull_request_and_main_stays(left: AskedWorld) -> None:
    """202 with its address, also where it is asked for in somebody's name by an admin."""
    head, caller = left.world.repo.head(), client(left.address, ADA)
    answers = [
        caller.post("/workspace/demo/owner?to=bob@example.com"),
        caller.post("/workspace/gone/restore"),
        caller.post("/workspace/old/restore?empty=true"),
        caller.request("PATCH", "/workspace/sad", json={"expiry": "+1d"}),
        client(left.address, ADMIN).post("/workspace/sad/owner?to=eve@example.com"),
    ]

    assert [(202, f"{PULL}{number}") for number in range(1, 6)] == [
        (each.status_code, each.json()["PullRequest"]) for each in answers
    ]
    assert {""} == {each.json()["Commit"] for each in answers}
    assert [Verb.UPDATE, Verb.RESTORE, Verb.RESTORE, Verb.UPDATE, Verb.UPDATE] == [
        each.verb for each in left.requests.asked
    ]
    assert head == left.world.repo.head()


def test_another_attempt_needs_no_pull_request(left: AskedWorld) -> None:
    """It is a note in the ledger and no commit, so it is done at once, and once."""
    head, caller = left.world.repo.head(), client(left.address, ADA)

    assert [202, 200] == [caller.post("/workspace/sad/retry").status_code for _ in range(2)]
    known = left.world.ledger.snapshot.records["sad"]
    assert isinstance(known, Record)
    assert (None, 4) == (known.next_attempt_at, known.attempts)
    assert ([], head) == (left.requests.asked, left.world.repo.head())


@pytest.mark.parametrize(
    ("token", "path", "status", "sentence"),
    [
        (BOB, "demo/owner?to=bob@example.com", 403, "belongs to ada@example.com"),
        (ADA, "demo/owner?to=nobody", 422, "is not an address at which somebody reads mail"),
        (ADA, "sad/owner?to=ADA@example.com", 409, "belongs to ada@example.com already"),
        (ADA, "never/owner?to=bob@example.com", 404, "never"),
        (BOB, "gone/restore", 403, "belongs to ada@example.com"),
        (BOB, "old/restore?empty=true", 403, "belongs to ada@example.com"),
        (ADA, "old/restore", 404, "helium restore old --empty"),
        (ADA, "demo/restore", 409, "There is nothing to restore"),
        (ADA, "gone/restore?empty=true", 409, "To keep it, put the file back"),
        (BOB, "sad/retry", 403, "belongs to ada@example.com"),
    ],
)
def test_it_is_refused_before_anything_is_opened(
    left: AskedWorld, token: str, path: str, status: int, sentence: str
) -> None:
    """With the sentence that a commit would be refused with."""
    head = left.world.repo.head()
    answer = client(left.address, token).post(f"/workspace/{path}")

    assert status == answer.status_code, answer.text
    assert sentence in answer.text
    assert ([], head) == (left.requests.asked, left.world.repo.head())


def test_what_main_has_already_opens_nothing(left: AskedWorld) -> None:
    """It is done, so nothing waits."""
    answer = client(left.address, ADA).post("/workspace/sad/owner?to=ada@example.com")

    assert (200, "", "") == (answer.status_code, answer.json()["PullRequest"], answer.json()["Commit"])
    assert [] == left.requests.asked


def test_a_host_that_is_away_opens_nothing(left: AskedWorld) -> None:
    """Each says so, and when to come again; none of them is written to main instead."""
    head, caller = left.world.repo.head(), client(left.address, ADA)
    left.requests.error = HostAwayError("git.example.com does not answer.")
    paths = ("demo/owner?to=bob@example.com", "gone/restore", "old/restore?empty=true")
    answers = [caller.post(f"/workspace/{path}") for path in paths]

    assert {(503, True)} == {(each.status_code, "Retry-After" in each.headers) for each in answers}
    assert all("does not answer" in each.text for each in answers)
    assert head == left.world.repo.head()


def test_the_pages_say_that_it_waits_for_a_merge(left: AskedWorld) -> None:
    """Given, put back, made again, and given more time: each page leads to the pull request."""
    reader = Reader(left.address, ADA)
    pages = [
        reader.open("/workspace/demo").press("Give", owner="bob@example.com"),
        reader.open("/workspace/gone").press("Undo: keep gone"),
        reader.open("/workspace/old").press("Make a new, empty one from its spec"),
        reader.open("/workspaces/sad/extend?by=3d").press("3d more"),
    ]

    for number, (name, page) in enumerate(zip(("demo", "gone", "old", "sad"), pages, strict=True), start=1):
        assert f"/workspace/{name}?done=asked" == page.path
        assert "Asked for, by a pull request." in page.root.one(role="status").text
        assert f"{PULL}{number}" in {each.attributes.get("href") for each in page.root.all("a")}
    assert "The next pass tries it again." in reader.open("/workspace/sad").press("Try again now").root.text


def test_an_undo_by_pull_request_says_until_when_it_must_be_merged(left: AskedWorld) -> None:
    """The grace goes on meanwhile, so who may merge has to know."""
    page = Reader(left.address, ADA).open("/workspace/gone")
    pressed = page.press("Undo: keep gone")

    for each in (page, pressed):
        assert "stay if somebody merges that before 2026-11-24 " in each.root.text
        assert "Otherwise it is destroyed all the same." in each.root.text


def test_the_command_line_at_a_server_names_the_pull_request(left: AskedWorld) -> None:
    """Also for each workspace of somebody who left; and it says that a merge is needed."""

    with served(replace(deps_of(left.world), change_requests=left.requests)) as address:

        def said(*words: str, code: int = ExitCode.DONE) -> str:
            result = CliRunner(env={"HELIUM_TOKEN": ADA}).invoke(cli, ["--server", address, *words])
            assert code == result.exit_code, result.output
            return result.output

        assert f"demo is given to bob@example.com by pull request {PULL}1" in said("give", "demo", "bob@example.com")
        put_back = said("restore", "gone")
        assert f"gone is restored by pull request {PULL}2" in put_back
        assert "until then, its deletion goes on: helium show gone says when" in put_back
        assert f"pull request {PULL}3" in said("restore", "old", "--empty")
        assert f"pull request {PULL}4" in said("extend", "sad", "+1d")
        assert "sad is tried again by the next pass" in said("retry", "sad")
        asked_for = len(left.requests.asked)
        assert "by nothing new, as main has it already" in said("give", "sad", "ada@example.com")
        assert asked_for == len(left.requests.asked)
        every = said("give", "--all-of", "ada@example.com", "eve@example.com", code=ExitCode.REFUSED)

    assert "old stays with ada@example.com: old was destroyed" in every
    assert every.count("is given to eve@example.com by pull request") == len(left.requests.asked) - 4 > 1
    assert "once it is merged, the next pass does it" in every
