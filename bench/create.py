"""Creating stacks: Helium's workers beside one fresh process per stack through the plain Automation API.

Both run the same backend on the same sandbox, one stack after the other, each on a state of its own. CPU is that of
all processes that were started (`RUSAGE_CHILDREN`): workers, Pulumi and imports, but not the sandbox, which both
share. The second figure is wall time: two stacks at once beside one, and beside it what this machine can do at best:
Pulumi saying its version, two at once beside one after the other. Two cores that are threads of one do not give 0.5.
The third is wall time as well, with a cloud that lets each stack wait: there the cores have nothing to do with it.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from helium.adapters.engine import EngineSettings, PulumiEngine
from helium.core.spec import Spec
from helium.core.workspace import Workspace
from helium.sandbox import start

ROOT = Path(__file__).resolve().parent.parent
BACKEND = ROOT / "tests" / "adapters" / "engine" / "backends" / "cloud"
PASSPHRASE = "bench"
WAIT = "10s"
"""How long the slow cloud takes for a stack's bucket. A real cluster takes minutes."""
WAITING = 6
"""How many stacks it makes."""


@dataclass(frozen=True, slots=True)
class CreateCost:
    """Seconds."""

    cpu: float
    wall: float


@dataclass(frozen=True, slots=True)
class CreateCase:
    """One comparison: where its state is, which Pulumi, and what attaches the sandbox."""

    folder: Path
    pulumi: Path
    providers: Mapping[str, str]


def run(count: int, *, pulumi: Path) -> Mapping[str, float]:
    """Create `count` stacks each way; the figures by name, and a table on the terminal."""
    with tempfile.TemporaryDirectory() as name, start(Path(name) / "cloud") as sandbox:
        case = CreateCase(Path(name), pulumi, sandbox.environment)
        plain = measured(lambda: one_process_each(count, case=case))
        one = measured(lambda: with_workers(count, parallel=1, case=case))
        two = measured(lambda: with_workers(count, parallel=2, case=case))
        limit = measured(lambda: versions(count, parallel=2, case=case)).wall
        limit /= measured(lambda: versions(count, parallel=1, case=case)).wall
    waits = waiting(WAITING, pulumi=pulumi)
    figures = {
        "plain.cpu": plain.cpu / count,
        "helium.cpu": one.cpu / count,
        "cpu.ratio": one.cpu / plain.cpu,
        "plain.wall": plain.wall,
        "parallel-1.wall": one.wall,
        "parallel-2.wall": two.wall,
        "wall.ratio": two.wall / one.wall,
        "wall.limit": limit,
        "waits.ratio": waits,
    }
    report(count, figures)
    return figures


def report(count: int, figures: Mapping[str, float]) -> None:
    """Two lines with their promises."""
    print(
        f"creating {count} stacks: {figures['helium.cpu']:.2f} s of CPU each,"
        f" with one process each {figures['plain.cpu']:.2f} s"
    )
    print(f"  ratio {figures['cpu.ratio']:.2f} (promise: at most 0.50)")
    print(f"  wall: --parallel 2 {figures['parallel-2.wall']:.1f} s, 1 {figures['parallel-1.wall']:.1f} s")
    limit = f"two processes that share nothing, on this machine: {figures['wall.limit']:.2f}"
    print(f"  ratio {figures['wall.ratio']:.2f} (promise: at most 0.60; {limit})")
    print(f"  with a cloud that lets each stack wait for {WAIT}: {figures['waits.ratio']:.2f} (promise: at most 0.60)")


def waiting(count: int, *, pulumi: Path) -> float:
    """Two stacks at once beside one, where the time goes into waiting for the cloud, as it does in a real one."""
    with tempfile.TemporaryDirectory() as name, start(Path(name) / "cloud") as sandbox:
        (Path(name) / "cloud" / "faults").write_text(f"slow before create bucket:Bucket {WAIT}\n", encoding="utf-8")
        case = CreateCase(Path(name), pulumi, sandbox.environment)
        one = measured(lambda: with_workers(count, parallel=1, case=case))
        two = measured(lambda: with_workers(count, parallel=2, case=case))
    return two.wall / one.wall


def measured(work: Callable[[], None]) -> CreateCost:
    """What the work cost, all ended processes included."""
    before, begin = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    work()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return CreateCost(cpu, time.monotonic() - begin)


def with_workers(count: int, *, parallel: int, case: CreateCase) -> None:
    """Helium's own way: a pool of workers."""
    with engine(parallel, case) as one, ThreadPoolExecutor(parallel) as threads:
        list(threads.map(lambda number: one.up(workspace(f"p{parallel}-{number}")), range(count)))


def versions(count: int, *, parallel: int, case: CreateCase) -> None:
    """Pulumi itself, so many times, with nothing to wait for and nothing to share."""
    command = [str(case.pulumi), "version"]
    environment = {**os.environ, "PULUMI_HOME": str(case.folder / "home"), "PULUMI_SKIP_UPDATE_CHECK": "true"}
    with ThreadPoolExecutor(parallel) as threads:
        list(
            threads.map(
                lambda _: subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=True), range(count)
            )
        )


def one_process_each(count: int, *, case: CreateCase) -> None:
    """The plain way: `python -m bench.create NAME` for each, as the Automation API's own examples do it."""
    state = case.folder / "plain"
    state.mkdir()
    environment = {
        **os.environ,
        **case.providers,
        "PATH": f"{case.pulumi.parent}{os.pathsep}{os.environ['PATH']}",
        "PULUMI_BACKEND_URL": f"file://{state}",
        "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE,
        "PULUMI_SKIP_UPDATE_CHECK": "true",
    }
    for number in range(count):
        subprocess.run([sys.executable, "-m", "bench.create", f"plain-{number}"], cwd=ROOT, env=environment, check=True)


def plain_up(name: str) -> None:
    """One stack with the Automation API and nothing else."""
    from pulumi import automation

    sys.path.insert(0, str(BACKEND))
    from resources import declare  # type: ignore[import-not-found]

    stack = automation.create_or_select_stack(
        stack_name=name, project_name="bench.cloud", program=lambda: declare(workspace(name)) and None
    )
    stack.up()


@contextmanager
def engine(parallel: int, case: CreateCase) -> Iterator[PulumiEngine]:
    """Helium's engine on a state of its own; its workers' CPU counts once they are ended."""
    state = case.folder / f"helium-{parallel}"
    state.mkdir()
    one = PulumiEngine(
        EngineSettings(
            fleet="bench",
            state=f"file://{state}",
            pulumi=case.pulumi,
            work=case.folder / f"work-{parallel}",
            backends={"cloud": BACKEND},
            passphrase=PASSPHRASE,
            environment=dict(os.environ),
            providers=case.providers,
            workers=parallel,
        )
    )
    try:
        yield one
    finally:
        one.close()


def workspace(name: str) -> Workspace:
    """A small workspace in the sandbox."""
    now = datetime.now(UTC)
    return Workspace(
        "bench", Spec(name, f"workspaces/{name}.yaml", "blob", "cloud"), "ada@example.com", now, now + timedelta(days=3)
    )


if __name__ == "__main__":
    plain_up(sys.argv[1])
