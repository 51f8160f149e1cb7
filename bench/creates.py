"""Acknowledged creates in a fleet of 1,000: a hundred clients at one commit queue, and a loop of commit and push.

Both write to bare remotes by path that began alike. Only what the remote has at the end counts; a create that was
acknowledged and is missing there ends the bench. No HTTP stands before the commit queue here.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from helium.adapters.commit_queue import CommitQueueSettings, GitCommitQueue, Remote
from helium.ports.commit_queue import Request, View
from helium.ports.repo import Edit

CLIENTS = 100
FLEET = 1000
_BY = "Bench <bench@example.com>"
_ENVIRON = {
    "PATH": os.environ["PATH"],
    "HOME": "/nonexistent",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": "/dev/null",
}
_NAME = ("-c", "user.name=Bench", "-c", "user.email=bench@example.com")


@dataclass(frozen=True, slots=True)
class HttpCreate:
    """A client's request, judged as the API judges it: the name must be free."""

    name: str

    def __call__(self, view: View) -> Sequence[Edit]:
        """What to write."""
        if view.holding(self.name):
            raise LookupError(self.name)
        return (Edit(f"workspaces/{self.name}.yaml", f"owner: {self.name}@example.com\n".encode()),)


def run(creates: int, *, loop: int) -> Mapping[str, float]:
    """The figures by name, and two lines on the terminal."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        plain = by_loop(_remote(folder / "plain.git"), folder / "clone", count=loop)
        queue = by_commit_queue(_remote(folder / "queue.git"), folder / "mirrors", count=creates)
    figures = {"loop.rate": plain, "queue.rate": queue, "ratio": queue / plain}
    print(f"creates: {queue:.0f} a second by {CLIENTS} clients, {plain:.0f} by a loop of commit and push")
    print(f"  ratio {figures['ratio']:.1f} (promise: at least 6)")
    return figures


def by_loop(remote: Path, clone: Path, *, count: int) -> float:
    """Creates a second, one commit and one push each."""
    _git(remote.parent, "clone", "-q", f"file://{remote}", str(clone))
    began = time.perf_counter()
    for number in range(count):
        path = f"workspaces/loop-{number}.yaml"
        (clone / path).write_text(f"owner: loop-{number}@example.com\n")
        _git(clone, "add", path)
        _git(clone, *_NAME, "commit", "-q", "-m", f"Add loop-{number}")
        _git(clone, "push", "-q", "origin", "main")
    return count / (time.perf_counter() - began)


def by_commit_queue(remote: Path, mirrors: Path, *, count: int) -> float:
    """Creates a second, all clients together."""
    commit_queue = GitCommitQueue(CommitQueueSettings(Remote(f"file://{remote}"), mirrors), environ=_ENVIRON)
    requests = [Request(f"r-{n}", _BY, f"Add w-{n}", HttpCreate(f"w-{n}")) for n in range(count)]
    with ThreadPoolExecutor(CLIENTS) as clients:
        began = time.perf_counter()
        commits = list(clients.map(commit_queue.submit, requests))
        seconds = time.perf_counter() - began
    figures = commit_queue.figures
    commit_queue.close()
    there = set(_git(remote, "rev-list", "main").split())
    if len(set(commits)) != count or not there.issuperset(commits):
        raise SystemExit("an acknowledged create is not on the remote")
    print(f"  {figures.commits} commits in {figures.pushes} pushes")
    return count / seconds


def _remote(folder: Path) -> Path:
    folder.mkdir()
    _git(folder, "init", "-q", "--bare", "-b", "main")
    files = {"helium.yaml": b"name: bench\n"}
    files |= {f"workspaces/old-{n}.yaml": f"owner: old-{n}@example.com\n".encode() for n in range(FLEET)}
    lines = [b"commit refs/heads/main\ncommitter Bench <bench@example.com> 1700000000 +0000\ndata 1\nx"]
    lines += [b"M 100644 inline %b\ndata %d\n%b" % (path.encode(), len(data), data) for path, data in files.items()]
    _git(folder, "fast-import", "--quiet", data=b"\n".join([*lines, b""]))
    return folder


def _git(folder: Path, *arguments: str, data: bytes = b"") -> str:
    done = subprocess.run(("git", *arguments), cwd=folder, env=_ENVIRON, input=data, capture_output=True, check=True)
    return done.stdout.decode()


if __name__ == "__main__":
    run(int(sys.argv[1]) if len(sys.argv) > 1 else 1000, loop=40)
