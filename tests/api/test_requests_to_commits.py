"""What a write may and may not do: names, rights, conditions, races, the same request twice, a remote that is away."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from helium.api.parts import ApiParts
from helium.core.host_errors import HostAwayError
from helium.core.record import Phase
from helium.errors import SourceError, UnreachableError
from helium.ports.ledger import Snapshot
from tests.api.in_process import in_process
from tests.api.serving import ADA, ADMIN, BOB, READER, World, client, served
from tests.builders import fleet_record, record
from tests.fakes import FakeLedger

PLAIN = b"expiry: 2026-12-01\nowner: ada@example.com\n"


def put(world: World, name: str, text: bytes = PLAIN) -> None:
    """A workspace that somebody pushed."""
    world.repo.land({f"workspaces/{name}.yaml": text})


def refused(answer: httpx.Response) -> tuple[int, str, Any]:
    """Status, kind, and the field that is wrong."""
    return answer.status_code, answer.headers["Content-Type"], answer.json().get("field", "")


PROBLEM = "application/problem+json"


def test_an_existing_name_is_a_conflict(world: World, address: str) -> None:
    """A second create of a name is a 409, and the file stays as it was."""
    put(world, "demo")
    answer = client(address, ADA).post("/workspace", json={"name": "demo", "pachdVersion": "2.4.0"})

    assert (409, PROBLEM, "") == refused(answer)
    assert "?update=true or If-Match" in answer.json()["detail"]
    assert PLAIN.decode() == world.file("demo")


def test_a_name_with_a_record_is_a_conflict(own_world: World) -> None:
    """Also when its file is gone, in whatever phase."""
    own_world.ledger.snapshot = Snapshot("1", fleet_record(), {"demo": record("demo", phase=Phase.GONE)}, {"demo": "1"})
    with in_process(own_world.deps) as address:
        answer = client(address, ADA).post("/workspace", json={"name": "demo"})

    assert (409, PROBLEM, "") == refused(answer)


@pytest.mark.parametrize("how", ["update=true", "If-Match"])
def test_an_update_of_an_existing_name_must_be_meant(world: World, address: str, how: str) -> None:
    """As the original did, but only when the caller says so."""
    put(world, "demo")
    caller = client(address, ADA)
    if how == "If-Match":
        etag = caller.get("/workspace/demo").headers["ETag"]
        answer = caller.post("/workspace", json={"name": "demo", "pachdVersion": "2.4.0"}, headers={"If-Match": etag})
    else:
        answer = caller.post("/workspace?update=true", json={"name": "demo", "pachdVersion": "2.4.0"})

    assert (202, "demo") == (answer.status_code, answer.json()["ID"])
    assert "pachdVersion: 2.4.0" in world.file("demo")


def test_a_spec_that_was_changed_meanwhile_is_not_written_over(world: World, address: str) -> None:
    """An If-Match of yesterday is a 412 for every write."""
    put(world, "demo")
    caller = client(address, ADA)
    old = {"If-Match": caller.get("/workspace/demo").headers["ETag"]}
    put(world, "demo", PLAIN + b"description: theirs\n")

    answers = (
        caller.post("/workspace", json={"name": "demo"}, headers=old),
        caller.request("PATCH", "/workspace/demo", json={"expiry": "+1d"}, headers=old),
        caller.delete("/workspace/demo", headers=old),
    )

    assert [412, 412, 412] == [each.status_code for each in answers]


def test_a_race_is_judged_again(world: World, address: str) -> None:
    """A name that somebody took between our look and our commit is a conflict."""
    world.commit_queue.rivals.append(lambda: put(world, "demo"))

    assert 409 == client(address, ADA).post("/workspace", json={"name": "demo"}).status_code
    assert PLAIN.decode() == world.file("demo")


def test_another_push_does_not_lose_a_write(world: World, address: str) -> None:
    """A race for another name is tried again."""
    world.commit_queue.rivals.append(lambda: put(world, "other"))

    assert 202 == client(address, ADA).post("/workspace", json={"name": "demo"}).status_code
    assert ("", "") != (world.file("demo"), world.file("other"))


def test_only_the_owner_or_an_admin_may_write(world: World, address: str) -> None:
    """Another's is a 403 that names the owner; an admin may."""
    put(world, "demo")
    bob = client(address, BOB)
    answers = [
        bob.request("PATCH", "/workspace/demo", json={"expiry": "+1d"}),
        bob.delete("/workspace/demo"),
        bob.post("/workspace?update=true", json={"name": "demo"}),
    ]

    assert [(403, True)] * 3 == [(each.status_code, "ada@example.com" in each.json()["detail"]) for each in answers]
    assert 202 == client(address, ADMIN).delete("/workspace/demo").status_code


