"""What teams take and cost, for Prometheus. The number of series is bounded, whatever folders people make."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime
from fractions import Fraction

from prometheus_client.core import GaugeMetricFamily, Metric

from helium.api.index import Index
from helium.api.usage_view import UsageView
from helium.core.amounts import MOST_UNITS, SCALE, millionths
from helium.core.record import Record
from helium.core.usage_sums import Month, summed

MOST_TEAMS = 50
"""The others are together, as `OTHERS`; a workspace without a team has an empty label."""
OTHERS = "(others)"


def of_teams(index: Index, usages: UsageView, *, now: datetime) -> Iterator[Metric]:
    """What each team's workspaces take now, and, where there are rates, what they cost in an hour and in this month."""
    records = (record for record in index.snapshot.records.values() if isinstance(record, Record))
    alive = [(record.team, amounts) for record in records if (amounts := record.taken) is not None]
    known = _named(Counter(team for team, _ in alive))
    taken: dict[str, Counter[str]] = {}
    for team, amounts in alive:
        own = {unit: millionths(amount) for unit, amount in amounts.items()}
        taken.setdefault(known.get(team, OTHERS), Counter()).update(own)
    whole = Counter[str]()
    for own in taken.values():
        whole.update(own)
    units = {unit for unit, _ in whole.most_common(MOST_UNITS)}
    shown = GaugeMetricFamily("helium_team_amounts", "What workspaces take now", labels=("team", "unit"))
    for team, own in sorted(taken.items()):
        for unit in sorted(units & own.keys()):
            shown.add_metric((team, unit), own[unit] / SCALE)
    yield shown
    rates = index.fleet.rates
    if rates is not None:
        hourly = {team: rates.cost({unit: 60 * each for unit, each in own.items()}) for team, own in taken.items()}
        yield _money(
            "helium_team_cost_per_hour", "What workspaces cost an hour, now", costs=hourly, currency=rates.currency
        )
        sums = summed(usages.lived(index).spans, Month.of(now), by="team", now=now)
        busiest = _named(Counter({row.key: row.minutes for row in sums}))
        month = dict[str, Fraction]()
        for row in sums:
            team = busiest.get(row.key, OTHERS)
            month[team] = month.get(team, Fraction(0)) + rates.cost(row.taken)
        yield _money("helium_team_cost_month", "What workspaces cost this month", costs=month, currency=rates.currency)


def _named(sizes: Counter[str]) -> Mapping[str, str]:
    """The teams that have a label of their own."""
    return {team: team for team, _ in sizes.most_common(MOST_TEAMS)}


def _money(name: str, what: str, *, costs: Mapping[str, Fraction], currency: str) -> Metric:
    family = GaugeMetricFamily(name, what, labels=("team", "currency"))
    for team, cost in sorted(costs.items()):
        family.add_metric((team, currency), float(cost))
    return family
