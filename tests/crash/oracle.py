"""What may be destroyed, told from what people did and what the cloud showed, without Helium's own rules.

It is as strict as docs/how-it-works/deleting.md where a safeguard is absolute, and lenient where only Helium can know
more (what a killed pass had noted). It never asks Helium why.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

DAY = timedelta(hours=24)


@dataclass(slots=True)
class WantedFile:
    """What people did with one name: its file now (`None`: none), and what the file said when it was last whole.

    `went` is the file that was taken away last, which need not be the one that the workspace was `made_from`.
    """

    text: str | None = None
    broken: bool = False
    deadline: datetime | None = None
    made_from: str | None = None
    made_until: datetime | None = None
    went: str | None = None
    removed_since: bool = False
    begun: bool = False

    def lands(self, text: str, deadline: datetime) -> None:
        """A whole file."""
        self.text, self.broken, self.deadline = text, False, deadline

    def goes(self) -> None:
        """No file."""
        self.went, self.text, self.broken, self.removed_since = self.text, None, False, True

    def breaks(self) -> None:
        """A file that says nothing."""
        self.text, self.broken = "", True

    def expired(self, now: datetime) -> bool:
        """By what the last whole file said."""
        return self.deadline is not None and self.deadline <= now

    def outlived(self, now: datetime) -> bool:
        """By what the workspace was made from: a file that came when its end had begun is another incarnation's."""
        return self.made_until is not None and self.made_until <= now

    def ups(self) -> None:
        """The engine brought it up as its file says."""
        if self.text and not self.broken:
            self.made_from, self.made_until = self.text, self.deadline
            self.removed_since = self.begun = False

    def reverts(self) -> None:
        """The file that the workspace was made from is back, with the deadline that it had."""
        self.text, self.deadline = self.made_from, self.made_until


@dataclass(slots=True)
class Oracle:
    """All names, the deletions that nobody granted, and the names of a day on which there were `too_many`."""

    limit: int
    wanted: dict[str, WantedFile] = field(default_factory=dict)
    deletes: list[tuple[datetime, str]] = field(default_factory=list)
    too_many: set[str] = field(default_factory=set)

    def of(self, name: str) -> WantedFile:
        """One name's."""
        return self.wanted.setdefault(name, WantedFile())

    def objection(self, name: str, *, protected: bool, now: datetime) -> str:
        """Why this workspace must not go now, or nothing."""
        wanted = self.of(name)
        if protected:
            return "it was protected when it was last applied"
        if wanted.begun:
            return ""
        if wanted.broken:
            return "" if wanted.expired(now) or wanted.outlived(now) else "its file cannot be read"
        if wanted.text is None or wanted.expired(now):
            return ""
        if not wanted.removed_since:
            return "its file is there, and its time has not come"
        return "the same file is back" if wanted.text == wanted.made_from == wanted.went else ""

    def goes(self, name: str, now: datetime) -> None:
        """It was destroyed: counted by the clock of that moment, unless it had expired."""
        wanted = self.of(name)
        if not wanted.expired(now) and not wanted.outlived(now):
            self.deletes.append((now, name))
            names = {other for when, other in self.deletes if abs(now - when) < DAY}
            self.too_many |= names if len(names) > self.limit else set()
        wanted.begun = True
