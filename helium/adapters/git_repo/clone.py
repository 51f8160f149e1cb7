"""The repository of a fleet, opened: its folder, its remote, and the name of its main branch.

Works on a working tree and on a bare mirror alike. Refuses a folder inside a larger repository: a fleet is a whole one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

import pygit2

from helium.adapters.git_repo.git_cli import SECONDS, Git, SignsIn
from helium.adapters.git_repo.git_messages import failure, refuses, sentence
from helium.adapters.git_repo.partial import PartialRepository, promisor_of
from helium.adapters.git_repo.trees import UNREADABLE
from helium.errors import SourceError

DEFAULT_REMOTE = "origin"
IDENTITY = ("Helium", "helium@localhost")
"""Who commits where the repository's settings name nobody."""
_MAX_FETCHES = 3


@dataclass(frozen=True, slots=True)
class Clone:
    """A repository with its `git` program. `remote` is `None` where there is none; `main` is a branch's short name."""

    folder: Path
    repository: pygit2.Repository
    program: Git
    remote: str | None
    main: str
    _fetching: Lock = field(default_factory=Lock, repr=False, compare=False)
    _signs: list[bool] = field(default_factory=list, init=False, repr=False, compare=False)

    def ref(self, branch: str, *, shared: bool = True) -> str:
        """Where a branch is read: as the remote had it when fetched, or this repository's own."""
        if self.remote and shared:
            return f"refs/remotes/{self.remote}/{branch}"
        return f"refs/heads/{branch}"

    def tip(self, ref: str) -> str | None:
        """The commit that a ref points at, `None` when there is no such ref."""
        try:
            # Not peeled to a commit: libgit2 would parse it, and git takes authors that libgit2 does not.
            return str(self.repository.references[ref].resolve().target)
        except KeyError:
            return None
        except UNREADABLE as error:
            raise SourceError(f"{ref} cannot be read: {error}. `git fsck` says more.") from None

    def fetch(self, branch: str, *, optional: bool = False) -> None:
        """Fetch one branch. `optional`: the remote may not have it; then it is not here either, afterwards."""
        # A refspec with a pattern does not fail when nothing matches, and prunes what has gone.
        star = "*" if optional else ""
        spec = f"+refs/heads/{branch}{star}:refs/remotes/{self.remote}/{branch}{star}"
        flags = ("--no-tags", "--no-write-fetch-head", "--no-recurse-submodules", "--prune", "--quiet")
        with self._fetching:
            for _ in range(_MAX_FETCHES):
                answer = self.program.ask("fetch", *flags, str(self.remote), spec)
                # Another process that fetches into the same clone was in the way; it has ended by now.
                if "cannot lock ref" not in answer.err:
                    break
        if answer.code:
            raise failure(f"git fetch failed: {sentence(answer.err)}", away=not refuses(answer.err))

    @property
    def signs(self) -> bool:
        """Whether git would sign a commit here: by `commit.gpgsign`, wherever it is set. Git is asked once."""
        if not self._signs:
            asked = self.program.ask("config", "--type=bool", "--get", "commit.gpgsign")
            self._signs.append(asked.code == 0 and asked.out.strip() == b"true")
        return self._signs[0]

    @property
    def pushes_elsewhere(self) -> bool:
        """Whether git pushes to another address than the one that it fetches from (`remote.NAME.pushurl`)."""
        if self.remote is None:
            return False
        return self.program.text("remote", "get-url", "--push", self.remote) != self.program.text(
            "remote", "get-url", self.remote
        )

    def descends(self, commit: str, ancestor: str) -> bool:
        """Whether `ancestor` is here, and `commit` descends from it. git walks where libgit2 cannot parse a commit."""
        try:
            return ancestor in self.repository and self.repository.descendant_of(commit, ancestor)
        except UNREADABLE:
            answer = self.program.ask("merge-base", "--is-ancestor", ancestor, commit)
        if answer.code not in (0, 1):
            raise SourceError(f"The history of {commit} cannot be read: {sentence(answer.err)}. `git fsck` says more.")
        return answer.code == 0

    def committer(self) -> pygit2.Signature:
        """Who commits: the repository's own user where it names one, else Helium."""
        try:
            return self.repository.default_signature
        except UNREADABLE:
            return pygit2.Signature(*IDENTITY)


