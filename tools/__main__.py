"""`python3 -m tools setup [TOOL…]`, `where`, `list`, `browser`, `sshd`, `workflows`, `backends`, `site`, `cluster` …

Messages go to stderr. `where` and `cluster` print one path on stdout and nothing else, so that a script can use it.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from tools import backends, build, make, runner, system, venv, workflows
from tools.find import locate
from tools.progress import SetupError, say
from tools.site.build import site
from tools.table import TOOLS

USAGE = (
    "usage: python3 -m tools setup [TOOL…] | where TOOL | list | browser | sshd | workflows | backends | site "
    "| cluster [--parent PID] | runner [keys] JOB | build FOLDER"
)
CHECKS = {"backends": backends.check, "site": site, "workflows": workflows.check}


def main(arguments: Sequence[str]) -> int:
    """Run one command; the exit code."""
    try:
        match list(arguments):
            case ["setup", *names] if TOOLS.keys() >= set(names):
                return setup(names)
            case ["runner", *step, job] if job in runner.JOBS and step in ([], ["keys"]):
                return (runner.keys if step else runner.ready)(make.ROOT, job, environ=os.environ)
            case ["where" | "build" as verb, what] if verb == "build" or what in TOOLS:
                return where(what) if verb == "where" else build.build(make.ROOT, Path(what), environ=os.environ)
            case ["list"]:
                return table()
            case [name] if name in system.PACKAGES:
                say(f"{name}: {system.ensure(name, os.environ)}")
                return 0
            case [name] if name in CHECKS:
                return CHECKS[name](make.ROOT, os.environ)
            case ["cluster", *options]:
                return cluster(options)
    except SetupError as error:
        say(f"set-up: {error}")
        return 1
    except KeyboardInterrupt:
        say("set-up: interrupted. Run the same command to continue.")
        return 130
    say(f"{USAGE}\ntools: {', '.join(TOOLS)}\njobs: {', '.join(runner.JOBS)}")
    return 2


def setup(names: Sequence[str]) -> int:
    """Get the Python packages, then each named tool."""
    venv.ensure(make.ROOT)
    for name in names:
        make.ensure(TOOLS[name], os.environ)
    return 0


def where(name: str) -> int:
    """Print the path of a tool. SetupError if it is not on this machine."""
    tool = TOOLS[name]
    folder = locate(tool, os.environ)
    if folder is None:
        raise SetupError(f"{tool} is not here yet. Get it: python3 -m tools setup {name}")
    print(folder / tool.binaries[0])
    return 0


def cluster(options: Sequence[str]) -> int:
    """Run a cluster for tests until it is told to end."""
    from tools.cluster.serve import serve  # no other command speaks HTTP

    return serve(options, os.environ)


def table() -> int:
    """Print every tool, what it is for, and where it is."""
    for tool in TOOLS.values():
        print(f"{tool!s:28} {locate(tool, os.environ) or 'not here'!s:50} {tool.purpose}")
    return 0


def leave(number: int, _frame: object) -> None:
    """End as if main had returned, so that child processes are ended too."""
    raise SystemExit(128 + number)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, leave)
    sys.exit(main(sys.argv[1:]))
