"""A partial clone (`git clone --filter=…`): what it lacks is fetched when it is read, as git does for itself.

libgit2 knows nothing of such clones and calls what is missing damaged. Refuses to go on without an object: if the
remote does not give it, the error says that the clone is partial and how to make it whole.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pygit2

from helium.adapters.git_repo.git_cli import Git
from helium.adapters.git_repo.git_messages import failure, refuses, sentence
from helium.errors import HeliumError

_AS_GIT_DOES = ("--no-tags", "--no-write-fetch-head", "--recurse-submodules=no", "--filter=blob:none", "--quiet")


def promisor_of(repository: pygit2.Repository) -> str | None:
    """The remote that promised this clone's missing objects; `None` for a whole clone."""
    config = repository.config
    for name in repository.remotes.names():
        if name is not None and f"remote.{name}.promisor" in config and config.get_bool(f"remote.{name}.promisor"):
            return name
    return str(config["extensions.partialclone"]) if "extensions.partialclone" in config else None


class PartialRepository(pygit2.Repository):
    """A repository that asks its remote for an object that it lacks, whoever reads it by id."""

    def __init__(self, path: str, program: Git, *, promisor: str) -> None:
        super().__init__(path)
        self._program, self._promisor = program, promisor

    def __getitem__(self, oid: Any) -> pygit2.Object:
        self.bring([str(oid)])
        return super().__getitem__(oid)

    def read(self, oid: Any) -> tuple[int, bytes]:
        """An object's type and bytes."""
        self.bring([str(oid)])
        return super().read(oid)

    def bring(self, ids: Iterable[str]) -> None:
        """Fetch those that are not here yet, in one go."""
        missing = [oid for oid in dict.fromkeys(ids) if oid not in self]
        if not missing:
            return
        data = "".join(f"{oid}\n" for oid in missing).encode()
        quick = ("-c", "fetch.negotiationAlgorithm=noop", "fetch", self._promisor)
        try:
            answer = self._program.ask(*quick, *_AS_GIT_DOES, "--stdin", data=data)
        except HeliumError as error:
            raise failure(_here(missing, why=str(error)), away=True) from None
        if answer.code:
            raise failure(_here(missing, why=sentence(answer.err)), away=not refuses(answer.err))


def _here(missing: list[str], *, why: str) -> str:
    return (
        f"This clone is partial (git clone --filter), and git cannot fetch the object {missing[0]} that it lacks: "
        f"{why}. Try again when the remote answers, or use a clone without --filter."
    )
