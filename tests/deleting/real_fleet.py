"""Real parts for the tests of deleting: git, the ledger's branch, Pulumi, the sandbox; only the clock is the test's."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, cast

from click.testing import CliRunner

from helium.app.compose import EngineFactory, pulumi_engine
from helium.app.open_fleet import OpenFleet, open_fleet
from helium.app.run import run_here
from helium.cli import cli
from helium.core.deadlines import format_instant
from helium.core.fleet_record import FleetRecord
from helium.core.log_line import LogLine
from helium.core.plan import Overrides, Plan
from helium.core.record import Record
from helium.ports import Ports
from helium.ports.engine import Engine
from helium.reconcile.load import Selection
from helium.reconcile.loop import Pass, PassOptions, Result
from helium.sandbox import put_object, resources, set_faults
from helium.settings import Settings
from tests.adapters import git_repos
from tests.once import began
from tests.reconcile.harness import RecordedProgress, summary

__all__ = ["KEPT", "SECRET", "SMALL", "START", "RealFleet", "codes", "summary", "until"]

START = began() - timedelta(hours=6)
"""In the past, so that commands, which have the real clock, come after what a test's clock showed."""


def until(**length: float) -> str:
    """A spec that expires so long after the start."""
    return f"expiry: {format_instant(START + timedelta(**length))}\n"


KEPT = until(days=30)
SETTINGS = "fleet: acme\nsandbox: [gcp, kubernetes]\ndefaults: {backend: small}\nlimits: {parallel: 1}\n"
SECRET = 'it\'s "s3cret" & <42>/+='
"""What JSON, URLs, shells and base64 each write in another way."""

SMALL = Path(__file__).parent / "small"


