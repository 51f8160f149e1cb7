"""How long a change usually takes: the middle of what the log says of its kind and backend.

Pure. The median, since one night in which a cloud hung says nothing about tomorrow.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Mapping
from datetime import timedelta
from statistics import median

from helium.core.log_line import LogLine
from helium.core.record import CorruptRecord, Phase, Record

SINCE = timedelta(days=30)
"""How far back it is worth looking: clouds, charts and backends change."""
NEWEST = 25
"""How many outcomes of one kind count."""

Usual = Mapping[tuple[str, str], float]
"""Seconds by kind and backend."""


def usual_seconds(lines: Iterable[LogLine]) -> Usual:
    """From lines, oldest first."""
    taken: defaultdict[tuple[str, str], deque[float]] = defaultdict(lambda: deque(maxlen=NEWEST))
    for line in lines:
        if line.seconds > 0:
            taken[line.kind, line.backend].append(line.seconds)
    return {key: float(median(seconds)) for key, seconds in taken.items()}


def usual_count(name: str, *, backend: str, records: Mapping[str, Record | CorruptRecord]) -> int:
    """How many resources it had the last time; for a new one, how many the others of its backend have. 0: unknown."""
    known = records.get(name)
    if isinstance(known, Record) and known.resources:
        return sum(known.resources.values())
    counts = [
        sum(record.resources.values())
        for record in records.values()
        if isinstance(record, Record) and record.backend == backend and record.phase is Phase.READY and record.resources
    ]
    return int(median(counts)) if counts else 0