def test_a_reader_may_only_read(world: World, address: str) -> None:
    """The scope `read` writes nothing."""
    put(world, "demo")
    reader = client(address, READER)

    assert [200, 403, 403, 403] == [
        reader.get("/workspace/demo").status_code,
        reader.post("/workspace").status_code,
        reader.request("PATCH", "/workspace/demo", json={"expiry": "+1d"}).status_code,
        reader.delete("/workspace/demo").status_code,
    ]


@pytest.mark.parametrize("key", ["owner", "Owner", "createdBy", "CreatedBy"])
def test_the_owner_is_never_of_the_body(world: World, address: str, key: str) -> None:
    """Who is in the body is not who asks, not even for an admin."""
    answer = client(address, ADMIN).post("/workspace", json={"name": "demo", key: "eve@example.com"})

    assert (422, PROBLEM, key) == refused(answer)
    assert "" == world.file("demo")


def test_only_admins_protect(world: World, address: str) -> None:
    """And what is protected is not deleted."""
    body = {"name": "demo", "protected": True}

    assert (403, PROBLEM, "protected") == refused(client(address, ADA).post("/workspace", json=body))
    assert 202 == client(address).post("/workspace", json=body).status_code
    assert 409 == client(address).delete("/workspace/demo").status_code


def test_an_error_names_its_field(address: str) -> None:
    """Every error at once, each with its pointer and a sentence."""
    body = {"name": "demo", "pachdVersion": "2 3", "expires": "x"}
    answer = client(address, ADA).post("/workspace", json=body)

    assert (422, PROBLEM) == refused(answer)[:2]
    assert {"/pachdVersion", "/expires"} == {issue["pointer"] for issue in answer.json()["errors"]}
    assert 'did you mean "expiry"?' in answer.json()["detail"]


@pytest.mark.parametrize(
    "body",
    [
        {"notebooks": {"values": {"singleuser": {"memory": {"limit": "4G"}}}}},
        {"NotebooksValuesYaml": "singleuser:\n  memory: {limit: 4G}\n"},
    ],
)
def test_the_notebooks_chart_has_values_of_its_own(world: World, address: str, body: dict[str, Any]) -> None:
    """As an object or as YAML text, for a new workspace and for one that is there."""
    caller = client(address, ADA)
    new = caller.post("/workspace", json={"name": "demo", **body})
    file = world.file("demo")
    put(world, "other")
    changed = caller.patch("/workspace/other", json=body)

    assert [202, 200] == [new.status_code, changed.status_code]
    for text in (file, world.file("other")):
        assert "notebooks:\n  values:\n    singleuser:\n      memory:\n        limit: 4G" in text


def test_values_yaml_is_read_strictly(address: str) -> None:
    """The same reader as for a spec: an error has its line in the text that was sent."""
    answer = client(address, ADA).post("/workspace", json={"name": "demo", "valuesYaml": "a: 1\nb: &x 2\n"})

    assert (422, PROBLEM, "valuesYaml") == refused(answer)
    assert "line 2" in answer.json()["detail"]


def test_a_request_for_what_is_not_there_is_a_404(address: str) -> None:
    """Neither a file nor a record has the name."""
    caller = client(address, ADA)

    assert [404, 404, 404, 404, 404] == [
        caller.get("/workspace/nobody").status_code,
        caller.get("/workspace/nobody/expired").status_code,
        caller.get("/workspace/nobody/history").status_code,
        caller.request("PATCH", "/workspace/nobody", json={"expiry": "+1d"}).status_code,
        caller.delete("/workspace/nobody").status_code,
    ]


def test_a_delete_of_what_is_on_its_way_out_is_done(own_world: World) -> None:
    """Its file is gone already, its record not yet; another's is still another's."""
    own_world.ledger.snapshot = Snapshot(
        "1", fleet_record(), {"demo": record("demo", phase=Phase.DELETING)}, {"demo": "1"}
    )
    head = own_world.repo.head()

    with in_process(own_world.deps) as address:
        assert (202, "deleting") == _stands(client(address, ADA).delete("/workspace/demo"))
        assert 403 == client(address, BOB).delete("/workspace/demo").status_code
    assert head == own_world.repo.head()


