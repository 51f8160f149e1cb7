"""Any Helm charts in a namespace of their own: quota, limits, network policies, and one account whose rights they have.

All names are fixed, and no credential is a provider's input. The namespace depends on nothing else, so that a new
deadline reaches it alone. What can only be inside it dies with it. Nothing of a chart acts outside of the namespace,
unless `helium.yaml` says `clusterWide: true`: a chart is a program, and its values may come from a spec.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes

from helium.core.deadlines import format_instant
from helium.core.helm_values import revealed, secrets_in
from helium.core.workspace import ACCOUNT, Workspace, namespaced
from helium.errors import UsageError

from .labels import labels_of, namespace_labels
from .network import policies
from .settings import InstanceSettings, ReleaseSettings

OF_USERS = "HELIUM_SECRET_"
"""Before the NAME of a `{fromSecret: NAME}`."""
_HISTORY = 5
"""Revisions of a release that Helm keeps, each in a Secret of up to a megabyte."""


@dataclass(frozen=True, slots=True)
class Ground:
    """What everything in a workspace's namespace is declared with."""

    workspace: Workspace
    settings: InstanceSettings
    cluster: kubernetes.Provider
    namespace: kubernetes.core.v1.Namespace

    @property
    def metadata(self) -> dict[str, Any]:
        """Of what lives in the namespace; its name is known before it is there, so a preview shows all of it."""
        return {"namespace": self.workspace.name, "labels": labels_of(self.workspace)}

    def inside(self, **more: Any) -> pulumi.ResourceOptions:
        """The options of what dies with the namespace."""
        plain = {"provider": self.cluster, "depends_on": [self.namespace], "deleted_with": self.namespace}
        return pulumi.ResourceOptions(**{**plain, **more})


def declare(workspace: Workspace) -> Mapping[str, pulumi.Input[str]]:
    """Declare it all, with the secrets that the pass lists for this program."""
    return declared(workspace, os.environ)


def declared(workspace: Workspace, environment: Mapping[str, str]) -> Mapping[str, pulumi.Input[str]]:
    """Declare it all; the outputs are those that the instance names."""
    settings = InstanceSettings.of(workspace)
    # Before anything is declared: a workspace that lacks a secret must not be created by half.
    _need(settings, environment)
    cluster = _provider("kubernetes", settings.cluster, context=settings.cluster)
    namespace = kubernetes.core.v1.Namespace(
        "namespace",
        metadata={"name": workspace.name, "labels": namespace_labels(workspace, settings.namespace.pod_security)},
        opts=pulumi.ResourceOptions(provider=cluster, protect=True),
    )
    ground = Ground(workspace, settings, cluster, namespace)
    acting, after = _acting(ground)
    after = [*after, *_limits(ground, after=after), *_policies(ground, after=after)]
    releases: dict[str, kubernetes.helm.v3.Release] = {}
    for each in settings.releases:
        needed = [releases[need] for need in each.needs]
        releases[each.key] = _release(ground, each, acting=acting, after=[*after, *needed], environment=environment)
    ready = pulumi.Output.all(*(release.id for release in releases.values()))
    named = {name: _output(ground, name, what=what, ready=ready) for name, what in settings.outputs.items()}
    return {**named, "k8sNamespace": namespace.metadata["name"], "expiry": format_instant(workspace.deadline)}


def _provider(
    name: str, cluster: str, *, context: str, after: list[pulumi.Resource] | None = None
) -> kubernetes.Provider:
    return kubernetes.Provider(
        name,
        context=context,
        # Another address, certificate or account of the same cluster must not replace every resource.
        cluster_identifier=cluster,
        # Applied from the server, an object that somebody else made would be taken over in silence.
        enable_server_side_apply=False,
        opts=pulumi.ResourceOptions(depends_on=after),
    )


