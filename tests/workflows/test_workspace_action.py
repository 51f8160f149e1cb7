"""The action `workspace`, as a runner starts it: with a real API, and with an API that has bad luck."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from helium.adapters.oidc.job_tokens import OidcJobs
from tests.adapters.hosts.scripted import Scripted, ScriptedServer, scripted
from tests.api.serving import FLEET, World, served
from tests.oidc_issuer import AUDIENCE, REPOSITORY, OidcIssuer, issuing
from tests.serving.processes import free_port
from tests.workflows.job_step import ACTION, JobStep

pytestmark = pytest.mark.slow
NAMES = "ci-abcdef-abcdefgh-"
GIVEN = Scripted(
    status=201, body={"Token": "helium-job-secret", "Names": NAMES, "Expires": "2026-11-29T13:00:00Z", "Owner": "ci@x"}
)
MADE = Scripted(status=202, body={"ID": "x", "Status": "requested", "Expiry": "2026-11-29T16:00:00Z"})
INFO = {
    "K8s": "gcloud container clusters get-credentials c",
    "K8sNamespace": "x",
    "ConsoleURL": "https://x.example.com",
    "NotebooksURL": "https://jh-x.example.com",
    "Pachctl": "pachctl connect x",
}


def shown(status: str, *, reason: str = "", **progress: Any) -> dict[str, Any]:
    """What a read says."""
    workspace = {"ID": "x", "Status": status, "Reason": reason, "Expiry": "e", "PachdIp": "1.2.3.4", "GCSBucket": "b"}
    return {"Workspace": workspace, "ConnectionInfo": INFO, "Progress": progress or None, "Connections": []}


@pytest.fixture
def issuer() -> Iterator[OidcIssuer]:
    """Whoever signs for the job."""
    with issuing() as issuer:
        yield issuer


@pytest.fixture
def api() -> Iterator[ScriptedServer]:
    """An API that answers as it is told: well, unless a test says otherwise."""
    with scripted(Scripted(body=shown("ready"))) as server:
        server.routes |= {"POST /v1/api/job-token": GIVEN, "POST /v1/api/workspace": MADE}
        yield server


@pytest.fixture
def step(tmp_path: Path, issuer: OidcIssuer, api: ScriptedServer) -> JobStep:
    """A step that asks it."""
    return JobStep(tmp_path, issuer, api.address)


def calls(api: ScriptedServer, method: str) -> list[str]:
    """The paths that were asked for in this way."""
    return [path.removeprefix("/v1/api") for asked, path, _, _ in api.asked if asked == method]


def test_a_job_gets_a_workspace_and_gives_it_back(tmp_path: Path, issuer: OidcIssuer) -> None:
    """At a real API: its file is on main with what the inputs say, and gone after the post part."""
    world = World()
    world.now = datetime.now(UTC)
    rule = f"{{repository: {REPOSITORY}, owner: ci@example.com, maxLifetime: 2h}}"
    jobs = f"jobs: {{issuer: '{issuer.address}', audience: '{AUDIENCE}', allow: [{rule}]}}\n"
    world.repo.land({"helium.yaml": FLEET + jobs.encode()})
    parts = replace(world.deps, jobs=OidcJobs())
    world.now -= timedelta(minutes=1)
    with served(parts) as address:
        world.now += timedelta(minutes=1)
        inputs = {"lifetime": "90m", "versions": "pachdVersion: 2.3.9", "values": "pachd: {storage: {a: 1}}"}
        step = JobStep(tmp_path, issuer, address, {**inputs, "timeout": "8s"})
        waited = step.main()
        name = step.state["name"]
        file = yaml.safe_load(world.file(name))
        ended = step.post()

    assert (1, "ci@example.com", "2.3.9") == (waited.returncode, file["owner"], file["pachdVersion"])
    assert {"pachd": {"storage": {"a": 1}}} == file["values"]
    assert f"{name} was not ready within 8s (input timeout). Helium said last: requested" in waited.stdout
    assert (0, "") == (ended.returncode, world.file(name)), ended.stdout
    assert "will be destroyed by the next pass" in ended.stdout


def test_a_ready_workspace_is_given_out(step: JobStep, api: ScriptedServer) -> None:
    """With progress on the way, in a group; tokens are masked, and outputs are not."""
    api.answers = [
        Scripted(status=404, body={"detail": "no such"}),
        Scripted(body=shown("creating", Resource="bucket x", Done=1, Of=3, Kind="create", Since="")),
        Scripted(body=shown("ready")),
    ]
    done = step.main()
    lines = done.stdout.splitlines()

    assert 0 == done.returncode, done.stdout
    assert "- creating (1 of 3): bucket x" in lines
    assert [True, True] == [any(line.startswith(f"::{word}") for line in lines) for word in ("group::", "endgroup::")]
    assert "::add-mask::helium-job-secret" in lines
    assert 2 == len([line for line in lines if line.startswith("::add-mask::")])
    assert not [line for line in lines if "helium-job-secret" in line and "add-mask" not in line]
    assert ("https://x.example.com", "pachctl connect x", "1.2.3.4", "x") == tuple(
        step.outputs[name] for name in ("console-url", "pachctl", "pachd-address", "namespace")
    )
    declared = yaml.safe_load((ACTION / "action.yml").read_text())["outputs"]
    assert declared.keys() == step.outputs.keys()
    (asked,) = [body for method, path, body, _ in api.asked if (method, path) == ("POST", "/v1/api/workspace")]
    assert re.fullmatch(rf"{NAMES}[0-9a-f]{{6}}", asked["name"])


def test_the_same_run_asks_for_the_same(step: JobStep, api: ScriptedServer, tmp_path: Path) -> None:
    """Twice the same name and key; another for another key, another job of a matrix, or another number of the job."""
    other = tmp_path / "other"
    other.mkdir()
    steps = [
        step,
        step,
        *(
            JobStep(other, step.issuer, step.url, more)
            for more in ({"key": "2"}, {"job-index": "1"}, {"job-index": "0 5172"})
        ),
    ]
    for each in steps:
        each.main()
    asked = [
        (body["name"], headers["Idempotency-Key"])
        for method, path, body, headers in api.asked
        if (method, path) == ("POST", "/v1/api/workspace")
    ]

    assert (asked[0], 4) == (asked[1], len({*asked}))
    inputs = yaml.safe_load((ACTION / "action.yml").read_text())["inputs"]
    assert "${{ strategy.job-index }} ${{ job.check_run_id }}" == inputs["job-index"]["default"]
    assert f"1001-1-{asked[0][0]}" == asked[0][1]


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (Scripted(status=403, body={"detail": "no rule under `jobs.allow`"}), "no rule under `jobs.allow`"),
        (Scripted(status=404, body={"detail": "no `jobs:`"}), "no `jobs:`"),
        (Scripted(status=401, body={"detail": "has expired"}), "has expired"),
        (Scripted(status=302, headers={"Location": "https://evil.example.com"}), "it answers 302"),
        (Scripted(body=b"<html>"), "it answers 200"),
        (Scripted(status=500, body={}), "it answers 500"),
    ],
)
def test_a_job_that_is_not_let_in_says_why(step: JobStep, api: ScriptedServer, answer: Scripted, says: str) -> None:
    """In Helium's own sentence. A refused identity is tried once more, with another one. Nothing is to be deleted."""
    api.routes["POST /v1/api/job-token"] = answer
    done = step.main()

    assert 1 == done.returncode
    assert [True] == [says in line for line in done.stdout.splitlines() if line.startswith("::error::")], done.stdout
    assert (2 if answer.status == 401 else 1) == len(calls(api, "POST"))
    assert ({}, 0) == (step.state, step.post().returncode)
    assert [] == calls(api, "DELETE")


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (Scripted(status=403, body={"detail": "have 2 of 2 workspaces already"}), "have 2 of 2 workspaces already"),
        (Scripted(status=409, body={"detail": "the name is taken"}), "the name is taken"),
        (Scripted(status=422, body={"detail": "line 1\n::set-output name=x::y"}), "line 1%0A::set-output"),
    ],
)
def test_a_refused_creation_says_why(step: JobStep, api: ScriptedServer, answer: Scripted, says: str) -> None:
    """It is not tried again, and no text of it is a command to the runner."""
    api.routes["POST /v1/api/workspace"] = answer
    done = step.main()

    assert 1 == done.returncode
    assert [True] == [says in line for line in done.stdout.splitlines() if line.startswith("::error::")], done.stdout
    assert not re.search(r"^::set-output", done.stdout, re.MULTILINE)
    assert 1 == calls(api, "POST").count("/workspace")


