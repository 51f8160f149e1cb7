"""`/metrics` for Prometheus: requests, pushes, changes at the host, ages of main and ledger, workspaces by status.

Only counts and ages, and no name of a workspace, owner or token. A scraper sends a token, or has a port of its own: how
many workspaces there are, and whether passes fail, is nobody else's matter.
"""

from __future__ import annotations

from collections import Counter as Counts
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from typing import Any

from litestar import Request, Response, get
from litestar.di import NamedDependency
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from helium.api.auth import Authenticator
from helium.api.index import Index, Indexer
from helium.api.parts import ApiParts
from helium.api.requests_to_commits import WorkspaceWrites
from helium.api.usage_metrics import of_teams
from helium.api.usage_view import UsageView
from helium.core.heartbeat import heartbeat
from helium.core.message import ChannelStates
from helium.core.status import StatusWord
from helium.errors import HeliumError

FIGURES = {
    "commits": "Commits that the remote acknowledged",
    "pushes": "Pushes that were tried",
    "races": "Pushes tried again because somebody else pushed first",
    "refusals": "Pushes that the remote refused",
    "losses": "Pushes whose answer was lost",
}
_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)


class Metrics(Collector):
    """One for the process, with a registry of its own."""

    def __init__(self, parts: ApiParts, indexer: Indexer, *, usages: UsageView) -> None:
        self._parts, self._indexer, self._usages = parts, indexer, usages
        self.registry = CollectorRegistry()
        labels = ("method", "route", "status")
        self._requests = Counter("helium_requests", "Answers", labels, registry=self.registry)
        self._seconds = Histogram(
            "helium_request_seconds",
            "Seconds until an answer began",
            ("route",),
            buckets=_BUCKETS,
            registry=self.registry,
        )
        self.registry.register(self)

    def answered(self, method: str, route: str, *, status: int, seconds: float) -> None:
        """Count one answer."""
        self._requests.labels(method, route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def describe(self) -> Iterator[Metric]:
        """None, so that registering does not collect: there is nothing to say yet."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        """What is known now."""
        for name, count in self._parts.figures().items():
            if name in FIGURES:
                yield CounterMetricFamily(f"helium_commit_queue_{name}", FIGURES[name], value=count)
        yield GaugeMetricFamily(
            "helium_mirror_age_seconds", "Seconds since the remote answered", value=self._parts.mirror_age()
        )
        changes, last_hour = self._parts.host_changes(self._parts.clock())
        yield CounterMetricFamily("helium_host_changes", "Calls that changed something at the git host", value=changes)
        yield GaugeMetricFamily("helium_host_changes_last_hour", "The same, within the last hour", value=last_hour)
        index = self._indexer.index
        if index is not None:
            yield from _known(index, self._parts.clock())
            yield from of_teams(index, self._usages, now=self._parts.clock())


def _known(index: Index, now: datetime) -> Iterator[Metric]:
    fleet_record = index.snapshot.fleet_record
    if fleet_record is not None and fleet_record.last_pass is not None:
        age = (now - fleet_record.last_pass.time).total_seconds()
        yield GaugeMetricFamily("helium_last_pass_age_seconds", "Seconds since the last pass", value=age)
        beat = heartbeat(fleet_record, now=now)
        late = float(beat is not None and beat.is_late(now))
        yield GaugeMetricFamily("helium_last_pass_late", "1 when the next good pass is late", value=late)
        good = (now - beat.good).total_seconds() if beat else age
        yield GaugeMetricFamily("helium_last_good_pass_age_seconds", "Seconds since the last good pass", value=good)
    if (known := index.snapshot.channels) is not None:
        yield from _channels(known)
    summaries = [row.summary(now) for row in map(index.row, index.names) if row is not None]
    counts = Counts(each.status for each in summaries)
    statuses = GaugeMetricFamily("helium_workspaces", "Workspaces", labels=("status",))
    for word in StatusWord:
        statuses.add_metric((word.value,), counts[word])
    yield statuses
    held = sum(1 for each in summaries if each.held)
    yield GaugeMetricFamily("helium_workspaces_held", "Workspaces whose change a safeguard holds", value=held)
    deadlines = [each.deadline for each in summaries if each.deadline is not None]
    if deadlines:
        left = (min(deadlines) - now).total_seconds()
        yield GaugeMetricFamily("helium_next_deadline_seconds", "Seconds until the first deadline", value=left)


def _channels(known: ChannelStates) -> Iterator[Metric]:
    """By the names that `helium.yaml` gives them: they say nothing of anybody."""
    failing = GaugeMetricFamily("helium_channel_failing", "1 while a channel takes no messages", labels=("channel",))
    waiting = GaugeMetricFamily("helium_channel_waiting", "Messages that wait for a channel", labels=("channel",))
    dropped = CounterMetricFamily("helium_channel_dropped", "Messages that a channel never took", labels=("channel",))
    for name, state in sorted(known.channels.items()):
        failing.add_metric((name,), float(state.failing is not None))
        waiting.add_metric((name,), state.waiting)
        dropped.add_metric((name,), state.dropped)
    yield from (failing, waiting, dropped)


@get("/metrics", include_in_schema=False)
async def metrics(
    request: Request[Any, Any, Any],
    *,
    figures: NamedDependency[Metrics],
    writes: NamedDependency[WorkspaceWrites],
    indexer: NamedDependency[Indexer],
    authenticator: NamedDependency[Authenticator],
) -> Response[bytes]:
    """The figures in Prometheus' text form, without those of main and ledger while these cannot be read."""
    authenticator.require_operator(request)
    with suppress(HeliumError):
        await writes.read(indexer.look)
    data = await writes.read(lambda: generate_latest(figures.registry))
    return Response(data, headers={"Content-Type": CONTENT_TYPE_LATEST})
