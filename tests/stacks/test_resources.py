"""Resource by resource, with Pulumi's own stand-in for the engine."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pulumi
import pytest
from google.protobuf import json_format
from pulumi.runtime import mocks

from helium.core.workspace import Workspace
from helium.errors import UsageError
from tests.stacks.gcp_namespace import resources
from tests.stacks.gcp_namespace.secrets import Secrets
from tests.stacks.workspaces import PINS, PLACE, SECRETS, TEXTS, workspace

SIGNATURE = "4dabf18193072939515e22adb298388d"
SEALED = "1b47061264138c4ac30d75fd1eb44270"


class Clouds(mocks.Mocks):
    """Answers what the program asks the clouds."""

    def call(self, args: mocks.MockCallArgs) -> tuple[dict[str, Any], list[tuple[str, str]]]:
        """The project's number."""
        return {"number": "123456789012", "id": "x", **args.args}, []

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        """The inputs, a release's status, and a balancer's address."""
        if args.typ == "kubernetes:core/v1:Service":
            return args.resource_id or "", {"status": {"loadBalancer": {"ingress": [{"ip": "192.0.2.7"}]}}}
        return f"{args.name}-id", {**args.inputs, "status": {"status": "deployed"}}


class Monitor(mocks.MockMonitor):
    """Keeps every request as the engine would get it."""

    def __init__(self) -> None:
        super().__init__(Clouds())
        self.requests: dict[str, Any] = {}

    def RegisterResource(self, request: Any) -> Any:
        """A resource that is declared."""
        self.requests[request.name] = request
        return super().RegisterResource(request)  # type: ignore[no-untyped-call]

    def ReadResource(self, request: Any) -> Any:
        """A resource that is looked up."""
        self.requests[request.name] = request
        return super().ReadResource(request)  # type: ignore[no-untyped-call]


@dataclass(frozen=True, slots=True)
class Declared:
    """What came of a `declare`."""

    requests: dict[str, Any]
    outputs: dict[str, str] = field(default_factory=dict)

    def inputs(self, name: str) -> dict[str, Any]:
        """A resource's inputs, with secrets in the form of Pulumi's protocol."""
        found: dict[str, Any] = json_format.MessageToDict(self.requests[name].object)
        return found

    def type(self, name: str) -> str:
        """A resource's type token."""
        return str(self.requests[name].type)


def declared(demo: Workspace | None = None) -> Declared:
    """Run the program."""
    monitor = Monitor()
    outputs: dict[str, str] = {}
    mocks.set_mocks(Clouds(), project="acme.gcp-namespace", stack="demo", preview=False, monitor=monitor)

    @pulumi.runtime.test  # type: ignore[untyped-decorator]
    def run() -> Any:
        return pulumi.Output.all(**resources.declared(demo or workspace(), SECRETS)).apply(outputs.update)

    run()
    return Declared(monitor.requests, outputs)


@pytest.fixture(scope="module")
def demo() -> Declared:
    """The plain workspace `demo`."""
    return declared()


def test_everything_is_there_and_nothing_else(demo: Declared) -> None:
    """Two providers, namespace, bucket with one right, two releases, one address looked up."""
    types = {name: demo.type(name) for name in demo.requests if demo.type(name) != "pulumi:pulumi:Stack"}

    assert {
        "gcp": "pulumi:providers:gcp",
        "kubernetes": "pulumi:providers:kubernetes",
        "namespace": "kubernetes:core/v1:Namespace",
        "bucket": "gcp:storage/bucket:Bucket",
        "bucket-admin": "gcp:storage/bucketIAMMember:BucketIAMMember",
        "pachyderm": "kubernetes:helm.sh/v3:Release",
        "notebooks": "kubernetes:helm.sh/v3:Release",
        "pachd-lb": "kubernetes:core/v1:Service",
    } == types


def test_outputs(demo: Declared) -> None:
    """What a person needs to get in, and no secret."""

    assert {
        "pachdIp": "192.0.2.7",
        "pachdAddress": "grpc://192.0.2.7:30651",
        "consoleUrl": "https://demo.ws.example.com",
        "notebooksUrl": "https://jh-demo.ws.example.com",
        "k8sNamespace": "demo",
        "bucket": "acme-demo",
        "expiry": "2026-12-01T23:59:59Z",
    } == demo.outputs


def test_what_holds_data_is_protected(demo: Declared) -> None:
    """Namespace, bucket and Pachyderm cannot be deleted by accident; the rest can."""

    assert {"namespace", "bucket", "pachyderm"} == {
        name for name, request in demo.requests.items() if getattr(request, "protect", False)
    }


def test_providers_hold_no_credential(demo: Declared) -> None:
    """They say which project and which cluster, and nothing that expires."""
    cluster = {"context": "ci-cluster", "clusterIdentifier": "ci-cluster", "enableServerSideApply": "false"}

    assert {"project": "acme-cloud", "zone": "us-east1-b"} == demo.inputs("gcp")
    assert cluster == demo.inputs("kubernetes")


def test_every_resource_has_its_own_provider(demo: Declared) -> None:
    """None falls back on a default provider, which would be set up by whoever's machine it is."""
    providers = {
        name: demo.requests[name].provider.split("::")[-2] for name in demo.requests if demo.requests[name].provider
    }

    assert {"bucket": "gcp", "bucket-admin": "gcp"} | dict.fromkeys(
        ("namespace", "pachyderm", "notebooks", "pachd-lb"), "kubernetes"
    ) == providers


