"""Locks that a killed git leaves: taken away where nobody can hold them any more, here and in a remote by path."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from helium.adapters.git_repo import Clone, GitRepo, locks, open_clone
from helium.errors import HeadMovedError, SourceError
from helium.ports.repo import Edit
from tests.adapters.git_repos import ANN, ENVIRON, cloned, git, opened

KILL = '#!/bin/sh\ntest "$1" = prepared && kill -9 $PPID\nexit 0\n'
SSH = '#!/bin/sh\nshift\nexec sh -c "$*"\n'
"""What is called instead of ssh: the host is this one, but nothing tells git so."""


@pytest.fixture
def own(remote: Path, tmp_path: Path) -> Path:
    """A clone of it."""
    return cloned(remote, tmp_path / "own")


def stale(lock: Path, *, seconds: float = locks.DEAD_AFTER + 5) -> Path:
    """A lock file of that age."""
    lock.parent.mkdir(parents=True, exist_ok=True)
    lock.touch()
    aged(lock, seconds=seconds)
    return lock


def aged(lock: Path, *, seconds: float = locks.DEAD_AFTER + 5) -> None:
    """As if it had been there for so long."""
    then = time.time() - seconds
    os.utime(lock, (then, then))


def put(clone: Clone, name: str = "a") -> str:
    """A commit on main."""
    repo = GitRepo(clone)
    edit = Edit(f"workspaces/{name}.yaml", b"{}\n")
    return repo.commit([edit], head=repo.head(), author=ANN, message=f"Ask for {name}", trailers={})


@pytest.mark.parametrize("url", ["file://{}/remote.git", "{}/remote.git", "{}/remote"])
def test_a_remote_by_path_is_rid_of_the_lock_that_a_killed_git_left(
    remote: Path, own: Path, tmp_path: Path, url: str
) -> None:
    """However the path is written: the push goes through, and the lock is gone."""
    git(own, "remote", "set-url", "origin", url.format(tmp_path))
    lock = stale(remote / "refs/heads/main.lock")
    created = put(opened(own))
    assert (created, False) == (git(remote, "rev-parse", "main").strip(), lock.exists())


def test_git_killed_with_the_lock_in_its_hand_stops_no_later_push(remote: Path, own: Path) -> None:
    """A real kill: it leaves the branch's lock and that of the HEAD that names it, and both go."""
    hook = remote / "hooks/reference-transaction"
    hook.write_text(KILL)
    hook.chmod(0o755)
    with pytest.raises(SourceError):
        put(opened(own))
    hook.unlink()
    left = sorted(remote.rglob("*.lock"))
    assert remote / "refs/heads/main.lock" in left
    for lock in left:
        aged(lock)

    assert put(opened(own)) == git(remote, "rev-parse", "main").strip()
    assert [] == list(remote.rglob("*.lock"))


def test_a_young_lock_in_a_remote_is_somebodys(remote: Path, own: Path) -> None:
    """It stays, and the sentence tells it from a race that was lost, and what comes of waiting."""
    lock = stale(remote / "refs/heads/main.lock", seconds=locks.DEAD_AFTER - 30)
    with pytest.raises(
        HeadMovedError, match=r"because of a lock: .*/refs/heads/main\.lock.* older than a minute is removed"
    ):
        put(opened(own))
    assert lock.exists()


def over_ssh(own: Path, remote: Path) -> Mapping[str, str]:
    """Make the remote one by URL, reached through what stands in for ssh: the environment for it."""
    ssh = own.parent / "ssh"
    ssh.write_text(SSH)
    ssh.chmod(0o755)
    git(own, "remote", "set-url", "origin", f"git.example.com:{remote}")
    return {**ENVIRON, "GIT_SSH_COMMAND": str(ssh), "GIT_SSH_VARIANT": "simple"}


def test_a_lock_on_another_host_is_the_hosts_to_remove(remote: Path, own: Path) -> None:
    """What a host says is its own path is never removed here, though it be there; the sentence says whose it is."""
    lock = stale(remote / "refs/heads/main.lock")
    with pytest.raises(HeadMovedError, match=r"because of a lock: .* ask whoever runs that host to remove the file"):
        put(open_clone(own, environ=over_ssh(own, remote)))
    assert lock.exists()


def test_a_lost_race_is_still_called_one(remote: Path, own: Path, tmp_path: Path) -> None:
    """Where no lock is in the way, somebody was first."""
    other = opened(cloned(remote, tmp_path / "other"))
    clone = opened(own)
    put(other)
    with pytest.raises(HeadMovedError, match="origin has a newer refs/heads/main"):
        put(clone, "b")


