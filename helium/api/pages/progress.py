"""What a pass is doing with a workspace, as pages show it: a sentence whose clock the browser runs, and a bar. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from helium.core.deadlines import format_instant
from helium.core.live import DOING, LiveStack, spoken


@dataclass(frozen=True, slots=True)
class ShownProgress:
    """`verb` is what is done (`creating`), `since` when it began and `spent` how long ago that is.

    `usual` says how long it takes as a rule, and that it takes longer now; `resource` is at work. `of` is 0 where
    nobody knows how many there will be.
    """

    verb: str
    since: str
    spent: str
    usual: str
    resource: str
    done: int
    of: int

    @property
    def count(self) -> str:
        """How many resources are done."""
        if not self.of:
            return f"{self.done} resource{'' if self.done == 1 else 's'} done" if self.done else ""
        return f"{self.done} of {self.of} resources done"

    @property
    def version(self) -> tuple[object, ...]:
        """What changes the page; the browser runs the clock."""
        return (self.verb, self.since, self.usual, self.resource, self.done, self.of)


def progress(doing: LiveStack | None, now: datetime) -> ShownProgress | None:
    """Of one name; `None` while nobody says what is done to it."""
    if doing is None:
        return None
    return ShownProgress(
        verb=DOING.get(doing.kind, doing.kind),
        since=format_instant(doing.since),
        spent=spoken(doing.seconds(now)),
        usual=doing.usually(doing.seconds(now)),
        resource=str(doing.doing),
        done=doing.done,
        of=doing.of if doing.of >= doing.done else 0,
    )
