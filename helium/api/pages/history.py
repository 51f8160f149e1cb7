"""One name's history as a timeline: commits that changed its file, and outcomes of passes. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from helium.core.deadlines import format_instant
from helium.core.log_line import LogLine
from helium.ports.repo import Commit

MOST = 100


@dataclass(frozen=True, slots=True)
class Moment:
    """`kind` is `commit` or `outcome`; `link` is the page of the CI run, if there is one."""

    at: str
    kind: str
    title: str
    who: str
    about: str
    link: str = ""


def moments(commits: Iterable[Commit], log: Iterable[LogLine]) -> tuple[Moment, ...]:
    """The newest first, at most a hundred."""
    both = [(each.time, _commit(each)) for each in commits] + [(line.time, _outcome(line)) for line in log]
    both.sort(key=lambda pair: pair[0], reverse=True)
    return tuple(moment for _, moment in both[:MOST])


def _commit(commit: Commit) -> Moment:
    who = commit.author.rpartition(" <")[0] or commit.author
    return Moment(format_instant(commit.time), "commit", commit.subject, who, commit.id[:10])


def _outcome(line: LogLine) -> Moment:
    who = line.by.rpartition(" <")[0] or line.by
    about = f"{line.code} · {line.commit[:10]}" if line.commit else line.code
    return Moment(format_instant(line.time), "outcome", line.sentence, who, about, link(line.run))


def link(text: str) -> str:
    """The address, if it is http or https: nothing else may become a link."""
    return text if text.startswith(("https://", "http://")) else ""