def _acting(ground: Ground) -> tuple[kubernetes.Provider, list[pulumi.Resource]]:
    """What releases act through, and what has to be there before: an account with all rights in the namespace only."""
    if ground.settings.cluster_wide:
        return ground.cluster, [ground.namespace]
    name = ground.workspace.name
    metadata = {**ground.metadata, "name": ACCOUNT}
    account = kubernetes.core.v1.ServiceAccount(
        "account", metadata=metadata, automount_service_account_token=False, opts=ground.inside()
    )
    rights = kubernetes.rbac.v1.RoleBinding(
        "rights",
        metadata=metadata,
        role_ref={"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "admin"},
        subjects=[{"kind": "ServiceAccount", "name": ACCOUNT, "namespace": name}],
        opts=ground.inside(depends_on=[account]),
    )
    cluster = ground.settings.cluster
    return _provider("namespaced", cluster, context=namespaced(cluster, name), after=[rights]), [rights]


def _limits(ground: Ground, *, after: list[pulumi.Resource]) -> list[pulumi.Resource]:
    """The quota, and what a container gets that asks for nothing: a quota of a kind refuses pods that do not."""
    wanted, found = ground.settings.namespace, list[pulumi.Resource]()
    metadata = {**ground.metadata, "name": ACCOUNT}
    if wanted.limits:
        limits = [{"type": "Container", **wanted.limits}]
        opts = ground.inside(depends_on=after)
        found.append(kubernetes.core.v1.LimitRange("limits", metadata=metadata, spec={"limits": limits}, opts=opts))
    if wanted.quota:
        opts = ground.inside(depends_on=after)
        found.append(
            kubernetes.core.v1.ResourceQuota("quota", metadata=metadata, spec={"hard": dict(wanted.quota)}, opts=opts)
        )
    return found


def _policies(ground: Ground, *, after: list[pulumi.Resource]) -> list[pulumi.Resource]:
    return [
        kubernetes.networking.v1.NetworkPolicy(
            f"network-{name}",
            metadata={**ground.metadata, "name": f"{ACCOUNT}-{name}"},
            spec=spec,
            opts=ground.inside(depends_on=after),
        )
        for name, spec in policies(ground.settings.namespace).items()
    ]


def _release(
    ground: Ground,
    each: ReleaseSettings,
    *,
    acting: kubernetes.Provider,
    after: list[pulumi.Resource],
    environment: Mapping[str, str],
) -> kubernetes.helm.v3.Release:
    # Nothing of it can be outside of the namespace, unless it acts in the whole cluster: then Helm has to take it away.
    dies = {} if ground.settings.cluster_wide else {"deleted_with": ground.namespace}
    return kubernetes.helm.v3.Release(
        f"release-{each.key}",
        name=each.name,
        namespace=ground.workspace.name,
        chart=each.chart,
        version=each.version,
        values=revealed(each.values, lambda name: pulumi.Output.secret(environment[f"{OF_USERS}{name}"])),
        # A `null` is how one of the chart's defaults is taken away.
        allow_null_values=True,
        atomic=True,
        cleanup_on_fail=True,
        # What a chart brings of these is the whole cluster's, and outlives every workspace.
        skip_crds=True,
        max_history=_HISTORY,
        timeout=ground.settings.seconds,
        opts=pulumi.ResourceOptions(
            provider=acting,
            depends_on=after,
            protect=each.protect,
            # The rendered chart, where the provider keeps it, has every secret in it.
            additional_secret_outputs=["manifest"],
            **dies,
        ),
    )


def _output(ground: Ground, name: str, *, what: Mapping[str, str], ready: pulumi.Output[Any]) -> pulumi.Input[str]:
    """A Service's address, an Ingress's host, or the name of a Secret, whose content is nobody's to show."""
    ((kind, named),) = what.items()
    if kind == "secret":
        return named
    # The id waits for the releases: a preview must not look for what is not there yet.
    id = ready.apply(lambda _: f"{ground.workspace.name}/{named}")
    opts = pulumi.ResourceOptions(provider=ground.cluster)
    if kind == "service":
        service = kubernetes.core.v1.Service.get(f"output-{name}", id, opts=opts)
        address: pulumi.Output[str] = service.status.apply(_address)
        return address
    ingress = kubernetes.networking.v1.Ingress.get(f"output-{name}", id, opts=opts)
    host: pulumi.Output[str] = ingress.spec.apply(_host)
    return host


def _address(status: Any) -> str:
    """Of a load balancer: an address, or the name that some clouds give instead. Another service has none outside."""
    ingress = (((status or {}).get("load_balancer") or {}).get("ingress")) or [{}]
    return ingress[0].get("ip") or ingress[0].get("hostname") or ""


def _host(spec: Any) -> str:
    rules = (spec or {}).get("rules") or [{}]
    return rules[0].get("host") or ""


def _need(settings: InstanceSettings, environment: Mapping[str, str]) -> None:
    """`UsageError` that names every secret that is not set, or empty."""
    named = (f"{OF_USERS}{name}" for each in settings.releases for name in secrets_in(each.values))
    if missing := sorted({name for name in named if not environment.get(name)}):
        raise UsageError(f"not set: {', '.join(missing)}; put each of these secrets into the environment of the pass")
