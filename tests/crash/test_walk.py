"""The machine's small sister on the real engine, the real ledger and the real sandbox."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.crash.walk import walked


@pytest.mark.slow
def test_the_walk_ends_well(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """On the real thing too nothing is lost, leaked or destroyed that nobody gave up."""
    steps = walked(tmp_path, steps=10, seed=1)
    with capsys.disabled():
        sys.stdout.write(f" [{steps}] ")
