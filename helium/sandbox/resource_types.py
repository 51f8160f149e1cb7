"""What the clouds know of each kind of resource: what it is called, where it lives, what may not change.

The facts are those of the real providers, so that a program meets the same ids, conflicts and replacements.
A kind without an entry is treated by the plain rules of its package. Pure; refuses nothing by itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from helium.sandbox.model import Identity, Properties
from helium.sandbox.secrets import UNKNOWN, plain

GLOBAL = "global"
BUCKET = "storage.Bucket"
OBJECT = "storage.BucketObject"
MEMBER = "storage.BucketIAMMember"
NAMESPACE = "Namespace"
RELEASE = "Release.helm.sh"
SERVICE = "Service"
BUILT_IN_NAMESPACES = frozenset({"default", "kube-system", "kube-public", "kube-node-lease"})

_WITHOUT_NAMESPACE = frozenset(
    {
        NAMESPACE,
        "Node",
        "PersistentVolume",
        "StorageClass.storage.k8s.io",
        "CSIDriver.storage.k8s.io",
        "ClusterRole.rbac.authorization.k8s.io",
        "ClusterRoleBinding.rbac.authorization.k8s.io",
        "CustomResourceDefinition.apiextensions.k8s.io",
        "IngressClass.networking.k8s.io",
        "PriorityClass.scheduling.k8s.io",
        "MutatingWebhookConfiguration.admissionregistration.k8s.io",
        "ValidatingWebhookConfiguration.admissionregistration.k8s.io",
    }
)

_FIXED = {
    BUCKET: ("name", "location", "project", "customPlacementConfig", "enableObjectRetention"),
    OBJECT: ("name", "bucket"),
    MEMBER: ("bucket", "role", "member", "condition"),
    RELEASE: ("name", "namespace"),
    "Secret": ("metadata.name", "metadata.namespace", "type"),
    "PersistentVolumeClaim": (
        "metadata.name",
        "metadata.namespace",
        "spec.accessModes",
        "spec.selector",
        "spec.storageClassName",
        "spec.volumeMode",
        "spec.volumeName",
    ),
    "Deployment.apps": ("metadata.name", "metadata.namespace", "spec.selector"),
    "Job.batch": ("metadata.name", "metadata.namespace", "spec.selector", "spec.template"),
}
_FIXED_IN = {
    "kubernetes": ("metadata.name", "metadata.namespace"),
    "gcp": ("name", "project", "location", "region", "zone", "accountId"),
}
_SECRET = {"Secret": ("data", "stringData")}


@dataclass(frozen=True, slots=True)
class Setting:
    """The part of a provider's configuration that the sandbox uses."""

    package: str
    cluster: str = "sandbox"
    namespace: str = "default"
    project: str = "sandbox-project"
    zone: str = "us-east1-b"

    @property
    def region(self) -> str:
        """The zone's region."""
        return self.zone.rsplit("-", 1)[0]


def package_of(token: str) -> str:
    """`gcp` of `gcp:storage/bucket:Bucket`."""
    return token.split(":", 1)[0]


def kind_of(token: str) -> str:
    """The kind that a type token names, without version: `Ingress.networking.k8s.io`, `storage.Bucket`."""
    package, module, name = token.split(":", 2)
    group = module.split("/", 1)[0]
    if package != "kubernetes":
        return f"{group}.{name}"
    return name if group == "core" else f"{name}.{group}"


def fixed(token: str) -> tuple[str, ...]:
    """The dotted paths that cannot change while the resource lives."""
    return _FIXED.get(kind_of(token), _FIXED_IN.get(package_of(token), ()))


def secrets(token: str) -> tuple[str, ...]:
    """The properties that are secret whoever wrote them."""
    return _SECRET.get(kind_of(token), ())