def test_what_passes_is_waited_for(step: JobStep, api: ScriptedServer) -> None:
    """503 with Retry-After at the exchange, at the creation and at a read: the same request again, with its key."""
    busy = Scripted(status=503, body={"detail": "too many wait"}, headers={"Retry-After": "1"})
    del api.routes["POST /v1/api/job-token"], api.routes["POST /v1/api/workspace"]
    api.answers = [busy, GIVEN, busy, MADE, busy, Scripted(drops=True), Scripted(body=shown("ready"))]
    done = step.main()
    keys = [headers["Idempotency-Key"] for method, path, _, headers in api.asked if path == "/v1/api/workspace"]

    assert 0 == done.returncode, done.stdout
    assert (2, 1) == (len(keys), len({*keys}))
    assert 4 == done.stdout.count("Trying again in")


def test_an_answer_that_breaks_off_is_asked_for_again(step: JobStep, api: ScriptedServer) -> None:
    """Half a body, also of an answer that would be good: at the exchange, the creation, and a read."""
    del api.routes["POST /v1/api/job-token"], api.routes["POST /v1/api/workspace"]
    cut = [Scripted(status=status, claims=1000, body=b'{"To') for status in (201, 202, 200)]
    api.answers = [cut[0], GIVEN, cut[1], MADE, cut[2], Scripted(body=shown("ready"))]
    done = step.main()
    keys = [headers["Idempotency-Key"] for method, path, _, headers in api.asked if path == "/v1/api/workspace"]

    assert 0 == done.returncode, done.stdout
    assert (2, 1) == (len(keys), len({*keys}))
    assert 3 == len(re.findall(r"Helium's API does not answer \(.+\)\. Trying again in", done.stdout)), done.stdout


