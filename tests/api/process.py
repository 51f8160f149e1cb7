"""One process of the API on a real remote: `python -m tests.api.process REMOTE FOLDER PORT`, for tests that kill it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import uvicorn

from helium.adapters.commit_queue import CommitQueueSettings, GitCommitQueue, Remote
from helium.adapters.git_repo import GitRepo
from helium.adapters.ledger import GitLedger
from helium.adapters.specs import YamlSpecs
from helium.api.app import create_app
from helium.api.parts import ApiParts
from helium.api.tokens import Tokens
from tests.adapters.git_repos import ENVIRON
from tests.api.serving import TOKENS
from tests.backend_rules import GCP


@contextmanager
def real(remote: Path | str, folder: Path, *, look: float = 0.2) -> Iterator[ApiParts]:
    """`ApiParts` on a remote, with the mirror in a folder."""
    commit_queue = GitCommitQueue(CommitQueueSettings(Remote(str(remote)), folder, look=look), environ=ENVIRON)
    specs = YamlSpecs({"gcp-namespace": GCP})
    fleet = specs.fleet(commit_queue.view().read("helium.yaml") or b"")
    try:
        yield ApiParts(
            commit_queue=commit_queue,
            repo=GitRepo(commit_queue.clone),
            ledger=GitLedger(commit_queue.clone, fleet),
            specs=specs,
            tokens=Tokens(given=TOKENS),
            clock=lambda: datetime.now(UTC),
            mirror_age=commit_queue.age,
            poke=commit_queue.poke,
        )
    finally:
        commit_queue.close()


def main(remote: str, folder: str, *, port: str) -> None:
    """Serve until a signal."""
    with real(Path(remote), Path(folder)) as deps:
        uvicorn.run(create_app(deps), port=int(port), log_level="warning")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], port=sys.argv[3])