def name_path(token: str) -> tuple[str, ...]:
    """Where the resource's own name is written; empty when it has none and is named by its parts."""
    kind = kind_of(token)
    if "IAM" in kind:
        return ()
    if package_of(token) == "kubernetes" and kind != RELEASE:
        return ("metadata", "name")
    return ("accountId",) if kind == "serviceaccount.Account" else ("name",)


def identity(token: str, inputs: Properties, *, setting: Setting) -> Identity:
    """Who a resource with these inputs is; the name is empty where they do not say it."""
    given = plain(inputs)
    kind, package = kind_of(token), package_of(token)
    if package == "kubernetes":
        meta = given if kind == RELEASE else given.get("metadata") or {}
        within = "" if kind in _WITHOUT_NAMESPACE else meta.get("namespace") or setting.namespace
        return Identity(package, setting.cluster, within, kind, name_of(token, given))
    within = str(given.get("bucket", "")).removeprefix("b/")
    name = name_of(token, given) or f"{given.get('role', '')} {given.get('member', '')}".strip()
    is_global = kind == BUCKET or bool(within)
    return Identity(package, GLOBAL if is_global else given.get("project") or setting.project, within, kind, name)


def by_id(token: str, resource_id: str, *, setting: Setting) -> Identity:
    """Who the real provider means by an id; the inverse of `id_of`, also for the ids that an import takes."""
    kind, package = kind_of(token), package_of(token)
    if package == "kubernetes":
        within, _, name = resource_id.rpartition("/")
        if kind not in _WITHOUT_NAMESPACE:
            within = within or setting.namespace
        return Identity(package, setting.cluster, within, kind, name)
    if kind == MEMBER:
        text = resource_id.removeprefix("b/")
        bucket, role, member = text.split(" ", 2) if text.count(" ") > 1 else _slashed(text)
        return Identity(package, GLOBAL, bucket, kind, f"{role} {member}")
    if kind == BUCKET:
        return Identity(package, GLOBAL, "", kind, resource_id)
    if resource_id.startswith("projects/"):
        _, project, name = resource_id.split("/", 2)
        return Identity(package, project, "", kind, name)
    within, _, name = resource_id.partition("/")
    return Identity(package, GLOBAL, within, kind, name)


def _slashed(text: str) -> tuple[str, str, str]:
    """Bucket, role and member of `BUCKET/ROLE/MEMBER`, where roles hold slashes and members do not."""
    bucket, _, rest = text.partition("/")
    role, _, member = rest.rpartition("/")
    return bucket, role, member


def id_of(one: Identity) -> str:
    """What the real provider calls it (docs/how-it-works/sandbox.md lists them). A type without rules gets an id like
    Google's."""
    if one.kind == MEMBER:
        return f"b/{one.within}/{one.name.replace(' ', '/')}"
    if one.package == "gcp" and one.where != GLOBAL:
        return f"projects/{one.where}/{one.name}"
    return f"{one.within}/{one.name}" if one.within else one.name


def holder(one: Identity) -> Identity | None:
    """What a resource lives in and dies with; none if it stands alone or in a namespace of every cluster."""
    if not one.within or (one.package == "kubernetes" and one.within in BUILT_IN_NAMESPACES):
        return None
    kind = NAMESPACE if one.package == "kubernetes" else BUCKET
    return Identity(one.package, one.where, "", kind, one.within)


def is_holder(one: Identity) -> bool:
    """Whether other resources live in it."""
    return (one.package, one.kind) in (("kubernetes", NAMESPACE), ("gcp", BUCKET))


def name_of(token: str, inputs: Properties) -> str:
    """What the inputs say that the resource is called; empty where they do not."""
    value: Any = plain(inputs)
    for key in name_path(token):
        value = value.get(key) if isinstance(value, dict) else None
    return value if isinstance(value, str) else ""


def is_known(one: Identity) -> bool:
    """Whether every part of an identity is known; before an `up` some may not be."""
    return UNKNOWN not in f"{one.where} {one.within} {one.name}" and bool(one.name)
