"""How files are read by a process that lives long: by the rules of the backends as main has them now.

They are read again when a file under `stacks/` is another one, by its blob. Refuses to go without rules: while those on
main cannot be read, the ones before them hold, and the log says why.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping, Sequence

from helium.adapters.backends import FolderBackends
from helium.adapters.git_repo import Clone
from helium.adapters.git_repo.read import entries
from helium.app.open_fleet import STACKS, FleetSpecs, rules_of, stacks_at
from helium.core.digest import Json
from helium.core.fleet import Fleet
from helium.core.spec import Entry, Reading
from helium.errors import HeliumError
from helium.ports.commit_queue import CommitQueue

LOG = logging.getLogger(__name__)


class MainSpecs:
    """The port `Specs`; several threads may call."""

    def __init__(
        self, commit_queue: CommitQueue, clone: Clone, *, backends: FolderBackends, sandbox: tuple[str, ...] | None
    ) -> None:
        """`backends`: for this alone, since others look at other commits with theirs."""
        self._door, self._clone = commit_queue, clone
        self._backends, self._sandbox = backends, sandbox
        self._lock = threading.Lock()
        self._commit, self._files = "", tuple[Entry, ...]()
        self._newest = FleetSpecs(rules_of(backends), sandbox)

    def newest(self) -> FleetSpecs:
        """By the rules of main as it is now: the same one while they are the same."""
        commit = self._door.view().commit
        with self._lock:
            if commit != self._commit:
                try:
                    self._look(commit)
                except HeliumError as error:
                    LOG.warning("the backends on main cannot be read, the rules stay as they were: %s", error)
                self._commit = commit
            return self._newest

    def _look(self, commit: str) -> None:
        files = entries(self._clone.repository, commit, folder=STACKS)
        if files != self._files:
            self._backends.use(stacks_at(self._clone, commit))
            self._newest = FleetSpecs(rules_of(self._backends), self._sandbox)
            self._files = files

    def fleet(self, data: bytes) -> Fleet:
        """`helium.yaml`."""
        return self.newest().fleet(data)

    def read(self, entries: Sequence[Entry], data: Mapping[str, bytes], *, fleet: Fleet) -> Mapping[str, Reading]:
        """Every entry under `workspaces/`."""
        return self.newest().read(entries, data, fleet=fleet)

    def read_with(self, fleet: Fleet) -> str:
        """What they are read with."""
        return self.newest().read_with(fleet)

    def text(self, fields: Mapping[str, Json], *, path: str) -> bytes:
        """A new spec file."""
        return self.newest().text(fields, path=path)

    def edited(self, data: bytes, changes: Mapping[str, Json], *, path: str) -> bytes:
        """The file with some scalars set."""
        return self.newest().edited(data, changes, path=path)

    def mapping(self, data: bytes, *, path: str) -> Mapping[str, Json]:
        """Helm values."""
        return self.newest().mapping(data, path=path)
