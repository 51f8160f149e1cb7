"""What leaves a state when its cluster is given up, what stays, and when nobody may give it up."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from helium.adapters.engine.cluster_checks import found_in_cluster
from helium.adapters.engine.clusters import Access
from helium.adapters.engine.events import OWNERSHIP
from helium.adapters.engine.export import State
from helium.adapters.engine.lost_cluster import findings, in_cluster, lost_cluster, without
from helium.core.stack import StackId
from helium.core.workspace import Ownership
from helium.errors import EngineError, WrongClusterError
from helium.ports.engine import A_DESTROY_FOLLOWS, ResolveOptions

NOW = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)
LOST = ResolveOptions(ends=True, lost=True)
ANSWERS = "nothing was forgotten"
PROVIDER = "pulumi:providers:kubernetes"
OWNERSHIP_OF_A = Ownership("acme", "a", "web", "ada@example.com", "blob", NOW, NOW, placement={"cluster": "ci"})


def resource(name: str, kind: str, **more: Any) -> dict[str, Any]:
    """A resource of a state."""
    return {"urn": f"urn:{name}", "type": kind, "custom": True, **more}


def config(name: str, *, within: str, **more: Any) -> dict[str, Any]:
    """An object of a cluster."""
    meta = {"metadata": {"name": name, "namespace": within}}
    return resource(name, "kubernetes:core/v1:ConfigMap", inputs=meta, **more)


NAMESPACE = resource(
    "a",
    "kubernetes:core/v1:Namespace",
    inputs={"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "a"}},
    provider="urn:ci::1",
)
CI = resource("ci", PROVIDER, inputs={"context": "ci/a"})
OTHER = resource("other", PROVIDER, inputs={"context": "other"})
BUCKET = resource("bucket", "gcp:storage/bucket:Bucket", dependencies=["urn:a"], deletedWith="urn:a", parent="urn:top")
OWNED = {
    "urn": "urn:ownership",
    "type": OWNERSHIP,
    "inputs": {
        "fleet": "acme",
        "name": "a",
        "backend": "web",
        "owner": "ada@example.com",
        "blob": "blob",
        "added_at": NOW.isoformat(),
        "deadline": NOW.isoformat(),
        "placement": {"cluster": "ci"},
        "cluster": "https://192.0.2.1#",
    },
}


def state(*resources: Any, pending: tuple[Any, ...] = ()) -> State:
    """An export with these."""
    deployment = {"resources": list(resources), "pending_operations": list(pending)}
    return State(StackId("acme.web", "a"), {"deployment": deployment})


def names(found: State) -> list[str]:
    """What is left in it."""
    return [each["urn"].removeprefix("urn:") for each in found.resources]


def test_what_stands_in_another_cluster_is_not_lost() -> None:
    """Each object goes by its provider's context, with or without a workspace in it; without one it is the stack's."""
    far = config("far", within="x", provider="urn:other::1")
    plain = config("plain", within="a", provider="urn:default::1")
    found = in_cluster(state(CI, OTHER, NAMESPACE, far, plain, BUCKET), OWNERSHIP_OF_A)

    assert frozenset({"urn:ci", "urn:a", "urn:plain"}) == found


def test_what_was_begun_there_is_lost_as_well() -> None:
    """A pending create in the lost cluster can never be looked for; one of the cloud still is."""
    there = {"type": "creating", "resource": config("new", within="a", provider="urn:ci::1")}
    cloud = {"type": "creating", "resource": resource("bucket", "gcp:storage/bucket:Bucket")}
    before = state(CI, NAMESPACE, pending=(there, cloud))
    after = without(before, in_cluster(before, OWNERSHIP_OF_A))

    assert ([], (cloud,)) == (names(after), after.pending)


def test_nothing_that_stays_points_to_what_left() -> None:
    """Pulumi takes no state in which a resource depends on one that is not there."""
    bucket = {**BUCKET, "propertyDependencies": {"name": ["urn:a", "urn:top"]}, "dependencies": ["urn:a", "urn:top"]}
    child = resource("grant", "gcp:storage/bucketIAMMember:BucketIAMMember", parent="urn:a")
    kept = without(state(NAMESPACE, bucket, child), frozenset({"urn:a"})).resources

    assert (["urn:top"], {"name": ["urn:top"]}) == (kept[0]["dependencies"], kept[0]["propertyDependencies"])
    assert ("urn:top", False, False) == (kept[0]["parent"], "deletedWith" in kept[0], "parent" in kept[1])


def test_a_person_reads_what_would_be_forgotten() -> None:
    """What dies with its namespace is not listed; a release's rights outside it are."""
    release = resource(
        "web",
        "kubernetes:helm.sh/v3:Release",
        inputs={"name": "web", "namespace": "a"},
        outputs={"resourceNames": {"ClusterRole.rbac.authorization.k8s.io/v1": ["web"], "ConfigMap/v1": ["inner"]}},
        provider="urn:ci::1",
    )
    whole = state(OWNED, CI, NAMESPACE, config("in", within="a"), config("out", within="kube-system"), release)
    found = lost_cluster(whole, Access(known={"ci": "https://192.0.2.9#"}))

    assert ("Namespace a", "ConfigMap kube-system/out", "ClusterRole web") == found.objects
    assert ("ci", True) == (found.cluster, "was created in the cluster ci at https://192.0.2.1#" in found.why)
    assert whole.document == found.export