def test_an_issuer_whose_answer_breaks_off_is_asked_again(step: JobStep, api: ScriptedServer) -> None:
    """The same, of the job's identity."""
    assert step.issuer is not None
    with scripted(Scripted(claims=1000, body=b'{"va'), Scripted(body={"value": step.issuer.token()})) as cut:
        step.issuer = OidcIssuer(address=cut.address)
        done = step.main()

    assert (0, 2) == (done.returncode, len(cut.asked)), done.stdout
    assert "The issuer of this job's identity does not answer" in done.stdout


def test_an_api_that_is_away_ends_the_step_in_time(tmp_path: Path, issuer: OidcIssuer) -> None:
    """With a sentence, within the timeout; a job without an identity hears what it needs."""
    nobody = f"http://127.0.0.1:{free_port()}"
    away = JobStep(tmp_path, issuer, nobody, {"timeout": "5s"}).main()
    alone = JobStep(tmp_path, None, nobody).main()

    assert (1, 1) == (away.returncode, alone.returncode)
    assert "::error::Helium's API does not answer (ECONNREFUSED)" in away.stdout
    assert "::error::This job has no identity to show. Give it the permission `id-token: write`." in alone.stdout


@pytest.mark.parametrize(
    ("inputs", "says"),
    [
        ({"url": "http://helium.example.com"}, "must begin with https://"),
        ({"url": "helium"}, "Write the address"),
        ({"url": "https://user@helium.example.com"}, "more than an address"),
        ({"timeout": "soon"}, "input timeout"),
        ({"versions": "pachd"}, "input versions"),
        ({"versions": "{"}, "input versions is not JSON"),
    ],
)
def test_an_input_that_means_nothing_is_refused(tmp_path: Path, issuer: OidcIssuer, inputs: Any, says: str) -> None:
    """Before the job's identity is asked for."""
    done = JobStep(tmp_path, issuer, "https://helium.example.com", inputs).main()

    assert (1, True) == (done.returncode, says in done.stdout), done.stdout
    assert [] == issuer.asked


