"""How soon a pass begins what lands while it works: beside a create that hangs, and beside four retries that hang.

All is as people have it: a fleet with a remote by its path, real Pulumi, one `helium reconcile` at work, and somebody
else's clone that pushes. The sandbox lets a bucket's create wait for a minute. Measured is the time from the end of
that push to the line that says that the create is begun, and to the one that says that it is ready.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from bench.passes import environment

HELIUM = (sys.executable, "-c", "from helium.cli import main; main()")
WAIT = "slow before create bucket named fleet-{} 60s"
HANGING = ("h0", "h1", "h2", "h3")
OWNER = "owner: ada@example.com\n"


def run(*, pulumi: Path) -> Mapping[str, float]:
    """Seconds, by name."""
    with tempfile.TemporaryDirectory(prefix="helium-bench-") as name:
        fleet = _Fleet(Path(name), pulumi)
        fleet.push({"slow": OWNER})
        fleet.faults(WAIT.format("slow"))
        beside = fleet.begun_beside("quick")
    with tempfile.TemporaryDirectory(prefix="helium-bench-") as name:
        fleet = _Fleet(Path(name), pulumi)
        fleet.push(dict.fromkeys(HANGING, OWNER))
        fleet.faults(*(f"fail create bucket named fleet-{each}" for each in HANGING))
        fleet.helium("reconcile", "--once", code=5)
        fleet.faults(*(WAIT.format(each) for each in HANGING))
        retries = fleet.begun_beside("quick")
    print(f"beside a create that takes a minute: begun after {beside[0]:.1f} s (promise: 3), ready {beside[1]:.1f} s")
    print(f"beside four retries that hang:       begun after {retries[0]:.1f} s (promise: 5), ready {retries[1]:.1f} s")
    return {"slow.begun": beside[0], "slow.ready": beside[1], "retries.begun": retries[0], "retries.ready": retries[1]}


class _Fleet:
    """A fleet, its remote, and somebody else's clone."""

    def __init__(self, folder: Path, pulumi: Path) -> None:
        self.folder, self.remote, self.other = folder / "fleet", folder / "remote.git", folder / "other"
        self.environ = environment(pulumi)
        self._run("git", "init", "-q", "--bare", "-b", "main", str(self.remote), cwd=folder)
        self._run(*HELIUM, "init", str(self.folder), cwd=folder)
        self._run("git", "branch", "-M", "main", cwd=self.folder)
        self._run("git", "remote", "add", "origin", str(self.remote), cwd=self.folder)
        self._run("git", "push", "-q", "-u", "origin", "main", cwd=self.folder)
        self._run("git", "clone", "-q", str(self.remote), str(self.other), cwd=folder)

    def helium(self, *args: str, code: int = 0) -> None:
        """Run a command on the fleet."""
        done = subprocess.run([*HELIUM, *args], cwd=self.folder, env=self.environ, capture_output=True, check=False)
        assert code == done.returncode, done.stderr.decode()

    def push(self, specs: Mapping[str, str]) -> None:
        """Somebody else's commit."""
        for name, text in specs.items():
            (self.other / "workspaces" / f"{name}.yaml").write_text(text, encoding="utf-8")
        self._run("git", "add", "-A", cwd=self.other)
        self._run("git", "commit", "-qm", "Add workspaces", cwd=self.other)
        self._run("git", "push", "-q", cwd=self.other)

    def faults(self, *lines: str) -> None:
        """What the sandbox does wrong from now on."""
        file = self.folder / ".helium" / "sandbox" / "faults"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("\n".join(lines) + "\n", encoding="utf-8")

    def begun_beside(self, name: str) -> tuple[float, float]:
        """Seconds from the push of a new workspace until a pass that is at work begins it, and until it is ready."""
        with self._pass() as lines:
            _until(lines, "creating ")
            time.sleep(5)
            self.push({name: OWNER})
            pushed = time.monotonic()
            _until(lines, f"creating {name}")
            begun = time.monotonic() - pushed
            _until(lines, f"ready {name}")
            ready = time.monotonic() - pushed
        return begun, ready

    @contextmanager
    def _pass(self) -> Iterator[Iterator[str]]:
        process = subprocess.Popen(
            [*HELIUM, "reconcile"], cwd=self.folder, env=self.environ, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL
        )
        assert process.stderr is not None
        try:
            yield (line.decode() for line in process.stderr)
        finally:
            process.terminate()
            process.communicate()

    def _run(self, *args: str, cwd: Path) -> None:
        subprocess.run(args, cwd=cwd, env=self.environ, check=True, capture_output=True)


def _until(lines: Iterator[str], words: str) -> None:
    """Read on until the pass says so. What hangs must hang all the while."""
    for line in lines:
        assert not any(f" {word} {name} " in line for word in ("ready", "failed") for name in ("slow", *HANGING)), line
        if words in line:
            return
    raise AssertionError(f"the pass ended without {words!r}")
