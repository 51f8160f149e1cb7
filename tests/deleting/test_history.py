"""Safeguard `history` on real git with a real remote: today's main, if it descends from what was accepted.

The engine is the fake; nothing here is Pulumi's business.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest

from helium.adapters.git_repo import GitRepo
from helium.adapters.ledger import GitLedger
from helium.core.fleet import Fleet
from helium.errors import SourceError
from helium.reconcile.loop import Result
from tests.adapters import git_repos
from tests.reconcile.harness import SETTINGS, Stage, summary

PLAIN = b"expiry: 2026-12-24\n"
SHARED = SETTINGS + b"state: gs://bucket\n"


class MovedRemote:
    """A remote, somebody who pushes to it, and the machines that pass over clones of it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.bare = git_repos.bare(folder / "remote.git")
        self.others = git_repos.cloned(self.bare, folder / "others")
        self.stage = Stage()
        self.machines = 0

    def push(self, files: Mapping[str, bytes | None], *, force: bool = False) -> str:
        """A commit on main, a minute after the last."""
        self.stage.now = self.stage.now.replace(minute=self.stage.now.minute + 1)
        commit = git_repos.land(self.others, files, time=self.stage.now)
        git_repos.git(self.others, "push", "-q", *(["--force"] if force else []), "origin", "HEAD:main")
        return commit

    def clone(self, *flags: str) -> Path:
        """Another machine's clone."""
        self.machines += 1
        return git_repos.cloned(self.bare, self.folder / f"machine-{self.machines}", *flags)

    def go(self, machine: Path) -> Result:
        """One pass on that machine."""
        clone = git_repos.opened(machine)
        self.stage.repo = GitRepo(clone)  # type: ignore[assignment]
        self.stage.ledger = GitLedger(clone, Fleet("acme", state="gs://bucket"))  # type: ignore[assignment]
        return self.stage.go()


@pytest.fixture
def remote(tmp_path: Path) -> MovedRemote:
    """A fleet on a remote with `a` and `b`, ready; `b` came with the second commit."""
    remote = MovedRemote(tmp_path)
    remote.push({"helium.yaml": SHARED, "workspaces/a.yaml": PLAIN})
    remote.push({"workspaces/b.yaml": PLAIN})
    remote.go(remote.clone())
    remote.stage.engine.calls.clear()
    return remote


def refused(result: Result) -> list[str]:
    """The codes of what was refused; nothing may have been applied."""
    assert result.outcomes == ()
    return [refusal.code.value for refusal in result.plan.refusals]


def test_a_forced_push_applies_nothing(remote: MovedRemote) -> None:
    """Main was put back to where `b` was not: neither its destroy nor a create goes, on any clone."""
    old = remote.clone()
    git_repos.git(remote.others, "reset", "-q", "--hard", "HEAD~1")
    remote.push({"workspaces/c.yaml": PLAIN}, force=True)

    assert refused(remote.go(old)) == ["history"]
    assert refused(remote.go(remote.clone())) == ["history"]
    assert remote.stage.stacks() == ["a", "b"]


def test_a_shallow_clone_applies_nothing(remote: MovedRemote) -> None:
    """Where the accepted commit is cut off, nobody knows whether main goes on from it."""
    for name in "cde":
        remote.push({f"workspaces/{name}.yaml": PLAIN})

    with pytest.raises(SourceError, match="shallow"):
        remote.go(remote.clone("--depth", "1"))
    assert remote.stage.stacks() == ["a", "b"]


def test_a_merge_pushed_the_wrong_way_round_begins_no_new_incarnation(remote: MovedRemote) -> None:
    """Who pulls main into their own branch and pushes has added nothing that main had, also if it was handed over."""
    remote.push({"workspaces/b.yaml": b"expiry: 2026-12-25\nowner: bob@example.com\n"})
    git_repos.git(remote.others, "checkout", "-q", "-b", "mine", "main~2")
    git_repos.land(remote.others, {"workspaces/z.yaml": PLAIN}, time=remote.stage.now)
    when = {"GIT_COMMITTER_DATE": f"@{int(remote.stage.now.timestamp()) + 60} +0000"}
    git_repos.git(remote.others, "merge", "-q", "--no-ff", "-m", "Merge main", "main", extra=when)
    git_repos.git(remote.others, "push", "-q", "origin", "mine:main")

    assert summary(remote.go(remote.clone())) == [
        ("create", "z", "new-file", True),
        ("update", "b", "spec-changed", True),
    ]
    assert remote.stage.stacks() == ["a", "b", "z"]


@pytest.mark.parametrize("how", ["feature branch", "old commit", "dirty tree"])
def test_what_is_checked_out_is_no_main(remote: MovedRemote, how: str) -> None:
    """A feature branch, a re-run's old commit, a working tree without files: the pass goes by the remote's main."""
    machine = remote.clone()
    if how == "feature branch":
        git_repos.git(machine, "checkout", "-q", "-b", "feature")
        git_repos.land(machine, {"workspaces/a.yaml": None, "workspaces/x.yaml": PLAIN})
    elif how == "old commit":
        git_repos.git(machine, "checkout", "-q", "HEAD~1")
    else:
        shutil.rmtree(machine / "workspaces")
    remote.push({"workspaces/c.yaml": PLAIN})

    assert summary(remote.go(machine)) == [("create", "c", "new-file", True)]
    assert remote.stage.stacks() == ["a", "b", "c"]


def test_a_ledger_is_never_pushed_over_a_longer_log(remote: MovedRemote) -> None:
    """Whoever is behind fetches and adds: each commit's log begins with every byte of the log before it."""
    one, two = remote.clone(), remote.clone()
    remote.push({"workspaces/c.yaml": PLAIN})
    remote.go(one)
    remote.push({"workspaces/c.yaml": None})
    remote.go(two)
    remote.push({"workspaces/d.yaml": PLAIN})
    remote.go(one)
    commits = git_repos.git(remote.bare, "rev-list", "--reverse", "helium-ledger").split()
    logs = [git_repos.git(remote.bare, "log", "-1", "--format=", "-p", commit, "--", "log") for commit in commits]

    assert len(commits) > 6
    assert not [line for log in logs for line in log.splitlines() if line.startswith("-{")]
