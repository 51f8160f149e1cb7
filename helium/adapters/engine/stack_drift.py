"""What of a stack differs from what was made, and how each object is put back: exactly as it was made.

Helm's record says what a release was made of, and whoever may write a Secret in its namespace may write that. So an
object of a release is put back with the rights of the release's own account. Where the release acts as the pass itself,
only plain objects of its own namespace are. It refuses to set rights, custom resources and what is outside of the
namespace that way: Helm makes those again, from the chart.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from helium.adapters.kubernetes.cluster_api import ClusterApi, ClusterError
from helium.adapters.kubernetes.live_objects import LiveObject, apply
from helium.core.drift import DriftLook, RepairWay
from helium.core.stack import StackId
from helium.errors import EngineError

NOTHING = DriftLook()
PLAIN = ("v1", "apps/v1", "autoscaling/v2", "batch/v1", "networking.k8s.io/v1", "policy/v1")
"""API versions whose namespaced kinds give nobody a right, and have no controller with rights of its own."""


@dataclass(frozen=True, slots=True)
class Owned:
    """An object of a stack. `release`: the URN of the one that it is part of, and `home` the release's namespace.

    `acts_as`: whose rights the release has; empty: the pass's own.
    """

    live: LiveObject
    release: str = ""
    home: str = ""
    acts_as: str = ""

    @property
    def ends(self) -> bool:
        """Whether a namespace is gone, or on its way."""
        return self.live.made.ref.kind == "Namespace" and any(not each.field for each in self.live.differences)


@dataclass(frozen=True, slots=True)
class StackDrift:
    """`objects`: those that differ, in the cluster of `api`. `others`: the URNs of all else that differs."""

    look: DriftLook = NOTHING
    objects: tuple[Owned, ...] = ()
    others: frozenset[str] = frozenset()
    stack: StackId | None = None
    api: ClusterApi | None = None

    def __add__(self, other: StackDrift) -> StackDrift:
        return StackDrift(self.look + other.look, (*self.objects, *other.objects), self.others | other.others)

    @property
    def releases(self) -> frozenset[str]:
        """The URNs of the releases of which something differs."""
        return frozenset(each.release for each in self.objects if each.release)

    def apply(self) -> bool:
        """Apply each object that can be applied by itself, as it was made; whether there was one. `EngineError`.

        Where a namespace is gone, nothing can be put back into it.
        """
        apis: dict[str, ClusterApi] = {}
        for each in self.objects if not any(each.ends for each in self.objects) else ():
            applies = any(one.repair is RepairWay.APPLY for one in each.live.differences)
            if self.api is not None and applies and _may_be_applied(self.api, each):
                acting = apis.setdefault(each.acts_as, replace(self.api, acts_as=each.acts_as))
                try:
                    apply(acting, each.live.made)
                except ClusterError as error:
                    if each.release:
                        # The look that follows finds it, and then Helm has to act.
                        continue
                    what = f"{each.live.made.where} cannot be put back: {error}"
                    raise EngineError(str(self.stack), what) from None
        return bool(apis)


NO_DRIFT = StackDrift()


def _may_be_applied(api: ClusterApi, owned: Owned) -> bool:
    """Whether it may be put back by what its record says, with the rights that do it."""
    if owned.acts_as or not owned.release:
        return True
    ref = owned.live.made.ref
    return ref.version in PLAIN and ref.namespace == owned.home and api.is_namespaced(ref)
