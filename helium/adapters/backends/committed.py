"""The files under `stacks/` as a commit of main has them: what the working tree holds is never run."""

from __future__ import annotations

from collections.abc import Mapping

from helium.adapters.backends.find import STACKS
from helium.adapters.git_repo import read
from helium.adapters.git_repo.clone import Clone
from helium.errors import SourceError


def stacks_at(clone: Clone, commit: str) -> Mapping[str, bytes]:
    """The files by path; `SourceError` for a link or a submodule, which git cannot give the bytes of."""
    files = {entry.path: entry.blob for entry in read.entries(clone.repository, commit, folder=STACKS)}
    data = read.blobs(clone.repository, tuple(files.values()))
    if missing := sorted(path for path, blob in files.items() if blob not in data):
        raise SourceError(f"{missing[0]} at {commit[:10]} is not a file; only plain files may lie under {STACKS}/")
    return {path: data[blob] for path, blob in files.items()}
