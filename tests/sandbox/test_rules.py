from __future__ import annotations

import ipaddress
from typing import Any

import pytest

from helium.sandbox import clusters, default_names, diffs, limits, outputs, resource_types, secrets
from helium.sandbox.model import Identity, Resource
from helium.sandbox.resource_types import Setting
from tests.sandbox.client import BUCKET, MEMBER, NAMESPACE, RELEASE, SECRET, SERVICE

SALT = "a folder's salt"
ROLE = "roles/storage.admin"
ACCOUNT = "serviceAccount:a@b.example.com"


@pytest.mark.parametrize(
    ("token", "inputs", "resource_id"),
    [
        (BUCKET, {"name": "demo"}, "demo"),
        (MEMBER, {"bucket": "demo", "role": ROLE, "member": ACCOUNT}, f"b/demo/{ROLE}/{ACCOUNT}"),
        (NAMESPACE, {"metadata": {"name": "demo"}}, "demo"),
        (SERVICE, {"metadata": {"name": "web", "namespace": "demo"}}, "demo/web"),
        (SERVICE, {"metadata": {"name": "web"}}, "default/web"),
        ("kubernetes:networking.k8s.io/v1:Ingress", {"metadata": {"name": "i", "namespace": "n"}}, "n/i"),
        (RELEASE, {"name": "pachyderm", "namespace": "demo"}, "demo/pachyderm"),
        ("gcp:pubsub/topic:Topic", {"name": "news"}, "projects/sandbox-project/news"),
        ("gcp:storage/bucketObject:BucketObject", {"bucket": "b", "name": "a/b.txt"}, "b/a/b.txt"),
    ],
)
def test_id_is_the_real_providers(token: str, inputs: dict[str, Any], resource_id: str) -> None:
    """A resource's id is what the real provider gives it, and leads back to the same identity."""
    one = resource_types.identity(token, inputs, setting=Setting(resource_types.package_of(token)))

    assert resource_id == resource_types.id_of(one)
    assert one == resource_types.by_id(token, resource_id, setting=Setting(resource_types.package_of(token)))


def test_member_is_found_by_the_id_that_an_import_takes() -> None:
    """A bucket's member is known by slashes, as in the state, and by spaces, as on the import line."""
    slashes = resource_types.by_id(MEMBER, f"b/demo/{ROLE}/{ACCOUNT}", setting=Setting("gcp"))
    spaces = resource_types.by_id(MEMBER, f"b/demo {ROLE} {ACCOUNT}", setting=Setting("gcp"))

    assert slashes == spaces


def test_version_of_a_group_is_not_part_of_a_kind() -> None:
    """The same object under another version of its API is the same object."""

    assert "Ingress.networking.k8s.io" == resource_types.kind_of("kubernetes:networking.k8s.io/v1:Ingress")
    assert "Ingress.networking.k8s.io" == resource_types.kind_of("kubernetes:networking.k8s.io/v1beta1:Ingress")


def test_what_lives_in_what() -> None:
    """Objects live in a namespace, members and objects in a bucket, and nothing has to make `default`."""
    service = Identity("kubernetes", "c", "demo", "Service", "web")
    member = Identity("gcp", "global", "demo", "storage.BucketIAMMember", "r m")

    assert Identity("kubernetes", "c", "", "Namespace", "demo") == resource_types.holder(service)
    assert Identity("gcp", "global", "", "storage.Bucket", "demo") == resource_types.holder(member)
    assert resource_types.holder(Identity("kubernetes", "c", "default", "Service", "web")) is None
    assert resource_types.holder(Identity("gcp", "global", "", "storage.Bucket", "demo")) is None


@pytest.mark.parametrize(
    ("token", "old", "new", "replaces"),
    [
        (BUCKET, {"name": "a", "location": "US"}, {"name": "b", "location": "US"}, ("name",)),
        (BUCKET, {"name": "a", "location": "US"}, {"name": "a", "location": "EU"}, ("location",)),
        (BUCKET, {"name": "a", "labels": {"x": "1"}}, {"name": "a", "labels": {"x": "2"}}, ()),
        (MEMBER, {"role": "r"}, {"role": "s"}, ("role",)),
        (NAMESPACE, {"metadata": {"name": "a"}}, {"metadata": {"name": "b"}}, ("metadata.name",)),
        (RELEASE, {"name": "a", "values": {"x": 1}}, {"name": "a", "values": {"x": 2}}, ()),
        (RELEASE, {"namespace": "a"}, {"namespace": "b"}, ("namespace",)),
        (SECRET, {"type": "Opaque"}, {"type": "kubernetes.io/tls"}, ("type",)),
    ],
)
def test_fixed_fields_need_a_new_resource(
    token: str, old: dict[str, Any], new: dict[str, Any], replaces: tuple[str, ...]
) -> None:
    """A change of a fixed field replaces the resource; any other is made in place."""
    found = diffs.difference(token, old, new=new, salt=SALT)

    assert found.paths
    assert replaces == found.replaces


