"""Several processes on one ledger, and processes that are killed: nothing acknowledged is lost, nothing half done."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from helium.adapters.ledger import GitLedger
from helium.ports.ledger import Writes
from tests.adapters.git_repos import bare, cloned, git, land, new_repo, opened
from tests.adapters.ledger.ledgers import HERE, SHARED, record

ROOT = Path(__file__).parents[3]


def _started(*arguments: str) -> subprocess.Popen[str]:
    command = (sys.executable, "-m", "tests.adapters.ledger.racers", *arguments)
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


@pytest.mark.parametrize("kind", ["shared", "here"])
def test_processes_that_race_lose_nothing(tmp_path: Path, kind: str) -> None:
    """Three writers at once, with a clone each or all in one: every record and every line is there, once."""
    if kind == "shared":
        remote = bare(tmp_path / "remote.git")
        folders = [cloned(remote, tmp_path / f"own-{number}") for number in range(3)]
    else:
        folders = [new_repo(tmp_path / "own")] * 3
    racers = [_started(kind, str(folder), f"w{number}", "6") for number, folder in enumerate(folders)]
    assert [0, 0, 0] == [racer.wait(600) for racer in racers]
    for racer in racers:
        racer.communicate()
    names = sorted(f"w{number}-{turn}" for number in range(3) for turn in range(6))
    ledger = GitLedger(opened(folders[0]), SHARED if kind == "shared" else HERE)
    assert (names, names) == (sorted(ledger.read().records), sorted(each.name for each in ledger.log()))


def test_a_kill_between_objects_and_branch_leaves_the_old_state(tmp_path: Path) -> None:
    """Objects without a branch are nothing: the ledger reads as before, and the next write works."""
    own = new_repo(tmp_path / "own")
    land(own, {"helium.yaml": b"x"})
    before, _ = GitLedger(opened(own), HERE).write(Writes({"a": record("a")}), on=GitLedger(opened(own), HERE).read())
    racer = _started("die", str(own))
    racer.communicate(timeout=600)
    assert -signal.SIGKILL == racer.returncode
    ledger = GitLedger(opened(own), HERE)
    assert before == ledger.read()
    after, _ = ledger.write(Writes({"b": record("b")}), on=ledger.read())
    assert ["a", "b"] == sorted(after.records)


@pytest.mark.parametrize("acknowledged", [1, 4, 9])
def test_a_writer_killed_in_the_middle_loses_nothing_it_acknowledged(tmp_path: Path, acknowledged: int) -> None:
    """Whatever it had said is in; the branch is whole, has at most one more, and takes the next write."""
    own = new_repo(tmp_path / "own")
    racer = _started("here", str(own), "w", "1000")
    assert racer.stdout is not None
    said = [racer.stdout.readline().strip() for _ in range(acknowledged)]
    racer.kill()
    rest, _ = racer.communicate()
    said += rest.split()
    git(own, "fsck", "--strict")
    ledger = GitLedger(opened(own), HERE)
    # A git that the killed process had started may still be moving the branch.
    found = sorted(ledger.read().records)
    assert set(said) <= set(found)
    assert len(found) <= len(said) + 1
    after, _ = ledger.write(Writes({"next": record("next")}), on=ledger.read())
    assert "next" in after.records


def test_a_full_disk_is_a_sentence_and_leaves_the_old_state(tmp_path: Path) -> None:
    """Where objects cannot be written the error says so, and the branch has not moved."""
    own = new_repo(tmp_path / "own")
    before, _ = GitLedger(opened(own), HERE).write(Writes({"a": record("a")}), on=GitLedger(opened(own), HERE).read())
    said, _ = _started("fill", str(own)).communicate(timeout=600)
    assert "Is the disk full, or the folder read-only?" in said
    assert before == GitLedger(opened(own), HERE).read()
