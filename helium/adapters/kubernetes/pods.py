"""What the pods of namespaces and their last warnings say, from the bodies that a cluster's API gives.

It reads the status of a pod, and not what it was told to run. It refuses to judge what ended: a job's pod is done, and
one that was evicted has a successor.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from helium.adapters.kubernetes.cluster_api import ClusterApi, ClusterError, ObjectRef
from helium.core.digest import Json

MOST_PODS = 1000
TERMINATING, UNKNOWN = "Terminating", "Unknown"
_ENDED = ("Succeeded", "Failed")
Body = Mapping[str, Any]


class ClusterReads(Protocol):
    """What is read of a cluster, real or pretended. `ClusterError` where it cannot be."""

    def pods(self, namespace: str) -> Iterable[Body]:
        """Its pods, as the API has them."""

    def warnings(self, namespace: str) -> Iterable[Body]:
        """Its events of type `Warning`."""


@dataclass(frozen=True, slots=True)
class RealCluster:
    """A cluster by its API."""

    api: ClusterApi

    def pods(self, namespace: str) -> Iterable[Body]:
        """By a list of its pods."""
        return self.api.bodies(ObjectRef("v1", "Pod", "", namespace))

    def warnings(self, namespace: str) -> Iterable[Body]:
        """By a list of its events."""
        return self.api.bodies(ObjectRef("v1", "Event", "", namespace), fields="type=Warning")


@dataclass(frozen=True, slots=True)
class PodsSeen:
    """`phases`: how many are in each; `ready` of the `wanted`; `unready`: a line for each of the others."""

    phases: Mapping[str, int]
    ready: int
    wanted: int
    unready: tuple[str, ...]


def pods_of(cluster: ClusterReads, namespaces: Iterable[str]) -> PodsSeen:
    """The pods of these namespaces. `ClusterError`; also where there are too many to count."""
    phases: Counter[str] = Counter()
    wanted, unready = 0, list[str]()
    for pod in (pod for namespace in namespaces for pod in _at_most(cluster.pods(namespace), namespace)):
        phase = _phase(pod)
        phases[phase] += 1
        if phase == TERMINATING or phase in _ENDED:
            continue
        wanted += 1
        if not _is_ready(pod):
            unready.append(f"{_name(pod)}: {_why(pod)}")
    return PodsSeen(dict(phases), wanted - len(unready), wanted, tuple(sorted(unready)))


def warnings_of(
    cluster: ClusterReads, namespaces: Iterable[str], *, since: datetime | None = None
) -> tuple[tuple[datetime, str], ...]:
    """The warnings in these namespaces (since then), each text once, the newest first. `ClusterError`."""
    events = (each for namespace in namespaces for each in cluster.warnings(namespace))
    dated = sorted(((_time_of(each), _warning(each)) for each in events), key=lambda pair: pair[0], reverse=True)
    newest: dict[str, datetime] = {}
    for when, text in dated:
        if since is None or when >= since:
            newest.setdefault(text, when)
    return tuple((when, text) for text, when in newest.items())


def _at_most(pods: Iterable[Body], namespace: str) -> Iterator[Body]:
    for number, pod in enumerate(pods):
        if number == MOST_PODS:
            raise ClusterError(f"the namespace {namespace} has more than {MOST_PODS} pods")
        yield pod


def _phase(pod: Body) -> str:
    if pod["metadata"].get("deletionTimestamp"):
        return TERMINATING
    return str((pod.get("status") or {}).get("phase") or UNKNOWN)


def _is_ready(pod: Body) -> bool:
    return _condition(pod, "Ready").get("status") == "True"


def _why(pod: Body) -> str:
    """What a person would look for first: a container that waits or ended, where it cannot be placed, what it lacks."""
    status = pod.get("status") or {}
    containers = [*(status.get("initContainerStatuses") or ()), *(status.get("containerStatuses") or ())]
    for each in containers:
        state = each.get("state") or {}
        # What is only being created says nothing yet; something else may.
        if (waiting := state.get("waiting")) and waiting.get("reason") not in (None, "", *_BEGINS):
            return _joined(waiting.get("reason"), waiting.get("message"))
        if (ended := state.get("terminated")) and ended.get("exitCode"):
            return _joined(ended.get("reason"), ended.get("message") or f"exit code {ended['exitCode']}")
    scheduled = _condition(pod, "PodScheduled")
    if scheduled.get("status") == "False":
        return _joined(scheduled.get("reason"), scheduled.get("message"))
    ready = _condition(pod, "Ready")
    return _joined(status.get("reason") or ready.get("reason"), status.get("message") or ready.get("message"))


_BEGINS = ("ContainerCreating", "PodInitializing")


def _joined(reason: Json, message: Json) -> str:
    return ": ".join(str(each) for each in (reason, message) if each) or "it does not say why"


def _condition(pod: Body, kind: str) -> Body:
    conditions = (pod.get("status") or {}).get("conditions") or ()
    return next((each for each in conditions if each.get("type") == kind), {})


def _name(pod: Body) -> str:
    return str(pod["metadata"]["name"])


def _warning(event: Body) -> str:
    what = event.get("involvedObject") or {}
    message = " ".join(str(event.get("message") or "").split())
    return f"{what.get('kind')} {what.get('name')}: {event.get('reason')}: {message}"


def _time_of(event: Body) -> datetime:
    """When it happened last: an event has one of four fields for that."""
    series = event.get("series") or {}
    text = series.get("lastObservedTime") or event.get("lastTimestamp") or event.get("eventTime")
    return datetime.fromisoformat(text or event["metadata"]["creationTimestamp"])
