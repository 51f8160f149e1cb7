"""The calls that docs/reference/api.md shows, as curl really sends them."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from helium.core.message import ChannelState, ChannelStates
from helium.edits.naming import ANIMALS
from helium.ports.ledger import Snapshot
from tests.api.in_process import in_process
from tests.api.serving import ADA, ADMIN, READER, World, client
from tests.builders import fleet_record, record

PLACE = {"cluster": "ci", "zone": "us-east1-b", "project": "acme-1", "domain": "w.example.com"}
OUTPUTS = {"pachdIp": "203.0.113.7", "bucket": "acme-demo"}


@pytest.fixture
def address(socket_server: str, world: World) -> str:
    """Where the API of the fleet is, on a socket."""
    return socket_server


def curl(*arguments: str) -> tuple[int, Any]:
    """The status and the JSON that curl gets."""
    command = ["curl", "-q", "-sS", "-w", "\n%{http_code}", *arguments]
    ran = subprocess.run(command, capture_output=True, text=True, check=True, timeout=600)
    body, _, status = ran.stdout.rpartition("\n")
    return int(status), json.loads(body)


def test_the_lines_of_the_issue(world: World, address: str, tmp_path: Path) -> None:
    """Each line works as written: list, read, expired, create in three forms, delete."""
    values = tmp_path / "testval.yml"
    values.write_text("pachd:\n  logLevel: debug\n")
    pach, bearer, base = ("-H", f"X-Pach: {ADMIN}"), ("-H", f"Authorization: Bearer {ADMIN}"), f"{address}/v1/api"
    create = ("-X", "POST", *pach, "-d", '{"name": "example-workspace-02", "expiry": "2027-01-01"}')

    assert (202, "example-workspace-02") == _id(curl(*create, f"{base}/workspace"))
    status, name = _id(curl("-X", "POST", *bearer, f"{base}/workspace"))
    assert (202, True) == (status, bool(re.fullmatch(rf"({'|'.join(ANIMALS)})-[a-z0-9]{{6}}", name)))
    form = ("-F", "name=example-workspace-id", "-F", "helmVersion=2.2.0-rc.1", "-F", f"valuesYaml=@{values}")
    assert (202, "example-workspace-id") == _id(curl("-X", "POST", *bearer, *form, f"{base}/workspace"))
    assert "values:\n  pachd:\n    logLevel: debug\n" in world.file("example-workspace-id")
    listed = {"IDs": sorted(["example-workspace-02", "example-workspace-id", name])}
    assert (200, listed) == curl(*pach, f"{base}/workspaces")
    status, read = curl(*pach, f"{base}/workspace/example-workspace-id")
    assert (200, "requested") == (status, read["Workspace"]["Status"])
    assert (200, {"Expired": False}) == curl(*pach, f"{base}/workspace/example-workspace-id/expired")
    assert (202, "example-workspace-id") == _id(curl("-X", "DELETE", *pach, f"{base}/workspace/example-workspace-id"))
    assert "" == world.file("example-workspace-id")


def _id(answer: tuple[int, Any]) -> tuple[int, str]:
    return answer[0], answer[1]["ID"]


@pytest.mark.parametrize(
    ("text", "outputs", "url"),
    [
        (b"{}", OUTPUTS, "https://jh-demo.w.example.com"),
        (b"disableNotebooks: true\n", OUTPUTS, ""),
        (
            b"disableNotebooks: true\n",
            {"notebooksUrl": "https://jh-demo.w.example.com"},
            "https://jh-demo.w.example.com",
        ),
        (b"{}", {"notebooksUrl": ""}, ""),
    ],
)
def test_no_address_of_notebooks_that_are_not_there(
    own_world: World, text: bytes, outputs: dict[str, str], url: str
) -> None:
    """What was made says whether there are any; before that, the spec does."""
    own_world.repo.land({"workspaces/demo.yaml": text})
    known = record("demo", placement=PLACE, outputs=outputs)
    own_world.ledger.snapshot = Snapshot("1", fleet_record(), {"demo": known}, {"demo": "1"})
    with in_process(own_world.deps) as address:
        answer = client(address).get("/workspace/demo")

    assert url == answer.json()["ConnectionInfo"]["NotebooksURL"]


def test_a_ready_workspace_is_shown_completely(own_world: World) -> None:
    """Its five strings, and the fields that the original had, with what the record knows."""
    text = b"expiry: 2026-12-01\nowner: ada@example.com\n"
    own_world.repo.land({"workspaces/demo.yaml": text})
    blob = own_world.repo.entries(own_world.repo.head())[0].blob
    known = record("demo", seen_blob=blob, spec_blob=blob, placement=PLACE, outputs=OUTPUTS)
    own_world.ledger.snapshot = Snapshot("1", fleet_record(), {"demo": known}, {"demo": "1"})

    with in_process(own_world.deps) as address:
        answer = client(address).get("/workspace/demo")

    assert {
        "K8s": "gcloud container clusters get-credentials ci --zone us-east1-b --project acme-1",
        "K8sNamespace": "demo",
        "ConsoleURL": "https://demo.w.example.com",
        "NotebooksURL": "https://jh-demo.w.example.com",
        "Pachctl": (
            """echo '{"pachd_address": "grpc://203.0.113.7:30651", "source": 2}' | tr -d \\ | """
            "pachctl config set context demo --overwrite && pachctl config set active-context demo"
        ),
    } == answer.json()["ConnectionInfo"]
    assert {
        "ID": "demo",
        "Status": "ready",
        "Reason": "",
        "Expiry": "2026-12-01T23:59:59Z",
        "CreatedBy": "ada@example.com",
        "Backend": "gcp-namespace",
        "GCSBucket": "acme-demo",
        "PachdIp": "203.0.113.7",
        "LastUpdated": "2026-11-23T12:00:00Z",
    }.items() <= answer.json()["Workspace"].items()
    assert f'"{blob}"' == answer.headers["ETag"]


def test_what_is_not_known_is_empty(world: World, address: str) -> None:
    """A workspace that no pass saw has every string; its commit tells its end and its owner."""
    world.repo.land({"workspaces/demo.yaml": b"{}\n"})
    answer = client(address).get("/workspace/demo").json()

    assert {"K8s": "", "K8sNamespace": "demo", "ConsoleURL": "", "NotebooksURL": "", "Pachctl": ""} == (
        answer["ConnectionInfo"]
    )
    assert "2026-11-26T17:00:00Z" == answer["Workspace"]["Expiry"]
    assert ["ann@example.com", "", "", ""] == [
        answer["Workspace"][key] for key in ("CreatedBy", "GCSBucket", "PachdIp", "LastUpdated")
    ]


@pytest.mark.parametrize(
    "form",
    [
        ("-d", '{"NAME": "demo", "HELMVERSION": "2.2.0"}'),
        ("-d", ' \n{"Name": "demo", "helmversion": "2.2.0"}'),
        ("-H", "Content-Type: application/json", "-d", '{"name": "demo", "HelmVersion": "2.2.0"}'),
        ("-H", "Content-Type: application/json; charset=utf-8", "-d", '{"name": "demo", "helmVersion": "2.2.0"}'),
        ("-H", "Content-Type:", "-d", '{"name": "demo", "helmVersion": "2.2.0"}'),
        ("-d", '{"name": "demo", "helmVersion": "2.2.0", "expiry": null, "access": ""}'),
        ("-d", "name=demo&helmVersion=2.2.0&expiry="),
        ("--data-urlencode", "Name=demo", "--data-urlencode", "HelmVersion=2.2.0"),
        ("-F", "Name=demo", "-F", "HELMVERSION=2.2.0", "-F", "disableNotebooks=", "-F", "valuesYaml="),
    ],
)
def test_bodies_in_any_form_and_keys_in_any_case(world: World, address: str, form: tuple[str, ...]) -> None:
    """JSON under any name, forms and multipart say the same; what is empty counts as absent."""
    curl("-X", "POST", "-H", f"X-Pach: {ADA}", *form, f"{address}/v1/api/workspace")

    assert "helmVersion: 2.2.0\nowner: ada@example.com\n" == world.file("demo").partition("\n")[2]


@pytest.mark.parametrize("flag", ["true", "True", "1", "on"])
def test_a_flag_of_a_form_is_text(world: World, address: str, flag: str) -> None:
    """Forms know no booleans."""
    curl("-H", f"X-Pach: {ADA}", "-F", "name=demo", "-F", f"disableNotebooks={flag}", f"{address}/v1/api/workspace")

    assert "disableNotebooks: true" in world.file("demo")


def test_an_extension_answers_with_the_new_expiry(world: World, address: str) -> None:
    """`+7d` counts from the deadline."""
    world.repo.land({"workspaces/demo.yaml": b"expiry: 2026-12-01\nowner: ada@example.com\n"})
    line = ("-X", "PATCH", "-H", f"X-Pach: {ADA}", "-d", '{"expiry": "+7d"}', f"{address}/v1/api/workspace/demo")
    status, answer = curl(*line)

    assert (200, "demo", "2026-12-08T23:59:59Z") == (status, answer["ID"], answer["Expiry"])


def test_history_has_commits_and_outcomes(world: World, address: str) -> None:
    """Each commit tells its request, and a name that is gone still has its history."""
    caller = client(address, ADA)
    created = caller.post("/workspace", json={"name": "demo"})
    caller.delete("/workspace/demo")

    history = caller.get("/workspace/demo/history").json()

    assert ["Remove demo", "Add demo"] == [each["Subject"] for each in history["Commits"]]
    assert created.headers["X-Request-Id"] == history["Commits"][1]["Request"]
    assert "ada <ada@example.com>" == history["Commits"][1]["Author"]


def test_a_create_says_where_to_look(address: str) -> None:
    """202, a Location, and a commit that is on main."""
    answer = client(address).post("/workspace", json={"name": "demo"})

    assert (202, "/v1/api/workspace/demo") == (answer.status_code, answer.headers["Location"])


def test_health_needs_no_token(world: World, address: str) -> None:
    """Both checks answer anybody; what readiness rests on is told to who has a token."""
    nobody = client(address, "")

    assert (200, {"Status": "ok"}) == _answered(nobody.get(f"{address}/healthz"))
    ready, whole = (each.get(f"{address}/readyz") for each in (nobody, client(address)))
    beat = {"LastGoodPass": "", "NextPass": "", "Late": False, "SilentChannels": []}
    assert (200, {"Ready": True, "Commit": "", "Age": 0, "Workspaces": 0, "Reasons": [], **beat}) == _answered(ready)
    assert (200, world.repo.head()) == (whole.status_code, whole.json()["Commit"])


def test_a_channel_that_takes_nothing_is_told_to_operators(own_world: World) -> None:
    """Readiness is as before; the metrics count what waits."""
    now = own_world.now
    failing = ChannelState(now, failing=now, why="it answers 500", tries=2, waiting=3, dropped=1)
    states = ChannelStates({"hook": failing, "mail": ChannelState(now)})
    own_world.ledger.snapshot = Snapshot("1", fleet_record(), channels=states)

    with in_process(own_world.deps) as address:
        ready = client(address, ADMIN).get(f"{address}/readyz")
        figures = client(address, ADMIN).get(f"{address}/metrics").text

    assert (200, 1) == (ready.status_code, len(ready.json()["SilentChannels"]))
    assert "hook takes no messages since" in ready.json()["SilentChannels"][0]
    lines = ('failing{channel="hook"} 1.0', 'failing{channel="mail"} 0.0', 'waiting{channel="hook"} 3.0')
    assert all(f"helium_channel_{line}" in figures for line in lines)
    assert 'helium_channel_dropped_total{channel="hook"} 1.0' in figures


def test_bad_settings_make_it_unready(world: World, address: str) -> None:
    """A `helium.yaml` with errors is reported, and the list goes on."""
    world.repo.land({"helium.yaml": b"flet: x\n", "workspaces/demo.yaml": b"{}\n"})

    ready, whole = (client(address, token).get(f"{address}/readyz") for token in ("", READER))

    assert (503, False, []) == (ready.status_code, ready.json()["Ready"], ready.json()["Reasons"])
    assert "helium.yaml on main has an error at line 1" in whole.json()["Reasons"][0]
    assert {"IDs": ["demo"]} == client(address).get("/workspaces").json()


def _answered(answer: Any) -> tuple[int, Any]:
    return answer.status_code, answer.json()
