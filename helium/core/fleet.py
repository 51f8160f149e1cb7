"""The fleet's own settings, as `helium.yaml` says them. No secrets; no defaults hidden elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from helium.core.digest import Json
from helium.core.job_access import JobSettings, common_of
from helium.core.lifetimes import Lifetime, LifetimeRules
from helium.core.notify_settings import NotifySettings
from helium.core.sign_in import SignInSettings

if TYPE_CHECKING:
    from helium.core.rates import Rates
    from helium.core.working_hours import WorkingHours

SETTINGS = "helium.yaml"
"""The settings' file, at the root of a fleet's repository."""

PROVIDERS = ("gcp", "kubernetes")
"""What the sandbox can stand in for."""

ALIASES = {"GCP_Namespace_Pulumi": "gcp-namespace"}
"""Old names of backends, which specs may always use."""


KIND = "backend"
"""The key of an entry in `backends` that makes it an instance: its value names the backend."""


DRIFT = "drift"
"""The key of an entry in `backends` whose `ignore` has the differences that the fleet wants. It rolls nothing."""


READY = "ready"
"""The key of an entry in `backends` whose `probe` is asked whether a workspace is ready. It rolls nothing."""


AMOUNTS = "amounts"
"""The key of an entry in `backends` that says what each workspace takes, by units. It rolls nothing."""


@dataclass(frozen=True, slots=True)
class Limits:
    """`deletes`: names in 24 hours; `parallel`: stacks at once; `timeout`: one operation on one stack.

    `grace`: how long a destroy waits, so that somebody can take it back.

    How many workspaces there may be: `per_owner`, `per_team`, and in the `fleet`; `None`: as many as people like.
    """

    deletes: int = 5
    parallel: int = 4
    timeout: timedelta = timedelta(minutes=20)
    per_owner: int | None = None
    per_team: int | None = None
    fleet: int | None = None
    grace: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True)
class DriftSettings:
    """How passes look for drift: at each workspace once in `every`, at most at `sample` in one pass, within a `budget`.

    `repair`: what has drifted is put right; otherwise it is only shown.
    """

    every: timedelta = timedelta(hours=24)
    sample: int = 20
    budget: timedelta = timedelta(minutes=1)
    repair: bool = True


@dataclass(frozen=True, slots=True)
class PassSchedule:
    """How often a pass is expected, where no control plane runs it by its own interval."""

    every: timedelta = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Defaults:
    """What a spec gets for fields that it leaves out."""

    backend: str = "gcp-namespace"
    lifetime: timedelta = timedelta(days=3)
    max_lifetime: timedelta = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class HostSettings:
    """Where the repository is kept, as far as `helium.yaml` says it. `repository`: `OWNER/NAME`; empty: not said."""

    kind: str
    url: str = ""
    repository: str = ""


@dataclass(frozen=True, slots=True)
class RoutineAmounts:
    """How many workspaces come, change and go: those of a pull request, or as many as need no person."""

    adds: int = 0
    edits: int = 0
    removes: int = 0

    def __add__(self, other: RoutineAmounts) -> RoutineAmounts:
        return RoutineAmounts(self.adds + other.adds, self.edits + other.edits, self.removes + other.removes)


DIRECT, PULL_REQUEST = "direct", "pull-request"
"""How a change is written: a commit on main, or a pull request."""


@dataclass(frozen=True, slots=True)
class Fleet:
    """`state` and `secrets` are Pulumi's own URLs; `clusters`: how each is reached; `backends`: each one's settings.

    `vouched`: earlier identities of each cluster (ADDRESS#CERTIFICATE) that a person says are the same cluster.
    `write_interval`: how long a pull request that Helium opened takes further requests.
    `drift`: how passes look for drift; without it they do not. `host`: where pull requests are, if that is said.
    `schedule`: how often somebody starts a pass, as CI does; it starts none.
    `admins`: the mails of those who may give orders; `people`: the mail of each account on the git host, by its login.
    `routine`: which pull requests are merged without a person; without it, none.
    `jobs`: which CI jobs of other repositories may have workspaces. `sign_in`: whose accounts sign people in.
    `teams`: how many workspaces a team may have, by its folder, where that is another number than for all teams.
    `team_lifetimes`: how long its workspaces live, the same way. `working_hours`: when workspaces may end.
    `notify`: who is told of what; without it, nobody is told anything.
    `managers`: the mails of those who see what a team uses, by its folder. `rates`: what units cost; `None`: no money.
    """

    name: str
    sandbox: tuple[str, ...] = ()
    state: str = "file://.helium/state"
    secrets: str = "passphrase"
    defaults: Defaults = field(default_factory=Defaults)
    limits: Limits = field(default_factory=Limits)
    write: str = DIRECT
    write_interval: timedelta = timedelta(minutes=1)
    ledger: str = "helium-ledger"
    paused: bool = False
    clusters: Mapping[str, Mapping[str, Json]] = field(default_factory=dict)
    vouched: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    backends: Mapping[str, Mapping[str, Json]] = field(default_factory=dict)
    trusted_values: tuple[str, ...] = ()
    drift: DriftSettings | None = None
    schedule: PassSchedule = field(default_factory=PassSchedule)
    admins: tuple[str, ...] = ()
    people: Mapping[str, str] = field(default_factory=dict)
    host: HostSettings | None = None
    routine: RoutineAmounts | None = None
    jobs: JobSettings | None = None
    notify: NotifySettings | None = None
    sign_in: SignInSettings | None = None
    teams: Mapping[str, int] = field(default_factory=dict)
    managers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    rates: Rates | None = None
    team_lifetimes: Mapping[str, Lifetime] = field(default_factory=dict)
    working_hours: WorkingHours | None = None

    @property
    def lifetimes(self) -> LifetimeRules:
        """When workspaces end. Nothing else reads the settings that this is made of: it would forget one of them."""
        return LifetimeRules(
            every=Lifetime(self.defaults.lifetime, self.defaults.max_lifetime),
            teams=self.team_lifetimes,
            hours=self.working_hours,
            of_jobs=self._of_jobs if self.working_hours else (),
        )

    @property
    def _of_jobs(self) -> tuple[str, ...]:
        """A digest for each rule, and every deadline asks: only where ends are moved does it matter whose they are."""
        return tuple(common_of(rule, self.jobs.issuer) for rule in self.jobs.allow) if self.jobs else ()

    @property
    def has_quota(self) -> bool:
        """Whether anything bounds how many workspaces there may be."""
        limits = self.limits
        return bool(self.teams) or (limits.per_owner, limits.per_team, limits.fleet) != (None, None, None)

    @property
    def serves_one_machine(self) -> bool:
        """Whether the state is a relative `file://`: it lives beside the fleet, so its ledger is not pushed either."""
        return self.state.startswith("file://") and not self.state.startswith("file:///")

    @property
    def simulated(self) -> str:
        """What the sandbox stands in for, and what is real, for people; empty where all is real."""
        if not self.sandbox:
            return ""
        said = f"{' and '.join(self.sandbox)} {'are' if len(self.sandbox) > 1 else 'is'} simulated"
        real = " and ".join(each for each in PROVIDERS if each not in self.sandbox)
        return f"{said}; {real} is real" if real else f"{said}; nothing here is real"

    def is_admin(self, mail: str) -> bool:
        """Whether this person may give orders."""
        return bool(mail) and mail.lower() in {admin.lower() for admin in self.admins}

    def managed_by(self, mail: str) -> frozenset[str]:
        """The teams whose usage this person may see."""
        low = mail.lower()
        return frozenset(team for team, mails in self.managers.items() if low and low in map(str.lower, mails))

    def mail_of(self, login: str) -> str:
        """Whose account on the git host this is; empty where the settings do not say. Hosts ignore case."""
        return next((mail for known, mail in self.people.items() if known.lower() == login.lower()), "")

    def kind_of(self, backend: str) -> str:
        """The backend whose program declares it: its own name, or the one that its entry is an instance of."""
        named = self.backends.get(backend, {}).get(KIND)
        return backend_name(named) if isinstance(named, str) else backend

    def wanted_drift(self, backend: str) -> tuple[str, ...]:
        """The places that may differ from what was made, in the workspaces of a backend."""
        own = self.backends.get(backend, {}).get(DRIFT)
        return tuple(own.get("ignore") or ()) if isinstance(own, Mapping) else ()

    def pushes(self, remote: str | None) -> bool:
        """Whether the ledger, and what is going on, go to the clone's remote."""
        return remote is not None and not self.serves_one_machine


def kind_in(placement: Mapping[str, Json], *, backend: str) -> str:
    """The kind that a workspace was created with, by its placement; without an entry there, its backend's own name."""
    kind = placement.get(KIND)
    return kind if isinstance(kind, str) else backend


def backend_name(text: str) -> str:
    """The backend's name; an old name becomes the new one."""
    return ALIASES.get(text, text)
