"""One pass of 40 creates, on one machine and shared by four at once, at one Gitea.

Each machine is a clone and processes of its own: the commands that CI's jobs call, the real Pulumi, a state that all of
them reach, the ledger at the host. All of them share this machine's cores, so the cloud is made slow: each create waits
for half a minute, as a real one waits for minutes, and takes about a second of CPU. What counts first is that nothing
is lost and nothing is done twice: otherwise there is no figure.
"""

from __future__ import annotations

import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path

from tests.gitea import Gitea, running
from tests.shards.machines import SECONDS, Machines

CHANGES = 40
SHARDS = 4
PARALLEL = 4
"""The default of `limits.parallel`."""
WAIT = 30.0


def run(*, pulumi: Path) -> Mapping[str, float]:
    """Seconds and commits of the ledger, by name, and three lines on the terminal."""
    with tempfile.TemporaryDirectory(prefix="helium-bench-") as name:
        folder = Path(name)
        (folder / "gitea").mkdir()
        with running(folder / "gitea") as host:
            four, pushes_of_four = _measured(_fleet(folder / "four", host=host, pulumi=pulumi), _shared)
            one, pushes_of_one = _measured(_fleet(folder / "one", host=host, pulumi=pulumi), _alone)
    least = -(-CHANGES // (SHARDS * PARALLEL)) / -(-CHANGES // PARALLEL)
    print(f"{CHANGES} creates that wait {WAIT:.0f} s each, {PARALLEL} at once on a machine, each begun once:")
    print(f"  one machine {one:.0f} s, {SHARDS} shards {four:.0f} s with plan and close: {four / one:.2f} x")
    print(f"  the waits alone would give {least:.2f} x; the ledger had {pushes_of_one} and {pushes_of_four} commits")
    return {
        "one.wall": one,
        "four.wall": four,
        "ratio": four / one,
        "least": least,
        "one.commits": pushes_of_one,
        "four.commits": pushes_of_four,
    }


def _fleet(folder: Path, *, host: Gitea, pulumi: Path) -> Machines:
    folder.mkdir()
    url = host.with_token(host.repository(folder.name))
    return Machines.create(folder, url=url, pulumi=pulumi, parallel=PARALLEL)


def _measured(machines: Machines, work: Callable[[Machines], None]) -> tuple[float, int]:
    """Seconds, and commits of the ledger, for all of the work."""
    names = [f"w{number:02}" for number in range(CHANGES)]
    machines.ask_for(names, seconds=WAIT)
    began = time.monotonic()
    work(machines)
    seconds = time.monotonic() - began
    told = Counter((name, "new-file") for name in names)
    if (machines.starts, machines.records(), machines.log()) != (Counter(names), dict.fromkeys(names, "ready"), told):
        raise SystemExit(f"a change was lost, or done twice: {machines.starts}, {machines.records()}, {machines.log()}")
    if machines.plans() or machines.fleet_record().get("lease"):
        raise SystemExit("the pass was not closed")
    return seconds, machines.subjects().total()


def _alone(machines: Machines) -> None:
    machines.run("reconcile")


def _shared(machines: Machines) -> None:
    commit, shards = machines.split(most=SHARDS)
    if len(shards) != SHARDS:
        raise SystemExit(f"the plan names {len(shards)} shards")
    for process in [machines.shard(commit, shard) for shard in shards]:
        _ended(process)
    machines.close(commit)


def _ended(process: subprocess.Popen[str]) -> None:
    said = process.communicate(timeout=SECONDS)
    if process.returncode:
        raise SystemExit("".join(said))
