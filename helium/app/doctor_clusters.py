"""Whether each cluster of a fleet is there for a pass, with the rights that its backends need. All are asked at once.

It asks the cluster what its account may do, and writes nothing there. It refuses to show a credential.
"""

from __future__ import annotations

import shlex
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from time import monotonic

from helium.adapters.engine import EngineSettings, clusters
from helium.adapters.engine.redact import Redactor
from helium.adapters.kubernetes.cluster_api import ClusterApi, ClusterError
from helium.adapters.kubernetes.rights import ALWAYS, NAMESPACED, Right, account, may
from helium.adapters.kubernetes.unreachable import Unreachable
from helium.app.check import Check
from helium.core.digest import Json
from helium.core.fleet import Fleet
from helium.errors import HeliumError

WITHIN = 5.0
"""Seconds for each answer, of a connection too: a person waits for it."""
GKE_PROGRAM = "gke-gcloud-auth-plugin"
_AT_ONCE = 16


def cluster_checks(fleet: Fleet, settings: EngineSettings) -> tuple[Check, ...]:
    """A check for each cluster, and one more for each right that it lacks."""
    if "kubernetes" in fleet.sandbox:
        return (Check("clusters", True, "none is needed: Kubernetes is the sandbox"),)
    if not fleet.clusters:
        return (Check("clusters", True, "helium.yaml names none"),)
    with tempfile.TemporaryDirectory(prefix="helium-doctor-") as work, ThreadPoolExecutor(_AT_ONCE) as pool:
        one_each = [
            replace(settings, work=_folder(work, name), clusters={name: settings.clusters[name]})
            for name in fleet.clusters
        ]
        found = pool.map(lambda each: tuple(_Cluster.of(each, fleet).checks()), one_each)
        return tuple(check for checks in found for check in checks)


def _folder(work: str, name: str) -> Path:
    path = Path(work) / name
    path.mkdir()
    return path


@dataclass(frozen=True, slots=True)
class _Cluster:
    """One cluster. `source`: what helium.yaml says of it; `issue`: why there is no kubeconfig for it.

    `program`: what its kubeconfig gets a credential from.
    """

    name: str
    source: Mapping[str, Json]
    issue: str
    api: ClusterApi
    redact: Redactor
    rights: Sequence[Right]
    program: str

    @classmethod
    def of(cls, settings: EngineSettings, fleet: Fleet) -> _Cluster:
        """The only one of these settings."""
        ((name, source),) = settings.clusters.items()
        try:
            access = clusters.access(settings)
            issue, path = access.issues.get(name, ""), access.path or Path()
        except (HeliumError, OSError) as error:
            access, issue, path = clusters.Access(), str(error), Path()
        redact = Redactor.of((*settings.known_secrets, *access.secrets))
        program = str(next(iter(user.get("exec", {}).get("command", "") for _, _, user in access.entries), ""))
        api = ClusterApi(path, name, seconds=WITHIN)
        return cls(name, source, issue, api, redact, rights_for(name, fleet), program)

    def checks(self) -> Iterator[Check]:
        """Whether it is reached, then what its account lacks."""
        what = f"cluster {self.name}"
        if self.issue:
            yield Check(what, False, self.redact(self.issue), self._way_to_a_kubeconfig)
            return
        began = monotonic()
        try:
            who = account(self.api)
            lacking = [right for right in self.rights if not may(self.api, right)]
        except ClusterError as error:
            yield Check(what, False, self.redact(str(error)), self._mends(error.why))
            return
        took = monotonic() - began
        as_whom = f" as {who}" if who else ""
        if not lacking:
            yield Check(
                what, True, f"reached{as_whom} in {took:.1f} s, with the {len(self.rights)} rights that a pass needs"
            )
            return
        yield Check(what, True, f"reached{as_whom} in {took:.1f} s")
        for right in lacking:
            sentence = f"{who or 'its account'} may not {right.text}, which a pass needs, because {right.why}"
            yield Check(what, False, sentence, right.granted_by(who))

    @property
    def _way_to_a_kubeconfig(self) -> str:
        if "kubeconfig" in self.source:
            return f"kubectl config view --minify --flatten > {_quoted(self.source['kubeconfig'])}"
        if "stack" in self.source:
            return f"pulumi stack output kubeconfig --stack {_quoted(self.source['stack'])}"
        where = {key: self.source.get(key, key.upper()) for key in ("zone", "project")}
        options = " ".join(f"--{key} {_quoted(value)}" for key, value in where.items())
        return f"gcloud container clusters get-credentials {self.name} {options}"

    def _mends(self, why: Unreachable) -> str:
        """What a person runs about it. A kubeconfig that is written again has today's address, CA and credential."""
        if why is Unreachable.CREDENTIAL_PROGRAM:
            return _way_to_a_program(self.program)
        return self._way_to_a_kubeconfig


def _way_to_a_program(program: str) -> str:
    if program == GKE_PROGRAM:
        return f"gcloud components install {GKE_PROGRAM}"
    folder = Path(program).parent
    return f'export PATH="$PATH:FOLDER"  # of {program}' if str(folder) == "." else f"ls {_quoted(folder)}"


def rights_for(cluster: str, fleet: Fleet) -> tuple[Right, ...]:
    """What the backends that create workspaces there need."""
    there = {name: entry for name, entry in fleet.backends.items() if entry.get("cluster") == cluster}
    namespaced = any(fleet.kind_of(name) == "helm" and not entry.get("clusterWide") for name, entry in there.items())
    return (*ALWAYS, *(NAMESPACED if namespaced else ()))


def _quoted(value: Json) -> str:
    return shlex.quote(str(value))