def test_same_name_is_freed_first() -> None:
    """A replacement that keeps the name deletes the old resource first; another name needs not."""
    old = {"name": "a", "location": "US"}

    assert diffs.difference(BUCKET, old, new={"name": "a", "location": "EU"}, salt=SALT).delete_first
    assert not diffs.difference(BUCKET, old, new={"name": "b", "location": "US"}, salt=SALT).delete_first


def test_capitals_of_a_location_are_no_difference() -> None:
    """Google writes locations in capitals, and takes them in any."""

    assert () == diffs.difference(BUCKET, {"location": "us"}, new={"location": "US"}, salt=SALT).paths


def test_paths_are_spelt_as_pulumi_does() -> None:
    """A key with a dot or slash goes in brackets, or the engine reads another path."""
    old, new = ({"metadata": {"labels": {"k8s.io/x": value}}} for value in "12")

    assert ('metadata.labels["k8s.io/x"]',) == diffs.difference(NAMESPACE, old, new=new, salt=SALT).paths


def test_seal_hides_a_secret_and_knows_it_again() -> None:
    """What is kept does not hold the secret, equals itself, and differs from another secret's."""
    given = {"values": {"key": secrets.secret("hush"), "list": [{"deep": secrets.secret("hush")}]}}
    other = {"values": {"key": secrets.secret("loud"), "list": [{"deep": secrets.secret("hush")}]}}
    kept = secrets.seal(given, SALT)

    assert "hush" not in str(kept)
    assert () == diffs.difference(RELEASE, kept, new=given, salt=SALT).paths
    assert ("values.key",) == diffs.difference(RELEASE, kept, new=other, salt=SALT).paths


def test_sealed_secret_is_shown_to_who_knows_it_only() -> None:
    """A reader who holds the secret gets it back, marked; any other gets the seal, marked."""
    kept = secrets.seal({"key": secrets.secret("hush")}, SALT)

    assert {"key": secrets.secret("hush")} == secrets.unseal(kept, {"key": "hush"}, salt=SALT)
    assert {"key": secrets.secret(kept["key"])} == secrets.unseal(kept, {}, salt=SALT)


def test_secret_kind_is_secret_whoever_wrote_it() -> None:
    """The data of a Kubernetes Secret is compared as a secret, marked or not."""
    kept = secrets.seal(secrets.sealed({"data": {"k": "aHVzaA=="}}, resource_types.secrets(SECRET)), SALT)

    assert "aHVzaA" not in str(kept)
    assert () == diffs.difference(SECRET, kept, new={"data": {"k": "aHVzaA=="}}, salt=SALT).paths


def test_unknown_value_differs() -> None:
    """Before an `up`, a value that is not known yet counts as changed, and as a replacement where fixed."""

    assert ("name",) == diffs.difference(BUCKET, {"name": "a"}, new={"name": secrets.UNKNOWN}, salt=SALT).replaces


