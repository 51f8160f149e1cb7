"""A pass with nothing to do, beside Pulumi's own listing of the same state, in one run.

One workspace is made with the real engine; its state, spec and record are copied until the fleet has N, since making
10,000 would take hours and measure nothing new. Then `helium reconcile` runs as on a machine without a cache: a fresh
clone of the process, nothing of it in memory. Pulumi's processes are counted by a wrapper around its program.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pygit2

from helium.app.open_fleet import open_fleet
from helium.core.record import Record
from helium.ports.ledger import Writes
from helium.settings import Settings

SEED = "seed-0"
INIT = "import sys; from helium.cli import main; sys.argv[0] = 'helium'; main()"
MEASURED = """
import json, os, resource, sys
from helium.cli import main
sys.argv[0] = "helium"
try:
    main()
finally:
    used = resource.getrusage(resource.RUSAGE_SELF)
    figures = {"cpu": used.ru_utime + used.ru_stime, "megabytes": used.ru_maxrss / 1024}
    os.write(int(os.environ["BENCH_FD"]), json.dumps(figures).encode())
"""


@dataclass(frozen=True, slots=True)
class PassCost:
    """Seconds of wall time and of Helium's own CPU, its peak memory, and how many Pulumi processes it started."""

    wall: float
    cpu: float
    megabytes: float
    pulumis: int


def run(counts: tuple[int, ...], *, pulumi: Path, rounds: int = 3, listed_up_to: int = 1000) -> Mapping[str, float]:
    """The figures by name, and a table on the terminal. `listed_up_to`: more stacks than that Pulumi does not list."""
    figures: dict[str, float] = {}
    print(f"{'stacks':>7} {'listing':>9} {'pass':>9} {'ratio':>7} {'own CPU':>9} {'memory':>8} {'Pulumi':>7}")
    with tempfile.TemporaryDirectory(prefix="helium-bench-") as name:
        fleet = seeded(Path(name) / "fleet", pulumi)
        for count in sorted(counts):
            grow(fleet, count)
            turns = 1 if count > 1000 and count <= listed_up_to else rounds
            pairs = [
                (listed(fleet, pulumi) if count <= listed_up_to else 0.0, passed(fleet, pulumi)) for _ in range(turns)
            ]
            passes = [cost for _, cost in pairs]
            listing = statistics.median(seconds for seconds, _ in pairs)
            wall = statistics.median(cost.wall for cost in passes)
            worst = replace(max(passes, key=lambda cost: cost.cpu), wall=wall)
            figures |= figures_of(count, listing, cost=worst)
    if {1000, 10_000} <= set(counts):
        ratio = figures["passes.10000.cpu"] / figures["passes.1000.cpu"]
        print(f"10,000 stacks: {figures['passes.10000.wall']:.1f} s (promise: below 4 s)")
        print(f"own CPU at 10,000 beside 1,000: {ratio:.1f} x (promise: at most 11)")
        figures["passes.cpu.ratio"] = ratio
    return figures


def figures_of(count: int, listing: float, *, cost: PassCost) -> dict[str, float]:
    """One line of the table; `ratio` is the pass beside Pulumi's own listing, which it goes without."""
    beside = {f"passes.{count}.listing": listing, f"passes.{count}.ratio": cost.wall / listing} if listing else {}
    by_pulumi, ratio = (f"{listing:.2f}s", f"{cost.wall / listing:.2f}") if listing else ("-", "-")
    print(
        f"{count:>7} {by_pulumi:>9} {cost.wall:>8.2f}s {ratio:>7} {cost.cpu:>8.2f}s "
        f"{cost.megabytes:>5.0f} MB {cost.pulumis:>7}"
    )
    return {
        **beside,
        f"passes.{count}.wall": cost.wall,
        f"passes.{count}.cpu": cost.cpu,
        f"passes.{count}.megabytes": cost.megabytes,
        f"passes.{count}.pulumis": cost.pulumis,
    }


def environment(pulumi: Path) -> dict[str, str]:
    """The person's, with a name for git and this Pulumi."""
    who = {
        f"GIT_{role}_{key}": value
        for role in ("AUTHOR", "COMMITTER")
        for key, value in (("NAME", "Bench"), ("EMAIL", "bench@example.com"))
    }
    config = {"GIT_CONFIG_COUNT": "2", "GIT_CONFIG_KEY_0": "user.name", "GIT_CONFIG_VALUE_0": "Bench"}
    config |= {"GIT_CONFIG_KEY_1": "user.email", "GIT_CONFIG_VALUE_1": "bench@example.com"}
    return {**os.environ, **who, **config, "HELIUM_PULUMI": str(pulumi)}


def helium(*words: str, cwd: Path, pulumi: Path) -> None:
    """One command, that must end well."""
    command = [sys.executable, "-c", INIT, *words]
    ended = subprocess.run(command, cwd=cwd, env=environment(pulumi), capture_output=True, text=True, check=False)
    if ended.returncode:
        raise SystemExit(f"helium {shlex.join(words)}: exit {ended.returncode}\n{ended.stdout}{ended.stderr}")


