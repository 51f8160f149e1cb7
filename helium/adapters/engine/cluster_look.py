"""A look at what a stack has in its cluster: its pods and the last warnings of the namespaces that it made.

A new look costs no run of Pulumi where the `up` before it has said which namespaces those are. It refuses to fail: what
cannot be read is said in what it returns. Words of a cluster are kept only without the stack's secrets.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from time import monotonic

from helium.adapters.engine import export
from helium.adapters.engine.cluster_words import explained, namespaces_in
from helium.adapters.engine.clusters import Access, cluster_of
from helium.adapters.engine.export import State
from helium.adapters.engine.probe import ask
from helium.adapters.engine.redact import Redactor
from helium.adapters.engine.settings import OnDemandCloud
from helium.adapters.kubernetes.cluster_api import ClusterError
from helium.adapters.kubernetes.pods import ClusterReads, RealCluster, pods_of, warnings_of
from helium.core.health import MOST_LINES, ClusterWarning, WorkspaceHealth, line
from helium.core.probes import Probe
from helium.core.stack import StackId
from helium.core.workspace import Ownership

AWAY = 30.0
"""Seconds for which a cluster that did not answer is not asked again."""
_IN_URL = re.compile(r"(?<=://)[^\s/@]+@")
"""A name and password in an address, as a registry's may be."""


@dataclass(frozen=True, slots=True)
class StackPlace:
    """Where a stack's pods are: by its ownership, and in which namespaces."""

    ownership: Ownership
    namespaces: tuple[str, ...]


@dataclass(slots=True)
class Looks:
    """Looks into the clusters of one engine. `exported` reads a stack's state; `knowing`: what redacts its secrets.

    `places`: where things are, by what an `up` has said. `away`: clusters that did not answer, until when nobody asks
    them again, and why.
    """

    access: Access
    cloud: OnDemandCloud | None
    exported: Callable[[StackId], State]
    knowing: Callable[[StackId], Redactor | None]
    places: dict[StackId, StackPlace] = field(default_factory=dict)
    away: dict[str, tuple[float, str]] = field(default_factory=dict)

    def remember(self, stack: StackId, ownership: Ownership, *, namespaces: Sequence[str]) -> None:
        """An `up` has ended well, with these namespaces."""
        self.places[stack] = StackPlace(ownership, tuple(namespaces))

    def explained(
        self, stack: StackId, ownership: Ownership | None, *, state: State | None = None
    ) -> AbstractContextManager[None]:
        """What adds the cluster's words to an error of the block. `state`: the stack's; `None`: it is read then."""
        ask = partial(self.exported, stack) if state is None else lambda: state
        return explained(self.access.api(ownership), ask, knowing=partial(self.knowing, stack))

    def look(self, stack: StackId, *, now: datetime, probe: Probe | None = None) -> WorkspaceHealth | None:
        """What is there; `None` for a stack that has nothing to look at. `EngineError` without a state to read."""
        seen = self._in_cluster(stack, now=now)
        # Its address need not be asked while its pods are not ready.
        if probe is None or (seen is not None and seen.problem):
            return seen
        return replace(seen or WorkspaceHealth(now), answer=ask(probe))

    def _in_cluster(self, stack: StackId, *, now: datetime) -> WorkspaceHealth | None:
        # Once: by the next time, another pass may have created it elsewhere.
        place = self.places.pop(stack, None) or _place_in(self.exported(stack))
        if place is None or not place.namespaces:
            return None
        why = self.access.why_not_asked(place.ownership)
        cluster = self._cluster(place.ownership)
        if why or cluster is None:
            return WorkspaceHealth(now, trouble=line(why)) if why else None
        name = cluster_of(place.ownership)
        until, trouble = self.away.get(name, (0.0, ""))
        if monotonic() < until:
            return WorkspaceHealth(now, trouble=trouble)
        try:
            return self._seen(stack, cluster, namespaces=place.namespaces, now=now)
        except ClusterError as error:
            trouble = line(str(error))
            if not error.code:
                # It did not answer one. The looks at its other workspaces need not wait for it as long.
                self.away[name] = monotonic() + AWAY, trouble
            return WorkspaceHealth(now, trouble=trouble)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            return WorkspaceHealth(now, trouble=f"the cluster's answer cannot be read ({type(error).__name__})")

    def _cluster(self, ownership: Ownership) -> ClusterReads | None:
        if api := self.access.api(ownership):
            return RealCluster(api)
        name = cluster_of(ownership)
        return self.cloud.cluster(name) if self.cloud and name else None

    def _seen(
        self, stack: StackId, cluster: ClusterReads, *, namespaces: Sequence[str], now: datetime
    ) -> WorkspaceHealth:
        pods, warned = pods_of(cluster, namespaces), warnings_of(cluster, namespaces)[:MOST_LINES]
        unready = pods.unready[:MOST_LINES]
        clean = self._cleaner(stack) if unready or warned else None
        if clean is None:
            unready, warned = tuple(each.partition(":")[0] for each in unready), ()
        else:
            unready = tuple(line(clean(each)) for each in unready)
            warned = tuple((when, line(clean(text))) for when, text in warned)
        return WorkspaceHealth(
            now,
            pods.phases,
            pods.ready,
            pods.wanted,
            unready,
            tuple(ClusterWarning(when, text) for when, text in warned),
        )

    def _cleaner(self, stack: StackId) -> Callable[[str], str] | None:
        """What takes secrets out of a text; `None` where nobody knows the stack's, so that no word may be kept."""
        known = self.knowing(stack)
        return None if known is None else lambda text: _IN_URL.sub("", known(text))


def _place_in(state: State) -> StackPlace | None:
    ownership = export.ownership_of(state)
    return StackPlace(ownership, tuple(namespaces_in(state))) if ownership else None