class KeptEngine:
    """The engine of a fleet's passes, for a command, which closes its own: here that ends nothing."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def __getattr__(self, name: str) -> Any:
        """All that the engine can do."""
        return getattr(self._engine, name)

    def close(self) -> None:
        """The passes need it still."""


@dataclass
class RealFleet:
    """A fleet in a folder. Passes and commands share its engine; `fresh` begins with another one.

    Tests that come one after the other in one folder may hand their ports on: a worker and a sandbox that run already.
    """

    folder: Path
    environ: Mapping[str, str]
    now: datetime = START
    progress: RecordedProgress = field(default_factory=RecordedProgress)
    shown: list[Plan] = field(default_factory=list)
    stack: ExitStack = field(default_factory=ExitStack)
    ports: Ports | None = None
    runs: int = 0
    limit: timedelta | None = None
    """Instead of `limits.timeout`, which counts in minutes."""

    @classmethod
    def new(cls, folder: Path, *, pulumi: str, cache: Path) -> RealFleet:
        """A fleet without workspaces, in a repository without a remote."""
        git_repos.new_repo(folder)
        own = {"HELIUM_PULUMI": pulumi, "HELIUM_CACHE": str(cache), "HELIUM_SECRET_PASSWORD": SECRET}
        fleet = cls(folder, {**os.environ, **git_repos.ENVIRON, **own, "HOME": str(cache)})
        files = {f"stacks/small/{path.name}": path.read_bytes() for path in SMALL.iterdir() if path.is_file()}
        (folder / ".gitignore").write_text(".helium/\n")
        git_repos.land(folder, {**files, "helium.yaml": SETTINGS.encode(), "workspaces/.gitkeep": b""}, time=START)
        return fleet

    def copied(self, folder: Path) -> RealFleet:
        """Another fleet that is as this one, state and sandbox too."""
        shutil.copytree(self.folder, folder, symlinks=True)
        return RealFleet(folder, self.environ, self.now)

    def again(self, folder: Path) -> RealFleet:
        """As `copied`, in the place of what a test left in that folder."""
        shutil.rmtree(folder, ignore_errors=True)
        return self.copied(folder)

    def settings(self, text: str, **files: bytes) -> None:
        """Somebody pushes this `helium.yaml`, and more files, and the next pass begins again with it."""
        self.fresh()
        git_repos.land(self.folder, {"helium.yaml": text.encode(), **files}, time=self.now)

    def land(
        self, files: Mapping[str, str | None], *, author: str = git_repos.ANN, time: datetime | None = None
    ) -> str:
        """Somebody pushes these specs (`None` removes one), a minute after whatever was before."""
        self.now += timedelta(minutes=1)
        data = {f"workspaces/{path}": None if text is None else text.encode() for path, text in files.items()}
        return git_repos.land(self.folder, data, time=time or self.now, author=author)

    def fleet(self) -> OpenFleet:
        """The fleet, opened."""
        fleet = open_fleet(self.folder, Settings.from_env(self.environ))
        if self.limit is None:
            return fleet
        return replace(fleet, fleet=replace(fleet.fleet, limits=replace(fleet.fleet.limits, timeout=self.limit)))

    def fresh(self, environ: Mapping[str, str] | None = None) -> None:
        """End the engine; the next pass begins again, with these variables besides."""
        self.stack.close()
        self.ports = None
        self.environ = {**self.environ, **(environ or {})}

    def elsewhere(self, cache: Path) -> None:
        """The next pass begins on another machine, which has nothing in its cache yet."""
        self.fresh({"HELIUM_CACHE": str(cache), "HOME": str(cache)})

    def go(
        self,
        *only: str,
        overrides: Overrides | None = None,
        selection: Selection | None = None,
        once: bool = False,
    ) -> Result:
        """One pass, a minute after whatever was before. `once`: without a second attempt at what failed."""
        self.now += timedelta(minutes=1)
        self.runs += 1
        if self.ports is None:
            self.ports = self.stack.enter_context(self.fleet().ports())
        run = run_here(Settings.from_env({**self.environ, "GITHUB_RUN_ID": str(self.runs)}))
        order = PassOptions(selection or Selection(names=frozenset(only)), overrides or Overrides(), once=once)
        return Pass(self.ports, run, self.progress, lambda: self.now, self.shown.append).go(order)

    def helium(self, *args: str, code: int = 0) -> str:
        """Run a command of Helium's on this fleet, with the real clock; all that it printed."""
        runner = CliRunner(env=dict(self.environ))
        done = runner.invoke(cli, ["-C", str(self.folder), *args], obj=self._engine_for_commands())
        assert code == done.exit_code, f"{args}: {done.output}{done.exception!r}"
        return done.output

    def _engine_for_commands(self) -> EngineFactory:
        """The passes' own while it runs, since to start another costs more than most commands do."""
        if self.ports is None:
            return pulumi_engine
        kept = cast("Engine", KeptEngine(self.ports.engine))
        return lambda _settings: kept

    def on_start(self, act: Callable[[], None]) -> None:
        """Let something happen in the world when the next change starts, before its last look."""
        self.progress.at_start = act

    def stacks(self) -> list[str]:
        """The names of all stacks in the state, this fleet's and others'."""
        root = self.folder / ".helium" / "state" / ".pulumi" / "stacks"
        return sorted(path.stem for path in root.glob("*/*.json"))

    def files_of(self, name: str) -> list[str]:
        """All that the state holds of a name: its state, backups, history, tags, locks, and their folders."""
        root = self.folder / ".helium" / "state" / ".pulumi"
        found = [path.relative_to(root).as_posix() for path in root.rglob("*")]
        return sorted(each for each in found if f"/{name}/" in f"{each}/" or f"/{name}." in each)

    def lose(self, *names: str) -> None:
        """Somebody deletes state files."""
        for name in names:
            for path in (self.folder / ".helium" / "state" / ".pulumi" / "stacks").glob(f"*/{name}.json*"):
                path.unlink()

    def buckets(self) -> list[str]:
        """The buckets in the pretend cloud, each with its objects: `NAME` and `NAME/KEY`."""
        found = resources(self.folder / ".helium" / "sandbox")
        plain = [each.identity.name for each in found if each.identity.kind.endswith("Bucket")]
        held = [f"{each.inputs['bucket']}/{each.inputs['name']}" for each in found if "Object" in each.identity.kind]
        return sorted([*plain, *held])

    def put(self, name: str, key: str = "data") -> None:
        """What its owner keeps in a workspace's bucket."""
        put_object(self.folder / ".helium" / "sandbox", f"acme-{name}", key=key)

    def faults(self, *lines: str) -> None:
        """What goes wrong in the pretend cloud from now on."""
        set_faults(self.folder / ".helium" / "sandbox", *lines)

    def record(self, name: str) -> Record | None:
        """The record on the branch."""
        record = self.fleet().ledger.read().records.get(name)
        return record if isinstance(record, Record) else None

    def phases(self) -> dict[str, str]:
        """The phase of every record on the branch."""
        found = self.fleet().ledger.read().records.values()
        return {record.name: record.phase.value for record in found if isinstance(record, Record)}

    def fleet_record(self) -> FleetRecord:
        """The fleet record on the branch."""
        fleet_record = self.fleet().ledger.fleet_record()
        assert fleet_record is not None
        return fleet_record

    def log(self, name: str | None = None) -> list[LogLine]:
        """The log."""
        return list(self.fleet().ledger.log(name=name))


def codes(result: Result) -> list[str]:
    """The codes of what was refused."""
    return [refusal.code.value for refusal in result.plan.refusals]
