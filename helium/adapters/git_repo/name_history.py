"""The commits of each name, from one walk of main's history that goes on where it stopped when main has grown.

`NameHistory` is for a process that lives long: a walk of 20,000 commits takes seconds. After a rewrite of main, the
walk begins again, so that nobody sees commits of a history that is gone.
"""

from __future__ import annotations

from datetime import datetime
from threading import Lock

from helium.adapters.git_repo.clone import Clone
from helium.adapters.git_repo.history import by_name
from helium.adapters.git_repo.walk import newer_steps, steps
from helium.ports.repo import Commit


def recent(clone: Clone, commit: str, *, newer: datetime) -> dict[str, tuple[Commit, ...]]:
    """By name, the commits up to that one that are newer and touched any file of it, newest first."""
    found: dict[str, list[Commit]] = {}
    for step in newer_steps(clone, commit, newer=newer):
        for name in by_name(step) if step.commit.time > newer else ():
            found.setdefault(name, []).append(step.commit)
    return {name: tuple(commits) for name, commits in found.items()}


class NameHistory:
    """What touched each name's files, up to the newest commit that anybody asked about. Several threads may call."""

    def __init__(self, clone: Clone) -> None:
        self._clone = clone
        self._known: dict[str, tuple[Commit, ...]] = {}
        self._head = ""
        self._walking = Lock()

    def commits(self, name: str, *, commit: str) -> tuple[Commit, ...]:
        """One name's commits up to that commit, newest first."""
        with self._walking:
            if not self._leads(self._head, commit):
                self._follow(commit)
            later = () if commit == self._head else steps(self._clone, self._head, since=commit)
            ids = {step.commit.id for step in later}
            return tuple(each for each in self._known.get(name, ()) if each.id not in ids)

    def _leads(self, commit: str, ancestor: str) -> bool:
        """Whether `commit` is `ancestor` or descends from it, so that what is known there covers it."""
        if not commit or commit == ancestor:
            return commit == ancestor
        return self._clone.descends(commit, ancestor)

    def _follow(self, commit: str) -> None:
        grown = bool(self._head) and self._leads(commit, self._head)
        new: dict[str, list[Commit]] = {}
        for step in steps(self._clone, commit, since=self._head if grown else None):
            for name in by_name(step):
                new.setdefault(name, []).append(step.commit)
        before = self._known if grown else {}
        self._known = {**before, **{name: (*found, *before.get(name, ())) for name, found in new.items()}}
        self._head = commit