def test_addresses_are_for_documentation() -> None:
    """A load balancer's address is from a range of RFC 5737, and the same every time."""
    ranges = [ipaddress.ip_network(each) for each in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24")]
    found = [outputs.address(f"namespace {number}") for number in range(500)]

    assert all(any(ipaddress.ip_address(each) in net for net in ranges) for each in found)
    assert found == [outputs.address(f"namespace {number}") for number in range(500)]


def test_pachyderm_brings_its_balancer() -> None:
    """A release of the Pachyderm chart has a service `pachd-lb` with an address; another chart has none."""
    one = Identity("kubernetes", "c", "demo", resource_types.RELEASE, "pachyderm")
    inputs = {"chart": "https://charts.example.com/pachyderm"}
    created = outputs.children(Resource(one, RELEASE, "demo/pachyderm", inputs, {}))
    balancer = next(each for each in created if each.identity.name == "pachd-lb")

    assert "demo/pachd-lb" == balancer.id
    assert [{"ip": outputs.address("c demo pachd-lb")}] == balancer.outputs["status"]["loadBalancer"]["ingress"]
    assert () == outputs.children(Resource(one, RELEASE, "demo/nginx", {"chart": "nginx"}, {}))


@pytest.mark.parametrize(
    ("token", "inputs", "piece"),
    [
        (BUCKET, {"name": "Demo"}, "invalid name “Demo”"),
        (BUCKET, {"name": "a" * 64}, "invalid name"),
        (BUCKET, {"name": "demo\n"}, "invalid name"),
        (BUCKET, {"name": "demo", "labels": {"owner": "ada@example.com"}}, "“ada@example.com” of label owner"),
        (NAMESPACE, {"metadata": {"name": "a.b"}}, "invalid name"),
        (NAMESPACE, {"metadata": {"name": "a", "labels": {"owner": "ada@example.com"}}}, "label owner"),
        (NAMESPACE, {"metadata": {"name": "a", "labels": {"x": True}}}, "label x"),
        (RELEASE, {"name": "a" * 54, "namespace": "demo"}, "at most 53"),
    ],
)
def test_malformed_is_refused(token: str, inputs: dict[str, Any], piece: str) -> None:
    """Names and labels that the real cloud refuses are refused, in a sentence that names them."""
    one = resource_types.identity(token, inputs, setting=Setting(resource_types.package_of(token)))

    (sentence,) = limits.objections(one, inputs)

    assert piece in sentence


def test_well_formed_is_accepted() -> None:
    """What the backends declare gives no objection."""
    one = Identity("kubernetes", "c", "", "Namespace", "demo")
    labels = {"needs-ci-tls": "true", "helium-expiry": "2026-12-01", "app.kubernetes.io/name": "x"}

    assert [] == list(limits.objections(one, {"metadata": {"labels": labels}}))


def test_a_name_is_chosen_where_none_is_given_and_kept() -> None:
    """A resource without a name gets one from its own and the engine's seed, and keeps it."""
    fresh = default_names.with_name(NAMESPACE, {}, olds={}, hint=("Demo", "0123456789"))

    assert {"metadata": {"name": "demo-0123456"}} == fresh
    assert fresh == default_names.with_name(NAMESPACE, {}, olds=fresh, hint=("Demo", "ffffffffff"))
    assert {"name": "own"} == default_names.with_name(BUCKET, {"name": "own"}, olds={}, hint=("Demo", "ff"))


_YAML = """
apiVersion: v1
clusters:
- cluster: {certificate-authority-data: aGk=}
- cluster:
    server: https://192.0.2.7
  name: main
current-context: main
"""


@pytest.mark.parametrize(
    ("configuration", "name"),
    [
        ({}, "sandbox"),
        ({"context": "ci"}, "ci"),
        ({"kubeconfig": _YAML}, "https://192.0.2.7"),
        ({"kubeconfig": secrets.secret(_YAML)}, "https://192.0.2.7"),
        (
            {
                "kubeconfig": '{"clusters":[{"name":"m","cluster":{"server":"https://192.0.2.8"}}],'
                '"contexts":[{"name":"m","context":{"cluster":"m"}}],"current-context":"m"}'
            },
            "https://192.0.2.8",
        ),
        ({"kubeconfig": "/home/somebody/kubeconfig", "context": "ci"}, "ci"),
        ({"kubeconfig": secrets.UNKNOWN}, "sandbox"),
    ],
)
def test_cluster_is_known_by_its_server(configuration: dict[str, Any], name: str) -> None:
    """The kubeconfig's server says which cluster it is, else its context; a token says nothing."""

    assert name == clusters.setting("kubernetes", configuration).cluster


def test_another_cluster_means_everything_again_and_a_fresh_token_does_not() -> None:
    """A provider that points at another cluster is replaced; one with fresh credentials is updated."""
    old = {"kubeconfig": _YAML}
    moved = diffs.provider_difference("kubernetes", old, news={"kubeconfig": _YAML.replace(".2.7", ".2.9")}, salt=SALT)
    fresh = diffs.provider_difference("kubernetes", old, news={"kubeconfig": _YAML + "users: []\n"}, salt=SALT)

    assert ("kubeconfig",) == moved.replaces
    assert ("kubeconfig",) == fresh.paths
    assert () == fresh.replaces
