from __future__ import annotations

from pathlib import Path

import pytest

from tests.adapters.git_repos import START, begun


@pytest.fixture
def remote(tmp_path: Path) -> Path:
    """A bare remote with a fleet's first commit."""
    return begun(tmp_path, {"helium.yaml": b"fleet: x\n"}, clones=("others",), time=START)
