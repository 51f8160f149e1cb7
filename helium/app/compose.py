"""The one place that builds objects: the adapters of a fleet, and the engine of a command.

Use cases call these functions, so that each reads as the thing that somebody does. What a command that only reads does
without is imported in the function that builds it. The module decides nothing about a fleet, and reads nothing of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from helium.adapters.backends import BackendSet, FolderBackends
from helium.adapters.backends.committed import stacks_at
from helium.adapters.git_repo import Clone, GitRepo, open_clone
from helium.adapters.ledger import GitLedger
from helium.adapters.specs.fleet_specs import FleetSpecs, rules_of
from helium.app.fleet_folder import FOLDER
from helium.core.fleet import Fleet
from helium.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from helium.adapters.backends.estimator import ProgramEstimator
    from helium.adapters.charts import ChartStore
    from helium.adapters.commit_queue import GitCommitQueue
    from helium.adapters.commit_queue.local import LocalCommitQueue
    from helium.adapters.commit_queue.single_writer import SingleWriter
    from helium.adapters.engine.settings import EngineSettings
    from helium.adapters.git_repo.git_cli import SignsIn
    from helium.adapters.ledger.live_file import LiveFile
    from helium.adapters.ledger.live_ref import LiveRef
    from helium.adapters.oidc.job_tokens import OidcJobs
    from helium.adapters.oidc.sign_ins import OidcSignIns
    from helium.adapters.specs.main_specs import MainSpecs
    from helium.app.sandbox import SandboxCloud
    from helium.ports.engine import Engine
    from helium.ports.ledger import Ledger
    from helium.ports.repo import Repo
    from helium.settings.serving import Serving

LOOK_EVERY = 5.0
"""Seconds between two looks at the remote when nobody writes and no webhook calls."""


def clone_in(folder: Path, settings: Settings, *, signs_in: SignsIn | None = None) -> Clone:
    """The repository in a fleet's folder, with the remote and the main branch that the environment names.

    `signs_in`: how git opens the remote, where that is not git's own affair.
    """
    return open_clone(folder, environ=settings.environ, remote=settings.remote, main=settings.main, signs_in=signs_in)


def repo_of(clone: Clone) -> GitRepo:
    """Main."""
    return GitRepo(clone)


def ledger_of(
    clone: Clone, fleet: Fleet, *, live: LiveFile | LiveRef | None = None, rest: float | None = None
) -> GitLedger:
    """The records of what was done. `live`: what is going on, which goes by the lease that is in them.

    `rest`: seconds between two pushes of a pass, `None` for what the host asks.
    """
    return GitLedger(clone, fleet, live=live, rest=rest)


def live_of(clone: Clone, fleet: Fleet) -> LiveFile | LiveRef:
    """What is going on: where the ledger is pushed, a ref beside it; else a file of this machine."""
    if not fleet.pushes(clone.remote):
        from helium.adapters.ledger.live_file import LiveFile

        return LiveFile(clone.folder / FOLDER / "live.json")
    from helium.adapters.ledger.live_ref import LiveRef

    return LiveRef(clone)


def witnessed_repo(clone: Clone, fleet: Fleet, *, settings: Settings) -> GitRepo:
    """Main, with the state's server as a witness of the time where the remote is none."""
    # A folder tells no time, and a command that only looks does not load the engine's rooms for it.
    if fleet.state.startswith("file:"):
        return GitRepo(clone)
    from helium.adapters.engine.state_clock import clock_of

    return GitRepo(clone, clock=clock_of(fleet.state, settings.environ))


def backends_of(clone: Clone, settings: Settings) -> FolderBackends:
    """The backends that commits of main have, beside those that are installed."""
    return FolderBackends(partial(stacks_at, clone), cache=settings.cache / "backends")


def estimator(settings: Settings, *, may_run: Callable[[Path], bool] | None = None) -> ProgramEstimator:
    """What says what workspaces take. It starts a process once somebody asks. `may_run`: whose program may run here."""
    from helium.adapters.backends.estimator import ProgramEstimator

    return ProgramEstimator(settings.environ, may_run) if may_run else ProgramEstimator(settings.environ)


def backends_in(stacks: Mapping[str, bytes], settings: Settings) -> BackendSet:
    """The backends of files that no commit has yet, by their paths from `stacks/` on."""
    return FolderBackends(lambda _: {}, cache=settings.cache / "backends").of(stacks)


def charts_in(folder: Path, settings: Settings) -> ChartStore:
    """The charts of the fleet in this folder, its own as commits of its repository have them."""
    from helium.adapters.charts import ChartStore
    from helium.adapters.charts.fleet_files import committed

    # Many stacks of one pass take the same charts of the same commit.
    @lru_cache(maxsize=32)
    def files(commit: str, path: str) -> Mapping[str, bytes]:
        return committed(clone_in(folder, settings), commit, path=path)

    return ChartStore(files, cache=settings.cache / "charts", environ=settings.environ)


