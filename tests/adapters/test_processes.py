from __future__ import annotations

import subprocess

from helium.adapters import processes
from tests.kubernetes import soon


def test_a_process_is_killed_with_all_that_it_has_started() -> None:
    """Also what a child of it has started, which is nobody's child then."""
    script = "sh -c 'sleep 60 & echo $!; wait' & wait"
    process = subprocess.Popen(["sh", "-c", script], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    grandchild = int(process.stdout.readline())
    try:
        assert grandchild in processes.below(process.pid)
    finally:
        processes.kill(process.pid)
        process.communicate()

    assert -9 == process.returncode
    assert soon(lambda: not processes.runs(grandchild))