def test_a_fetch_gets_past_a_lock_on_what_it_knows_of_the_remote(remote: Path, own: Path, tmp_path: Path) -> None:
    """Killed in a fetch; the next one takes the lock away."""
    created = put(opened(cloned(remote, tmp_path / "other")))
    lock = stale(own / ".git/refs/remotes/origin/main.lock")
    repo = GitRepo(opened(own))
    repo.fetch()
    assert (created, False) == (repo.head(), lock.exists())


def test_a_fetch_gets_past_a_lock_on_the_list_of_packed_branches(own: Path) -> None:
    """Killed while it forgot a branch that the remote has no more."""
    git(own, "update-ref", "refs/remotes/origin/helium-ledger", "HEAD")
    git(own, "pack-refs", "--all")
    lock = stale(own / ".git/packed-refs.lock")
    clone = opened(own)
    clone.fetch("helium-ledger", optional=True)
    assert (None, False) == (clone.tip("refs/remotes/origin/helium-ledger"), lock.exists())


def test_a_fetch_gets_past_a_lock_on_where_a_shallow_clone_ends(remote: Path, tmp_path: Path) -> None:
    """Killed in a fetch that moved that end."""
    other = opened(cloned(remote, tmp_path / "other"))
    put(other)
    own = cloned(remote, tmp_path / "shallow", "--depth=1")
    lock = stale(own / ".git/shallow.lock")
    opened(own).program.run("fetch", "-q", "--unshallow", "origin")
    assert (False, False) == ((own / ".git/shallow").exists(), lock.exists())


def test_the_branch_that_is_checked_out_has_two_locks(own: Path) -> None:
    """Killed while it moved that branch, git leaves one on HEAD as well."""
    left = [stale(own / ".git" / name) for name in ("HEAD.lock", "refs/heads/main.lock")]
    head = git(own, "rev-parse", "main").strip()
    created = git(own, "commit-tree", "-p", head, "-m", "Next", "HEAD^{tree}").strip()
    opened(own).program.swap("refs/heads/main", created, old=head)
    assert (created, [False, False]) == (git(own, "rev-parse", "main").strip(), [lock.exists() for lock in left])


def test_a_linked_working_tree_has_its_locks_elsewhere(own: Path, tmp_path: Path) -> None:
    """Its branches lie in the repository that it belongs to."""
    git(own, "worktree", "add", "-q", str(tmp_path / "linked"))
    lock = stale(own / ".git/refs/heads/helium-ledger.lock")
    head = git(own, "rev-parse", "main").strip()
    opened(tmp_path / "linked", main="main").program.swap("refs/heads/helium-ledger", head, old=None)
    assert not lock.exists()


def test_the_lock_on_an_index_is_never_taken_away(own: Path) -> None:
    """A person may hold it for as long as their editor is open."""
    lock = stale(own / ".git/index.lock", seconds=86_400)
    with pytest.raises(SourceError, match=r"index\.lock': File exists"):
        opened(own).program.run("update-index", "--refresh")
    assert lock.exists()


def test_a_lock_outside_the_repository_is_never_taken_away(own: Path, tmp_path: Path) -> None:
    """Git's words are not enough: a remote can write anything into them."""
    lock = stale(tmp_path / "elsewhere" / "main.lock")
    assert not locks.removed(lock, places=[own])
    assert lock.exists()


def test_to_look_at_a_working_tree_locks_nothing(own: Path) -> None:
    """`git status` would write what it found out into the index, and leave its lock when it is killed."""
    os.utime(own / "helium.yaml", (0, 0))
    before = (own / ".git/index").stat().st_ino
    opened(own).program.run("status", "--porcelain")
    assert before == (own / ".git/index").stat().st_ino


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("file:///srv/fleet.git", "/srv/fleet.git"),
        ("file:///srv/our%20fleet.git", "/srv/our fleet.git"),
        ("file://nas.example.com/srv/fleet.git", ""),
        ("/srv/fleet.git", "/srv/fleet.git"),
        ("../fleet.git", "../fleet.git"),
        ("./odd:name.git", "./odd:name.git"),
        ("https://git.example.com/fleet.git", ""),
        ("ssh://git@git.example.com/fleet.git", ""),
        ("git@git.example.com:fleet.git", ""),
    ],
)
def test_where_a_remote_lies(url: str, expected: str) -> None:
    """A path, as git tells it from a host; anything else is another machine's."""
    assert expected == locks.place(url)
