"""The engine's settings. They read no environment themselves: `environment` is passed in, and filtered.

It becomes two environments. The worker's is what a backend's program sees; the command's is what Pulumi sees. Only the
second has the passphrase, the kubeconfig and the clouds' credentials, so a program can neither read them nor store them
through a provider's defaults. Neither has the tokens of git, hosts and the API.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Protocol
from urllib.parse import unquote, urlsplit

from helium.core.digest import Json
from helium.ports.charts import Charts

if TYPE_CHECKING:
    from helium.adapters.kubernetes.pods import ClusterReads

PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy")
CERTIFICATES = ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE")
PERSON = ("PATH", "HOME", "USER", "LOGNAME", "TMPDIR", "LANG", "LC_ALL", "TZ")
PLAIN = frozenset((*PERSON, *CERTIFICATES, *PROXIES))
CLOUD = ("GOOGLE_", "CLOUDSDK_", "AWS_", "AZURE_", "ARM_")
COMMAND_ONLY = frozenset(("KUBECONFIG", "GOGC", "PGPASSFILE"))


class OnDemandCloud(Protocol):
    """A cloud that runs only while an engine needs it: the sandbox. Real clouds are there anyway and need none."""

    def start(self) -> None:
        """Start it, unless it runs. Called before every operation that needs a cloud, since it may have died."""

    def cluster(self, name: str) -> ClusterReads:
        """What can be read of the pretended cluster of that name, whether it runs or not."""

    def close(self) -> None:
        """End it, if it was started. Called after the workers have ended: they may still have to tell it something."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineSettings:
    """`state`: an absolute Pulumi URL. `work`: a folder for work directories, private to this process.

    `plugins`: built providers, as the name of a plugin's folder → its program; Pulumi finds those that are there.

    `cloud`: what is started before the first operation that needs a cloud, and closed with the engine. `charts`: what
    fetches the charts of a backend that uses any.

    `applies`: it will do more than look, so Pulumi must be there even if the look itself needs none.

    `backends`: name → the folder that holds its `resources.py`. `providers`: what attaches the sandbox's provider
    (`PULUMI_DEBUG_PROVIDERS`). `secret_environment`: what programs may read by name. `timeout`: one operation;
    `grace`: from the first SIGINT to the SIGKILL. `begin`: how late one may still begin, and never later than
    `timeout`: so long a lease lasts in any case.
    """

    fleet: str
    state: str
    pulumi: Path
    plugins: Mapping[str, Path] = field(default_factory=dict)
    work: Path = Path()
    backends: Mapping[str, Path] = field(default_factory=dict)
    secrets: str = "passphrase"
    passphrase: str = field(default="", repr=False)
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    secret_environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    providers: Mapping[str, str] = field(default_factory=dict)
    cloud: OnDemandCloud | None = None
    charts: Charts | None = None
    clusters: Mapping[str, Mapping[str, Json]] = field(default_factory=dict)
    vouched: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    workers: int = 4
    applies: bool = True
    timeout: timedelta = timedelta(minutes=20)
    grace: timedelta = timedelta(seconds=20)
    begin: timedelta = timedelta(minutes=5)

    @property
    def worker_environment(self) -> Mapping[str, str]:
        """What a backend's program sees: listed names only, and the secrets that were named for it."""
        return {**self._sifted(for_pulumi=False), **self.secret_environment}

    @property
    def command_environment(self) -> Mapping[str, str]:
        """What Pulumi and the providers that it starts see."""
        return {
            "GOGC": "400",
            **self._sifted(for_pulumi=True),
            **self.providers,
            "PULUMI_HOME": str(self.home),
            "PULUMI_BACKEND_URL": self.state,
            "PULUMI_CONFIG_PASSPHRASE": self.passphrase,
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            # Shows the option `--event-log`, as the Automation API does.
            "PULUMI_DEBUG_COMMANDS": "true",
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        }

    @property
    def home(self) -> Path:
        """Pulumi's own folder, private to this process as well."""
        return self.work / "home"

    def empty(self) -> Path:
        """An empty folder, for commands that need no program and must not find one."""
        folder = self.work / "empty"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return folder

    @property
    def known_secrets(self) -> tuple[str, ...]:
        """Every secret that could turn up in what Pulumi says, in plain text."""
        credentials = [value for key, value in self.command_environment.items() if _is_secret(key)]
        in_url = urlsplit(self.state).password if "://" in self.state else None
        return (self.passphrase, *self.secret_environment.values(), *credentials, unquote(in_url or ""))

    def _sifted(self, *, for_pulumi: bool) -> dict[str, str]:
        return {
            key: value
            for key, value in self.environment.items()
            if key in PLAIN or (for_pulumi and (key in COMMAND_ONLY or key.startswith(CLOUD)))
        }


def _is_secret(name: str) -> bool:
    """By its name: a credential in plain text, not the path of a file with one."""
    return any(word in name for word in ("SECRET", "TOKEN", "PASSWORD", "ACCESS_KEY")) or name == "GOOGLE_CREDENTIALS"