def specs_by(backends: BackendSet, settings: Settings) -> FleetSpecs:
    """What reads files by the rules of these backends. It remembers which `helium.yaml` is valid."""
    return FleetSpecs(rules_of(backends.known), settings.sandbox, remembered=settings.cache / "valid-settings")


def main_specs(head: Callable[[], str], backends: FolderBackends, *, settings: Settings) -> MainSpecs:
    """What reads files by the rules of the backends that main has whenever it is asked; `head`: main's commit now."""
    from helium.adapters.specs.main_specs import MainSpecs

    return MainSpecs(
        head,
        lambda commit: rules_of(backends.at(commit).known),
        installed=rules_of(backends.of({}).known),
        sandbox=settings.sandbox,
    )


def single_writer(repo: Repo, *, notes_in: Ledger | None) -> SingleWriter:
    """The commits of one person, whose removals are noted in that ledger; or those of one job."""
    from helium.adapters.commit_queue.removals import notes_nothing
    from helium.adapters.commit_queue.single_writer import SingleWriter

    return SingleWriter(repo, notes_in.note_requests if notes_in else notes_nothing)


def job_identities() -> OidcJobs:
    """What checks who CI jobs of other repositories are."""
    from helium.adapters.oidc.job_tokens import OidcJobs

    return OidcJobs()


def sign_ins(secret: str, *, key: bytes) -> OidcSignIns:
    """What asks an issuer who people are. `secret`: of the pages' client there; `key`: hides what sessions keep."""
    from helium.adapters.oidc.sign_ins import OidcSignIns

    return OidcSignIns(secret, key)


def local_queue(clone: Clone) -> LocalCommitQueue:
    """The commits of many, on the main of a repository without a remote."""
    from helium.adapters.commit_queue.local import LocalCommitQueue

    return LocalCommitQueue(clone)


def remote_queue(
    own: Clone, settings: Settings, *, serving: Serving, renewed: Callable[[], str] | None = None
) -> GitCommitQueue:
    """The commits of many, pushed from a mirror to the clone's remote. `SourceError` without mirror and remote.

    `renewed`: the token of Helium's app, as it is now.
    """
    from helium.adapters.commit_queue import CommitQueueSettings, GitCommitQueue, Remote

    url = own.program.text("remote", "get-url", str(own.remote))
    # A relative path starts at the clone, and the mirror is elsewhere.
    remote = str((own.folder / url).resolve()) if "://" not in url and (own.folder / url).exists() else url
    # The mirror has settings of its own, and needs to know how the clone calls ssh.
    ssh = own.program.ask("config", "--get", "core.sshCommand").out.decode(errors="replace").strip()
    return GitCommitQueue(
        CommitQueueSettings(
            Remote(remote, serving.git_token, renewed),
            serving.mirrors or own.folder / FOLDER / "mirrors",
            main=settings.main,
            interval=settings.push_rest,
            look=LOOK_EVERY,
        ),
        environ={**({"GIT_SSH_COMMAND": ssh} if ssh else {}), **_signing_of(own, settings.environ)},
    )


def _signing_of(own: Clone, environ: Mapping[str, str]) -> dict[str, str]:
    """The environment with how this clone signs: the mirror has settings of its own, and its commits are main's too."""
    wanted = r"^(commit\.gpgsign|gpg\..*|user\.signingkey)$"
    answer = own.program.ask("config", "--local", "--null", "--get-regexp", wanted)
    said = dict(environ)
    for each in filter(None, answer.out.decode(errors="replace").split("\0")):
        key, _, value = each.partition("\n")
        number = int(said.get("GIT_CONFIG_COUNT") or 0)
        said |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
        said["GIT_CONFIG_COUNT"] = str(number + 1)
    return said


def sandbox_cloud(folder: Path, fleet: Fleet) -> SandboxCloud | None:
    """The pretend cloud of a fleet in this folder, not started; `None` for a fleet that uses none."""
    if not fleet.sandbox:
        return None
    from helium.app.sandbox import SandboxCloud

    return SandboxCloud(folder / FOLDER / "sandbox")


class EngineFactory(Protocol):
    """Builds the engine that a command works with: the seam between the command line and Pulumi.

    The command line uses `pulumi_engine`. A test that runs commands in its own process gives another factory as
    click's context object: `CliRunner().invoke(root, ["reconcile"], obj=lambda settings: engine)`, where `engine` is
    any `Engine`, such as the tests' `FakeEngine`. Everything else stays real: git, ledger, specs, backends, and the
    settings that the engine is given. Each command closes its engine when it ends, so a factory that serves several
    commands returns one that still works after `close`, or a new one on the same state.
    """

    def __call__(self, settings: EngineSettings, /) -> Engine:
        """An engine for these settings. Their `work` is not chosen yet: only Pulumi needs a folder to work in."""


def pulumi_engine(settings: EngineSettings, /) -> Engine:
    """The real engine, in a folder of its own that goes with it."""
    from helium.adapters.engine.engine import PulumiEngine
    from helium.adapters.engine.workdir import fresh

    return PulumiEngine(replace(settings, work=fresh()))
