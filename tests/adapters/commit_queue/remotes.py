"""A commit queue as a test uses it: it stands before a fake, a bare repository by path, or one that Gitea keeps."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from helium.adapters.commit_queue import CommitQueueSettings, GitCommitQueue, Remote
from helium.adapters.commit_queue.removals import Noting
from helium.ports.commit_queue import CommitQueue, Request, View
from helium.ports.repo import Commit, Edit
from tests.adapters.commit_queue.ssh import Ssh
from tests.adapters.git_repos import ENVIRON, START, bare, begun, cloned, git, land
from tests.fakes import FakeCommitQueue, FakeRepo

BEGINNING = {"helium.yaml": b"name: x\n"}
PATIENCE = 300
"""Seconds. What must not wait takes a few, also on a slow machine; what waits by mistake waits for ever."""
BOB = "Bob <bob@example.com>"


def until(holds: Callable[[], bool]) -> None:
    """Wait for what another thread does."""
    end = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < end, f"it did not come to pass in {PATIENCE} seconds"
        time.sleep(0.01)


def putting(
    name: str, *, id: str = "", data: bytes | None = b"{}\n", edit: Callable[..., Any] | None = None
) -> Request:
    """A request that puts one file, whatever is there."""

    def put(_view: View) -> Sequence[Edit]:
        return (Edit(f"workspaces/{name}.yaml", data),)

    return Request(id or f"r-{name}", BOB, f"Add {name}", edit or put)


def claiming(name: str, *, id: str, tried: list[str] | None = None) -> Request:
    """A request for a name that must be free; `tried` gets each commit that it was asked on."""

    def claim(view: View) -> Sequence[Edit]:
        if tried is not None:
            tried.append(view.commit)
        path = f"workspaces/{name}.yaml"
        if path in {entry.path for entry in view.entries}:
            raise LookupError(f"{name} is taken by {(view.read(path) or b'').decode()}")
        return (Edit(path, id.encode()),)

    return putting(name, id=id, edit=claim)


class NotingQueue(CommitQueue, Protocol):
    """A commit queue that notes what it takes away."""

    def note_removals(self, noting: Noting) -> None:
        """With this."""


class QueueHost(Protocol):
    """Somebody lands commits; the commit queue writes."""

    @property
    def commit_queue(self) -> NotingQueue:
        """What is tested."""

    def land(self, files: Mapping[str, bytes | None], *, trailers: Mapping[str, str] = {}) -> str:
        """Somebody's own push."""

    def commits(self) -> Sequence[Commit]:
        """Those on the remote's main that a commit queue made, newest first."""

    def files(self) -> Mapping[str, bytes]:
        """What lies under `workspaces/` on the remote."""


@dataclass
class FakeQueueHost:
    """The fake."""

    repo: FakeRepo = field(default_factory=FakeRepo)

    def __post_init__(self) -> None:
        self.commit_queue = FakeCommitQueue(self.repo)
        self.land(BEGINNING)

    def land(self, files: Mapping[str, bytes | None], *, trailers: Mapping[str, str] = {}) -> str:
        """In memory."""
        return self.repo.land(files, trailers=trailers)

    def commits(self) -> Sequence[Commit]:
        """From the line."""
        return [each.commit for each in reversed(self.repo.line) if "Helium-Request" in each.commit.trailers]

    def files(self) -> Mapping[str, bytes]:
        """Of the last commit."""
        return {path: data for path, data in self.repo.line[-1].files.items() if path.startswith("workspaces/")}


class GitQueueHost:
    """A remote, a clone in which others work, and commit queues with a mirror each."""

    def __init__(
        self, folder: Path, url: str, *, commit_queues: ExitStack, environ: Mapping[str, str] = ENVIRON, **settings: Any
    ) -> None:
        self.folder, self.url, self.environ = folder, url, environ
        self.others = folder / "others"
        self._commit_queues = commit_queues
        if not self.others.exists():
            cloned_from(url, self.others, environ=environ)
            self.land(BEGINNING)
        self.commit_queue = self.another(**settings)

    @property
    def mirrors(self) -> Path:
        """Where the commit queues keep theirs."""
        return self.folder / "mirrors"

    def another(self, **settings: Any) -> GitCommitQueue:
        """One more commit queue."""
        commit_queue = GitCommitQueue(
            CommitQueueSettings(Remote(self.url), self.mirrors, **settings), environ=self.environ
        )
        self._commit_queues.callback(commit_queue.close)
        return commit_queue

    def land(self, files: Mapping[str, bytes | None], *, trailers: Mapping[str, str] = {}) -> str:
        """With the git program."""
        if self._git("ls-remote", "origin", "main"):
            self._git("pull", "-q", "--ff-only", "origin", "main")
        commit = land(self.others, files, trailers=trailers)
        self._git("push", "-q", "origin", "main")
        return commit

    def _git(self, *arguments: str) -> str:
        return git(self.others, *arguments, extra=self.environ)

    def fetched(self) -> str:
        """The remote's head, brought to where it can be looked at."""
        self._git("fetch", "-q", "origin", "main")
        return git(self.others, "rev-parse", "FETCH_HEAD").strip()

    def commits(self) -> Sequence[Commit]:
        """As git tells them."""
        head = self.fetched()
        printed = git(self.others, "log", "--format=%x00%H%n%an <%ae>%n%s%n%(trailers:only,unfold)", head)
        return [commit for text in printed.split("\0")[1:] if (commit := _commit(text)).trailers]

    def files(self) -> Mapping[str, bytes]:
        """As git tells them."""
        head = self.fetched()
        paths = git(self.others, "ls-tree", "-r", "-z", "--name-only", head, "workspaces").split("\0")
        return {path: git(self.others, "show", f"{head}:{path}").encode() for path in paths if path}


def _commit(text: str) -> Commit:
    ident, author, subject, *rest = text.strip("\n").split("\n")
    trailers = {match[1]: match[2] for line in rest if (match := re.fullmatch(r"([\w-]+): (.*)", line))}
    return Commit(ident, START, author, subject, trailers)


def cloned_from(url: str, folder: Path, *, environ: Mapping[str, str]) -> Path:
    """A clone of an empty remote, with main checked out."""
    if url.startswith("/"):
        return cloned(Path(url), folder)
    git(folder.parent, "clone", "-q", url, str(folder), extra=environ)
    git(folder, "config", "user.name", "Own User")
    git(folder, "config", "user.email", "own@example.com")
    git(folder, "symbolic-ref", "HEAD", "refs/heads/main")
    return folder


@contextmanager
def by_path(folder: Path, **settings: Any) -> Iterator[GitQueueHost]:
    """Before a bare repository by path."""
    with ExitStack() as commit_queues:
        remote = begun(folder, BEGINNING, clones=("others",), time=START)
        yield GitQueueHost(folder, str(remote), commit_queues=commit_queues, **settings)


@contextmanager
def by_ssh(folder: Path, ssh: Ssh, **settings: Any) -> Iterator[GitQueueHost]:
    """Before a bare repository behind ssh."""
    with ExitStack() as commit_queues:
        url = ssh.url(bare(folder / "remote.git"))
        yield GitQueueHost(folder, url, commit_queues=commit_queues, environ=ssh.environ, **settings)


@contextmanager
def by_http(folder: Path, url: str, **settings: Any) -> Iterator[GitQueueHost]:
    """Before what a host keeps; the token is in the URL."""
    with ExitStack() as commit_queues:
        yield GitQueueHost(folder, url, commit_queues=commit_queues, **settings)
