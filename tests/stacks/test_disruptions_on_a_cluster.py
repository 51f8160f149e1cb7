"""What a pass survives on a real cluster: Helm killed in the middle, people who delete by hand, a cluster that is away.

Real commands, Pulumi, its provider, Helm and Kubernetes. What is there is asked of the cluster, and not of Helium.
"""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar
from uuid import uuid4

import pytest

from helium.errors import ExitCode
from tests.adapters import git_repos
from tests.cluster_fleet import ClusterFleet
from tests.crash.kills import strike
from tests.kubernetes import soon
from tests.stacks.wire import Wire
from tools.cluster.api import KubernetesApi

SETTINGS = """
fleet: acme
sandbox: [gcp]
defaults: {{backend: web}}
limits: {{deletes: 20}}
clusters: {{ci: {{kubeconfig: {kubeconfig}}}}}
backends: {{web: {{cluster: ci}}}}
"""
WEB = Path(__file__).parent / "web"
_RECORDS = "secrets?labelSelector=owner%3Dhelm"
_RIGHTS = "/apis/rbac.authorization.k8s.io/v1/clusterroles"


def new_fleet(folder: Path, api: KubernetesApi, *, kubeconfig: Path) -> ClusterFleet:
    """A fleet with a backend of its own, and without workspaces."""
    fleet = ClusterFleet.new(folder, api, settings=SETTINGS.format(kubeconfig=kubeconfig))
    files = {f"stacks/web/{path.relative_to(WEB)}": path.read_bytes() for path in WEB.rglob("*") if path.is_file()}
    git_repos.land(folder, {name: data for name, data in files.items() if "__pycache__" not in name})
    return fleet


@pytest.fixture
def fleet(kubernetes: KubernetesApi, kubeconfig: Path, tmp_path: Path) -> ClusterFleet:
    """A fleet on the cluster of this run."""
    return new_fleet(tmp_path / "acme", kubernetes, kubeconfig=kubeconfig)


def named(*letters: str) -> tuple[str, ...]:
    """Names that nobody else has on a cluster that others use, too."""
    end = uuid4().hex[:6]
    return tuple(f"{letter}{end}" for letter in letters)


def said(text: str, *, label: str = "", within: int = 120) -> str:
    """A spec: what its application says, the label that its pods wait for, and how many seconds they may."""
    return f"values: {{text: {text}, waitsFor: '{label}', within: {within}}}\n"


def place(name: str) -> str:
    """A workspace's namespace in the API."""
    return f"/api/v1/namespaces/{name}"


def web(name: str) -> str:
    """Its deployment."""
    return f"/apis/apps/v1/namespaces/{name}/deployments/web"


def records(api: KubernetesApi, name: str) -> list[str]:
    """How far each revision of its release came."""
    if not api.has(place(name)):
        return []
    found = api.items(f"{place(name)}/{_RECORDS}")
    labels = sorted((each["metadata"]["labels"] for each in found), key=lambda each: int(each["version"]))
    return [each["status"] for each in labels]


def text_of(api: KubernetesApi, name: str) -> str:
    """What its application says."""
    return str(api.get(web(name))["metadata"]["annotations"]["text"])


