"""How each cluster is reached today: one fresh kubeconfig for the whole pass, whose contexts are the clusters' names.

No stack stores a credential: a backend names a context, and Pulumi's provider finds this file through its environment.
Beside each cluster's context `CLUSTER` there is `CLUSTER/WORKSPACE`, which acts as the account `helium` of that
workspace's namespace: with the rights that this account has there, and with no other of the pass's.
A stack's ownership holds the address and certificate of its cluster. If the name points to a different one, Pulumi
would find nothing there and call it deleted, so that is refused. An unreachable cluster affects its own stacks only.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml

from helium.adapters.engine.command import Command
from helium.adapters.engine.settings import EngineSettings
from helium.adapters.kubernetes import kubeconfig
from helium.adapters.kubernetes.cluster_api import ClusterApi
from helium.core.digest import Json
from helium.core.workspace import ACCOUNT, Ownership, namespaced

SECRETS = (
    "token",
    "password",
    "client-key-data",
    "client-certificate-data",
    "access-token",
    "id-token",
    "refresh-token",
)


Entry = tuple[str, dict[str, Any], dict[str, Any]]
"""A cluster's name, and its cluster and user in the form of a kubeconfig."""


@dataclass(frozen=True, slots=True)
class Access:
    """`path`: the kubeconfig. `issues`: a sentence for each cluster that it lacks. `secrets`: what it holds.

    `known`: each cluster's address and certificate. `vouched`: earlier ones that a person accepts for that cluster.
    """

    path: Path | None = None
    issues: Mapping[str, str] = field(default_factory=dict)
    secrets: tuple[str, ...] = ()
    known: Mapping[str, str] = field(default_factory=dict)
    vouched: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    entries: tuple[Entry, ...] = field(default=(), repr=False)
    _apis: dict[str, ClusterApi] = field(default_factory=dict)

    def api(self, ownership: Ownership | None) -> ClusterApi | None:
        """The API of a stack's cluster; `None` where no real one is known for it."""
        name = cluster_of(ownership) if ownership else ""
        if self.path is None or name not in self.known:
            return None
        return self._apis.setdefault(name, ClusterApi(self.path, name))

    def issue(self, ownership: Ownership) -> str:
        """Why the cluster of a stack cannot be reached; empty if it can."""
        return self.issues.get(cluster_of(ownership), "")

    def known_by(self, ownership: Ownership) -> str:
        """The identity of a stack's cluster today; empty if that is not known."""
        return self.known.get(cluster_of(ownership), "")

    def wrong_cluster(self, ownership: Ownership) -> str:
        """Why the cluster's name points to a different cluster than the stack was created in; empty if it does not."""
        name, then, today = cluster_of(ownership), ownership.cluster, self.known_by(ownership)
        if not then or then == today or (today and then in self.vouched.get(name, ())):
            return ""
        return (
            f"it was created in the cluster {name} at {then}, but today {name} points to "
            f"{today or 'an unknown place'}; give the new cluster a name of its own, or, if it is the same cluster, "
            f"confirm that in helium.yaml: "
            f"vouched: {{{name}: [{then}]}}"
        )

    def why_not_asked(self, ownership: Ownership) -> str:
        """Why nobody asks the cluster of a stack: it cannot be reached, or its name points to another one."""
        return self.issue(ownership) or self.wrong_cluster(ownership)

    def environment(self, workspace: str, *, looks: bool = False) -> Mapping[str, str]:
        """What Pulumi's Kubernetes provider needs to find it, with what acts for this workspace alone.

        `looks`: nothing is changed, so the pass looks itself. With its namespace the account is gone, and what asked as
        that account would be told that it may not look, and not that nothing is there.
        """
        if self.path is None:
            return {}
        path = self.path.with_name(f"kubeconfig-{'look-' if looks else ''}{workspace}")
        if not path.exists():
            # Beside it first: another thread may be about to read it.
            half = path.with_name(f"{path.name}.{threading.get_ident()}")
            _write(half, _joined(self.entries, workspace=workspace, acts=not looks))
            half.replace(path)
        return {"KUBECONFIG": str(path)}


class ClusterUnreachableError(Exception):
    """One cluster cannot be reached; the text is a sentence."""


def access(settings: EngineSettings) -> Access:
    """For all clusters of the fleet; none where the sandbox stands in for Kubernetes, or the fleet names none."""
    attached = settings.providers.get("PULUMI_DEBUG_PROVIDERS", "")
    if not settings.clusters or "kubernetes:" in attached:
        return Access()
    entries: list[Entry] = []
    issues: dict[str, str] = {}
    for name, source in settings.clusters.items():
        try:
            entries.append((name, *_entry(_document(name, source, settings=settings), name)))
        except ClusterUnreachableError as why:
            issues[name] = str(why)
    path = settings.work / "kubeconfig"
    _write(path, _joined(entries))
    secrets = tuple(_secrets([user for _, _, user in entries]))
    known = {name: _known_by(cluster) for name, cluster, _ in entries}
    return Access(path, issues, secrets, known, settings.vouched, tuple(entries))


