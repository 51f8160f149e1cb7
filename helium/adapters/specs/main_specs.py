"""How files are read by a process that lives long: by the rules of the backends that main has now.

While the backends on main cannot be read, the rules before them hold and the log says why: a served fleet that reads
by older rules is better than one that answers nothing.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping, Sequence

from helium.adapters.specs.fleet_specs import FleetSpecs
from helium.adapters.specs.rules import Rules
from helium.core.digest import Json
from helium.core.fleet import Fleet
from helium.core.spec import Entry, Reading
from helium.errors import HeliumError

LOG = logging.getLogger(__name__)
_KEEPS = 100
"""Files: as many as one push of the commit queue has."""


class MainSpecs:
    """The port `Specs`; several threads may call."""

    def __init__(
        self,
        head: Callable[[], str],
        rules: Callable[[str], Mapping[str, Rules]],
        *,
        installed: Mapping[str, Rules],
        sandbox: tuple[str, ...] | None,
    ) -> None:
        """`head`: main's commit now. `rules`: a commit's, or `HeliumError`. `installed`: what holds until then."""
        self._head, self._rules_at, self._sandbox = head, rules, sandbox
        self._lock = threading.Lock()
        self._commit, self._rules = "", installed
        self._newest = FleetSpecs(installed, sandbox, keeps=_KEEPS)

    def newest(self) -> FleetSpecs:
        """The reader by main's rules of now: the same object for as long as the rules stay the same."""
        commit = self._head()
        with self._lock:
            if commit != self._commit:
                try:
                    self._follow(self._rules_at(commit))
                except HeliumError as error:
                    LOG.warning("cannot read the backends on main, so the rules before them stay: %s", error)
                self._commit = commit
            return self._newest

    def _follow(self, rules: Mapping[str, Rules]) -> None:
        # A new reader makes every file be read again, and most commits change no backend.
        if rules != self._rules:
            self._rules, self._newest = rules, FleetSpecs(rules, self._sandbox, keeps=_KEEPS)

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
        """The file with some fields set, or taken away."""
        return self.newest().edited(data, changes, path=path)

    def mapping(self, data: bytes, *, path: str) -> Mapping[str, Json]:
        """Helm values."""
        return self.newest().mapping(data, path=path)
