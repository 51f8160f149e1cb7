"""The engine of a fleet: where its state is, what decrypts it, which Pulumi, and the sandbox where there is one.

The sandbox is started by the first operation that needs a cloud, and again when it died; looking at the state needs
none, so a pass with nothing to do starts nothing.
"""

from __future__ import annotations

import os
import random
import secrets as random_secrets
import shutil
import socket
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

from helium.adapters.engine import EngineSettings, PulumiEngine, workdir
from helium.core.digest import Json
from helium.core.fleet import Fleet
from helium.core.stack import Listing, StackId
from helium.core.workspace import Ownership, Workspace
from helium.errors import EngineError, UsageError
from helium.ports.engine import Built, Engine, Resolved
from helium.sandbox import environment, start
from helium.settings import PULUMI_VERSION, Settings

FOLDER = ".helium"
_PORTS = range(20000, 32000)
"""Below those that the system gives to outgoing connections, so that one that was free stays free."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineInput:
    """What an engine is made with besides the fleet's settings.

    `programs`: each backend's folder. `secrets`: what they may read. `new`: no state is missed yet. `applies`: it will
    do more than look, so a passphrase is needed.
    """

    folder: Path
    settings: Settings
    programs: Mapping[str, Path]
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    new: bool = False
    applies: bool = True


def made(fleet: Fleet, given: EngineInput) -> Engine:
    """The engine, in the sandbox where the fleet is."""
    port = _free_port() if fleet.sandbox else 0
    engine = PulumiEngine(
        EngineSettings(
            fleet=fleet.name,
            state=state_of(fleet, given.folder, make=given.new),
            pulumi=pulumi_of(given.settings),
            backends=given.programs,
            secrets=fleet.secrets,
            passphrase=passphrase_of(fleet, given),
            environment=given.settings.environ,
            secret_environment=given.secrets,
            providers=environment(port, fleet.sandbox) if fleet.sandbox else {},
            clusters=clusters_of(fleet, given.folder),
            vouched=fleet.vouched,
            workers=fleet.limits.parallel,
            timeout=fleet.limits.timeout,
            # Last: what goes wrong above would leave the folder behind.
            work=workdir.fresh(),
        )
    )
    return SandboxEngine(engine, folder=given.folder / FOLDER / "sandbox", port=port) if fleet.sandbox else engine


def state_of(fleet: Fleet, folder: Path, *, make: bool = False) -> str:
    """Pulumi's URL, absolute. The folder of a state that serves one machine is made with a new fleet, never later."""
    if not fleet.serves_one_machine:
        return fleet.state
    place = folder / Path(fleet.state.removeprefix("file://")).expanduser()
    if make:
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
    return f"file://{place}"


def state_is_gone(fleet: Fleet, folder: Path) -> bool:
    """Whether the folder of a state that serves one machine is not there."""
    return fleet.serves_one_machine and not Path(state_of(fleet, folder).removeprefix("file://")).exists()


def pulumi_of(settings: Settings) -> Path:
    """Which Pulumi: the one that was named, the PATH's, or the cache's, there or not: the engine says if it is not."""
    if settings.pulumi:
        return settings.pulumi
    on_path = shutil.which("pulumi", path=settings.environ.get("PATH", ""))
    return Path(on_path) if on_path else settings.cache / f"pulumi-{PULUMI_VERSION}" / "bin" / "pulumi"


def passphrase_of(fleet: Fleet, given: EngineInput) -> str:
    """What encrypts the state; a fleet in the sandbox keeps one of its own in a file. `UsageError` without any."""
    if given.settings.passphrase or fleet.secrets != "passphrase":
        return given.settings.passphrase or ""
    path = given.folder / FOLDER / "passphrase"
    if fleet.sandbox and path.exists():
        if not (text := path.read_text().strip()):
            raise UsageError(f"{path} is empty, and a new passphrase opens nothing that is there; write the old one in")
        return text
    if not given.applies:
        return ""
    if not fleet.sandbox:
        raise UsageError(
            "this fleet's state is encrypted with a passphrase, and there is none: set HELIUM_PASSPHRASE, "
            "PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE"
        )
    if not given.new:
        raise UsageError(f"{path} is gone, and a new passphrase opens nothing that is there; put the old one back")
    return _new_passphrase(path)