def seeded(folder: Path, pulumi: Path) -> Path:
    """A fleet in the sandbox with one workspace that is ready."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    helium("init", str(folder), cwd=folder.parent, pulumi=pulumi)
    expiry = (datetime.now(UTC) + timedelta(days=60)).date().isoformat()
    helium("new", SEED, "--expiry", expiry, cwd=folder, pulumi=pulumi)
    helium("reconcile", cwd=folder, pulumi=pulumi)
    return folder


def grow(fleet: Path, count: int) -> None:
    """Copy the seed's state, spec and record until the fleet has `count` of each."""
    names = [f"copy-{number}" for number in range(1, count)]
    (state,) = (fleet / ".helium" / "state").rglob(f"{SEED}.json")
    # As real fleets leave them: each with its backup, and both with attributes.
    for beside in sorted(state.parent.glob(f"{SEED}.json*")):
        text, ending = beside.read_text(encoding="utf-8"), beside.name.removeprefix(SEED)
        for name in names:
            (state.parent / f"{name}{ending}").write_text(text.replace(SEED, name), encoding="utf-8")
    commit_copies(fleet, names)
    record_copies(fleet, names)
    # Git's own commands do this beyond 6,700 loose objects, and a clone has them packed anyway.
    subprocess.run(["git", "gc", "--quiet"], cwd=fleet, check=True)


def commit_copies(fleet: Path, names: list[str]) -> None:
    """One commit that adds all of the specs, without a process for each."""
    text = (fleet / "workspaces" / f"{SEED}.yaml").read_text(encoding="utf-8")
    for name in names:
        (fleet / "workspaces" / f"{name}.yaml").write_text(text.replace(SEED, name), encoding="utf-8")
    repository = pygit2.Repository(str(fleet))
    repository.index.add_all(["workspaces"])
    repository.index.write()
    who = pygit2.Signature("Bench", "bench@example.com")
    tree, head = repository.index.write_tree(), repository.head
    repository.create_commit(head.name, who, who, f"Add {len(names)} copies", tree, [head.target])


def record_copies(fleet: Path, names: list[str]) -> None:
    """The seed's record under every name, as after passes that made them all."""
    opened = open_fleet(fleet, Settings.from_env(os.environ))
    snapshot = opened.ledger.read()
    seed, fleet_record = snapshot.records[SEED], snapshot.fleet_record
    if not isinstance(seed, Record) or fleet_record is None:
        raise SystemExit(f"the seed is not ready: {seed}")
    records = {
        name: replace(seed, name=name, stack=seed.stack.replace(SEED, name), seen_blob=blob, spec_blob=blob)
        for name, blob in ((entry.name, entry.blob) for entry in opened.repo.entries(opened.repo.head()))
        if name in set(names)
    }
    head = opened.repo.head()
    seen = replace(fleet_record, seen=head, accepted=head)
    opened.ledger.write(Writes(records, seen, message="Copy the seed"), on=snapshot)


def listed(fleet: Path, pulumi: Path) -> float:
    """Seconds of `pulumi stack ls --all --json` alone, in an empty folder."""
    with tempfile.TemporaryDirectory() as empty:
        environ = {"PULUMI_BACKEND_URL": f"file://{fleet}/.helium/state", "PULUMI_SKIP_UPDATE_CHECK": "true"}
        begin = time.perf_counter()
        command = [str(pulumi), "stack", "ls", "--all", "--json"]
        subprocess.run(command, cwd=empty, env={**os.environ, **environ}, capture_output=True, check=True)
        return time.perf_counter() - begin


def passed(fleet: Path, pulumi: Path) -> PassCost:
    """One `helium reconcile` in a process of its own."""
    with tempfile.TemporaryDirectory() as name:
        log, wrapper = Path(name) / "log", Path(name) / "pulumi"
        wrapper.write_text(f'#!/bin/sh\necho "$*" >> {log}\nexec {pulumi} "$@"\n', encoding="utf-8")
        wrapper.chmod(0o755)
        reads, writes = os.pipe()
        environ = {**environment(wrapper), "BENCH_FD": str(writes)}
        begin = time.perf_counter()
        command = [sys.executable, "-c", MEASURED, "reconcile"]
        ended = subprocess.run(command, cwd=fleet, env=environ, pass_fds=(writes,), capture_output=True, check=False)
        wall = time.perf_counter() - begin
        os.close(writes)
        figures = json.loads(os.read(reads, 4096))
        os.close(reads)
        if ended.returncode:
            words = (ended.stdout + ended.stderr).decode()
            raise SystemExit(f"helium reconcile: exit {ended.returncode}\n{words[-3000:]}")
        pulumis = len(log.read_text(encoding="utf-8").splitlines()) if log.exists() else 0
        return PassCost(wall, figures["cpu"], figures["megabytes"], pulumis)


if __name__ == "__main__":
    found = os.environ.get("HELIUM_PULUMI") or shutil.which("pulumi") or ""
    run(tuple(int(word) for word in sys.argv[1:]) or (100, 1000), pulumi=Path(found))
