"""Real git repositories for tests: made in a folder, landed on at chosen times, opened as the adapter does."""

from __future__ import annotations

import atexit
import os
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Protocol

import pygit2

from helium.adapters.git_repo import Clone, GitRepo, open_clone
from helium.ports.repo import Repo
from tests.fakes import FakeRepo

_USER = "[user]\n\tname = Own User\n\temail = own@example.com\n"
START = datetime(2026, 1, 1, tzinfo=UTC)
ANN = "Ann <ann@example.com>"
ENVIRON = {
    "PATH": os.environ["PATH"],
    "HOME": "/nonexistent",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": "/dev/null",
}


def git(folder: Path, *arguments: str, data: bytes = b"", extra: Mapping[str, str] | None = None) -> str:
    """What git prints; a failure is the test's own."""
    environ = {**ENVIRON, **(extra or {})}
    done = subprocess.run(("git", *arguments), cwd=folder, env=environ, input=data, capture_output=True, check=False)
    assert done.returncode == 0, f"git {' '.join(arguments)}: {done.stderr.decode()}"
    return done.stdout.decode()


def new_repo(folder: Path, *, branch: str = "main") -> Path:
    """An empty repository with a work tree and a user of its own."""
    shutil.copytree(_empty("own"), folder, dirs_exist_ok=True)
    (folder / ".git/HEAD").write_text(f"ref: refs/heads/{branch}\n")
    return folder


def named(folder: Path) -> None:
    """Give a repository a user."""
    with (folder / ".git/config").open("a") as config:
        config.write(_USER)


def bare(folder: Path) -> Path:
    """An empty bare repository, to be a remote by path."""
    shutil.copytree(_empty("remote"), folder)
    return folder


def _template() -> Path:
    """A folder for what git makes once in a process: copying a few files takes a tenth of the time."""
    folder = Path(mkdtemp(prefix="helium-tests-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


@cache
def _empty(kind: str) -> Path:
    folder = _template()
    git(folder, "init", "-q", "-b", "main", *(["--bare"] if kind == "remote" else []))
    if kind == "own":
        named(folder)
    return folder


def cloned(remote: Path, folder: Path, *flags: str) -> Path:
    """A clone of a path remote, with a user."""
    git(folder.parent, "clone", "-q", *flags, f"file://{remote}", str(folder))
    named(folder)
    return folder


def write(folder: Path, files: Mapping[str, bytes | None]) -> None:
    """Put files into a work tree, or take them away."""
    for path, data in files.items():
        if data is None:
            (folder / path).unlink()
        else:
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(data)


def land(
    folder: Path,
    files: Mapping[str, bytes | None],
    *,
    time: datetime = START,
    author: str = ANN,
    message: str = "Change",
    trailers: Mapping[str, str] | None = None,
) -> str:
    """One commit with the git program, as a person makes it."""
    write(folder, files)
    git(folder, "add", "-A")
    lines = [message, "", *(f"{key}: {value}" for key, value in (trailers or {}).items())]
    when = {"GIT_COMMITTER_DATE": f"@{int(time.timestamp())} +0000", "GIT_AUTHOR_DATE": "@1000000000 +0000"}
    git(folder, "commit", "-q", "--allow-empty", f"--author={author}", "-m", "\n".join(lines), extra=when)
    return str(pygit2.Repository(folder).head.target)


def begun(
    folder: Path, files: Mapping[str, bytes | None], *, clones: tuple[str, ...] = ("own",), time: datetime | None = None
) -> Path:
    """A bare repository whose main begins with these files, minutes ago at most, with clones of it beside it.

    Without files, remote and clones are empty.
    """
    template = _begun(tuple(files.items()), clones, time)
    shutil.copytree(template, folder, dirs_exist_ok=True)
    for name in clones:
        config = folder / name / ".git/config"
        config.write_text(config.read_text().replace(str(template), str(folder)))
    return folder / "remote.git"


@cache
def _begun(files: tuple[tuple[str, bytes | None], ...], clones: tuple[str, ...], time: datetime | None) -> Path:
    folder = _template()
    remote = bare(folder / "remote.git")
    for name in clones:
        own = cloned(remote, folder / name)
        if files and name == clones[0]:
            land(own, dict(files), time=time or datetime.now(UTC), message="Begin")
            git(own, "push", "-q", "origin", "HEAD:main")
    return folder


def opened(folder: Path, *, main: str | None = None, seconds: float = 60.0) -> Clone:
    """The clone as the wiring opens it."""
    return open_clone(folder, environ=ENVIRON, main=main, seconds=seconds)


def imported(folder: Path, commits: Iterable[Mapping[str, bytes | None]]) -> None:
    """Thousands of commits on main in a second: each the files it puts or drops, a minute apart."""
    lines: list[bytes] = []
    for number, files in enumerate(commits):
        when = int((START + timedelta(minutes=number)).timestamp())
        lines.append(b"commit refs/heads/main\ncommitter Own <own@example.com> %d +0000\ndata 1\nx" % when)
        for path, data in files.items():
            name = path.encode()
            put = b"M 100644 inline %b\ndata %d\n%b" % (name, len(data or b""), data or b"")
            lines.append(b"D %b" % name if data is None else put)
    git(folder, "fast-import", "--quiet", data=b"\n".join([*lines, b""]))


class RepoHost(Protocol):
    """A repository as a test uses it: somebody lands commits, the port reads and writes."""

    @property
    def repo(self) -> Repo:
        """What is tested."""

    def land(self, files: Mapping[str, bytes | None], *, author: str = ANN, trailers: Mapping[str, str] = {}) -> str:
        """Somebody's commit, an hour after the last, already fetched."""


@dataclass
class FakeRepoHost:
    """The fake."""

    repo: FakeRepo = field(default_factory=FakeRepo)

    def land(self, files: Mapping[str, bytes | None], *, author: str = ANN, trailers: Mapping[str, str] = {}) -> str:
        """In memory."""
        return self.repo.land(files, author=author, trailers=trailers)


@dataclass
class GitRepoHost:
    """A clone under test, and where others land: the same folder, or another clone that pushes."""

    repo: GitRepo
    others: Path
    pushes: bool
    count: int = 0

    def land(self, files: Mapping[str, bytes | None], *, author: str = ANN, trailers: Mapping[str, str] = {}) -> str:
        """With the git program."""
        if self.pushes and self.count:
            git(self.others, "pull", "-q", "--ff-only")
        when = START + timedelta(hours=self.count)
        self.count += 1
        commit = land(self.others, files, time=when, author=author, trailers=trailers)
        if self.pushes:
            git(self.others, "push", "-q", "origin", "main")
        self.repo.fetch()
        return commit


def repo_host(kind: str, folder: Path) -> RepoHost:
    """A `fake`, a `plain` repository without a remote, or a clone with a `remote`."""
    if kind == "fake":
        return FakeRepoHost()
    if kind == "plain":
        own = new_repo(folder / "own")
        return GitRepoHost(GitRepo(opened(own)), own, pushes=False)
    begun(folder, {}, clones=("others", "own"))
    return GitRepoHost(GitRepo(opened(folder / "own")), folder / "others", pushes=True)