def _stands(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["Status"]


class TurningLedger(FakeLedger):
    """One that says `deleting` once main has the commit."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self.world = world

    def read(self) -> Snapshot:
        """The record turns when the file was changed."""
        if "2026-12-02" not in self.world.file("demo"):
            return self.snapshot
        return Snapshot("2", fleet_record(), {"demo": record("demo", phase=Phase.DELETING)}, {"demo": "2"})


def test_an_extension_that_comes_too_late_says_so(own_world: World) -> None:
    """The write goes to main first; the ledger as it is then decides the answer."""
    put(own_world, "demo")
    deps: ApiParts = replace(own_world.deps, ledger=TurningLedger(own_world))
    with in_process(deps) as address:
        answer = client(address, ADA).request("PATCH", "/workspace/demo", json={"expiry": "2026-12-02"})

    assert (409, PROBLEM, "") == refused(answer)
    assert "2026-12-02" in own_world.file("demo")


def test_a_ledger_that_is_away_after_the_write_takes_nothing_back(own_world: World, own_address: str) -> None:
    """Main has the commit, so the answer is that it has."""
    caller = client(own_address, ADA)
    caller.get("/workspaces")
    own_world.ledger.error = UnreachableError("the remote does not answer")

    assert 202 == caller.post("/workspace", json={"name": "demo"}).status_code


@pytest.mark.parametrize(
    ("error", "status", "retry"),
    [(UnreachableError("the remote does not answer"), 503, "5"), (SourceError("a hook said no"), 502, None)],
)
def test_a_remote_that_does_not_take_it(
    world: World, address: str, error: SourceError, status: int, retry: str | None
) -> None:
    """Away is a 503 that says when to come back; a refusal is a 502 with its sentence; nothing is half-done."""
    world.commit_queue.error = error
    answer = client(address, ADA).post("/workspace", json={"name": "demo"})

    assert (status, retry) == (answer.status_code, answer.headers.get("Retry-After"))
    assert answer.json()["detail"].startswith(str(error))
    assert (retry is not None) == ("Try again in a moment" in answer.json()["detail"])
    assert {"IDs": []} == client(address).get("/workspaces").json()


@pytest.mark.parametrize(("after", "least", "most"), [(90.0, 80, 90), (0.0, 5, 5), (None, 5, 5)])
def test_a_host_that_wants_a_rest_says_how_long(world: World, after: float | None, least: int, most: int) -> None:
    """Over a socket: whoever comes back as soon as the answer says meets a host that takes calls again."""
    retry_at = None if after is None else datetime.now(UTC) + timedelta(seconds=after)
    world.commit_queue.error = HostAwayError("GitHub wants us to wait. Try again later.", retry_at=retry_at)
    with served(world.deps) as address:
        answer = client(address, ADA).post("/workspace", json={"name": "demo"})

    assert (503, PROBLEM) == (answer.status_code, answer.headers["Content-Type"])
    assert least <= int(answer.headers["Retry-After"]) <= most


def test_reads_go_on_without_the_remote_and_say_their_age(own_world: World, own_address: str) -> None:
    """What was read last is the answer, with its age."""
    put(own_world, "demo")
    caller = client(own_address)
    caller.get("/workspaces")
    own_world.ledger.error = UnreachableError("the remote does not answer")
    own_world.now = own_world.now.replace(minute=9)

    answer = caller.get("/workspace/demo")

    assert (200, True) == (answer.status_code, 530 <= int(answer.headers["Age"]) <= 540)


def test_a_fleet_of_pull_requests_says_so(world: World, address: str) -> None:
    """`write: pull-request` is not done yet, and nothing is written past it."""
    world.repo.land({"helium.yaml": b"fleet: acme\nwrite: pull-request\n"})

    assert (501, PROBLEM, "") == refused(client(address).post("/workspace", json={"name": "demo"}))


def test_settings_with_errors_stop_writes(world: World, address: str) -> None:
    """What is wrong with helium.yaml is reported with its line, as a conflict with main."""
    world.repo.land({"helium.yaml": b"fleet: acme\nlimts: {}\n"})
    answer = client(address).post("/workspace", json={"name": "demo"})

    assert (409, ("helium.yaml", 2)) == (
        answer.status_code,
        (answer.json()["errors"][0]["path"], answer.json()["errors"][0]["line"]),
    )


def test_a_spec_with_errors_is_listed_with_them(world: World, address: str) -> None:
    """Somebody pushed it past the checks: it is listed as it is, and nobody but a person edits it."""
    put(world, "demo", b"nmae: demo\n")
    caller = client(address)
    read = caller.get("/workspace/demo").json()["Workspace"]

    assert ("failed", "/nmae") == (read["Status"], read["FileErrors"][0]["Pointer"])
    assert {"IDs": ["demo"]} == caller.get("/workspaces").json()
    assert 409 == caller.request("PATCH", "/workspace/demo", json={"expiry": "+1d"}).status_code
    assert 202 == caller.delete("/workspace/demo").status_code


@pytest.mark.parametrize("body", [{"name": "demo"}, {}])
def test_the_same_create_twice_is_one_workspace(own_world: World, own_address: str, body: dict[str, str]) -> None:
    """A nervous client repeats with its key and gets the same answer; a generated name stays the same."""
    caller = client(own_address, ADA)
    first, second = (caller.post("/workspace", json=body, headers={"Idempotency-Key": "k"}) for _ in range(2))

    assert (202, 202, first.json()) == (first.status_code, second.status_code, second.json())
    assert first.headers["X-Request-Id"] == second.headers["X-Request-Id"]
    assert 1 == len(caller.get("/workspaces").json()["IDs"])


def test_the_same_create_sent_to_two_processes_is_one_workspace(own_world: World) -> None:
    """The key is in the commit, so a process that never saw it finds it again."""
    answers = []
    for _ in range(2):
        with in_process(own_world.deps) as address:
            answers.append(client(address, ADA).post("/workspace", headers={"Idempotency-Key": "k"}))

    assert (202, answers[0].json()) == (answers[1].status_code, answers[1].json())


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/workspace", {"pachdVersion": "2.4.0"}),
        ("POST", "/workspace", {"name": "other"}),
        ("POST", "/workspace?update=true", {"name": "demo", "pachdVersion": "2.4.0"}),
        ("PATCH", "/workspace/demo", {"expiry": "+1d"}),
        ("DELETE", "/workspace/demo", None),
    ],
)
def test_a_key_is_for_one_request(own_world: World, method: str, path: str, body: dict[str, str] | None) -> None:
    """The same key with another method, path or body is a 422, here and in a process that never saw it."""
    key = {"Idempotency-Key": "k"}
    with in_process(own_world.deps) as address:
        client(address, ADA).post("/workspace", json={"name": "demo"}, headers=key)
        here = client(address, ADA).request(method, path, json=body, headers=key)
    with in_process(own_world.deps) as address:
        there = client(address, ADA).request(method, path, json=body, headers=key)
        again = client(address, ADA).post("/workspace", json={"name": "demo"}, headers=key)
        listed = client(address, ADA).get("/workspaces").json()["IDs"]

    assert [(422, PROBLEM, "Idempotency-Key")] * 2 == [refused(here), refused(there)]
    assert (202, ["demo"]) == (again.status_code, listed)


def test_a_key_is_the_callers_own(own_world: World, own_address: str) -> None:
    """Two people may choose the same key."""
    names = {
        client(own_address, token).post("/workspace", headers={"Idempotency-Key": "k"}).json()["ID"]
        for token in (ADA, BOB)
    }

    assert 2 == len(names)


def test_a_refused_request_gives_its_key_back(own_world: World, own_address: str) -> None:
    """Who mends the body may send it under the same key."""
    caller, key = client(own_address, ADA), {"Idempotency-Key": "k"}

    assert [422, 202] == [
        caller.post("/workspace", json=body, headers=key).status_code
        for body in ({"expiry": "yesterday"}, {"expiry": "2026-12-01"})
    ]


def test_a_hundred_creates_at_once(own_world: World, own_address: str) -> None:
    """Each of them that is acknowledged is on main, and reads go on beside them."""
    with ThreadPoolExecutor(100) as pool, client(own_address, ADA) as caller:
        answers = list(pool.map(lambda n: caller.post("/workspace", json={"name": f"demo-{n}"}), range(100)))
        listed = caller.get("/workspaces").json()["IDs"]

    assert [202] * 100 == [each.status_code for each in answers]
    assert sorted(f"demo-{n}" for n in range(100)) == listed
