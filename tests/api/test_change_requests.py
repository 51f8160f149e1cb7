"""What the API and the pages say where main takes pull requests alone. The pull requests are in memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from helium.core.change_request import SharedPullRequest, SharedState
from helium.core.fleet_record import FleetRecord
from helium.core.host_errors import HostAwayError
from helium.ports.ledger import Writes
from tests.api.in_process import in_process
from tests.api.serving import ADA, BOB, FLEET, World, client
from tests.fakes import FakeChangeRequests
from tests.pages.browsers import deps_of
from tests.pages.reader import Reader

PLAIN = b"expiry: 2026-12-01\nowner: ada@example.com\n"


@dataclass(frozen=True, slots=True)
class AskedWorld:
    """The fleet, what opens its pull requests, and where its API is."""

    world: World
    requests: FakeChangeRequests
    address: str

    def becomes(self, state: SharedState, why: str = "", *, merging: bool = False) -> None:
        """The newest pull request is so from now on."""
        snapshot = self.world.ledger.read()
        shared = list(snapshot.pull_requests.values())[-1]
        over = None if state is SharedState.OPEN else self.world.now
        after: SharedPullRequest = replace(shared, state=state, why=why, merging=merging, ended_at=over)
        self.world.ledger.write(Writes(pull_requests={shared.id: after}), on=snapshot)


@pytest.fixture
def asked() -> Iterator[AskedWorld]:
    """With `demo` on main."""
    world = World()
    world.repo.land({"helium.yaml": FLEET + b"write: pull-request\n", "workspaces/demo.yaml": PLAIN})
    world.ledger.write(Writes(fleet_record=FleetRecord("acme")), on=world.ledger.read())
    requests = FakeChangeRequests(world.ledger, world.commit_queue, lambda: world.now)
    with in_process(replace(deps_of(world), change_requests=requests)) as address:
        yield AskedWorld(world, requests, address)


def test_every_write_opens_a_pull_request(asked: AskedWorld) -> None:
    """Create, update, extend, delete: main stays as it was, and the answer says where it waits."""
    before, caller = asked.world.repo.head(), client(asked.address, ADA)
    answers = (
        caller.post("/workspace", json={"name": "new", "pachdVersion": "2.4.0"}),
        caller.post("/workspace?update=true", json={"name": "demo", "pachdVersion": "2.4.0"}),
        caller.request("PATCH", "/workspace/demo", json={"expiry": "+1d"}),
        caller.delete("/workspace/demo"),
    )

    assert before == asked.world.repo.head()
    assert [202] * 4 == [each.status_code for each in answers]
    assert [f"https://git.example.com/acme/fleet/pulls/{number}" for number in (1, 2, 3, 4)] == [
        each.json()["PullRequest"] for each in answers
    ]
    assert ["create", "put", "update", "remove"] == [each.verb for each in asked.requests.asked]
    assert ["requested", "requested"] == [answers[0].json()["Status"], answers[3].json()["Status"]]
    assert {"ada@example.com"} == {each.owner for each in asked.requests.asked}


def test_what_is_asked_for_is_a_row(asked: AskedWorld) -> None:
    """With its status, owner and reason, in the list and by itself; requested, merging, failed."""
    caller = client(asked.address, ADA)
    caller.post("/workspace", json={"name": "new"})
    caller.request("PATCH", "/workspace/demo", json={"expiry": "+1d"})
    listed = caller.get("/workspaces", params={"detail": "true", "q": "new"}).json()
    said = caller.get("/workspace/new").json()
    demo = caller.get("/workspace/demo").json()

    assert ["new"] == listed["IDs"]
    assert ("requested", "ada@example.com") == (said["Workspace"]["Status"], said["Workspace"]["CreatedBy"])
    assert "waits until somebody merges it" in said["Workspace"]["Reason"]
    assert [("update", "requested", "ada@example.com")] == [
        (each["Change"], each["State"], each["By"].partition("<")[2].strip(">")) for each in demo["Requests"]
    ]
    assert False is caller.get("/workspace/new/expired").json()["Expired"]


@pytest.mark.parametrize(
    ("state", "merging", "status"),
    [
        (SharedState.OPEN, True, "merging"),
        (SharedState.CLOSED, False, "failed"),
        (SharedState.MERGED, False, "requested"),
    ],
)
def test_how_it_goes_on(asked: AskedWorld, state: SharedState, merging: bool, status: str) -> None:
    """Whoever waits for it sees each step."""
    caller = client(asked.address, ADA)
    caller.post("/workspace", json={"name": "new"})
    asked.becomes(state, merging=merging)
    caller.post("/workspace", json={"name": "another"})

    assert status == caller.get("/workspace/new").json()["Workspace"]["Status"]


def test_what_was_merged_a_while_ago_is_no_row(asked: AskedWorld) -> None:
    """Its file came to main, and it may be gone again."""
    caller = client(asked.address, ADA)
    caller.post("/workspace", json={"name": "new"})
    asked.becomes(SharedState.MERGED)
    asked.world.now += timedelta(hours=1)
    caller.post("/workspace", json={"name": "another"})

    assert 404 == caller.get("/workspace/new").status_code


def test_what_is_refused_asks_for_nothing(asked: AskedWorld) -> None:
    """A name that is taken, somebody else's workspace, a wrong field: told at once, as without pull requests."""
    answers = (
        client(asked.address, ADA).post("/workspace", json={"name": "demo"}),
        client(asked.address, BOB).delete("/workspace/demo"),
        client(asked.address, ADA).post("/workspace", json={"name": "new", "expiry": "tomorrow"}),
        client(asked.address, ADA).request("PATCH", "/workspace/none", json={"expiry": "+1d"}),
    )

    assert [409, 403, 422, 404] == [each.status_code for each in answers]
    assert [] == asked.requests.asked


