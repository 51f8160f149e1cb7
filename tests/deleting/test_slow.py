"""A destroy that takes longer than `limits.timeout`: interrupted, never called gone, tried again, and proven."""

from __future__ import annotations

import math
import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest

from tests.deleting.real_fleet import KEPT, RealFleet, summary

pytestmark = pytest.mark.slow


def locks(fleet: RealFleet) -> list[Path]:
    """Pulumi's locks that are left."""
    return list((fleet.folder / ".helium" / "state" / ".pulumi" / "locks").rglob("*.json"))


def test_a_slow_destroy_is_stopped_and_tried_again(fleet: RealFleet) -> None:
    """Whether the cloud had acted or not: it stays `deleting`, leaves no lock, and the next pass ends and proves it."""
    fleet.land({"c.yaml": None, "d.yaml": KEPT})
    began = time.monotonic()
    assert [each[:2] for each in summary(fleet.go())] == [("create", "d"), ("destroy", "c")]
    # Long enough here for an engine that starts again to reach the cloud, however slow this machine is.
    limit = 5 + math.ceil(3 * (time.monotonic() - began))
    fleet.fresh()
    fleet.limit = timedelta(seconds=limit)
    long = f"{20 * limit}s"
    fleet.faults(f"slow before delete bucket named acme-a {long}", f"slow after delete bucket named acme-b {long}")
    fleet.land({"a.yaml": None, "b.yaml": None})
    result = fleet.go(once=True)

    assert summary(result) == [("destroy", name, "file-removed", False) for name in "ab"]
    assert ["longer than its limit of" in outcome.sentence for outcome in result.outcomes] == [True, True]
    records = [record for record in map(fleet.record, "ab") if record is not None]
    assert [(record.phase, record.attempts, record.emptied) for record in records] == [("deleting", 1, None)] * 2
    assert (fleet.stacks(), locks(fleet)) == (["a", "b", "d", "marker"], [])
    assert fleet.buckets() == ["acme-a", "acme-a/data", "acme-d"]

    fleet.faults()
    assert summary(fleet.go()) == [("destroy", name, "file-removed", True) for name in "ab"]
    assert (fleet.buckets(), fleet.stacks()) == (["acme-d"], ["d", "marker"])
    assert fleet.phases() == {"d": "ready"}
    assert [line.code for line in fleet.log("a")] == ["new-file", "file-removed", "file-removed"]


def test_an_interruption_that_nobody_reads_of_ends_what_runs(fleet: RealFleet) -> None:
    """Whoever read the pass's lines is gone, and Ctrl-C comes all the same: Pulumi is ended, and leaves no lock."""
    fleet.faults("slow delete bucket named acme-a 1000s")
    fleet.land({"a.yaml": None})
    command = (sys.executable, "-m", "helium", "-C", str(fleet.folder), "reconcile")
    with subprocess.Popen(
        command, cwd=Path(__file__).parents[2], env=dict(fleet.environ), stderr=subprocess.PIPE
    ) as run:
        assert run.stderr is not None
        while b"destroying a" not in run.stderr.readline():
            assert run.poll() is None
        while not locks(fleet):
            assert run.poll() is None
        run.stderr.close()
        run.send_signal(signal.SIGINT)
        try:
            run.wait(timeout=600)
        finally:
            run.kill()

    assert (locks(fleet), fleet.stacks()) == ([], ["a", "b", "c", "marker"])
    fleet.faults()
    fleet.helium("reconcile", "--only", "a")
    assert (fleet.buckets(), fleet.stacks()) == (["acme-b", "acme-c"], ["b", "c", "marker"])
