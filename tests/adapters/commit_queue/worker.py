"""A process with its own commit queue: `worker.py URL MIRRORS WHO FIRST LAST`; prints each commit, or `taken`."""

from __future__ import annotations

import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from helium.adapters.commit_queue import CommitQueueSettings, GitCommitQueue, Remote
from helium.ports.commit_queue import Request
from tests.adapters.commit_queue.remotes import claiming
from tests.adapters.git_repos import ENVIRON

CLIENTS = 50


def _submitted(commit_queue: GitCommitQueue, request: Request) -> str:
    try:
        return commit_queue.submit(request)
    except LookupError:
        return "taken"


def main(url: str, mirrors: Path, *, who: str, names: range) -> None:
    """Ask for every name, under ids of this process's own."""
    commit_queue = GitCommitQueue(CommitQueueSettings(Remote(url), mirrors), environ=ENVIRON)
    requests = [claiming(f"w-{number}", id=f"{who}-{number}") for number in names]
    with ThreadPoolExecutor(CLIENTS) as clients:
        for request, answer in zip(
            requests, clients.map(lambda each: _submitted(commit_queue, each), requests), strict=True
        ):
            sys.stdout.write(f"{request.id} {answer}\n")
    commit_queue.close()


if __name__ == "__main__":
    (mirrors := Path(sys.argv[2])).mkdir(parents=True, exist_ok=True)
    (mirrors / "pid").write_text(str(os.getpid()))
    main(sys.argv[1], mirrors, who=sys.argv[3], names=range(int(sys.argv[4]), int(sys.argv[5])))