def killed(fleet: ClusterFleet, *, once: dict[str, str]) -> None:
    """A pass that loses power once the newest record of each of these workspaces has that status."""
    command = [sys.executable, "-m", "helium", "-C", str(fleet.folder), "reconcile"]
    with subprocess.Popen(
        command, env=dict(fleet.environ), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as one:
        seen = soon(lambda: once == {name: (records(fleet.api, name) or [""])[-1] for name in once})
        assert strike("all", one.pid) > 2
    assert seen, "Helm did not come so far"


def ended(fleet: ClusterFleet, *names: str) -> list[str]:
    """The last of a fleet go, which a person has to allow; what is left of them in the cluster."""
    fleet.land(**dict.fromkeys(names))
    fleet.helium("reconcile", *fleet.allowed())
    return [each for name in names for each in fleet.left(name)]


@pytest.fixture
def label(kubernetes: KubernetesApi) -> Iterator[str]:
    """A label that no node has until `go`."""
    label = f"example.com/{uuid4().hex[:8]}"
    yield label
    go(kubernetes, label, value=None)


def go(api: KubernetesApi, label: str, *, value: str | None = "yes") -> None:
    """Let every pod run that waits for the label."""
    for node in api.items("/api/v1/nodes"):
        api.patch(f"/api/v1/nodes/{node['metadata']['name']}", {"metadata": {"labels": {label: value}}})


def test_helm_killed_in_the_middle_is_no_false_ready(fleet: ClusterFleet, label: str) -> None:
    """Killed in an install and in an upgrade: the next pass finishes both, and later edits work."""
    new, old, back = named("n", "o", "b")
    fleet.land(**{old: said("one"), back: said("one")})
    fleet.helium("reconcile")
    fleet.land(**{new: said("one", label=label), old: said("two", label=label), back: said("two", label=label)})
    killed(fleet, once={new: "pending-install", old: "pending-upgrade", back: "pending-upgrade"})

    # One goes on, and one returns to what it was: nothing differs from the state then, and much in the cluster.
    fleet.land(**{back: said("one")})
    go(fleet.api, label)
    fleet.helium("reconcile")
    # A Helm that sees its Pulumi die first may still write that it failed.
    known = {name: [each for each in records(fleet.api, name) if each != "failed"] for name in (new, old, back)}
    assert {new: ["deployed"], old: ["superseded", "deployed"], back: ["superseded", "deployed"]} == known
    assert ["one", "two", "one"] == [text_of(fleet.api, name) for name in (new, old, back)]

    fleet.land(**{new: said("three"), old: said("three")})
    fleet.helium("reconcile")
    assert ["three", "three"] == [text_of(fleet.api, name) for name in (new, old)]
    assert [] == ended(fleet, new, old, back)


def test_what_people_delete_is_made_anew_or_goes_whole(fleet: ClusterFleet) -> None:
    """Gone by hand: a namespace and a record before the end; a deployment, a quota and a namespace before an edit."""
    empty, unknown, halved, freed, lost, stranger = named("e", "u", "h", "f", "l", "s")
    names = (empty, unknown, halved, freed, lost)
    fleet.land(**{name: said("one") for name in names})
    fleet.helium("reconcile")
    noted = {"meta.helm.sh/release-name": f"web-{empty}"}
    fleet.api.post(_RIGHTS, {"metadata": {"name": stranger, "annotations": noted}})

    for gone in (place(empty), place(lost), web(halved), f"{place(freed)}/resourcequotas/quota"):
        fleet.api.delete(gone)
    fleet.api.delete(f"{place(unknown)}/secrets/sh.helm.release.v1.web-{unknown}.v1")
    assert soon(lambda: not fleet.api.has(place(empty)) and not fleet.api.has(place(lost)))

    fleet.land(**{empty: None, unknown: None, **{name: said("two") for name in (halved, freed, lost)}})
    fleet.helium("reconcile")
    assert ([], [], True) == (fleet.left(empty), fleet.left(unknown), fleet.api.has(f"{_RIGHTS}/{stranger}"))
    assert ["two", "two", "two"] == [text_of(fleet.api, name) for name in (halved, freed, lost)]
    assert all(fleet.api.has(f"{place(name)}/resourcequotas/quota") for name in (halved, freed, lost))

    fleet.api.delete(web(halved))
    fleet.helium("reconcile", "--roll", halved)
    assert "two" == text_of(fleet.api, halved)
    fleet.api.delete(f"{_RIGHTS}/{stranger}")
    assert [] == ended(fleet, halved, freed, lost)


def test_a_helm_of_somebody_else_is_waited_for(fleet: ClusterFleet) -> None:
    """A record that is not ours and not old stays, and so does the workspace; the sentence says until when."""
    (name,) = named("w")
    fleet.land(**{name: said("one")})
    fleet.helium("reconcile")
    labels = {"owner": "helm", "name": f"web-{name}", "status": "pending-upgrade", "version": "2"}
    other = f"sh.helm.release.v1.web-{name}.v2"
    record = {"metadata": {"name": other, "labels": labels}, "type": "helm.sh/release.v1"}
    fleet.api.post(f"{place(name)}/secrets", record)

    fleet.land(**{name: said("two")})
    words = fleet.helium("reconcile", code=ExitCode.FAILED)
    assert f"somebody's Helm is at work on the release web-{name}" in words
    assert (["deployed", "pending-upgrade"], "one") == (records(fleet.api, name), text_of(fleet.api, name))

    fleet.api.delete(f"{place(name)}/secrets/{other}")
    fleet.helium("reconcile")
    assert "two" == text_of(fleet.api, name)
    assert [] == ended(fleet, name)


def test_a_cluster_that_is_away_loses_nothing(kubernetes: KubernetesApi, kubeconfig: Path, tmp_path: Path) -> None:
    """Nothing is forgotten and nothing is called gone; once it is back, everything goes on."""
    wire = Wire(kubernetes.address)
    through = wire.kubeconfig(kubeconfig, into=tmp_path)
    fleet = new_fleet(tmp_path / "acme", kubernetes, kubeconfig=through)
    stays, goes = named("s", "g")
    fleet.land(**{stays: said("one"), goes: said("one")})
    fleet.helium("reconcile")

    wire.is_cut = True
    began = datetime.now(UTC)
    fleet.land(**{stays: said("two"), goes: None})
    words = fleet.helium("reconcile", code=ExitCode.FAILED)
    assert all(f"{name}: the cluster ci does not answer" in words for name in (stays, goes)), words
    assert (datetime.now(UTC) - began).total_seconds() < 60
    assert ["deployed"] == records(kubernetes, goes)

    wire.is_cut = False
    for name in (stays, goes):
        # A name that a person gives need not wait for its retry.
        fleet.helium("reconcile", "--only", name)
    assert ([], "two") == (fleet.left(goes), text_of(kubernetes, stays))
    assert [] == ended(fleet, stays)


def test_the_cluster_says_why(fleet: ClusterFleet) -> None:
    """A pod that no node takes, a namespace that waits for a finalizer: the person reads what is in the way."""
    (name,) = named("y")
    fleet.land(**{name: said("one", label="example.com/nowhere", within=5)})
    words = fleet.helium("reconcile", "--once", code=ExitCode.FAILED)
    assert "the cluster says: Pod web-" in words
    assert "FailedScheduling: 0/" in words
    assert "FailedScheduling" in fleet.helium("show", name, "--log")
    events = fleet.helium("show", name, "--events")
    # Helm has taken its pods away again, and the namespace still tells of them.
    assert "pods     no pods" in events
    assert "ago: Pod web-" in events
    assert ": FailedScheduling: 0/" in events

    kept = {"metadata": {"name": "kept", "finalizers": ["example.com/keeps-it"]}}
    fleet.api.post(f"{place(name)}/configmaps", kept)
    fleet.land(**{name: None})
    words = fleet.helium("reconcile", *fleet.allowed(), code=ExitCode.FAILED)
    assert f"the namespace {name} cannot go" in words
    assert "example.com/keeps-it in 1 resource instances" in words
    fleet.api.patch(f"{place(name)}/configmaps/kept", {"metadata": {"finalizers": None}})
    fleet.helium("reconcile", "--only", name)
    assert [] == fleet.left(name)


class Door(BaseHTTPRequestHandler):
    """Where a workspace answers; `says`: with which status."""

    says: ClassVar[int] = 503
    asked: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        """Somebody asks."""
        self.asked.append(self.path)
        self.send_response(self.says)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Quiet."""


@pytest.fixture
def door() -> Iterator[str]:
    """The address of what a workspace answers with."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Door) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def test_ready_is_what_runs_and_answers(fleet: ClusterFleet, door: str) -> None:
    """What answered, the phase of a pod and its warning come from the record; nothing is made or rolled for it."""
    (name,) = named("p")
    settings = (fleet.folder / "helium.yaml").read_text()
    probe = f'{{cluster: ci, ready: {{probe: {{url: "{door}/${{workspace.name}}"}}}}}}'
    settings = settings.replace("{cluster: ci}", probe)
    git_repos.land(fleet.folder, {"helium.yaml": settings.encode()}, time=datetime.now(UTC))
    fleet.land(**{name: said("one")})
    fleet.helium("reconcile")
    row = fleet.row(name)
    assert ("creating", True) == (row["status"], "answered 503, and not 200" in row["reason"])
    assert f"1 pod: 1 Running; 1 of 1 ready; {door}/{name} answered 503" in fleet.helium("show", name, "--events")

    Door.says = 200
    nowhere = {"spec": {"template": {"spec": {"nodeSelector": {"example.com/nowhere": "yes"}}}}}
    fleet.api.patch(web(name), nowhere)
    assert soon(lambda: len(fleet.unready(name)) == 1 and fleet.warned(name))
    fleet.land(**{name: f"description: another\n{said('one')}"})
    fleet.helium("reconcile")
    events = fleet.helium("show", name, "--events")
    assert "2 pods: 1 Pending, 1 Running; 1 of 2 ready" in events
    assert "Unschedulable: 0/" in events
    assert "FailedScheduling: 0/" in events
    assert "1 of 2 pods not ready: web-" in fleet.row(name)["reason"]
    assert [f"/{name}"] == Door.asked, "what has not all its pods need not be asked"

    nowhere["spec"]["template"]["spec"]["nodeSelector"]["example.com/nowhere"] = None  # type: ignore[assignment]
    fleet.api.patch(web(name), nowhere)
    assert soon(lambda: not fleet.unready(name))
    # The second look is due after a minute. A pass that changes the workspace need not wait for it.
    fleet.land(**{name: f"description: a third\n{said('one')}"})
    fleet.helium("reconcile")
    assert ("ready", [f"/{name}"] * 2) == (fleet.row(name)["status"], Door.asked)
    assert ["deployed"] == records(fleet.api, name)
    assert [] == ended(fleet, name)


def test_what_belongs_to_somebody_else_is_neither_taken_nor_deleted(fleet: ClusterFleet) -> None:
    """A namespace and a cluster role of the names that a workspace wants: refused, and still there when it goes."""
    taken, role, stays = named("t", "r", "s")
    fleet.api.post("/api/v1/namespaces", {"metadata": {"name": taken, "labels": {"team": "blue"}}})
    fleet.api.post(f"{place(taken)}/configmaps", {"metadata": {"name": "theirs"}, "data": {"key": "value"}})
    fleet.api.post(_RIGHTS, {"metadata": {"name": f"web-{role}"}})

    fleet.land(**{name: said("one") for name in (taken, role, stays)})
    words = fleet.helium("reconcile", "--once", code=ExitCode.FAILED)
    assert f'namespaces "{taken}" already exists' in words
    assert f'ClusterRole "web-{role}" in namespace "" exists and cannot be imported' in words
    assert ["deployed"] == records(fleet.api, stays)
    words = fleet.helium("reconcile", "--only", taken, code=ExitCode.FAILED)
    assert f"Namespace {taken} already exists and does not belong to this workspace" in words

    fleet.land(**{taken: None, role: None})
    fleet.helium("reconcile")
    assert "blue" == fleet.api.get(place(taken))["metadata"]["labels"]["team"]
    assert {"key": "value"} == fleet.api.get(f"{place(taken)}/configmaps/theirs")["data"]
    assert (False, True) == (fleet.api.has(place(role)), fleet.api.has(f"{_RIGHTS}/web-{role}"))
    fleet.api.delete(place(taken))
    fleet.api.delete(f"{_RIGHTS}/web-{role}")
    assert [] == ended(fleet, stays)
