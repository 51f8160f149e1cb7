"""What the API reads and writes: main through a commit queue, and the ledger. It needs no engine and no state.

Where the repository has a remote, everything is read from a mirror, so that the API starts and answers while the remote
is away. Refuses to look at the working tree.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

from helium.adapters.backends import FolderBackends
from helium.adapters.backends.committed import stacks_at
from helium.adapters.commit_queue import CommitQueueSettings, GitCommitQueue, Remote
from helium.adapters.commit_queue.local import LocalCommitQueue
from helium.adapters.git_repo import Clone, GitRepo, integrity, open_clone
from helium.adapters.ledger import GitLedger
from helium.adapters.specs.fleet_specs import rules_of
from helium.adapters.specs.main_specs import MainSpecs
from helium.app.engine_settings import FOLDER
from helium.app.open_fleet import root_of
from helium.core.fleet import Fleet
from helium.ports.commit_queue import CommitQueue
from helium.reconcile.load import fleet_at
from helium.settings import Settings
from helium.settings.serving import Serving

LOOK_EVERY = 5.0
"""Seconds between two looks at the remote when nobody writes and no webhook calls."""


def _nothing() -> None:
    return None


def _no_figures() -> Mapping[str, int]:
    return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Upstream:
    """Where the API finds main: a commit queue, the clone to read from, and figures. `close` ends its writes."""

    commit_queue: CommitQueue
    clone: Clone
    age: Callable[[], float] = float
    poke: Callable[[], None] = _nothing
    figures: Callable[[], Mapping[str, int]] = _no_figures
    close: Callable[[], None] = _nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class MirroredFleet:
    """The fleet as the API sees it: what it takes to plan without a look at the state."""

    folder: Path
    fleet: Fleet
    upstream: Upstream
    repo: GitRepo
    ledger: GitLedger
    specs: MainSpecs
    backends: FolderBackends

    @property
    def remote(self) -> str | None:
        """The remote's address, without credentials."""
        clone = self.upstream.clone
        return clone.program.text("remote", "get-url", clone.remote) if clone.remote else None


@contextmanager
def open_mirror(start: Path, settings: Settings, *, serving: Serving) -> Iterator[MirroredFleet]:
    """Open it; at the end, wait for what is being written. `SourceError` without both mirror and remote."""
    folder = root_of(start)
    own = open_clone(folder, environ=settings.environ, remote=settings.remote, main=settings.main)
    upstream = _to_remote(own, settings, serving=serving) if own.remote else _here(own)
    try:
        repo = GitRepo(upstream.clone)
        backends = FolderBackends(partial(stacks_at, upstream.clone), cache=settings.cache / "backends")
        specs = MainSpecs(
            lambda: upstream.commit_queue.view().commit,
            lambda commit: rules_of(backends.at(commit).known),
            installed=rules_of(backends.of({}).known),
            sandbox=settings.sandbox,
        )
        fleet = fleet_at(repo, specs, commit=repo.head())
        # A fleet that serves one machine does not push its ledger, so the mirror does not have it.
        ledger = GitLedger(own if fleet.serves_one_machine else upstream.clone, fleet)
        yield MirroredFleet(
            folder=folder, fleet=fleet, upstream=upstream, repo=repo, ledger=ledger, specs=specs, backends=backends
        )
    finally:
        upstream.close()


def _here(own: Clone) -> Upstream:
    integrity.check(own)
    return Upstream(commit_queue=LocalCommitQueue(own), clone=own)


def _to_remote(own: Clone, settings: Settings, *, serving: Serving) -> Upstream:
    url = own.program.text("remote", "get-url", str(own.remote))
    # A relative path starts at the clone, and the mirror is elsewhere.
    remote = str((own.folder / url).resolve()) if "://" not in url and (own.folder / url).exists() else url
    # The mirror has settings of its own, and needs to know how the clone calls ssh.
    ssh = own.program.ask("config", "--get", "core.sshCommand").out.decode(errors="replace").strip()
    commit_queue = GitCommitQueue(
        CommitQueueSettings(
            Remote(remote, serving.git_token),
            serving.mirrors or own.folder / FOLDER / "mirrors",
            main=settings.main,
            interval=serving.interval,
            look=LOOK_EVERY,
        ),
        environ={**({"GIT_SSH_COMMAND": ssh} if ssh else {}), **settings.environ},
    )
    return Upstream(
        commit_queue=commit_queue,
        clone=commit_queue.clone,
        age=commit_queue.age,
        poke=commit_queue.poke,
        figures=lambda: asdict(commit_queue.figures),
        close=commit_queue.close,
    )
