"""What a pass saw of a workspace in its cluster, in the form of the API's answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from helium.core.deadlines import format_instant, instant_text, time_left
from helium.core.health import ProbeAnswer, WorkspaceHealth
from helium.core.record import CorruptRecord, Record


@dataclass(frozen=True, slots=True)
class WarningInfo:
    """One of the namespace's warnings, and when it was given last."""

    At: str
    Text: str


@dataclass(frozen=True, slots=True)
class AnswerInfo:
    """What the workspace's address answered. `Ok`: as its backend's settings want it."""

    URL: str
    Said: str
    Ok: bool


@dataclass(frozen=True, slots=True)
class HealthInfo:
    """What a pass saw in the cluster at `Looked`, after a change, or because it had not been well.

    `Pods` is how many are in each phase, `Ready` of `Wanted` are ready, `Unready` some of the others with the reason.
    If `CouldNotLook` is not empty, nobody could look, and the rest is empty. `NextLook`: a pass looks again from then
    on. `LastWell`: when all was well last. `Answer` is null where the backend has no address asked.
    """

    Looked: str
    Summary: str
    CouldNotLook: str
    Pods: Mapping[str, int]
    Ready: int
    Wanted: int
    Unready: tuple[str, ...]
    Warnings: tuple[WarningInfo, ...]
    NextLook: str
    LastWell: str
    Answer: AnswerInfo | None = None


def health_info(health: WorkspaceHealth | None) -> HealthInfo | None:
    """One look; `None` where none was made."""
    if health is None:
        return None
    return HealthInfo(
        Looked=format_instant(health.at),
        Summary=health.summary,
        CouldNotLook=health.trouble,
        Pods=health.pods,
        Ready=health.ready,
        Wanted=health.wanted,
        Unready=health.unready,
        Warnings=tuple(WarningInfo(format_instant(each.at), each.text) for each in health.warnings),
        NextLook=instant_text(health.next_at),
        LastWell=instant_text(health.well_at),
        Answer=_answer(health.answer),
    )


def _answer(answer: ProbeAnswer | None) -> AnswerInfo | None:
    return AnswerInfo(answer.url, answer.said, answer.ok) if answer else None


def looked_ago(record: Record | CorruptRecord | None, now: datetime) -> str:
    """How old the look of a record is, for people; empty where none was made."""
    health = record.health if isinstance(record, Record) else None
    return time_left(min(health.at, now), now) if health else ""
