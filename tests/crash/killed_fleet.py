"""A fleet to be killed on: real git, real Pulumi, the sandbox as its cloud, a backend small enough for many runs.

Every second fleet pushes its ledger to a remote; the others keep it beside the state. A clock of its own runs ahead
of the machine's, so that nobody waits for a retry.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from helium.app.engine_settings import pulumi_of
from helium.app.open_fleet import OpenFleet, open_fleet
from helium.app.run import run_here
from helium.core.log_line import LogLine
from helium.core.plan import Plan
from helium.core.record import Record
from helium.errors import HeliumError
from helium.ports import Ports
from helium.reconcile.loop import Pass, PassOptions, Result
from helium.sandbox import Resource, resources
from helium.settings import Settings
from tests.adapters.git_repos import ANN, ENVIRON, bare, git, land, new_repo
from tests.reconcile.harness import RecordedProgress

PROJECT = "acme.small"
BETWEEN = timedelta(minutes=3)
BACKEND = Path(__file__).parent / "backend" / "resources.py"
SETTINGS = """fleet: acme
sandbox: [gcp, kubernetes]
state: {state}
defaults: {{backend: small, lifetime: 30d}}
limits: {{deletes: 10000, parallel: 2, timeout: 5m}}
backends: {{small: {{}}}}
"""
HOOK = """#!/bin/sh
# Says when the ledger's branch is about to move, and when it has; and gives time to be killed in between.
case "$1" in prepared|committed) ;; *) exit 0 ;; esac
if grep -q helium-ledger; then echo "$1" >> {steps}; sleep 0.03; fi
"""


@dataclass(slots=True)
class KilledFleet:
    """The fleet in `folder`. `ahead` is how far its clock runs before the machine's. `once`: passes have one round."""

    folder: Path
    shared: bool
    ahead: timedelta = timedelta(0)
    once: bool = False
    ports: Ports | None = None
    opened: OpenFleet | None = None
    shown: list[Plan] = field(default_factory=list)
    progress: RecordedProgress = field(default_factory=RecordedProgress)

    @property
    def own(self) -> Path:
        """The clone that passes run in."""
        return self.folder / "own"

    @property
    def state(self) -> Path:
        """Pulumi's files."""
        return (self.folder if self.shared else self.own / ".helium") / "state"

    @property
    def cloud(self) -> Path:
        """The sandbox's files."""
        return self.own / ".helium" / "sandbox"

    @property
    def steps(self) -> Path:
        """What the hook writes."""
        return self.folder / "steps"

    def clock(self) -> datetime:
        """Now, in whole seconds."""
        return (datetime.now(UTC) + self.ahead).replace(microsecond=0)

    def settings(self) -> Settings:
        """What a machine's environment would say."""
        own = {"HELIUM_CACHE": str(self.folder / "cache"), "HELIUM_PULUMI": str(pulumi_of(Settings.here()))}
        return Settings.from_env({**os.environ, **ENVIRON, **own})

    def land(self, files: Mapping[str, bytes | None]) -> None:
        """A person's commit on main, now."""
        land(self.own, files, time=self.clock())
        if self.shared:
            git(self.own, "push", "-q", "origin", "main")

    def pass_(self) -> Result | str:
        """One pass in this process, three minutes after the last one; its sentence if it did not get through."""
        self.ahead += BETWEEN
        assert self.ports is not None
        assert self.opened is not None
        try:
            me = run_here(self.opened.settings)
            return Pass(self.ports, me, self.progress, self.clock, self.shown.append).go(PassOptions(once=self.once))
        except HeliumError as error:
            return f"{type(error).__name__}: {error}"

    def records(self) -> Mapping[str, Record]:
        """Every record that can be read."""
        assert self.opened is not None
        known = self.opened.ledger.read().records
        return {name: record for name, record in known.items() if isinstance(record, Record)}

    def log(self) -> list[LogLine]:
        """The whole log."""
        assert self.opened is not None
        self.opened.ledger.read()
        return list(self.opened.ledger.log())

    def things(self) -> tuple[Resource, ...]:
        """What the sandbox itself says is there."""
        return resources(self.cloud)

    def stacks(self) -> set[str]:
        """The names of all stacks, by the state's own files."""
        return {file.stem for file in (self.state / ".pulumi" / "stacks" / PROJECT).glob("*.json")}

    def locks(self) -> list[str]:
        """Every lock that somebody holds, or left."""
        folder = self.state / ".pulumi" / "locks"
        return sorted(str(file.relative_to(folder)) for file in folder.rglob("*.json"))


@contextmanager
def new_fleet(folder: Path, *, shared: bool) -> Iterator[KilledFleet]:
    """A fleet without workspaces, with its ports open; everything ends with the block."""
    folder.mkdir(parents=True)
    fleet = KilledFleet(folder, shared)
    _found(fleet)
    fleet.opened = open_fleet(fleet.own, fleet.settings())
    with fleet.opened.ports() as fleet.ports:
        yield fleet


def _found(fleet: KilledFleet) -> None:
    new_repo(fleet.own)
    repository = fleet.own / ".git"
    if fleet.shared:
        repository = bare(fleet.folder / "remote.git")
        git(fleet.own, "remote", "add", "origin", f"file://{repository}")
        fleet.state.mkdir()
    hook = repository / "hooks" / "reference-transaction"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(HOOK.format(steps=fleet.steps))
    hook.chmod(0o755)
    state = f"file://{fleet.state}" if fleet.shared else "file://.helium/state"
    files = {"helium.yaml": SETTINGS.format(state=state), "stacks/small/resources.py": BACKEND.read_text()}
    files["stacks/small/backend.json"] = "{}"
    files["stacks/small/spec.schema.json"] = BACKEND.with_name("spec.schema.json").read_text()
    fleet.land({path: text.encode() for path, text in files.items()} | {".gitignore": b".helium/\n"})
    git(fleet.own, "config", "user.email", ANN.split("<")[1][:-1])


def spec(version: str, *, number: int, expiry: str = "2027-01-31", owner: str = "") -> bytes:
    """A workspace's file; by its number it differs from every other. Notebooks are on in version 1 alone."""
    fields = {"pachdVersion": version, "disableNotebooks": version != "1", "expiry": expiry}
    named = {"owner": owner} if owner else {}
    return json.dumps({**fields, **named, "description": f"Request {number}"}).encode()
