"""What the API reads and writes: main through a commit queue, and the ledger. It needs no engine and no state.

Where the repository has a remote, everything is read from a mirror, so that the API starts and answers while the remote
is away. Refuses to look at the working tree.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from helium.adapters.backends import FolderBackends
from helium.adapters.commit_queue.removals import Noting
from helium.adapters.git_repo import Clone, GitRepo, integrity
from helium.adapters.ledger import GitLedger
from helium.adapters.specs.main_specs import MainSpecs
from helium.app import compose
from helium.app.fleet_folder import root_of
from helium.app.git_sign_in import app_token
from helium.core.fleet import Fleet
from helium.ports.commit_queue import CommitQueue
from helium.ports.live import LiveStatus
from helium.reconcile.load import fleet_at
from helium.settings import Settings
from helium.settings.serving import Serving


@contextmanager
def open_mirror(start: Path, settings: Settings, *, serving: Serving) -> Iterator[MirroredFleet]:
    """Open it; at the end, wait for what is being written. `SourceError` without both mirror and remote."""
    folder = root_of(start)
    own = compose.clone_in(folder, settings)
    upstream = _remote(own, settings, serving=serving) if own.remote else _local(own)
    try:
        repo = compose.repo_of(upstream.clone)
        backends = compose.backends_of(upstream.clone, settings)
        specs = compose.main_specs(lambda: upstream.commit_queue.view().commit, backends, settings=settings)
        fleet = fleet_at(repo, specs, commit=repo.head())
        # A fleet that serves one machine does not push its ledger, so the mirror does not have it.
        ledger_clone = own if fleet.serves_one_machine else upstream.clone
        ledger = compose.ledger_of(ledger_clone, fleet)
        # One of its own: the queue's thread writes while others read.
        upstream.note_removals(compose.ledger_of(ledger_clone, fleet).note_requests)
        yield MirroredFleet(
            folder=folder,
            settings=settings,
            fleet=fleet,
            upstream=upstream,
            repo=repo,
            ledger=ledger,
            live=compose.live_of(ledger_clone, fleet),
            specs=specs,
            backends=backends,
        )
    finally:
        upstream.close()


def _local(own: Clone) -> Upstream:
    integrity.check(own)
    commit_queue = compose.local_queue(own)
    return Upstream(commit_queue=commit_queue, clone=own, note_removals=commit_queue.note_removals)


def _remote(own: Clone, settings: Settings, *, serving: Serving) -> Upstream:
    renewed = app_token(own, settings)
    commit_queue = compose.remote_queue(own, settings, serving=serving, renewed=renewed)
    return Upstream(
        commit_queue=commit_queue,
        clone=commit_queue.clone,
        note_removals=commit_queue.note_removals,
        age=commit_queue.age,
        poke=commit_queue.poke,
        figures=lambda: asdict(commit_queue.figures),
        close=commit_queue.close,
    )


def _nothing() -> None:
    return None


def _no_figures() -> Mapping[str, int]:
    return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Upstream:
    """Where the API finds main: a commit queue, the clone to read from, and figures. `close` ends its writes.

    `note_removals` tells the queue where to note what requests take away.
    """

    commit_queue: CommitQueue
    clone: Clone
    note_removals: Callable[[Noting], None]
    age: Callable[[], float] = float
    poke: Callable[[], None] = _nothing
    figures: Callable[[], Mapping[str, int]] = _no_figures
    close: Callable[[], None] = _nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class MirroredFleet:
    """The fleet as the API sees it: what it takes to plan without a look at the state."""

    folder: Path
    settings: Settings
    fleet: Fleet
    upstream: Upstream
    repo: GitRepo
    ledger: GitLedger
    live: LiveStatus
    specs: MainSpecs
    backends: FolderBackends

    @property
    def remote(self) -> str | None:
        """The remote's address, without credentials."""
        clone = self.upstream.clone
        return clone.program.text("remote", "get-url", clone.remote) if clone.remote else None
