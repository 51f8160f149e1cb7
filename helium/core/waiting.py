"""How waiting for a workspace ends: it is what was asked for, or it will not be by itself. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from helium.core.status import StatusWord
from helium.core.watched import WatchedName
from helium.errors import ExitCode


class WaitEnd(Enum):
    """How a wait ends. `exit_code`: how the command does."""

    READY = "ready", ExitCode.DONE
    GONE = "gone", ExitCode.DONE
    FAILED = "failed", ExitCode.FAILED
    INVALID = "invalid", ExitCode.INVALID
    HELD = "held", ExitCode.REFUSED
    OTHERWISE = "otherwise", ExitCode.FAILED
    UNMERGED = "unmerged", ExitCode.FAILED
    LATE = "late", ExitCode.WAITED

    @property
    def exit_code(self) -> ExitCode:
        """How the command ends."""
        return self.value[1]


@dataclass(slots=True)
class Awaited:
    """One workspace that is to become ready, or to go (`goes`). It remembers whether it has begun to do so.

    A server may be of several processes, of which one has read main a moment later than the one that wrote it.
    """

    goes: bool
    has_begun: bool = False

    def end(self, each: WatchedName) -> WaitEnd | None:
        """How the wait ends at this look; `None` while it goes on."""
        if each.row is None:
            return self._without_row()
        if each.live is not None:
            self.has_begun = True
            return None
        if self.goes:
            return self._staying(each)
        self.has_begun = True
        return _rested(each)

    def _without_row(self) -> WaitEnd | None:
        if self.goes:
            return WaitEnd.GONE
        return WaitEnd.OTHERWISE if self.has_begun else None

    def _staying(self, each: WatchedName) -> WaitEnd | None:
        assert each.row is not None, "the caller looked"
        if each.row.status in (StatusWord.DELETING, StatusWord.EXPIRED):
            self.has_begun = True
            return WaitEnd.HELD if each.row.held else None
        return WaitEnd.OTHERWISE if self.has_begun else None


def _rested(each: WatchedName) -> WaitEnd | None:
    assert each.row is not None, "the caller looked"
    if each.row.status is StatusWord.READY:
        return WaitEnd.READY
    if each.row.held:
        return WaitEnd.HELD
    if each.row.status is StatusWord.FAILED:
        return WaitEnd.INVALID if each.row.issues else WaitEnd.FAILED
    return WaitEnd.OTHERWISE if each.row.status in (StatusWord.DELETING, StatusWord.EXPIRED) else None
