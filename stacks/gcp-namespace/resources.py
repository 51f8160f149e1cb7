"""One workspace on Google Cloud: a bucket, a namespace in a shared cluster, Pachyderm and notebooks in it.

All names are fixed. No credential is a provider's input: the pass brings them in its environment, fresh for each
operation. The namespace depends on nothing else, so that a new deadline reaches it alone.
"""

from __future__ import annotations

import os
import secrets as random_secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_gcp as gcp
import pulumi_kubernetes as kubernetes

from helium.core.deadlines import format_instant
from helium.core.helm_values import merge
from helium.core.workspace import Workspace

from . import names, notebooks, values
from .secrets import CLIENT_ID, CLIENT_SECRET, LICENSE, Secret, Secrets
from .settings import BackendSettings, Chart

LOCKED = values.LOCKED
_NAMED = {"pachyderm": names.release, "notebooks": names.hub}


@dataclass(frozen=True, slots=True)
class Parts:
    """What the resources of one workspace are declared from."""

    workspace: Workspace
    settings: BackendSettings
    cloud: gcp.Provider
    cluster: kubernetes.Provider


def declare(workspace: Workspace) -> Mapping[str, pulumi.Input[str]]:
    """Declare it all, with the secrets that the pass lists for this program."""
    return declared(workspace, Secrets(os.environ))


def declared(workspace: Workspace, secrets: Secrets) -> Mapping[str, pulumi.Input[str]]:
    """Declare it all; the outputs are what a person needs to get in."""
    settings = BackendSettings.of(workspace)
    wanted = workspace.spec.fields.get("disableNotebooks") is not True
    # Before anything is declared: a workspace that lacks a secret must not be created by half.
    secrets.need(CLIENT_ID, CLIENT_SECRET, *((LICENSE,) if values.licensed(settings) else ()))
    pachyderm = values.pachyderm(workspace, settings, secrets=secrets)
    parts = Parts(workspace, settings, *_providers(settings))
    namespace = _namespace(parts)
    bucket = _bucket(parts)
    release = _pachyderm(parts, namespace, given=pachyderm, after=_bucket_admin(parts, bucket))
    if wanted:
        _notebooks(parts, namespace, given=notebooks.jupyterhub(workspace, settings, secrets=secrets))
    return {
        **_pachd(parts, release),
        "consoleUrl": f"https://{values.host(workspace, settings)}",
        "notebooksUrl": f"https://{notebooks.host(workspace, settings)}" if wanted else "",
        "k8sNamespace": namespace.metadata["name"],
        "bucket": bucket.name,
        "expiry": format_instant(workspace.deadline),
    }


def seal(value: Any) -> Any:
    """The value with each secret leaf as a secret of Pulumi's: encrypted in the state, hidden in every output."""
    if isinstance(value, Secret):
        return pulumi.Output.secret(value.text)
    if isinstance(value, Mapping):
        return {key: seal(inner) for key, inner in value.items()}
    return [seal(inner) for inner in value] if isinstance(value, list) else value


def _providers(settings: BackendSettings) -> tuple[gcp.Provider, kubernetes.Provider]:
    cluster = kubernetes.Provider(
        "kubernetes",
        context=settings.cluster,
        # Another address or certificate of the same cluster must not replace every resource.
        cluster_identifier=settings.cluster,
        # Applied from the server, an object that somebody else made would be taken over in silence.
        enable_server_side_apply=False,
    )
    return gcp.Provider("gcp", project=settings.project, zone=settings.zone), cluster


def _namespace(parts: Parts) -> kubernetes.core.v1.Namespace:
    return kubernetes.core.v1.Namespace(
        "namespace",
        metadata={"name": parts.workspace.name, "labels": names.namespace_labels(parts.workspace)},
        opts=pulumi.ResourceOptions(provider=parts.cluster, protect=True),
    )


def _bucket(parts: Parts) -> gcp.storage.Bucket:
    return gcp.storage.Bucket(
        "bucket",
        name=names.bucket(parts.workspace),
        project=parts.settings.project,
        location="US",
        force_destroy=True,
        labels=names.bucket_labels(parts.workspace),
        opts=pulumi.ResourceOptions(provider=parts.cloud, protect=True),
    )


