"""What people see of a fleet and of its workspaces, wherever they look from: in a clone, or at a server.

Pure values. The command line draws them, and whoever finds them (see `ports/fleet_access`) fills in all that it knows:
a text that nobody knows is empty.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from helium.core.health import WorkspaceHealth
from helium.core.summary import Summary

if TYPE_CHECKING:
    from helium.core.connections import WaysIn
    from helium.core.drift import Drift
    from helium.core.heartbeat import Heartbeat


@dataclass(frozen=True, slots=True)
class FleetLabel:
    """Which fleet it is. `sandbox`: the providers that are simulated, and `simulated` says that to people."""

    name: str
    sandbox: tuple[str, ...] = ()
    simulated: str = ""


@dataclass(frozen=True, slots=True)
class ListedFleet:
    """Every workspace in a row, by name, and the heartbeat of the passes; `None` before the first one.

    `silent`: the channels that take no messages now, a sentence each, where that is known.
    """

    label: FleetLabel
    rows: tuple[Summary, ...]
    beat: Heartbeat | None = None
    silent: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class WaitingMessage:
    """What people would be told in one message, through which channel; `to` is empty for whoever reads the channel."""

    channel: str
    to: str
    event: str
    names: tuple[str, ...]
    title: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class UntoldPeople:
    """What waits to be told: `None` where that cannot be seen, as at a server, which has no secret of a channel.

    `silent`: the channels that take no messages now, a sentence each. `wanted`: `helium.yaml` has somebody told.
    """

    waiting: tuple[WaitingMessage, ...] | None
    silent: tuple[str, ...] = ()
    wanted: bool = True


@dataclass(frozen=True, slots=True)
class AskedChange:
    """What somebody asked for in a pull request. `state` is a word of `RequestProgress`, `reason` says it in words."""

    id: str
    change: str
    by: str
    at: datetime
    state: str
    reason: str
    pull_request: str

    @property
    def matters(self) -> bool:
        """Whether it may still come to main, or was refused, which its requester should read."""
        return self.state in ("requested", "merging", "refused")


@dataclass(frozen=True, slots=True)
class RememberedFacts:
    """What the ledger's record adds to a row."""

    added_at: datetime
    updated_at: datetime
    stack: str = ""
    outputs: Mapping[str, str] = field(default_factory=dict)
    resources: Mapping[str, int] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    commit: str = ""
    program: str | None = None
    error: str = ""
    attempts: int = 0
    next_attempt_at: datetime | None = None
    run_url: str = ""
    health: WorkspaceHealth | None = None
    drift: Drift | None = None


@dataclass(frozen=True, slots=True)
class WorkspaceDetails:
    """One workspace. `ways` is `None` while it has neither file nor record, and is only asked for.

    `own_ways`: its backend's settings say how it is reached, with labels of their own. `has_log`: what Pulumi said is
    kept. `file_errors`: what is wrong with its file, a sentence each. `blob`: the id of its file's text.
    """

    label: FleetLabel
    row: Summary
    ways: WaysIn | None
    path: str = ""
    blob: str = ""
    own_ways: bool = False
    remembered: RememberedFacts | None = None
    has_log: bool = False
    file_errors: tuple[str, ...] = ()
    asked: tuple[AskedChange, ...] = ()


@dataclass(frozen=True, slots=True)
class HistoryEvent:
    """Something that happened to a name: a commit of its file (`what` is `commit`), or an outcome of a pass."""

    time: datetime
    what: str
    sentence: str
    who: str
    commit: str
    approved_by: str = ""

    @property
    def order(self) -> tuple[datetime, bool]:
        """Oldest first; of one moment, a commit before what came of it."""
        return self.time, self.what != "commit"


@dataclass(frozen=True, slots=True)
class ChangeFacts:
    """What the next pass would do with a name, and the facts behind it, as `helium why` lists them."""

    name: str
    kind: str
    code: str
    reason: str
    backend: str
    digest: str
    blob: str | None
    program: str | None
    deadline: datetime | None
    commit: str = ""
    last_outcome: str = ""
    phase: str = ""
    drift: str = ""
    refused: str = ""


@dataclass(frozen=True, slots=True)
class WrittenRequest:
    """Where a request is now: in a commit of main, or in a pull request, at its address.

    `path`: the file; `deadline`: when the workspace ends, which may be later than is written (`moved_from`). They are
    empty until main has it, or once it is gone. `undo_until`: how long its destroy waits, which `restore` takes back.
    """

    name: str
    commit: str = ""
    pull_request: str = ""
    path: str = ""
    deadline: datetime | None = None
    moved_from: datetime | None = None
    undo_until: datetime | None = None

    @property
    def words(self) -> str:
        """Where it is, for the end of a sentence."""
        if self.pull_request:
            return f"pull request {self.pull_request}"
        return f"commit {self.commit[:10]}" if self.commit else "nothing new, as main has it already"
