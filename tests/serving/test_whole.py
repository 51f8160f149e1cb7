"""The product seen through: real processes, a real remote, real Pulumi, the sandbox as the cloud, and curl."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.serving.processes import TOKEN, ServedFleet, site, until

CALLS = {
    "list": 'curl -H "X-Pach: $TOKEN"  localhost:2323/v1/api/workspaces',
    "one": 'curl -H "X-Pach: $TOKEN"  localhost:2323/v1/api/workspace/example-workspace-id',
    "expired": 'curl -H "X-Pach: $TOKEN"  localhost:2323/v1/api/workspace/example-workspace-id/expired',
    "named": 'curl -X POST -H "X-Pach: $TOKEN" -d \'{"name": "example-workspace-02", "expiry": "2027-01-01"}\'  '
    "localhost:2323/v1/api/workspace",
    "bare": 'curl -X POST -H "Authorization: Bearer $TOKEN" localhost:2323/v1/api/workspace',
    "form": 'curl -X POST -H "Authorization: Bearer $TOKEN" -F name=example-workspace-id '
    "-F helmVersion=2.2.0-rc.1 -F valuesYaml=@testval.yml localhost:2323/v1/api/workspace",
    "delete": 'curl -X DELETE -H "X-Pach: $TOKEN"  localhost:2323/v1/api/workspace/example-workspace-id',
}
"""As the original's own instructions write them; a test's API has a port of its own."""


@pytest.fixture
def whole(tmp_path: Path) -> ServedFleet:
    """A fleet in the sandbox on a bare remote."""
    served_fleet = site(tmp_path)
    (tmp_path / "testval.yml").write_text("pachd:\n  resources:\n    requests:\n      cpu: 1\n")
    return served_fleet


def curl(site: ServedFleet, call: str) -> Any:
    """What a call answers, as JSON; an answer of 4xx or 5xx is the test's own failure."""
    line = CALLS[call].replace("localhost:2323", f"localhost:{site.port}").replace("curl ", "curl -sS --fail ")
    env = {**site.env, "TOKEN": TOKEN}
    done = subprocess.run(
        ["sh", "-c", line], cwd=site.fleet.parent, env=env, capture_output=True, text=True, check=False
    )
    assert 0 == done.returncode, f"{line}: {done.stdout}{done.stderr}"
    return json.loads(done.stdout)


def status(site: ServedFleet, name: str) -> str:
    """A workspace's status; empty when it is gone."""
    answer = site.client().get(f"/workspace/{name}")
    return str(answer.json()["Workspace"]["Status"]) if answer.status_code == 200 else ""


@pytest.mark.slow
def test_the_original_calls_take_a_workspace_from_wish_to_gone(whole: ServedFleet) -> None:
    """Asked for, committed by the time of the answer, made by the control plane, reached, deleted, gone."""
    with whole.serving(), whole.running(says="for the fleet acme, every two seconds", HELIUM_MODE="CONTROLPLANE"):
        assert {"ID": "example-workspace-id"}.items() <= curl(whole, "form").items()
        assert "example-workspace-id" in whole.names()
        until(lambda: status(whole, "example-workspace-id") in {"ready", "failed"})
        command = curl(whole, "one")
        address = command["Workspace"]["PachdIp"]
        expected = {
            "K8s": "gcloud container clusters get-credentials ci-cluster --zone us-east1-b --project my-project",
            "K8sNamespace": "example-workspace-id",
            "ConsoleURL": "https://example-workspace-id.workspaces.example.com",
            "NotebooksURL": "https://jh-example-workspace-id.workspaces.example.com",
            "Pachctl": f'echo \'{{"pachd_address": "grpc://{address}:30651", "source": 2}}\' | tr -d \\ | '
            "pachctl config set context example-workspace-id --overwrite && "
            "pachctl config set active-context example-workspace-id",
        }
        assert expected == command["ConnectionInfo"]
        assert "ready" == command["Workspace"]["Status"]
        assert "ada@example.com" == command["Workspace"]["CreatedBy"]
        assert {"Expired": False} == curl(whole, "expired")

        assert "deleting" == curl(whole, "delete")["Status"]
        assert "example-workspace-id" not in whole.names()
        until(lambda: status(whole, "example-workspace-id") == "")
        assert {"IDs": []} == curl(whole, "list")


def test_the_api_starts_as_the_original_did_and_starts_no_pulumi(whole: ServedFleet) -> None:
    """`HELIUM_MODE=API` with the original's variables serves on a machine that has no Pulumi at all."""
    command = {"HELIUM_MODE": "API", "HELIUM_CLIENT_ID": "id", "HELIUM_CLIENT_SECRET": "secret"}
    with whole.running(says="Helium serves the fleet acme", HELIUM_PULUMI="/nonexistent/pulumi", **command):
        whole.ready()
        assert {"IDs": []} == curl(whole, "list")
        names = [curl(whole, call)["ID"] for call in ("named", "bare")]
        assert "example-workspace-02" == names[0]
        assert sorted(names) == whole.names()
        assert {"IDs": sorted(names)} == curl(whole, "list")
