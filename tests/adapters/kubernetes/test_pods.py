"""What pods and warnings say, by the bodies that a cluster's API gives of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from helium.adapters.kubernetes.cluster_api import ClusterError
from helium.adapters.kubernetes.pods import MOST_PODS, Body, pods_of, warnings_of


@dataclass
class GivenCluster:
    """These pods and events, in whatever namespace."""

    given: Sequence[Body] = ()
    events: Sequence[Body] = field(default_factory=tuple)

    def pods(self, namespace: str) -> Sequence[Body]:
        """All of them."""
        return self.given

    def warnings(self, namespace: str) -> Sequence[Body]:
        """All of them."""
        return self.events


def pod(phase: str = "Running", *, ready: bool = False, going: bool = False, **status: Any) -> Body:
    """A pod as the API has it."""
    meta = {"name": "web-1", **({"deletionTimestamp": "2026-11-29T04:00:00Z"} if going else {})}
    conditions = [{"type": "Ready", "status": str(ready)}, *status.pop("conditions", ())]
    return {"metadata": meta, "status": {"phase": phase, "conditions": conditions, **status}}


def container(**state: Any) -> dict[str, Any]:
    """The status of one container."""
    return {"name": "web", "state": state}


BACK_OFF = container(waiting={"reason": "CrashLoopBackOff", "message": "back-off 40s"})
BEGINS = container(waiting={"reason": "ContainerCreating"})
NO_NODE = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "0/1 nodes"}


@pytest.mark.parametrize(
    ("given", "line"),
    [
        pytest.param(pod("Pending", conditions=[NO_NODE]), "Unschedulable: 0/1 nodes", id="no node takes it"),
        pytest.param(pod(containerStatuses=[BACK_OFF]), "CrashLoopBackOff: back-off 40s", id="it crashes"),
        pytest.param(
            pod("Pending", initContainerStatuses=[container(terminated={"exitCode": 3, "reason": "Error"})]),
            "Error: exit code 3",
            id="its first step ended",
        ),
        pytest.param(pod("Pending", containerStatuses=[BEGINS]), "it does not say why", id="it begins"),
        pytest.param(
            pod(reason="NodeLost", message="node a is gone"), "NodeLost: node a is gone", id="its node is gone"
        ),
        pytest.param(
            pod(containerStatuses=[container(running={}), container(terminated={"exitCode": 0})]),
            "it does not say why",
            id="it runs",
        ),
        pytest.param({"metadata": {"name": "web-1"}}, "it does not say why", id="nothing is said"),
    ],
)
def test_a_pod_that_is_not_ready_says_why(given: Body, line: str) -> None:
    """What a person would look for first."""
    seen = pods_of(GivenCluster([given]), ["a"])

    assert (0, 1, (f"web-1: {line}",)) == (seen.ready, seen.wanted, seen.unready)


def test_what_ended_or_goes_need_not_be_ready() -> None:
    """A job is done, an evicted pod has a successor, and one that is being deleted was replaced."""
    given = [pod(ready=True), pod("Succeeded"), pod("Failed"), pod(going=True), pod("Pending", conditions=[NO_NODE])]
    seen = pods_of(GivenCluster(given), ["a", "b"])

    assert {"Running": 2, "Succeeded": 2, "Failed": 2, "Terminating": 2, "Pending": 2} == seen.phases
    assert (2, 4) == (seen.ready, seen.wanted)


def test_too_many_pods_are_not_counted() -> None:
    """A look is short, and says so instead of telling a wrong number."""
    with pytest.raises(ClusterError, match=f"the namespace a has more than {MOST_PODS} pods"):
        pods_of(GivenCluster([pod(ready=True)] * (MOST_PODS + 1)), ["a"])


def event(second: int, message: str, **when: Any) -> Body:
    """A warning."""
    time = when or {"lastTimestamp": f"2026-11-29T04:00:{second:02}Z"}
    return {"involvedObject": {"kind": "Pod", "name": "web-1"}, "reason": "BackOff", "message": message, **time}


def test_warnings_are_told_once_and_the_newest_first() -> None:
    """Whichever of its four times an event has."""
    events = [
        event(1, "one"),
        event(0, "two", series={"lastObservedTime": "2026-11-29T04:00:09.5Z"}, lastTimestamp=None),
        event(3, "one"),
        event(0, "three\n now", eventTime="2026-11-29T04:00:05Z"),
        event(0, "four", metadata={"creationTimestamp": "2026-11-29T04:00:04Z"}),
    ]
    told = warnings_of(GivenCluster(events=events), ["a"])

    said = ["two", "three now", "four", "one"]
    assert [f"Pod web-1: BackOff: {each}" for each in said] == [text for _, text in told]
    later = warnings_of(GivenCluster(events=events), ["a"], since=told[1][0])
    assert said[:2] == [text.rpartition(": ")[2] for _, text in later]
