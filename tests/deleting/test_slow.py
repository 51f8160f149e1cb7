"""A destroy that takes longer than `limits.timeout`: interrupted, never called gone, tried again, and proven."""

from __future__ import annotations

import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

from tests.deleting.ground import Ground, summary


def locks(ground: Ground) -> list[Path]:
    """Pulumi's locks that are left."""
    return list((ground.folder / ".helium" / "state" / ".pulumi" / "locks").rglob("*.json"))


def test_a_slow_destroy_is_stopped_and_tried_again(ground: Ground) -> None:
    """Whether the cloud had acted or not: it stays `deleting`, leaves no lock, and the next pass ends and proves it."""
    ground.fresh()
    ground.limit = timedelta(seconds=6)
    ground.faults("slow before delete bucket named acme-a 90s", "slow after delete bucket named acme-b 90s")
    ground.land({"a.yaml": None, "b.yaml": None})
    result = ground.go()

    assert summary(result) == [("destroy", name, "file-removed", False) for name in "ab"]
    assert ["longer than its limit of 6 s" in outcome.sentence for outcome in result.outcomes] == [True, True]
    records = [record for record in map(ground.record, "ab") if record is not None]
    assert [(record.phase, record.attempts, record.emptied) for record in records] == [("deleting", 1, None)] * 2
    assert (ground.stacks(), locks(ground)) == (["a", "b", "c", "marker"], [])
    assert ground.buckets() == ["acme-a", "acme-a/data", "acme-c"]

    ground.faults()
    assert summary(ground.go()) == [("destroy", name, "file-removed", True) for name in "ab"]
    assert (ground.buckets(), ground.stacks()) == (["acme-c"], ["c", "marker"])
    assert ground.phases() == {"c": "ready"}
    assert [line.code for line in ground.log("a")] == ["new-file", "file-removed", "file-removed", "gone"]


def test_an_interruption_that_nobody_reads_of_ends_what_runs(ground: Ground) -> None:
    """Whoever read the pass's lines is gone, and Ctrl-C comes all the same: Pulumi is ended, and leaves no lock."""
    ground.faults("slow delete bucket named acme-a 100s")
    ground.land({"a.yaml": None})
    command = (sys.executable, "-m", "helium", "-C", str(ground.folder), "reconcile")
    with subprocess.Popen(
        command, cwd=Path(__file__).parents[2], env=dict(ground.environ), stderr=subprocess.PIPE
    ) as run:
        assert run.stderr is not None
        while b"destroying a" not in run.stderr.readline():
            assert run.poll() is None
        while not locks(ground):
            assert run.poll() is None
        run.stderr.close()
        run.send_signal(signal.SIGINT)
        try:
            run.wait(timeout=60)
        finally:
            run.kill()

    assert (locks(ground), ground.stacks()) == ([], ["a", "b", "c", "marker"])
    ground.faults()
    ground.helium("reconcile", "--only", "a")
    assert (ground.buckets(), ground.stacks()) == (["acme-b", "acme-c"], ["b", "c", "marker"])
