"""A program that writes to a working tree, and is killed by the repository's own hooks: `victim.py FOLDER`."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from helium.adapters.git_repo import GitRepo
from helium.ports.repo import Edit
from tests.adapters.git_repos import ANN, opened

EDITS = (
    Edit("workspaces/team/new.yaml", b"a: 1\n"),
    Edit("workspaces/edited.yaml", b"a: 2\n"),
    Edit("workspaces/old.yaml", None),
)

if __name__ == "__main__":
    own = Path(sys.argv[1])
    (own / ".git/victim").write_text(str(os.getpid()))
    repo = GitRepo(opened(own))
    repo.commit(EDITS, head=repo.head(), author=ANN, message="Write", trailers={})
