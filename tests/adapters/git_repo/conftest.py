from __future__ import annotations

from pathlib import Path

import pytest

from tests.adapters.git_repos import bare, cloned, git, land


@pytest.fixture
def remote(tmp_path: Path) -> Path:
    """A bare remote with a fleet's first commit."""
    path = bare(tmp_path / "remote.git")
    others = cloned(path, tmp_path / "others")
    land(others, {"helium.yaml": b"fleet: x\n"})
    git(others, "push", "-q", "origin", "main")
    return path
