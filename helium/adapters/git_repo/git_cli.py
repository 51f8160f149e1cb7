"""The `git` program, for what only it does right: fetch, push, hooks, the index, and compare-and-swap of a branch.

It runs in a session of its own with a clean environment and a time limit, asks nobody for a password, and its errors
become `SourceError` with git's own sentence. Refuses to show credentials: those in URLs are blanked.
"""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from helium.adapters.git_repo import locks
from helium.adapters.git_repo.git_messages import RAN_INTO_ANOTHER, sentence
from helium.errors import HeadMovedError, SourceError, UnreachableError

SECONDS = 120.0
"""A fetch or push that takes longer is ended, since a pass must not wait for a dead connection."""
_OWN = ("GIT_", "HELIUM_", "PULUMI_")
"""Names that are not handed on: the clone decides where git works, and hooks need none of Helium's secrets."""
_KEPT = re.compile(r"GIT_(SSH|ASKPASS|SSL|CONFIG_(GLOBAL|SYSTEM|NOSYSTEM|COUNT|KEY|VALUE)|HTTP|TRACE)")
SignsIn = Callable[[Mapping[str, str]], Mapping[str, str]]
_REMOTE = frozenset(("fetch", "push", "ls-remote"))
"""What talks to a remote."""
_GRACE = 2.0
"""Seconds in which git may let go of its locks."""
_LOCKS = 3
"""Locks that one kill can leave in the way: on a branch, on the HEAD that names it, on the list of packed branches."""


@dataclass(frozen=True, slots=True)
class GitResult:
    """What one run of git said."""

    code: int
    out: bytes
    err: str


@dataclass(frozen=True, slots=True)
class Git:
    """`git`, run in one folder. `environ` is the process's own; only what git needs of it is handed on.

    `signs_in` makes of an environment one that opens the remote now: asked before each call of the remote, since a
    token of an app ends after an hour.
    """

    folder: Path
    environ: Mapping[str, str]
    seconds: float = SECONDS
    signs_in: SignsIn | None = field(default=None, repr=False)
    _clean: Mapping[str, str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        clean = {name: value for name, value in self.environ.items() if not name.startswith(_OWN) or _KEPT.match(name)}
        clean |= {"GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C", "GIT_NO_REPLACE_OBJECTS": "1", "GIT_EDITOR": ":"}
        # A look at a working tree must not lock its index: after a kill, that lock would stay.
        clean["GIT_OPTIONAL_LOCKS"] = "0"
        # If the folder is not a repository any more, git must not use the one around it.
        clean["GIT_CEILING_DIRECTORIES"] = str(self.folder.resolve().parent)
        object.__setattr__(self, "_clean", clean)

    def run(self, *arguments: str, data: bytes = b"", extra: Mapping[str, str] | None = None) -> bytes:
        """What git prints; `SourceError` with its sentence when it fails."""
        answer = self.ask(*arguments, data=data, extra=extra)
        if answer.code:
            verb = next(word for word in arguments if word.replace("-", "").isalpha() and word[0] != "-")
            raise SourceError(f"git {verb} failed: {sentence(answer.err)}")
        return answer.out

    def text(self, *arguments: str) -> str:
        """What git prints, as text without the last line's end."""
        return self.run(*arguments).decode(errors="replace").strip()

    def ask(
        self, *arguments: str, data: bytes = b"", extra: Mapping[str, str] | None = None, remote: str = ""
    ) -> GitResult:
        """Run git; the caller looks at its exit code.

        It runs again after a lock that a killed git left behind is removed: here, or in the `remote` if it is a path.
        """
        if _verb(arguments) in _REMOTE:
            extra = {**self.signed_in(), **(extra or {})}
        answer = self.execute(("git", *arguments), data=data, extra=extra)
        for _ in range(_LOCKS):
            lock = locks.lock_in(answer.err) if answer.code else ""
            if not lock or not locks.removed(self.folder / lock, places=self._places(remote)):
                break
            answer = self.execute(("git", *arguments), data=data, extra=extra)
        return answer

    def signed_in(self) -> Mapping[str, str]:
        """What opens the remote now, beside the environment. An error before a push means that nothing was sent."""
        return self.signs_in(self._clean) if self.signs_in is not None else {}

    def _places(self, remote: str) -> Iterator[Path]:
        """The repositories whose leftover locks Helium may remove."""
        own = self.execute(("git", "rev-parse", "--git-common-dir"))
        if own.code == 0:
            yield self.folder / own.out.decode().strip()
        if place := self.place_of(remote):
            yield self.folder / place

    def place_of(self, remote: str) -> str:
        """The folder of a remote that is a path; empty for any other, and for none."""
        if not remote:
            return ""
        url = self.execute(("git", "remote", "get-url", "--push", remote))
        return locks.place(url.out.decode(errors="replace").strip())

    def execute(
        self, command: tuple[str, ...], *, data: bytes = b"", extra: Mapping[str, str] | None = None
    ) -> GitResult:
        """Run git, or one of its hooks, and wait; whatever it started ends with it when the time is up."""
        environ = {**self._clean, **(extra or {})}
        pipe = subprocess.PIPE
        try:
            process = subprocess.Popen(
                command,
                cwd=self.folder,
                env=environ,
                stdin=pipe,
                stdout=pipe,
                stderr=pipe,
                start_new_session=True,
            )
        except OSError as error:
            raise SourceError(f"Cannot run {command[0]} ({error.strerror}). Is git installed?") from None
        return self._wait(process, data=data, what=" ".join(command[:2]))

    def _wait(self, process: subprocess.Popen[bytes], *, data: bytes, what: str) -> GitResult:
        try:
            out, err = process.communicate(data, timeout=self.seconds)
        except subprocess.TimeoutExpired:
            raise UnreachableError(
                f"{what} took more than {self.seconds:g} s and was ended. Is the remote reachable?"
            ) from None
        finally:
            if process.poll() is None:
                _end(process)
        return GitResult(process.returncode, out, err.decode(errors="replace"))

    def swap(self, ref: str, new: str, *, old: str | None) -> None:
        """Point `ref` at `new` if it still points at `old` (`None`: it does not exist yet); else `HeadMovedError`."""
        answer = self.ask("update-ref", "--create-reflog", "-m", "helium", ref, new, old or "")
        if answer.code:
            said = sentence(answer.err)
            raise (HeadMovedError if RAN_INTO_ANOTHER.search(said) else SourceError)(f"{ref} was not moved: {said}")


def _verb(arguments: tuple[str, ...]) -> str:
    """What git is asked to do, behind its own options."""
    words = iter(arguments)
    for word in words:
        if word == "-c":
            next(words, None)
        elif not word.startswith("-"):
            return word
    return ""


def _end(process: subprocess.Popen[bytes]) -> None:
    """End git and all that it started; first by SIGTERM, so that it leaves no lock behind in a remote by path."""
    os.killpg(process.pid, signal.SIGTERM)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.communicate(timeout=_GRACE)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
