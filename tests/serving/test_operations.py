"""What supervisors, scrapers and git hosts ask of the API, and what it logs of each request."""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import pytest

from helium.app.logs import JsonFormatter, TextFormatter
from tests.api.in_process import in_process
from tests.api.serving import ADMIN, World, client, visitor
from tests.pages.fleets import acme

SECRET = b"between the host and us"


@dataclass(frozen=True)
class HookedApi:
    """An API that takes calls of a git host, and the looks at the remote that these have asked for."""

    address: str
    looks: list[bool]

    def call(self, body: bytes, headers: Mapping[str, str]) -> int:
        """The answer's status to a host's call; headers may hold bytes that are not ASCII."""
        raw = {name.encode(): value.encode("latin-1") for name, value in headers.items()}
        return visitor(self.address).post("/hooks/git", content=body, headers=raw).status_code


@pytest.fixture(scope="module")
def shared() -> Iterator[HookedApi]:
    """One application for all calls of hosts."""
    looks: list[bool] = []
    with in_process(replace(acme().deps, hook_secret=SECRET, poke=lambda: looks.append(True))) as address:
        yield HookedApi(address, looks)


@pytest.fixture
def api(shared: HookedApi) -> HookedApi:
    """It, before anybody has called."""
    shared.looks.clear()
    return shared


@pytest.fixture
def world() -> World:
    """A workspace in each phase."""
    return acme()


def signed(body: bytes, secret: bytes = SECRET) -> str:
    """What a host signs with."""
    return hmac.new(secret, body, hashlib.sha256).hexdigest()


def test_a_signed_call_of_the_host_has_the_remote_looked_at(api: HookedApi) -> None:
    """GitHub's and Gitea's signatures are known, whatever the event says."""
    body = b'{"ref": "refs/heads/main"}'
    answers = [
        api.call(body, {"X-Hub-Signature-256": f"sha256={signed(body)}"}),
        api.call(body, {"X-Gitea-Signature": signed(body)}),
    ]

    assert [202, 202] == answers
    assert [True, True] == api.looks


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Gitea-Signature": ""},
        {"X-Gitea-Signature": signed(b"another body")},
        {"X-Hub-Signature-256": f"sha256={signed(b'{}', b'another secret')}"},
        {"X-Hub-Signature-256": "sha256=\xe9"},
        {"X-Hub-Signature": f"sha1={signed(b'{}')}"},
    ],
)
def test_a_call_that_is_not_signed_with_the_secret_is_refused(api: HookedApi, headers: dict[str, str]) -> None:
    """403, and nobody looks."""
    assert 403 == api.call(b"{}", headers)
    assert [] == api.looks


def test_without_a_secret_no_call_is_taken(world: World) -> None:
    """An empty secret signs nothing."""
    looks: list[bool] = []
    with in_process(replace(world.deps, poke=lambda: looks.append(True))) as address:
        assert 404 == HookedApi(address, looks).call(b"{}", {"X-Gitea-Signature": signed(b"{}", b"")})

    assert [] == looks


def test_metrics_tell_what_an_operator_watches(world: World) -> None:
    """Requests, the commit queue's counts, ages, workspaces by phase, and the time to the first deadline."""
    figures = {"commits": 7, "pushes": 3, "races": 2, "refusals": 1, "losses": 0}
    deps = replace(world.deps, figures=lambda: figures, mirror_age=lambda: 12.5, host_changes=lambda _: (9, 4))
    with in_process(deps) as address:
        assert 200 == client(address).get("/workspaces").status_code
        assert 404 == client(address).get("/workspace/nobody").status_code
        assert 404 == visitor(address).get("/nowhere").status_code
        text = client(address).get(f"{address}/metrics").text

    for line in (
        'helium_requests_total{method="GET",route="/v1/api/workspaces",status="200"} 1.0',
        'helium_requests_total{method="GET",route="/v1/api/workspace/{id}",status="404"} 1.0',
        'helium_requests_total{method="GET",route="none",status="404"} 1.0',
        "helium_commit_queue_commits_total 7.0",
        "helium_commit_queue_races_total 2.0",
        "helium_mirror_age_seconds 12.5",
        "helium_host_changes_total 9.0",
        "helium_host_changes_last_hour 4.0",
        'helium_workspaces{status="failed"} 2.0',
    ):
        assert line in text.splitlines(), text
    assert "helium_last_pass_age_seconds " in text
    assert "helium_next_deadline_seconds " in text


def test_metrics_name_nobody(world: World) -> None:
    """A scraper shows no token, so it reads no name of a workspace or owner."""
    with in_process(world.deps) as address:
        client(address).get("/workspace/onboarding")
        text = client(address).get(f"{address}/metrics").text

    assert not [row for row in world.ledger.snapshot.records if row in text]
    assert "@" not in text


def test_a_request_is_logged_with_the_id_that_its_commit_has(world: World, caplog: pytest.LogCaptureFixture) -> None:
    """The log's id is the answer's, and the commit's trailer; the token is nowhere."""
    caplog.set_level(logging.INFO)
    with in_process(world.deps) as address:
        answer = client(address).post("/workspace", json={"name": "fresh"})

    (line,) = [
        json.loads(JsonFormatter().format(each))
        for each in caplog.records
        if each.message.startswith("POST /v1/api/workspace")
    ]
    (commit,) = world.repo.commits("fresh", commit=world.repo.head())
    assert answer.headers["X-Request-Id"] == line["request"] == commit.trailers["Helium-Request"]
    assert ("admin", "root@example.com") == (line["token"], line["owner"])
    assert ADMIN not in caplog.text


def test_what_strangers_choose_is_cut_in_the_log(world: World, caplog: pytest.LogCaptureFixture) -> None:
    """A path of 60 KiB is one short line. What a browser asks before a call has its line, too."""
    caplog.set_level(logging.INFO)
    with in_process(world.deps) as address:
        visitor(address).get("/workspace/" + "a" * 60_000)
        visitor(address).options("/v1/api/workspaces")
    lines = [each.getMessage() for each in caplog.records if each.name == "helium.api.access_log"]

    assert "OPTIONS /v1/api/workspaces: 204" in lines
    assert ["(60011 characters): 303"] == [line[-23:] for line in lines if "aaa" in line and len(line) < 300]


def test_a_log_line_stays_one_line() -> None:
    """What a caller sends into the log begins no line of its own, in either form."""
    record = logging.makeLogRecord({"msg": "GET %s", "args": ("/a\nERROR forged\x1b[31m",), "levelno": logging.INFO})

    assert 1 == len(JsonFormatter().format(record).splitlines())
    assert 1 == len(TextFormatter().format(record).splitlines())
    assert "\x1b" not in TextFormatter().format(record)
