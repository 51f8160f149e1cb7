"""The processes of one cluster, and the one that ends them.

A small shell reads their ids from a pipe. When the pipe ends, it kills them and removes their folder. The pipe ends
with whoever started them, killed or not, so nothing is left behind. They are ended in no other way.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tools.progress import SetupError

WITHIN = 180.0
"""Seconds until all of it must be up. On two quiet cores it takes four."""
_LINES = 15
# SIGKILL, since an API server takes up to a minute to leave after SIGTERM, and what it could save goes anyway.
_END = """
while read -r pid; do pids="$pids $pid"; done
[ -z "$pids" ] || kill -9 $pids 2>/dev/null
rm -rf "$0" 2>/dev/null || { sleep 1; rm -rf "$0"; }
"""

# It tells its id before it becomes the program, and keeps the pipe open until then: it is never unknown.
_BEGIN = 'echo $$ >&0; exec "$0" "$@" </dev/null'

Command = Sequence[object]


class EndedError(SetupError):
    """A part of the cluster ended by itself. `words`: the last lines of its log."""

    def __init__(self, part: str, words: str) -> None:
        super().__init__(f"{part}, a part of the cluster for tests, has ended. Its last words:\n{words}")
        self.words = words


class Processes:
    """What runs in one folder, each with a log there."""

    def __init__(self, folder: Path, ends_by: int) -> None:
        self._folder = folder
        self._ends_by = ends_by
        self.running: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, command: Command) -> None:
        """Start one."""
        name = Path(str(command[0])).name
        with self._log(name).open("wb") as log:
            self.running[name] = subprocess.Popen(
                ["sh", "-c", _BEGIN, *map(str, command)],
                stdin=self._ends_by,
                stdout=log,
                stderr=log,
                env={"PATH": os.environ.get("PATH", ""), "HOME": str(self._folder)},
                cwd=self._folder,
                start_new_session=True,
            )

    def check(self) -> None:
        """`EndedError` if one of them has ended."""
        for name, process in self.running.items():
            if process.poll() is not None:
                lines = self._log(name).read_text(errors="replace").splitlines()[-_LINES:]
                raise EndedError(name, "\n".join(f"    {line}" for line in lines))

    def wait_until(self, holds: Callable[[], bool], *, what: str) -> None:
        """`EndedError` if a part ends first, `SetupError` if it takes too long."""
        began = time.monotonic()
        while not holds():
            self.check()
            if time.monotonic() - began > WITHIN:
                raise SetupError(f"the cluster for tests is not up after {WITHIN:.0f} s: {what}")
            time.sleep(0.05)

    def _log(self, name: str) -> Path:
        return self._folder / f"{name}.log"


@contextmanager
def processes(folder: Path) -> Iterator[Processes]:
    """They all end, and the folder goes, with the block or with this process."""
    reads, ends_by = os.pipe()
    command = ["sh", "-c", _END, str(folder)]
    ender = subprocess.Popen(command, stdin=reads, start_new_session=True)
    os.close(reads)
    found = Processes(folder, ends_by)
    try:
        yield found
    finally:
        os.close(ends_by)
        ender.wait()
        for process in found.running.values():
            # Only here is a process waited for: until then its id is nobody else's.
            process.kill()
            process.wait()
        shutil.rmtree(folder, ignore_errors=True)