def test_a_host_that_is_away_is_a_503(asked: AskedWorld) -> None:
    """With its sentence."""
    asked.requests.error = HostAwayError("git.example.com does not answer.")
    answer = client(asked.address, ADA).post("/workspace", json={"name": "new"})

    assert (503, True) == (answer.status_code, "Retry-After" in answer.headers)


def test_the_pages_show_what_is_asked_for(asked: AskedWorld) -> None:
    """After the form: a page of its own, with the pull request, and what happens next."""
    reader = Reader(asked.address)
    page = reader.open("/new").press("Ask for it", name="new")

    assert page.path == "/workspace/new?done=asked"
    assert page.root.one(role="status").text.startswith("Asked for, by a pull request.")
    assert "Create it, asked for by" in page.root.text
    assert "https://git.example.com/acme/fleet/pulls/1" in {each.attributes.get("href") for each in page.root.all("a")}
    asked.becomes(SharedState.CLOSED, "somebody closed it without a merge")
    client(asked.address, ADA).post("/workspace", json={"name": "another"})
    page = reader.open("/workspace/new")
    assert "Nothing comes of it" in page.root.text
    assert "/new?name=new" in {each.attributes.get("href") for each in page.root.all("a")}


def test_a_page_of_a_workspace_shows_its_requests(asked: AskedWorld) -> None:
    """Beside what is running, which goes on as it was."""
    reader = Reader(asked.address)
    page = reader.open("/workspace/demo").press("+3 days")

    assert "/workspace/demo?done=asked" == page.path
    assert "Move its deadline, asked for by" in page.root.text
    assert "Each button opens a pull request." in page.root.text
    page = page.press("Delete demo", confirm="demo")
    assert "Delete it, asked for by" in page.root.text
    assert "Extend" not in page.id("requests").text


def test_a_form_with_errors_names_them_all(asked: AskedWorld) -> None:
    """Also those that only the judge of the whole file knows."""
    page = Reader(asked.address).open("/new").press("Ask for it", name="demo", expiry="never")

    assert "is not a date" in page.id("expiry-error").text
    assert "already exists" in page.id("name-error").text