def open_clone(
    folder: Path,
    *,
    environ: Mapping[str, str],
    remote: str | None = None,
    main: str | None = None,
    seconds: float = SECONDS,
    signs_in: SignsIn | None = None,
) -> Clone:
    """The repository whose root is `folder`. `remote`: the one that somebody named, else git's own. `SourceError`."""
    program = Git(folder, environ, seconds, signs_in)
    repository = _open(folder, program)
    remotes = _remotes(repository, program)
    found = _remote(folder, remotes, named=remote)
    if main is None:
        try:
            main = _main_of(repository, program, remote=found)
        except UNREADABLE as error:
            raise SourceError(f"The branches of {folder} cannot be read: {error}. `git fsck` says more.") from None
    if remote is None and (followed := _followed(repository, main)) in remotes and followed != found:
        # A fork is called origin by its owner's clone, and nobody else looks at what is written there.
        raise SourceError(
            f"{folder} has the remotes {', '.join(remotes)}, and its branch {main} follows {followed}, not {found}. "
            "Set HELIUM_REMOTE to the fleet's remote."
        )
    return Clone(folder, repository, program, found, main)


def _remotes(repository: pygit2.Repository, program: Git) -> tuple[str, ...]:
    """The remotes that git has here. libgit2 knows fewer places of settings, so git is asked where it sees none."""
    names = [name for name in repository.remotes.names() if name is not None]
    return tuple(sorted(names or program.text("remote").splitlines()))


def _remote(folder: Path, remotes: Sequence[str], *, named: str | None) -> str | None:
    """The remote whose main is the truth; `None` only where git has no remote at all.

    Whoever took one remote for another, or for none, would write where nobody looks: an extension that never reaches
    the pass ends the workspace.
    """
    there = f"has {'the remotes' if len(remotes) > 1 else 'the remote'} {', '.join(remotes)}" if remotes else "has none"
    if named is not None and named not in remotes:
        todo = f"Set it to one of them, or add it with `git remote add {named} URL`"
        raise SourceError(f"HELIUM_REMOTE names the remote {named}, but {folder} {there}. {todo}.")
    if named is not None or not remotes:
        return named
    if len(remotes) == 1 or DEFAULT_REMOTE in remotes:
        return DEFAULT_REMOTE if DEFAULT_REMOTE in remotes else remotes[0]
    raise SourceError(
        f"{folder} {there}, and none is called {DEFAULT_REMOTE}. Set HELIUM_REMOTE to the fleet's remote."
    )


def _followed(repository: pygit2.Repository, main: str) -> str:
    """The remote that git pulls this branch from; empty where git knows none."""
    key = f"branch.{main}.remote"
    config = repository.config
    return (key in config and config[key]) or ""


def _open(folder: Path, program: Git) -> pygit2.Repository:
    try:
        found = pygit2.discover_repository(str(folder))
        if found is None:
            raise SourceError(
                f"{folder} is not a git repository. Create a fleet with `helium init {folder}`, or use -C."
            )
        repository = pygit2.Repository(found)
        if promisor := promisor_of(repository):
            repository = PartialRepository(found, program, promisor=promisor)
    except UNREADABLE as error:
        raise SourceError(f"The git repository at {folder} cannot be opened: {error}") from None
    root = Path(repository.workdir or repository.path).resolve()
    if root != folder.resolve():
        raise SourceError(
            f"{folder} is inside the git repository {root}, but a fleet is a whole repository. "
            f"Use -C {root}, or create one here with `git init {folder}`."
        )
    return repository


def _main_of(repository: pygit2.Repository, program: Git, *, remote: str | None) -> str:
    """The remote's HEAD, else `main`, else the branch that HEAD names."""
    if remote:
        prefix = f"refs/remotes/{remote}/"
        known = repository.references.get(f"{prefix}HEAD")
        if known is not None and isinstance(known.target, str):
            return known.target.removeprefix(prefix)
        if f"{prefix}main" in repository.references:
            return "main"
        if head := _remote_head(program, remote):
            return head
    if "refs/heads/main" in repository.references:
        return "main"
    current = program.ask("symbolic-ref", "--quiet", "--short", "HEAD")
    if current.code:
        raise SourceError("HEAD is detached, and there is no branch called main. Check out the fleet's main branch.")
    return current.out.decode().strip()


def _remote_head(program: Git, remote: str) -> str | None:
    answer = program.ask("ls-remote", "--symref", remote, "HEAD")
    for line in answer.out.decode(errors="replace").splitlines():
        if line.startswith("ref: refs/heads/") and line.endswith("\tHEAD"):
            return line.removeprefix("ref: refs/heads/").removesuffix("\tHEAD")
    return None
