"""What may be destroyed, told without Helium's diff, guard or life: from what people did and what the cloud showed.

It is as strict as the design's section 6 where a brake is absolute, and lenient where only Helium can know more (what
a killed pass had noted); it never asks Helium why.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

DAY = timedelta(hours=24)


@dataclass(slots=True)
class Wish:
    """What people did with one name: its file now (`None`: none), and what the file said when it was last whole."""

    text: str | None = None
    broken: bool = False
    deadline: datetime | None = None
    made_from: str | None = None
    removed_since: bool = False
    begun: bool = False

    def lands(self, text: str, deadline: datetime) -> None:
        """A whole file."""
        self.text, self.broken, self.deadline = text, False, deadline

    def goes(self) -> None:
        """No file."""
        self.text, self.broken, self.removed_since = None, False, True

    def breaks(self) -> None:
        """A file that says nothing."""
        self.text, self.broken = "", True

    def expired(self, now: datetime) -> bool:
        """By what the last whole file said."""
        return self.deadline is not None and self.deadline <= now

    def ups(self) -> None:
        """The engine brought it up as its file says."""
        if self.text and not self.broken:
            self.made_from, self.removed_since, self.begun = self.text, False, False


@dataclass(slots=True)
class Oracle:
    """All names, and the deletions of the last day that nobody granted."""

    limit: int
    wishes: dict[str, Wish] = field(default_factory=dict)
    deletes: list[tuple[datetime, str]] = field(default_factory=list)

    def of(self, name: str) -> Wish:
        """One name's."""
        return self.wishes.setdefault(name, Wish())

    def objection(self, name: str, *, protected: bool, now: datetime) -> str:
        """Why this workspace must not go now, or nothing."""
        wish = self.of(name)
        if protected:
            return "it was protected when it was last applied"
        if wish.begun:
            return ""
        if wish.broken:
            return "" if wish.expired(now) else "its file cannot be read"
        if wish.text is None or wish.expired(now):
            return ""
        if not wish.removed_since:
            return "its file is there, and its time has not come"
        return "the same file is back" if wish.text == wish.made_from else ""

    def goes(self, name: str, now: datetime) -> None:
        """It was destroyed: counted, unless it had expired."""
        wish = self.of(name)
        if not wish.expired(now):
            self.deletes.append((now, name))
        wish.begun = True

    def too_many(self, now: datetime) -> set[str]:
        """The names of one day, if they are more than the limit."""
        names = {name for when, name in self.deletes if abs(now - when) < DAY}
        return names if len(names) > self.limit else set()
