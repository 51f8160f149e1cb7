from __future__ import annotations

from collections.abc import Iterator

import grpc
import pytest

from helium.sandbox import CloudError, Sandbox, put_object, remove, resources
from helium.sandbox.secrets import secret
from tests.sandbox.client import BUCKET, MEMBER, NAMESPACE, RELEASE, SECRET, SERVICE, Client, client


@pytest.fixture
def gcp(sandbox: Sandbox) -> Iterator[Client]:
    """A connection as a Google provider has it."""
    with client(sandbox.port, project="acme") as connected:
        yield connected


@pytest.fixture
def cluster(sandbox: Sandbox) -> Iterator[Client]:
    """A connection as a Kubernetes provider has it."""
    with client(sandbox.port, context="ci") as connected:
        yield connected


def refused(code: grpc.StatusCode, sentence: str) -> pytest.RaisesExc[grpc.RpcError]:
    """An answer with this status, which says that it is a sandbox's."""

    def fits(error: grpc.RpcError) -> bool:
        details = error.details() or ""
        return error.code() is code and details.startswith("sandbox: ") and sentence in details

    return pytest.RaisesExc(grpc.RpcError, check=fits)


def names(sandbox: Sandbox, within: str) -> list[str]:
    """What lives in a namespace or bucket."""
    return [each.identity.name for each in resources(sandbox.folder) if each.identity.within == within]


def test_bucket_names_are_global(sandbox: Sandbox, gcp: Client) -> None:
    """Nobody can take a bucket's name twice, not even in another project."""
    gcp.bucket("global-name")

    with client(sandbox.port, project="other") as other, refused(grpc.StatusCode.ALREADY_EXISTS, "global-name"):
        other.bucket("global-name")


def test_full_bucket_is_not_deleted(sandbox: Sandbox, gcp: Client) -> None:
    """A bucket with objects stays, unless force-destroy was set; then it goes with all that is in it."""
    gcp.bucket("full")
    gcp.create(MEMBER, bucket="full", role="roles/storage.admin", member="user:ada@example.com")
    put_object(sandbox.folder, "full", key="deep/down.txt")

    with refused(grpc.StatusCode.FAILED_PRECONDITION, "still holds objects"):
        gcp.delete(BUCKET, "full")
    gcp.update(BUCKET, "full", name="full", location="US", forceDestroy=True)
    gcp.delete(BUCKET, "full")

    assert [] == names(sandbox, "full")
    assert "" == gcp.read(BUCKET, "full")[0]


def test_object_needs_its_bucket(sandbox: Sandbox) -> None:
    """An object cannot be put into a bucket that is not there."""
    with pytest.raises(CloudError, match="not found"):
        put_object(sandbox.folder, "no-such-bucket", key="a.txt")


def test_member_may_be_granted_twice(gcp: Client) -> None:
    """Granting what is granted already is fine, as with the real provider; on no bucket it is not."""
    gcp.bucket("granted")
    role = {"role": "roles/storage.admin", "member": "user:ada@example.com"}
    first = gcp.create(MEMBER, bucket="granted", **role)

    assert first == gcp.create(MEMBER, bucket="granted", **role)
    with refused(grpc.StatusCode.NOT_FOUND, "missing-bucket"):
        gcp.create(MEMBER, bucket="missing-bucket", **role)


def test_namespace_takes_all_with_it(sandbox: Sandbox, cluster: Client) -> None:
    """What lives in a namespace goes when it goes, releases and their services too."""
    cluster.namespace("whole")
    cluster.create(SECRET, metadata={"name": "keys", "namespace": "whole"}, stringData={"k": "v"})
    cluster.create(RELEASE, name="pachyderm", namespace="whole", chart="pachyderm")

    assert {"keys", "pachyderm", "pachd-lb"} <= set(names(sandbox, "whole"))
    cluster.delete(NAMESPACE, "whole")

    assert [] == names(sandbox, "whole")
    assert "" == cluster.read(SERVICE, "whole/pachd-lb")[0]


def test_namespace_must_be_there(cluster: Client) -> None:
    """Nothing can be made in a namespace that does not exist, but for a release that may make it."""
    with refused(grpc.StatusCode.NOT_FOUND, "Namespace nowhere"):
        cluster.create(SERVICE, metadata={"name": "web", "namespace": "nowhere"})

    cluster.create(RELEASE, name="r", namespace="brought", chart="nginx", createNamespace=True)

    assert "brought" == cluster.read(NAMESPACE, "brought")[0]


def test_objects_conflict(cluster: Client) -> None:
    """A second object of the same kind and name, and a second release of a name, are refused."""
    cluster.namespace("twice")
    cluster.create(RELEASE, name="pachyderm", namespace="twice", chart="pachyderm")

    with refused(grpc.StatusCode.ALREADY_EXISTS, "Namespace twice"):
        cluster.namespace("twice")
    with refused(grpc.StatusCode.ALREADY_EXISTS, "cannot re-use a name"):
        cluster.create(RELEASE, name="pachyderm", namespace="twice", chart="pachyderm")
    with refused(grpc.StatusCode.ALREADY_EXISTS, "pachd-lb"):
        cluster.create(SERVICE, metadata={"name": "pachd-lb", "namespace": "twice"})
    with refused(grpc.StatusCode.ALREADY_EXISTS, "Service twice/pachd"):
        cluster.create(RELEASE, name="second", namespace="twice", chart="pachyderm")