def _document(name: str, source: Mapping[str, Json], *, settings: EngineSettings) -> Mapping[str, Any]:
    """A kubeconfig for one cluster: from a file, from another stack's output, or from gcloud."""
    if "kubeconfig" in source:
        return _read(Path(str(source["kubeconfig"])).expanduser(), name)
    if "stack" in source:
        return _of_stack(name, str(source["stack"]), settings=settings)
    return _of_gke(name, source, settings=settings)


def _of_stack(name: str, stack: str, *, settings: EngineSettings) -> Mapping[str, Any]:
    """The output `kubeconfig` of another Pulumi stack in the same state."""
    command = Command(str(settings.pulumi), settings.command_environment)
    args = ("stack", "output", "kubeconfig", "--show-secrets", "--stack", stack)
    reply = command.run(args, cwd=settings.empty(), environment={})
    if reply.code:
        raise ClusterUnreachableError(
            f"the cluster {name} cannot be reached: the stack {stack} does not have the output kubeconfig"
        )
    return _parsed(reply.stdout, name)


def _of_gke(name: str, source: Mapping[str, Json], *, settings: EngineSettings) -> Mapping[str, Any]:
    """What gcloud writes: an entry whose credential is fetched by its plugin at each use."""
    path = settings.work / f"gke-{name}"
    if not ("zone" in source and "project" in source):
        raise ClusterUnreachableError(
            f"the cluster {name} cannot be reached: no backend in helium.yaml sets its project and zone"
        )
    where = ["--zone", str(source["zone"]), "--project", str(source["project"])]
    try:
        subprocess.run(
            ["gcloud", "container", "clusters", "get-credentials", name, *where],
            env={**settings.command_environment, "KUBECONFIG": str(path)},
            capture_output=True,
            check=True,
            timeout=60,
        )
    except (OSError, subprocess.SubprocessError):
        raise ClusterUnreachableError(
            f"the cluster {name} cannot be reached: gcloud did not return credentials for it"
        ) from None
    return _read(path, name)


def _read(path: Path, name: str) -> Mapping[str, Any]:
    try:
        document = _parsed(path.read_text(), name)
    except OSError as error:
        raise ClusterUnreachableError(f"the cluster {name} cannot be reached: {path}: {error.strerror}") from None
    return kubeconfig.absolute(document, path.resolve().parent)


def _parsed(text: str, name: str) -> Mapping[str, Any]:
    try:
        document = yaml.safe_load(text)
    except yaml.YAMLError:
        document = None
    if isinstance(document, str):
        return _parsed(document, name) if document != text else {}
    if not isinstance(document, Mapping):
        raise ClusterUnreachableError(f"the cluster {name} cannot be reached: its kubeconfig is not valid")
    return document


def _entry(document: Mapping[str, Any], name: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The cluster and the user of the current context, or of the only one."""
    contexts = kubeconfig.by_name(document, "contexts", single="context")
    current = document.get("current-context") or (next(iter(contexts)) if len(contexts) == 1 else "")
    context = contexts.get(current) or {}
    cluster = kubeconfig.by_name(document, "clusters", single="cluster").get(context.get("cluster", ""))
    user = kubeconfig.by_name(document, "users", single="user").get(context.get("user", ""))
    if cluster is None or user is None:
        raise ClusterUnreachableError(f"the cluster {name} cannot be reached: its kubeconfig has no current context")
    return cluster, user


def _joined(entries: Sequence[Entry], *, workspace: str = "", acts: bool = True) -> dict[str, Any]:
    users: list[tuple[str, str, dict[str, Any], dict[str, str]]] = [(name, name, user, {}) for name, _, user in entries]
    if workspace:
        account = {} if not acts else {"as": f"system:serviceaccount:{workspace}:{ACCOUNT}"}
        users += [
            (namespaced(name, workspace), name, {**user, **account}, {"namespace": workspace})
            for name, _, user in entries
        ]
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": name, "cluster": cluster} for name, cluster, _ in entries],
        "users": [{"name": name, "user": user} for name, _, user, _ in users],
        "contexts": [
            {"name": name, "context": {"cluster": cluster, "user": name, **more}} for name, cluster, _, more in users
        ],
        # With none current, a program that names no cluster reaches none.
        "current-context": "",
    }


def _write(path: Path, document: Mapping[str, Any]) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(document, file)


def _secrets(value: Any) -> Iterator[str]:
    """Every credential in plain text, wherever it is nested."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if key in SECRETS and isinstance(inner, str):
                yield inner
            else:
                yield from _secrets(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _secrets(inner)


def _known_by(cluster: Mapping[str, Any]) -> str:
    """Its address, and a digest of the certificate that vouches for it; empty where one of them cannot be read."""
    try:
        address = urlsplit(str(cluster.get("server") or ""))
        port = f":{address.port}" if address.port else ""
        inline, path = cluster.get("certificate-authority-data"), cluster.get("certificate-authority")
        authority = base64.b64decode(inline) if inline else Path(path).read_bytes() if path else b""
    except (OSError, ValueError):
        return ""
    certificate = hashlib.sha256(authority.strip()).hexdigest()[:12] if authority else ""
    return (
        f"{address.scheme}://{address.hostname}{port}{address.path.rstrip('/')}#{certificate}"
        if address.hostname
        else ""
    )


def cluster_of(ownership: Ownership) -> str:
    """The name of the cluster that a workspace was placed in; empty where it is in none."""
    return str(ownership.placement.get("cluster", ""))
