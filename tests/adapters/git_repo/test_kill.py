"""Kill -9 while a commit is made in a working tree: the next pass finds all of it, or nothing."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from helium.adapters.git_repo import GitRepo
from helium.errors import HeadMovedError, SourceError
from tests.adapters.git_repo.victim import EDITS
from tests.adapters.git_repos import ANN, git, land, new_repo, opened

ROOT = Path(__file__).parents[3]
KILL = "#!/bin/sh\nkill -9 $(cat .git/victim)\n"
KILL_WHEN_MOVED = '#!/bin/sh\ntest "$1" = committed && kill -9 $(cat "$(git rev-parse --git-dir)/victim")\nexit 0\n'


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A repository with the files that the victim edits and removes."""
    path = new_repo(tmp_path / "own")
    land(path, {"helium.yaml": b"x", "workspaces/old.yaml": b"{}\n", "workspaces/edited.yaml": b"a: 1\n"})
    return path


def _killed(own: Path, *, hook: str, script: str) -> None:
    path = own / ".git/hooks" / hook
    path.write_text(script)
    path.chmod(0o755)
    victim = (sys.executable, "-m", "tests.adapters.git_repo.victim", str(own))
    assert -signal.SIGKILL == subprocess.run(victim, cwd=ROOT, timeout=600, check=False).returncode
    path.unlink()


def test_killed_before_the_branch_moved_it_never_was(own: Path) -> None:
    """The next pass lets go of the index, and the same write works."""
    head = git(own, "rev-parse", "main")
    _killed(own, hook="pre-commit", script=KILL)
    assert (own / ".git/index.lock").exists()
    repo = GitRepo(opened(own))
    repo.fetch()
    assert (head, "") == (git(own, "rev-parse", "main"), git(own, "status", "--porcelain"))
    made_now = repo.commit(EDITS, head=repo.head(), author=ANN, message="Write", trailers={})
    assert (made_now, "", []) == (
        repo.head(),
        git(own, "status", "--porcelain"),
        list((own / ".git").glob("*helium-*")),
    )


def test_killed_after_the_branch_moved_it_is_finished(own: Path) -> None:
    """The next pass brings index and files to the commit, so that a person's next one does not undo it."""
    _killed(own, hook="reference-transaction", script=KILL_WHEN_MOVED)
    assert "Write" == git(own, "log", "-1", "--format=%s").strip()
    GitRepo(opened(own)).fetch()
    assert ("", b"a: 2\n", False) == (
        git(own, "status", "--porcelain"),
        (own / "workspaces/edited.yaml").read_bytes(),
        (own / "workspaces/old.yaml").exists(),
    )


def test_what_a_person_wrote_since_is_kept(own: Path) -> None:
    """Putting right touches no file that is not as it was before the commit: it shows as the person's change."""
    _killed(own, hook="reference-transaction", script=KILL_WHEN_MOVED)
    (own / "workspaces/edited.yaml").write_bytes(b"mine\n")
    GitRepo(opened(own)).fetch()
    assert (" M workspaces/edited.yaml\n", b"mine\n") == (
        git(own, "status", "--porcelain"),
        (own / "workspaces/edited.yaml").read_bytes(),
    )


def test_a_living_process_keeps_its_lock(own: Path) -> None:
    """Only the lock of a Helium that is dead on this host is let go."""
    for text in ("helium elsewhere 999999\n", "helium 1\n", ""):
        (own / ".git/index.lock").write_text(text)
        repo = GitRepo(opened(own))
        repo.fetch()
        with pytest.raises(SourceError, match="Another git is at work here"):
            repo.commit(EDITS, head=repo.head(), author=ANN, message="Write", trailers={})


def test_the_lock_of_an_earlier_process_with_this_ones_pid_is_let_go(own: Path) -> None:
    """A container that starts again has its old host's name, and often its old pid."""
    (own / ".git/index.lock").write_text(f"helium {socket.gethostname()} {os.getpid()} @1\n")
    repo = GitRepo(opened(own))
    made_now = repo.commit(EDITS, head=repo.head(), author=ANN, message="Write", trailers={})
    assert made_now == repo.head()


def test_a_lock_that_a_killed_git_left_on_a_branch_is_taken_away(own: Path) -> None:
    """Git locks a branch for the time of a rename: what is older than a minute is nobody's."""
    head = git(own, "rev-parse", "main").strip()
    lock = own / ".git/refs/heads/helium-ledger.lock"
    lock.touch()
    os.utime(lock, (0, 0))
    opened(own).program.swap("refs/heads/helium-ledger", head, old=None)

    assert head == git(own, "rev-parse", "helium-ledger").strip()
    assert not lock.exists()


def test_a_young_lock_on_a_branch_is_somebody_elses(own: Path) -> None:
    """It may be held this moment: nothing is taken away, and the write is tried again later."""
    lock = own / ".git/refs/heads/helium-ledger.lock"
    lock.touch()

    with pytest.raises(HeadMovedError):
        opened(own).program.swap("refs/heads/helium-ledger", git(own, "rev-parse", "main").strip(), old=None)
    assert lock.exists()
