"""What the clouds add to the inputs: addresses, states, links.

Pure and repeatable: the same resource always gets the same answer, and every address is from a range that
RFC 5737 sets aside for documentation, so that nobody reaches a stranger's machine by following it.
"""

from __future__ import annotations

import base64
import hashlib
from typing import Any

from helium.sandbox.model import Identity, Properties, Resource
from helium.sandbox.resource_types import BUCKET, NAMESPACE, OBJECT, RELEASE, SERVICE, id_of
from helium.sandbox.secrets import SIGNATURE, is_secret, plain, secret

_RANGES = ("192.0.2", "198.51.100", "203.0.113")
_SERVICE_TOKEN = "kubernetes:core/v1:Service"
INGRESS = "Ingress.networking.k8s.io"
_BELIEVED: dict[str, tuple[str, Properties]] = {
    SERVICE: (_SERVICE_TOKEN, {"type": "LoadBalancer"}),
    INGRESS: ("kubernetes:networking.k8s.io/v1:Ingress", {}),
}
_CHART_SERVICES = {
    "pachyderm": (("pachd", "ClusterIP"), ("pachd-peer", "ClusterIP"), ("pachd-lb", "LoadBalancer")),
    "jupyterhub": (("hub", "ClusterIP"), ("proxy-api", "ClusterIP"), ("proxy-public", "ClusterIP")),
}


def number(text: str, below: int) -> int:
    """A number that depends on nothing but the text."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8]) % below


def address(text: str) -> str:
    """An address from a documentation range."""
    return f"{_RANGES[number(text, 3)]}.{1 + number(f'host {text}', 254)}"


def computed(one: Identity, inputs: Properties, *, revision: int = 1, project: str = "") -> Properties:
    """All outputs of a resource: its inputs, and what the cloud adds. Secrets stay marked."""
    if one.package == "kubernetes":
        if one.kind == RELEASE:
            return {**inputs, **_release(one, inputs, revision=revision)}
        return {**inputs, **_object(one, inputs)}
    return {**inputs, **_google(one, inputs, project=project)}


def _google(one: Identity, inputs: Properties, *, project: str) -> Properties:
    if one.kind == BUCKET:
        return {
            "location": str(plain(inputs.get("location", "US"))).upper(),
            "project": inputs.get("project", project),
            "storageClass": inputs.get("storageClass", "STANDARD"),
            "forceDestroy": inputs.get("forceDestroy", False),
            "url": f"gs://{one.name}",
            "selfLink": f"https://www.googleapis.com/storage/v1/b/{one.name}",
        }
    if one.kind == OBJECT:
        return {"selfLink": f"https://www.googleapis.com/storage/v1/b/{one.within}/o/{one.name}"}
    if "IAM" in one.kind:
        return {"etag": hashlib.sha256(str(one).encode()).hexdigest()[:12]}
    if one.kind == "serviceaccount.Account":
        email = f"{one.name}@{one.where}.iam.gserviceaccount.com"
        return {"email": email, "member": f"serviceAccount:{email}"}
    return {}


def _object(one: Identity, inputs: Properties) -> Properties:
    meta = inputs.get("metadata")
    added: Properties = {"metadata": {**(meta if isinstance(meta, dict) else {}), **_metadata(one)}}
    if one.kind == NAMESPACE:
        added["status"] = {"phase": "Active"}
    elif one.kind == "PersistentVolumeClaim":
        added["status"] = {"phase": "Bound"}
    elif one.kind == SERVICE:
        added["status"] = _balancer(one, inputs)
    elif one.kind == INGRESS:
        added["status"] = {"loadBalancer": {"ingress": [{"ip": address(f"{one.where} ingress")}]}}
    elif one.kind == "Secret":
        added |= _data(inputs)
    return added


def _metadata(one: Identity) -> Properties:
    unique = hashlib.sha256(str(one).encode()).hexdigest()
    meta = {
        "name": one.name,
        "uid": f"{unique[:8]}-{unique[8:12]}-{unique[12:16]}-{unique[16:20]}-{unique[20:32]}",
    }
    return {**meta, "namespace": one.within} if one.within else meta


def _balancer(one: Identity, inputs: Properties) -> Properties:
    spec = plain(inputs.get("spec")) or {}
    if spec.get("type") != "LoadBalancer":
        return {"loadBalancer": {}}
    return {"loadBalancer": {"ingress": [{"ip": address(f"{one.where} {one.within} {one.name}")}]}}


def _data(inputs: Properties) -> Properties:
    """A Secret's `data` as the API server shows it: what was written as text is there encoded."""
    text, data = plain(inputs.get("stringData")), plain(inputs.get("data"))
    if not isinstance(text, dict):
        return {}
    encoded = {key: base64.b64encode(str(value).encode()).decode() for key, value in text.items()}
    return {"data": secret({**(data or {}), **encoded})}


def _release(one: Identity, inputs: Properties, *, revision: int) -> Properties:
    chart = chart_of(inputs)
    names = [f"{one.within}/{name}" for name, _ in _CHART_SERVICES.get(chart, ())]
    version = plain(inputs.get("version", ""))
    return {
        "name": one.name,
        "namespace": one.within,
        "resourceNames": {"Service/v1": names} if names else {},
        "status": {
            "appVersion": version,
            "chart": chart,
            "name": one.name,
            "namespace": one.within,
            "revision": revision,
            "status": "deployed",
            "version": version,
        },
    }


def chart_of(inputs: Properties) -> str:
    """The chart's bare name, from `pachyderm`, `repo/pachyderm`, a folder, a package or an `oci://` address."""
    return str(plain(inputs.get("chart", ""))).rstrip("/").rsplit("/", 1)[-1].removesuffix(".tgz")


def children(release: Resource) -> tuple[Resource, ...]:
    """The services that a release has created in its namespace, if the sandbox knows its chart."""
    one = release.identity
    if one.kind != RELEASE:
        return ()
    return tuple(
        _service(Identity(one.package, one.where, one.within, SERVICE, name), shape)
        for name, shape in _CHART_SERVICES.get(chart_of(release.inputs), ())
    )


def shown_by(release: Resource, one: Identity) -> Resource | None:
    """A Service or Ingress that a chart may have brought: the sandbox renders no charts, so it believes who asks.

    Only to look at: it is not in the way of one that a program declares.
    """
    if release.identity.kind != RELEASE or chart_of(release.inputs) in _CHART_SERVICES or one.kind not in _BELIEVED:
        return None
    token, spec = _BELIEVED[one.kind]
    host = f"{one.name}.{one.within}.example.com"
    inputs: Properties = {
        "metadata": {"name": one.name, "namespace": one.within},
        "spec": {**spec, **({"rules": [{"host": host}]} if one.kind == INGRESS else {})},
    }
    return Resource(one, token, id_of(one), inputs, computed(one, inputs))


def _service(one: Identity, shape: str) -> Resource:
    inputs: Properties = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": one.name, "namespace": one.within},
        "spec": {"type": shape},
    }
    return Resource(one, _SERVICE_TOKEN, id_of(one), inputs, computed(one, inputs))


def revision_of(outputs: Properties) -> int:
    """Which revision of a release the outputs describe; 0 before the first."""
    status: Any = outputs.get("status")
    if is_secret(status):
        status = status["value"]
    found = status.get("revision", 0) if isinstance(status, dict) and SIGNATURE not in status else 0
    return int(found)
