"""The pods of a pretended cluster, and its warnings, in the form in which a real one tells of them.

Nothing runs in the sandbox, so each release has one pod that says it is ready, unless the fault rule `unready` is about
it. `CloudError` where a rule makes the cluster unreachable.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from helium.sandbox.errors import CloudError, Kind
from helium.sandbox.fault_rules import Action, Call, FaultRule, read
from helium.sandbox.model import Resource
from helium.sandbox.resource_types import RELEASE
from helium.sandbox.store import Store

Body = dict[str, Any]
_WHY = "0/1 nodes are available: the sandbox was told so."


@dataclass(frozen=True, slots=True)
class PretendPods:
    """The pods of one cluster in a sandbox's folder."""

    folder: Path
    cluster: str

    def pods(self, namespace: str) -> Iterator[Body]:
        """One for each release in it."""
        return (_pod(release, rule) for release, rule in self._releases(namespace))

    def warnings(self, namespace: str) -> Iterator[Body]:
        """One for each pod that is not ready."""
        return (_event(release, rule) for release, rule in self._releases(namespace) if rule)

    def _releases(self, namespace: str) -> Iterator[tuple[Resource, FaultRule | None]]:
        store = Store.open(self.folder)
        rules = read(store.fault_lines())
        if any(each.action is Action.UNREACHABLE and each.matches(Call("read", "kubernetes:")) for each in rules):
            raise CloudError(Kind.UNAVAILABLE, f"the cluster {self.cluster} cannot be reached")
        for each in store.all():
            one = each.identity
            if (one.package, one.where, one.within, one.kind) == ("kubernetes", self.cluster, namespace, RELEASE):
                call = Call("read", each.token, one.name, one.within)
                yield each, next((rule for rule in rules if rule.action is Action.UNREADY and rule.matches(call)), None)


def _pod(release: Resource, rule: FaultRule | None) -> Body:
    if rule is None:
        conditions = [{"type": "Ready", "status": "True"}]
    else:
        message = rule.message or _WHY
        conditions = [{"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": message}]
    phase = "Pending" if rule else "Running"
    return {"metadata": {"name": _name(release)}, "status": {"phase": phase, "conditions": conditions}}


def _event(release: Resource, rule: FaultRule) -> Body:
    return {
        "involvedObject": {"kind": "Pod", "name": _name(release)},
        "reason": "FailedScheduling",
        "message": rule.message or _WHY,
        "lastTimestamp": datetime.now(UTC).replace(microsecond=0).isoformat(),
        "metadata": {},
    }


def _name(release: Resource) -> str:
    return f"{release.identity.name}-0"
