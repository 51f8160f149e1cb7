"""What a stack has in a cluster that is gone for ever, and its state without that.

Nothing in such a cluster can be destroyed, and nothing be proven. A person may give it up, so that the rest of the
workspace can still end. This refuses as long as the cluster answers anything, even that it lets nobody in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from helium.adapters.engine.cluster_half import Findings, releases_in
from helium.adapters.engine.clusters import Access, cluster_of
from helium.adapters.engine.events import NAMESPACE
from helium.adapters.engine.export import PROVIDERS, State, ownership_of, provider_of
from helium.adapters.engine.resource_ids import RELEASE, home_of, name_of
from helium.adapters.kubernetes.cluster_api import ClusterError
from helium.core.digest import Json
from helium.core.workspace import Ownership
from helium.errors import EngineError
from helium.ports.engine import LostCluster

_KUBERNETES = "kubernetes:"
_KEPT = "nothing was forgotten"
_LINKS = ("dependencies", "propertyDependencies", "deletedWith", "replaceWith", "parent")
"""What in a resource of a state names other resources."""
_IN_NO_NAMESPACE = (
    "APIService",
    "ClusterRole",
    "ClusterRoleBinding",
    "CustomResourceDefinition",
    "IngressClass",
    "MutatingWebhookConfiguration",
    "PersistentVolume",
    "PriorityClass",
    "StorageClass",
    "ValidatingWebhookConfiguration",
)
"""The usual kinds that a chart makes outside its namespace: in a lost cluster nobody can ask what else there is."""
_GATEWAYS = (502, 503, 504)
"""What a proxy says of a cluster that does not answer it."""
Resource = Mapping[str, Json]


def lost_cluster(state: State, access: Access) -> LostCluster:
    """What the stack has there, and why nobody can ask. `EngineError` where the cluster answers, or there is none."""
    ownership = ownership_of(state)
    if ownership is None:
        raise EngineError(str(state.stack), f"it does not say in which cluster it is; {_KEPT}")
    cluster = cluster_of(ownership)
    urns = in_cluster(state, ownership)
    held = [each for each in state.everything if each["urn"] in urns and not each["type"].startswith(PROVIDERS)]
    why = _why(state, ownership, access=access) if held else "nothing of it stands there, so nobody need ask"
    homes = {name_of(each) for each in held if each["type"] == NAMESPACE}
    single = [_words(each) for each in held if each["type"] != RELEASE and _home_of(each) not in homes]
    of_releases = [ref for each in releases_in(state) if each.urn in urns for ref in each.objects]
    far = [f"{ref.kind} {ref.name}" for ref in of_releases if ref.kind in _IN_NO_NAMESPACE]
    return LostCluster(cluster, why, tuple(dict.fromkeys([*single, *far])), state.document)


def findings(state: State, access: Access) -> Findings:
    """That all of it is lost. `EngineError` where the cluster answers; where nothing stands in it, nobody asks."""
    ownership = ownership_of(state)
    urns = in_cluster(state, ownership)
    if ownership is not None and urns:
        _why(state, ownership, access=access)
    return Findings(lost=urns)


def in_cluster(state: State, ownership: Ownership | None) -> frozenset[str]:
    """The URNs of what stands in its cluster, and of the providers that reach it.

    What names no context counts as well: a stack has one cluster.
    """
    cluster = cluster_of(ownership) if ownership else ""
    providers = [each for each in state.everything if each["type"] == f"{PROVIDERS}kubernetes"]
    elsewhere = {each["urn"] for each in providers if not _reaches(each, cluster)}
    there = {
        each["urn"]
        for each in state.everything
        if each["type"].startswith(_KUBERNETES) and provider_of(each) not in elsewhere
    }
    return frozenset(there | {each["urn"] for each in providers if each["urn"] not in elsewhere})


def without(state: State, lost: frozenset[str]) -> State:
    """The state as if these had never been in it; the same one where that is nothing."""
    if not lost:
        return state
    kept = [_unlinked(each, lost) for each in state.resources if each["urn"] not in lost]
    pending = [each for each in state.pending if each["resource"]["urn"] not in lost]
    deployment = {**state.document["deployment"], "resources": kept, "pending_operations": pending}
    return replace(state, document={**state.document, "deployment": deployment})


def _why(state: State, ownership: Ownership, *, access: Access) -> str:
    if why := access.why_not_asked(ownership):
        return why
    cluster, api = cluster_of(ownership), access.api(ownership)
    if api is None:
        raise EngineError(str(state.stack), f"the cluster {cluster} is the sandbox's, and is there; {_KEPT}")
    try:
        api.version()
    except ClusterError as error:
        if not error.code or error.code in _GATEWAYS:
            return str(error)
        why = f"{error}. So it is there, and a pass can destroy what it has once it lets Helium in; {_KEPT}"
        raise EngineError(str(state.stack), why) from None
    raise EngineError(str(state.stack), f"the cluster {cluster} answers, so a pass can destroy what is there; {_KEPT}")


def _reaches(provider: Resource, cluster: str) -> bool:
    context = (provider.get("inputs") or {}).get("context")
    return not isinstance(context, str) or context.partition("/")[0] == cluster


def _unlinked(resource: Resource, lost: frozenset[str]) -> Resource:
    changed = dict(resource)
    for key in _LINKS:
        value = changed.get(key)
        if isinstance(value, str) and value in lost:
            del changed[key]
        elif isinstance(value, list):
            changed[key] = [each for each in value if each not in lost]
        elif isinstance(value, Mapping):
            changed[key] = {name: [each for each in urns or () if each not in lost] for name, urns in value.items()}
    return changed


def _words(resource: Resource) -> str:
    home, kind = _home_of(resource), resource["type"].rpartition(":")[2]
    return f"{kind} {home}/{name_of(resource)}" if home else f"{kind} {name_of(resource)}"


def _home_of(resource: Resource) -> str | None:
    return home_of(resource.get("inputs") or {})
