"""How `helium.yaml` and spec files are read, validated and written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from helium.core.digest import Json
from helium.core.fleet import Fleet
from helium.core.spec import Entry, Reading


class Specs(Protocol):
    """How files are read and validated."""

    def fleet(self, data: bytes) -> Fleet:
        """`helium.yaml`; `SpecError` with every error."""

    def read(self, entries: Sequence[Entry], data: Mapping[str, bytes], *, fleet: Fleet) -> Mapping[str, Reading]:
        """Every entry under `workspaces/`, by its name; `data` by blob; an entry without bytes is `NotParsed`."""

    def read_with(self, fleet: Fleet) -> str:
        """One digest of schema, defaults, limits and backends: while it holds, a blob reads the same."""

    def text(self, fields: Mapping[str, Json], *, path: str) -> bytes:
        """A new spec file; `SpecError` for fields that a strict reader would not read back as they are."""

    def edited(self, data: bytes, changes: Mapping[str, Json], *, path: str) -> bytes:
        """The file with some top-level fields set, or taken away (`None`); every other byte stays."""

    def mapping(self, data: bytes, *, path: str) -> Mapping[str, Json]:
        """Helm values as text of their own, read as strictly as a spec; `SpecError` with every error."""