def _bucket_admin(parts: Parts, bucket: gcp.storage.Bucket) -> gcp.storage.BucketIAMMember:
    """The right of the cluster's nodes to use the bucket: this one, and no other of the project."""
    return gcp.storage.BucketIAMMember(
        "bucket-admin",
        bucket=bucket.name,
        role="roles/storage.admin",
        member=_nodes(parts),
        # A child is protected with its parent, unless it says no; a right holds no data.
        opts=pulumi.ResourceOptions(provider=parts.cloud, parent=bucket, protect=False),
    )


def _nodes(parts: Parts) -> pulumi.Output[str]:
    """The compute default service account, by the project's number; its own lookup costs a second of imports."""
    project = gcp.organizations.get_project_output(
        project_id=parts.settings.project, opts=pulumi.InvokeOutputOptions(provider=parts.cloud)
    )
    return pulumi.Output.concat("serviceAccount:", project.number, "-compute@developer.gserviceaccount.com")


def _pachyderm(
    parts: Parts, namespace: kubernetes.core.v1.Namespace, *, given: values.Values, after: pulumi.Resource
) -> kubernetes.helm.v3.Release:
    drawn = values.drawn(parts.workspace, parts.settings)
    for path in drawn:
        given = merge(given, values.at(path, Secret(random_secrets.token_hex(16))))
    return _release(
        parts,
        "pachyderm",
        chart=parts.settings.pachyderm,
        namespace=namespace,
        given=given,
        opts=pulumi.ResourceOptions(
            provider=parts.cluster,
            protect=True,
            depends_on=[after],
            # What the first install drew stays: another root token or client secret would lock everybody out.
            ignore_changes=[f"values.{path}" for path in drawn],
        ),
    )


def _notebooks(
    parts: Parts, namespace: kubernetes.core.v1.Namespace, *, given: values.Values
) -> kubernetes.helm.v3.Release:
    """Not `protect`: a spec may switch notebooks off."""
    return _release(
        parts,
        "notebooks",
        chart=parts.settings.jupyterhub,
        namespace=namespace,
        given=given,
        opts=pulumi.ResourceOptions(provider=parts.cluster),
    )


def _release(
    parts: Parts,
    resource: str,
    *,
    chart: Chart,
    namespace: kubernetes.core.v1.Namespace,
    given: values.Values,
    opts: pulumi.ResourceOptions,
) -> kubernetes.helm.v3.Release:
    return kubernetes.helm.v3.Release(
        resource,
        name=_NAMED[resource](parts.workspace),
        namespace=namespace.metadata["name"],
        # Neither version nor repository: this is the package that was checked, and nothing else is looked for.
        chart=chart.file,
        values=seal(given),
        # A `null` is how a spec takes one of the chart's defaults away.
        allow_null_values=True,
        atomic=True,
        cleanup_on_fail=True,
        timeout=parts.settings.seconds,
        # The rendered chart, where the provider keeps it, has every secret in it.
        opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(additional_secret_outputs=["manifest"])),
    )


def _pachd(parts: Parts, release: kubernetes.helm.v3.Release) -> Mapping[str, pulumi.Input[str]]:
    """Where pachctl finds pachd: a host with TLS, or an address unencrypted."""
    if parts.settings.through_ingress:
        return {"pachdIp": "", "pachdAddress": f"grpcs://{values.host(parts.workspace, parts.settings)}:443"}
    address = _address(parts, release)
    return {"pachdIp": address, "pachdAddress": pulumi.Output.concat("grpc://", address, f":{values.GRPC}")}


def _address(parts: Parts, release: kubernetes.helm.v3.Release) -> pulumi.Output[str]:
    """Where pachd answers. The id waits for the release: a preview must not look for what is not there yet."""
    service = kubernetes.core.v1.Service.get(
        "pachd-lb",
        release.id.apply(lambda _: f"{parts.workspace.name}/pachd-lb"),
        opts=pulumi.ResourceOptions(provider=parts.cluster, parent=release),
    )
    address: pulumi.Output[str] = service.status.apply(_first_address)
    return address


def _first_address(status: Any) -> str:
    ingress = (((status or {}).get("load_balancer") or {}).get("ingress")) or [{}]
    return ingress[0].get("ip") or ""
