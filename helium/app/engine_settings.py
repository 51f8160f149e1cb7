"""What the engine of a fleet is given: where its state is, what decrypts it, which Pulumi, and which cloud to start.

It refuses to replace what may be lost: a state's folder and a passphrase are made for a new fleet alone. In an older
fleet a missing one is an error, since a new one would hide that the old one is gone.
"""

from __future__ import annotations

import re
import secrets as random_secrets
import shutil
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import unquote

from helium.adapters.backends import BackendSet
from helium.adapters.engine.locks import path_of
from helium.adapters.engine.settings import EngineSettings
from helium.app import compose
from helium.app.fleet_folder import FOLDER
from helium.app.secret_file import create_once
from helium.core.digest import Json
from helium.core.fleet import Fleet
from helium.errors import UsageError
from helium.sandbox.launch import environment
from helium.settings import PROVIDER_VERSION, PULUMI_VERSION, Settings

_LONE = re.compile(r"%(?![0-9A-Fa-f]{2})")


def engine_settings(
    fleet: Fleet, folder: Path, *, settings: Settings, backends: BackendSet, new: bool = False, applies: bool = True
) -> EngineSettings:
    """The settings; `UsageError` without a passphrase that is needed.

    `new`: the fleet has no state yet, so nothing can be missing. `applies`: the engine will do more than look.
    """
    cloud = compose.sandbox_cloud(folder, fleet)
    return EngineSettings(
        fleet=fleet.name,
        state=state_of(fleet, folder, make=new),
        pulumi=pulumi_of(settings),
        plugins=plugins_of(settings),
        backends=backends.folders,
        secrets=fleet.secrets,
        passphrase=passphrase_of(fleet, folder, settings=settings, new=new, applies=applies),
        environment=settings.environ,
        secret_environment=backends.secret_environment(settings.environ, fleet=fleet, pretend=bool(fleet.sandbox)),
        providers=environment(cloud.port, fleet.sandbox) if cloud else {},
        cloud=cloud,
        charts=compose.charts_in(folder, settings),
        clusters=clusters_of(fleet, folder),
        vouched=fleet.vouched,
        applies=applies,
        # What is slow leaves its slot to others, up to twice as many.
        workers=2 * fleet.limits.parallel,
        timeout=fleet.limits.timeout,
    )


def state_of(fleet: Fleet, folder: Path, *, make: bool = False) -> str:
    """Pulumi's URL, absolute. A state's folder on this machine is made with a new fleet (`make`) and never later."""
    if not fleet.state.startswith("file://"):
        return fleet.state
    # What a person wrote is a URL, in which # and a lone % mean nothing; the folder's own name is a path.
    written, mark, query = _LONE.sub("%25", fleet.state.removeprefix("file://")).replace("#", "%23").partition("?")
    if not fleet.serves_one_machine:
        return f"file://{written}{mark}{query}"
    path = folder / Path(unquote(written)).expanduser()
    if make:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return f"file://{_quoted(path)}{mark}{query}"


def _quoted(path: Path) -> str:
    """The path in a URL: without this, Pulumi keeps the state of `acme#42` in a folder `acme` beside it."""
    return str(path).replace("%", "%25").replace("#", "%23").replace("?", "%3F")


def state_is_gone(fleet: Fleet, folder: Path) -> bool:
    """Whether the state is a folder on this machine, and missing."""
    return fleet.serves_one_machine and not path_of(state_of(fleet, folder)).exists()


def pulumi_of(settings: Settings) -> Path:
    """HELIUM_PULUMI, else the first on the PATH, else the cache's; the engine says when the file is missing."""
    if settings.pulumi:
        return settings.pulumi
    on_path = shutil.which("pulumi", path=settings.environ.get("PATH", ""))
    return Path(on_path) if on_path else settings.cache / f"pulumi-{PULUMI_VERSION}" / "bin" / "pulumi"


def plugins_of(settings: Settings) -> Mapping[str, Path]:
    """The provider of Kubernetes where `tools/` puts it. Pulumi takes one that the person has installed before it."""
    program = settings.cache / f"pulumi-kubernetes-{PROVIDER_VERSION}" / "bin" / "pulumi-kubernetes"
    return {f"resource-kubernetes-v{PROVIDER_VERSION}": program}


def passphrase_of(fleet: Fleet, folder: Path, *, settings: Settings, new: bool, applies: bool) -> str:
    """What encrypts the state; `UsageError` when it is needed and nobody gave it.

    A fleet in the sandbox keeps a passphrase of its own in a file, since nothing there is worth a secret that a person
    has to keep.
    """
    if settings.passphrase or fleet.secrets != "passphrase":
        return settings.passphrase or ""
    path = folder / FOLDER / "passphrase"
    if fleet.sandbox and path.exists():
        if not (text := path.read_text().strip()):
            raise UsageError(f"{path} is empty; put the old passphrase back, as a new one does not open the old state")
        return text
    if not applies:
        return ""
    if not fleet.sandbox:
        raise UsageError(
            "this fleet's state is encrypted with a passphrase, and none is set; set HELIUM_PASSPHRASE, "
            "PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE"
        )
    if not new:
        raise UsageError(f"{path} is missing; put the old file back, as a new passphrase does not open the state")
    return _new_passphrase(path)


def _new_passphrase(path: Path) -> str:
    """Of two processes at once, the first one wins and both use its passphrase."""
    create_once(path, f"{random_secrets.token_urlsafe(24)}\n".encode())
    return path.read_text().strip()


def clusters_of(fleet: Fleet, folder: Path) -> Mapping[str, Mapping[str, Json]]:
    """How each cluster is reached: kubeconfigs by absolute paths, GKE by the project and zone that a backend names."""
    return {name: _access(name, access, fleet=fleet, folder=folder) for name, access in fleet.clusters.items()}


def _access(name: str, access: Mapping[str, Json], *, fleet: Fleet, folder: Path) -> Mapping[str, Json]:
    if "kubeconfig" in access:
        return {**access, "kubeconfig": str(folder / Path(str(access["kubeconfig"])).expanduser())}
    if "gke" in access:
        there = [each for each in fleet.backends.values() if each.get("cluster") == name]
        # An instance may name the cluster alone: another entry says where it is.
        backend = next((each for each in there if "project" in each and "zone" in each), {})
        return {**access, **{key: backend[key] for key in ("project", "zone") if key in backend}}
    return access