def test_the_bucket(demo: Declared) -> None:
    """A fixed name, in the US, emptied with the workspace, labelled; the right is on it and for the nodes alone."""
    right = demo.inputs("bucket-admin")
    bucket = demo.inputs("bucket")

    assert ("acme-demo", "US", True) == (bucket["name"], bucket["location"], bucket["forceDestroy"])
    assert {"fleet": "acme", "workspace": "demo", "owner": "ada_at_example_com"} == bucket["labels"]
    assert {
        "bucket": "acme-demo",
        "role": "roles/storage.admin",
        "member": "serviceAccount:123456789012-compute@developer.gserviceaccount.com",
    } == right


def test_the_namespace_stands_alone(demo: Declared) -> None:
    """A new deadline reaches mark and namespace and nothing else, so it depends on nothing."""
    request = demo.requests["namespace"]

    assert [] == list(request.dependencies)
    assert "demo" == demo.inputs("namespace")["metadata"]["name"]
    assert "2026-12-01" == demo.inputs("namespace")["metadata"]["labels"]["helium-expiry"]


@pytest.mark.parametrize(
    ("name", "release", "chart"),
    [
        ("pachyderm", "pach-demo", f"./charts/{'a' * 64}/pachyderm.tgz"),
        ("notebooks", "jh-demo", f"./charts/{'b' * 64}/jupyterhub.tgz"),
    ],
)
def test_the_releases(demo: Declared, name: str, release: str, chart: str) -> None:
    """Atomic, cleaned up on failure, in the workspace's namespace, of the package that was checked and no other."""
    found = demo.inputs(name)

    assert (release, "demo", chart) == (found["name"], found["namespace"], found["chart"])
    assert {"repositoryOpts", "version"}.isdisjoint(found)
    assert (True, True) == (found["atomic"], found["cleanupOnFail"])
    assert "manifest" in demo.requests[name].additionalSecretOutputs


@pytest.mark.parametrize(("pins", "seconds"), [({}, 600), ({"timeout": "45m"}, 2700), ({"timeout": "2h"}, 7200)])
def test_each_release_has_as_long_as_the_settings_say(pins: dict[str, str], seconds: int) -> None:
    """A big cluster that first has to grow may need longer than ten minutes."""
    found = declared(workspace(pins={**PINS, **pins}))

    assert [seconds, seconds] == [found.inputs(name)["timeout"] for name in ("pachyderm", "notebooks")]


def test_pachyderm_waits_for_its_right_to_the_bucket(demo: Declared) -> None:
    """It starts when it can read and write."""
    needs = [urn.rpartition("::")[2] for urn in demo.requests["pachyderm"].dependencies]

    assert ["bucket-admin", "namespace"] == sorted(needs)


def test_a_spec_chooses_among_the_chart_s_versions() -> None:
    """`helmVersion` is one of those that `helium.yaml` lists, each with its digest."""
    offered = {**PINS["charts"]["pachyderm"], "versions": {"2.11.6": {"digest": f"sha256:{'c' * 64}"}}}
    found = declared(
        workspace(fields={"helmVersion": "2.11.6"}, pins={**PINS, "charts": {**PINS["charts"], "pachyderm": offered}})
    )

    assert f"./charts/{'c' * 64}/pachyderm.tgz" == found.inputs("pachyderm")["chart"]
    assert ("", "grpcs://demo.ws.example.com:443") == (found.outputs["pachdIp"], found.outputs["pachdAddress"])
    assert "pachd-lb" not in found.requests


def test_notebooks_can_be_left_out() -> None:
    """`disableNotebooks` leaves JupyterHub and its address away."""
    found = declared(workspace(fields={"disableNotebooks": True}))

    assert "notebooks" not in found.requests
    assert "" == found.outputs["notebooksUrl"]


def texts(value: Any, *, sealed: bool = False) -> list[tuple[str, bool]]:
    """Every text in a resource's inputs, and whether it is inside a secret."""
    if isinstance(value, dict):
        sealed = sealed or value.get(SIGNATURE) == SEALED
        return [text for inner in value.values() for text in texts(inner, sealed=sealed)]
    if isinstance(value, list):
        return [text for inner in value for text in texts(inner, sealed=sealed)]
    return [(value, sealed)] if isinstance(value, str) else []


def test_secrets_are_sealed_and_nothing_else_is() -> None:
    """Each secret goes to the engine as a secret of Pulumi's; values that are none stay readable in a diff."""
    users = {"global": {"postgresql": {"postgresqlPassword": {"fromSecret": "DB"}}}}
    found = declared(workspace(fields={"values": users}))
    every = [text for name in found.requests if name != "pachd-lb" for text in texts(found.inputs(name))]
    secret = [text for text, sealed in every if sealed and text != SEALED]

    assert [] == [text for text, sealed in every if not sealed and any(one in text for one in TEXTS.values())]
    assert set(TEXTS.values()) == {one for one in TEXTS.values() if any(one in text for text in secret)}
    assert ("demo.ws.example.com", False) in every


def test_a_program_without_its_secrets_says_so() -> None:
    """`declare` takes them from the environment; the test's has none."""

    with pytest.raises(UsageError, match="not set: HELIUM_CLIENT_ID, HELIUM_CLIENT_SECRET, HELIUM_PACHYDERM_LICENSE"):
        resources.declared(workspace(), Secrets({}))


def test_everything_of_the_place_is_used() -> None:
    """Another place is other inputs: nothing of it is a constant of the program."""
    placement = {"project": "other-cloud", "zone": "europe-west1-b", "cluster": "far", "domain": "far.example.com"}
    found = declared(workspace(placement=placement, pins=PINS))

    assert PLACE.keys() == placement.keys()
    assert ("other-cloud", "europe-west1-b") == (found.inputs("gcp")["project"], found.inputs("gcp")["zone"])
    assert "far" == found.inputs("kubernetes")["context"]
    assert "https://demo.far.example.com" == found.outputs["consoleUrl"]