def test_nothing_in_a_cluster_needs_no_cluster() -> None:
    """What holds nothing there can be destroyed while it is away, and a command that was killed can be given again."""
    unreachable = Access(issues={"ci": "it is away"})
    bare = state(OWNED, BUCKET)

    assert frozenset() == findings(bare, unreachable).lost
    assert () == lost_cluster(bare, unreachable).objects
    with found_in_cluster(bare, unreachable, options=A_DESTROY_FOLLOWS) as (found, held_up):
        assert (False, "") == (bool(found), held_up)
    with pytest.raises(EngineError, match=r"it is away\. If that cluster is gone for ever: helium forget a"):
        found_in_cluster(state(OWNED, CI, NAMESPACE), unreachable, options=A_DESTROY_FOLLOWS)


def test_another_cluster_of_that_name_is_never_asked() -> None:
    """Without a person's word nothing happens; with it nothing is asked, since the other one knows nothing of it."""
    moved = Access(known={"ci": "https://192.0.2.9#"})
    whole = state(OWNED, CI, NAMESPACE)

    with pytest.raises(WrongClusterError):
        found_in_cluster(whole, moved, options=A_DESTROY_FOLLOWS)
    with found_in_cluster(whole, moved, options=LOST) as (found, _):
        assert frozenset({"urn:ci", "urn:a"}) == found.lost


@contextmanager
def answering(status: int) -> Iterator[str]:
    """A server that gives every question this answer."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            data = json.dumps({"gitVersion": "v1.35.4"}).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def reached(tmp_path: Path) -> Callable[[str], Access]:
    """The way to the cluster at an address, which is the one that the stack was made in."""

    def access(address: str) -> Access:
        document = {
            "clusters": [{"name": "ci", "cluster": {"server": address}}],
            "users": [{"name": "ci", "user": {}}],
            "contexts": [{"name": "ci", "context": {"cluster": "ci", "user": "ci"}}],
        }
        (tmp_path / "kubeconfig").write_text(json.dumps(document))
        return Access(tmp_path / "kubeconfig", known={"ci": "https://192.0.2.1#"})

    return access


@pytest.mark.parametrize("status", [200, 401, 403, 404, 500])
def test_a_cluster_that_answers_is_there(reached: Callable[[str], Access], status: int) -> None:
    """Whatever it says: nothing is forgotten, however often a person says that it is gone."""
    whole = state(OWNED, CI, NAMESPACE)
    with answering(status) as address:
        access = reached(address)
        with pytest.raises(EngineError, match=ANSWERS):
            lost_cluster(whole, access)
        with pytest.raises(EngineError, match=ANSWERS):
            found_in_cluster(whole, access, options=LOST)


@pytest.mark.parametrize("status", [502, 503, 504])
def test_a_gateway_before_a_cluster_is_not_the_cluster(reached: Callable[[str], Access], status: int) -> None:
    """A load balancer that outlived its cluster keeps nobody from giving it up."""
    with answering(status) as address:
        assert "refused" in lost_cluster(state(OWNED, CI, NAMESPACE), reached(address)).why


def test_silence_can_be_given_up(reached: Callable[[str], Access]) -> None:
    """Nobody listens any more; without a person's word that is an error as before."""
    with answering(200) as address:
        pass
    access, whole = reached(address), state(OWNED, CI, NAMESPACE)

    assert "the cluster ci does not answer" in lost_cluster(whole, access).why
    with (
        pytest.raises(EngineError, match=r"does not answer.*nothing was changed\. If that cluster is gone for ever"),
        found_in_cluster(whole, access, options=A_DESTROY_FOLLOWS),
    ):
        pass


def test_the_sandbox_is_no_lost_cluster() -> None:
    """Nor is the cluster of a stack that does not say whose it is."""
    with pytest.raises(EngineError, match="the sandbox's"):
        lost_cluster(state({**OWNED, "inputs": {**OWNED["inputs"], "cluster": ""}}, CI, NAMESPACE), Access())  # type: ignore[dict-item]
    with pytest.raises(EngineError, match="does not say in which cluster"):
        lost_cluster(state(CI, NAMESPACE), Access())