def test_a_failed_creation_shows_its_sentence_and_log(step: JobStep, api: ScriptedServer) -> None:
    """And what Pulumi said is no command to the runner."""
    log = {"ID": "x", "Log": "error: quota\n::add-mask::x\n::stop-commands::y"}
    api.answers = [Scripted(body=shown("failed", reason="quota exceeded")), Scripted(body=log)]
    done = step.main()
    told = done.stdout.partition("::group::What Pulumi said")[2]

    assert (1, True) == (done.returncode, "::error::x is failed: quota exceeded" in done.stdout), done.stdout
    (end,) = re.findall(r"^::stop-commands::([0-9a-f]{32})$", told, re.MULTILINE)
    assert f"error: quota\n::add-mask::x\n::stop-commands::y\n::{end}::\n" in told


def test_a_workspace_that_somebody_deleted_is_gone(step: JobStep, api: ScriptedServer) -> None:
    """It is not waited for until the end."""
    api.answers = [Scripted(body=shown("creating")), Scripted(status=404, body={"detail": "no such"})]
    done = step.main()

    assert (1, True) == (done.returncode, "is gone: somebody deleted it" in done.stdout), done.stdout


def test_a_job_that_was_cancelled_deletes_all_the_same(step: JobStep, api: ScriptedServer) -> None:
    """Killed while it waits, and killed while it asks: what is needed to delete was kept before."""
    api.answers = [Scripted(body=shown("creating"))]
    begun = step.started("main.js")
    begun.until("creating")
    begun.process.kill()
    begun.finished()
    name = step.state["name"]
    api.routes[f"DELETE /v1/api/workspace/{name}"] = Scripted(status=202, body={"ID": name})
    ended = step.post()

    assert (0, [f"/workspace/{name}"]) == (ended.returncode, calls(api, "DELETE")), ended.stdout


def test_what_came_late_is_deleted_too(step: JobStep, api: ScriptedServer, tmp_path: Path) -> None:
    """Cut off while it asked: not there at first, and a while later it is."""
    (tmp_path / "state").write_text(f"name<<a\n{NAMES}1\na\nurl<<a\n{api.address}\na\naudience<<a\n{AUDIENCE}\na\n")
    api.answers = [*[Scripted(status=404, body={})] * 3, Scripted(status=202, body={"ID": "x"})]
    ended = step.post()

    assert (0, 4) == (ended.returncode, len(calls(api, "DELETE"))), ended.stdout
    assert "will be destroyed by the next pass" in ended.stdout


def test_what_was_never_made_is_looked_for_a_minute(step: JobStep, api: ScriptedServer, tmp_path: Path) -> None:
    """With growing pauses, before it is said not to be there; one that was made is gone at once."""
    kept = f"name<<a\n{NAMES}1\na\nurl<<a\n{api.address}\na\naudience<<a\n{AUDIENCE}\na\n"
    (tmp_path / "state").write_text(kept)
    api.answers = [Scripted(status=404, body={})]
    began = time.monotonic()
    ended = step.post()
    took, asked = time.monotonic() - began, len(calls(api, "DELETE"))
    (tmp_path / "state").write_text(f"{kept}made<<a\nyes\na\n")

    assert (0, True, True) == (ended.returncode, 60 <= took < 75, 6 <= asked <= 8), (took, asked)
    assert f"{NAMES}1 is not there any more" in ended.stdout
    assert f"{NAMES}1 is not there any more" in step.post().stdout
    assert asked + 1 == len(calls(api, "DELETE"))


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (Scripted(status=403, body={"detail": "nothing else"}), "nothing else"),
        (Scripted(status=409, body={"detail": "it is held"}), "it is held"),
    ],
)
def test_a_deletion_that_fails_is_a_warning(step: JobStep, api: ScriptedServer, answer: Scripted, says: str) -> None:
    """The job's own result stays, since the deadline is the guarantee."""
    assert 0 == step.main().returncode
    api.routes[f"DELETE /v1/api/workspace/{step.state['name']}"] = answer
    ended = step.post()

    assert 0 == ended.returncode
    assert f"::warning::{step.state['name']} was not deleted; it ends at its deadline. Helium" in ended.stdout
    assert says in ended.stdout


def test_a_token_that_ended_is_exchanged_again(step: JobStep, api: ScriptedServer) -> None:
    """As after an hour, or when Helium was started again."""
    gone = Scripted(status=401, body={"detail": "has ended"})
    api.answers = [gone, Scripted(body=shown("ready"))]
    done = step.main()

    assert (0, 2) == (done.returncode, calls(api, "POST").count("/job-token")), done.stdout
