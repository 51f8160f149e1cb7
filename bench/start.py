"""How long a command takes to start, beside a Python that does nothing and one that imports click; in one run.

The figures are CPU seconds of a whole process, the best of several: what else the machine does must not count. Promise:
help, version and completion cost at most three times what importing click costs, a look at a small fleet eight times.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

RUNS = 7
HELIUM = (sys.executable, "-m", "helium")
COMPLETION = {"_HELIUM_COMPLETE": "bash_complete", "COMP_WORDS": "helium show a", "COMP_CWORD": "2"}
FILES = {"helium.yaml": "fleet: bench\nsandbox: [gcp, kubernetes]\n", "workspaces/alpha.yaml": "{}\n"}
QUICK, LOOK = 3.0, 8.0


def cpu(command: Sequence[str], *, cwd: Path, env: Mapping[str, str] | None = None) -> float:
    """CPU seconds of a process and of those that it waited for, the best of several runs."""
    best = float("inf")
    for _ in range(RUNS):
        process = subprocess.Popen(
            command, cwd=cwd, env={**os.environ, **(env or {})}, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        )
        assert process.stderr is not None
        words = process.stderr.read()
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            sys.exit(f"{' '.join(command)}: {words.decode()}")
        best = min(best, used.ru_utime + used.ru_stime)
    return best


def fleet(folder: Path) -> Path:
    """A repository with settings and one workspace that no pass has seen."""
    for path, text in FILES.items():
        (folder / path).parent.mkdir(exist_ok=True)
        (folder / path).write_text(text)
    person = ("-c", "user.name=Ada", "-c", "user.email=ada@example.com")
    for args in (("init", "-q", "-b", "main"), ("add", "-A"), (*person, "commit", "-q", "-m", "Begin")):
        subprocess.run(("git", *args), cwd=folder, check=True)
    return folder


def run() -> Mapping[str, float]:
    """Measure all and print the ratios to `import click`."""
    with tempfile.TemporaryDirectory() as folder:
        own = fleet(Path(folder))
        nothing = cpu((sys.executable, "-c", "pass"), cwd=own)
        click = cpu((sys.executable, "-c", "import click"), cwd=own)
        print(f"python -c pass {nothing:.3f} s, import click {click:.3f} s of CPU, the best of {RUNS}")
        figures = {}
        for name, args, env, promise in (
            ("help", ("--help",), None, QUICK),
            ("version", ("--version",), None, QUICK),
            ("completion", (), COMPLETION, QUICK),
            ("list", ("list",), None, LOOK),
            ("show", ("show", "alpha"), None, LOOK),
            ("why", ("why", "alpha"), None, LOOK),
        ):
            seconds = cpu((*HELIUM, *args), cwd=own, env=env)
            figures[name] = seconds / click
            ratios = f"{seconds / click:.1f} × import click (promise {promise:g}), {seconds / nothing:.1f} × python"
            print(f"helium {name:10} {seconds:.3f} s, {ratios}")
        return figures


if __name__ == "__main__":
    run()
