"""Opens a fleet: finds it on disk, reads its settings from main, and has its adapters built.

Refuses a folder that is not in a fleet. What is expensive or leaves traces (the engine, a passphrase) waits until a
command needs it, so that a command that only reads leaves everything as it was.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from helium.adapters.backends import BackendSet, FolderBackends
from helium.adapters.git_repo import Clone, GitRepo, integrity
from helium.adapters.ledger import GitLedger
from helium.adapters.specs.fleet_specs import FleetSpecs
from helium.app import compose
from helium.app.compose import EngineFactory
from helium.app.fleet_folder import root_of
from helium.app.git_sign_in import signed_in
from helium.core.fleet import SETTINGS, Fleet
from helium.errors import SourceError, UsageError
from helium.extras import require
from helium.reconcile.load import fleet_at
from helium.settings import Settings

if TYPE_CHECKING:
    from helium.core.pull_request import PullRequest
    from helium.ports import Ports
    from helium.ports.live import LiveStatus

NOBODY = (
    "Git does not know who you are. Run `git config --global user.name YOUR-NAME` and "
    "`git config --global user.email YOU@EXAMPLE.COM`."
)


def open_fleet(
    start: Path, settings: Settings, *, ref: str | None = None, engine: EngineFactory = compose.pulumi_engine
) -> OpenFleet:
    """Fetch, and read the fleet's settings at main, or at the commit that `ref` names."""
    folder = root_of(start)
    clone = signed_in(compose.clone_in(folder, settings), settings)
    repo = compose.repo_of(clone)
    repo.fetch()
    # libgit2 hangs on a damaged object, so git looks before anything is read.
    integrity.check_loose(clone, ref=ref)
    commit = repo.resolve(ref) if ref else repo.head()
    backends = compose.backends_of(clone, settings)
    opened = backends.at(commit)
    specs = compose.specs_by(opened, settings)
    if ref is None and repo.read(commit, SETTINGS) is None and (folder / SETTINGS).is_file():
        raise SourceError(f"{folder / SETTINGS} is not on main yet. Commit it, and push it if there is a remote.")
    fleet = fleet_at(repo, specs, commit=commit)
    repo = compose.witnessed_repo(clone, fleet, settings=settings)
    live = compose.live_of(clone, fleet)
    ledger = compose.ledger_of(clone, fleet, live=live, rest=settings.push_rest)
    return OpenFleet(folder, settings, fleet, clone, repo, ledger, live, specs, backends, opened, engine)


@dataclass(frozen=True, slots=True)
class OpenFleet:
    """The fleet as main had it when it was opened, and everything but the engine.

    `opened`: its backends at that commit. A pass that reads a later commit takes from `backends` what that one has.
    """

    folder: Path
    settings: Settings
    fleet: Fleet
    clone: Clone
    repo: GitRepo
    ledger: GitLedger
    live: LiveStatus
    specs: FleetSpecs
    backends: FolderBackends
    opened: BackendSet
    engine: EngineFactory = compose.pulumi_engine

    @contextmanager
    def ports(self, *, parallel: int | None = None, applies: bool = True, new_state: bool = False) -> Iterator[Ports]:
        """All ports, with an engine that is closed at the end, whatever happens. `applies`: it will do more than look.

        `new_state`: a person said that the state is a new one, so a missing folder is made again, with a passphrase.
        Neither sandbox nor worker is started before an operation needs one.
        """
        from helium.app.engine_settings import engine_settings, state_is_gone
        from helium.app.host import reviews_of
        from helium.ports import Ports

        if applies:
            # Here, and not at the first import: by then the ledger says that something has begun.
            require("engine")
        fleet_record = self.ledger.fleet_record()
        is_new = fleet_record is None or fleet_record.marker != "created"
        limits = replace(self.fleet.limits, parallel=parallel or self.fleet.limits.parallel)
        settings = engine_settings(
            replace(self.fleet, limits=limits),
            self.folder,
            settings=self.settings,
            backends=self.opened,
            new=is_new or (new_state and state_is_gone(self.fleet, self.folder)),
            applies=applies,
        )
        engine = self.engine(settings)
        estimator = compose.estimator(self.settings)
        try:
            reviews = reviews_of(
                self.clone, self.fleet, settings=self.settings, asked=lambda pull: self.askers(pull) or {}
            )
            yield Ports(self.repo, self.ledger, engine, self.specs, self.backends, reviews, estimator)
        finally:
            estimator.close()
            engine.close()

    def askers(self, pull: PullRequest) -> Mapping[str, str] | None:
        """For whom Helium opened a pull request at exactly that head, by name; `None` where the ledger does not say."""
        from helium.core.change_request import askers_of

        return askers_of(self.ledger.known().pull_requests.values(), number=pull.number, head=pull.head_commit)

    def person(self) -> str:
        """Who runs this, as `Name <mail>`, by git's settings; `UsageError` when they name nobody."""
        name, mail = (self.clone.program.ask("config", "--get", f"user.{key}") for key in ("name", "email"))
        parts = [answer.out.decode(errors="replace").strip() for answer in (name, mail)]
        if not all(parts):
            raise UsageError(NOBODY)
        return f"{parts[0]} <{parts[1]}>"