def _new_passphrase(path: Path) -> str:
    """The file is there whole or not at all, and the first of two processes wins."""
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_name(f"passphrase-{os.getpid()}")
    half.touch(mode=0o600)
    try:
        half.write_text(random_secrets.token_urlsafe(24) + "\n")
        with suppress(FileExistsError):
            path.hardlink_to(half)
    finally:
        half.unlink()
    return path.read_text().strip()


def clusters_of(fleet: Fleet, folder: Path) -> Mapping[str, Mapping[str, Json]]:
    """How each cluster is reached: kubeconfigs by absolute paths, GKE by the project and zone that a backend names."""
    return {name: _way(name, way, fleet=fleet, folder=folder) for name, way in fleet.clusters.items()}


def _way(name: str, way: Mapping[str, Json], *, fleet: Fleet, folder: Path) -> Mapping[str, Json]:
    if "kubeconfig" in way:
        return {**way, "kubeconfig": str(folder / Path(str(way["kubeconfig"])).expanduser())}
    if "gke" in way:
        theirs = next((each for each in fleet.backends.values() if each.get("cluster") == name), {})
        return {**way, **{key: theirs[key] for key in ("project", "zone") if key in theirs}}
    return way


def _free_port() -> int:
    for port in random.sample(_PORTS, 50):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                return port
    raise EngineError("", "no port of this machine is free for the sandbox; is something listening on all of them?")


class SandboxEngine:
    """An engine whose cloud is the sandbox on `port`, started when it is needed."""

    def __init__(self, inner: Engine, *, folder: Path, port: int) -> None:
        self._inner = inner
        self._folder = folder
        self._port = port
        self._stack = ExitStack()
        self._lock = Lock()

    def observe(self) -> Listing:
        """Needs no cloud."""
        return self._inner.observe()

    def ownership(self, stack: StackId) -> Ownership | None:
        """Needs no cloud."""
        return self._inner.ownership(stack)

    def wrong_cluster(self, ownership: Ownership) -> str:
        """Needs no cloud."""
        return self._inner.wrong_cluster(ownership)

    def check_marker(self) -> None:
        """Needs no cloud."""
        self._inner.check_marker()

    def make_marker(self) -> None:
        """Needs no cloud."""
        self._inner.make_marker()

    def resolve_pending(self, stack: StackId, *, ends: bool = False) -> Resolved:
        """Looks in the sandbox."""
        self._awake()
        return self._inner.resolve_pending(stack, ends=ends)

    def up(
        self,
        workspace: Workspace,
        *,
        resolved: Resolved | None = None,
        metadata_only: bool = False,
        allow_replace: bool = False,
    ) -> Built:
        """Makes it in the sandbox."""
        self._awake()
        return self._inner.up(workspace, resolved=resolved, metadata_only=metadata_only, allow_replace=allow_replace)

    def destroy(self, resolved: Resolved) -> None:
        """Takes it out of the sandbox."""
        self._awake()
        self._inner.destroy(resolved)

    def empty(self, stack: StackId) -> bool:
        """Needs no cloud."""
        return self._inner.empty(stack)

    def bare(self, stack: StackId) -> bool:
        """Needs no cloud."""
        return self._inner.bare(stack)

    def succeeded(self, stack: StackId) -> bool:
        """Needs no cloud."""
        return self._inner.succeeded(stack)

    def remove(self, stack: StackId) -> None:
        """Needs no cloud."""
        self._inner.remove(stack)

    def unlock(self, stack: StackId) -> None:
        """Needs no cloud."""
        self._inner.unlock(stack)

    def close(self) -> None:
        """The workers first: what they end may still have to tell the sandbox."""
        self._inner.close()
        with self._lock:
            self._stack.close()

    def _awake(self) -> None:
        """A sandbox that answers: the first one, or another in the place of one that died."""
        with self._lock:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self._port)) == 0:
                    return
            self._stack.close()
            self._folder.parent.mkdir(parents=True, exist_ok=True)
            self._stack.enter_context(start(self._folder, port=self._port))