def test_two_clusters_do_not_collide(sandbox: Sandbox, cluster: Client) -> None:
    """The same name in two clusters is two objects, and one's end is not the other's."""
    cluster.namespace("shared-name")
    with client(sandbox.port, context="other") as other:
        other.namespace("shared-name")
        other.delete(NAMESPACE, "shared-name")

    assert "shared-name" == cluster.read(NAMESPACE, "shared-name")[0]


def test_deleting_what_is_absent_succeeds(cluster: Client, gcp: Client) -> None:
    """Deleting what is gone succeeds, however often."""
    cluster.delete(NAMESPACE, "never-was")
    gcp.delete(BUCKET, "never-was")


def test_updating_what_is_absent_fails(sandbox: Sandbox, gcp: Client) -> None:
    """An update does not bring back what somebody removed by hand."""
    gcp.bucket("by-hand")
    (found,) = (each for each in resources(sandbox.folder) if each.id == "by-hand")
    remove(sandbox.folder, found.identity)

    with refused(grpc.StatusCode.NOT_FOUND, "by-hand"):
        gcp.update(BUCKET, "by-hand", name="by-hand", location="US")


def test_malformed_name_is_refused(gcp: Client) -> None:
    """What the real cloud would refuse for its looks is not made."""
    with refused(grpc.StatusCode.INVALID_ARGUMENT, "invalid name"):
        gcp.bucket("Not A Bucket")

    assert "" == gcp.read(BUCKET, "Not A Bucket")[0]


def test_read_shows_inputs_and_outputs(gcp: Client) -> None:
    """A resource read by its id shows its inputs and what the cloud added."""
    gcp.bucket("shown", labels={"team": "sales"})

    found, outputs, inputs = gcp.read(BUCKET, "shown")

    assert "shown" == found
    assert {"name": "shown", "location": "US", "labels": {"team": "sales"}} == inputs
    assert ("gs://shown", "acme") == (outputs["url"], outputs["project"])


def test_secret_stays_secret(sandbox: Sandbox, cluster: Client) -> None:
    """A secret comes back marked and is on no disk in plain text; who knows it reads it in plain text."""
    cluster.namespace("hush")
    values = {"key": secret("a-very-private-word")}
    _, outputs = cluster.create(RELEASE, name="r", namespace="hush", chart="nginx", values=values)
    cluster.create(SECRET, metadata={"name": "s", "namespace": "hush"}, stringData={"k": "a-very-private-word"})
    disk = b"".join(path.read_bytes() for path in sandbox.folder.rglob("*") if path.is_file())

    assert values == outputs["values"]
    assert values == cluster.read(RELEASE, "hush/r", values=values)[2]["values"]
    assert "[secret " in str(cluster.read(RELEASE, "hush/r")[2]["values"])
    assert b"a-very-private-word" not in disk
    assert b"YS12ZXJ5LXByaXZhdGUtd29yZA" not in disk


def test_release_counts_its_revisions(cluster: Client) -> None:
    """A release's status is that of Helm: deployed, in its first revision, then in its second."""
    cluster.namespace("counted")
    release = {"name": "r", "namespace": "counted", "chart": "nginx", "version": "1.2.3", "atomic": True}
    _, outputs = cluster.create(RELEASE, **release)
    later = cluster.update(RELEASE, "counted/r", **release)

    assert ("deployed", 1, "1.2.3") == tuple(outputs["status"][key] for key in ("status", "revision", "version"))
    assert 2 == later["status"]["revision"]


def test_data_sources(gcp: Client) -> None:
    """Project, credentials, service account and cluster are answered; anything else is refused."""
    account = gcp.invoke("gcp:compute/getDefaultServiceAccount:getDefaultServiceAccount")
    project = gcp.invoke("gcp:organizations/getProject:getProject")
    found = gcp.invoke("gcp:container/getCluster:getCluster", name="ci", location="us-east1-b")
    config = gcp.invoke("gcp:organizations/getClientConfig:getClientConfig")

    assert f"{project['number']}-compute@developer.gserviceaccount.com" == account["email"]
    assert ("acme", "us-east1-b") == (found["project"], found["location"])
    assert secret("sandbox") == config["accessToken"]
    with refused(grpc.StatusCode.INVALID_ARGUMENT, "does not have the data source"):
        gcp.invoke("gcp:dns/getKeys:getKeys")


def test_unknown_types_are_kept_as_they_come(gcp: Client) -> None:
    """A type that the sandbox has no rules for is kept, found again, and unique by its name."""
    gcp.create("gcp:pubsub/topic:Topic", name="news", labels={"a": "b"})

    assert {"name": "news", "labels": {"a": "b"}} == gcp.read("gcp:pubsub/topic:Topic", "projects/acme/news")[1]
    with refused(grpc.StatusCode.ALREADY_EXISTS, "pubsub.Topic news"):
        gcp.create("gcp:pubsub/topic:Topic", name="news")
