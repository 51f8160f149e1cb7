"""Packages of Helm charts: fetched, checked, and kept by their digests. The port `Charts`.

What was fetched once is taken from the user's cache, so a pass needs no server for a chart that it has installed
before. What is in the cache is checked like everything else. A chart in the fleet is not kept there: git has it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from helium.adapters.charts import package as packages
from helium.adapters.charts.fleet_files import Files
from helium.adapters.files import write_whole
from helium.core.chart import OCI, ChartError, ChartReference

if TYPE_CHECKING:
    import semver


class ChartSource(Protocol):
    """One of the three places where a chart may be."""

    def versions(self) -> Sequence[str]:
        """The versions that it has of the chart."""

    def package(self, version: str) -> bytes:
        """What it has behind a version now; `UnknownVersionError` for one that it has not, else `ChartError`."""


@dataclass(frozen=True, slots=True)
class ChartStore:
    """The charts that a fleet uses. `files` reads the fleet's own; `cache`: a folder; `environ` has the credentials."""

    files: Files
    cache: Path
    environ: Mapping[str, str] = field(repr=False)

    def package(self, reference: ChartReference, *, commit: str) -> bytes:
        """From the cache, else from where the reference says."""
        kept = None if reference.is_path else self._kept(reference)
        if kept is not None:
            return kept
        data = self._behind(self._source(reference, commit), reference)
        if issue := packages.issue(data, reference):
            raise ChartError(reference, issue)
        if not reference.is_path:
            self._keep(reference, data)
        return data

    def pinned(self, reference: ChartReference, *, commit: str = "") -> ChartReference:
        """The reference with the digest of what its version is now; without a version, the newest that is released."""
        source = self._source(reference, commit)
        version = reference.version or _newest(reference, source.versions())
        # Without the old digest, which a new pin need not agree with.
        asked = replace(reference, version=version, digest="")
        data = self._behind(self._source(asked, commit), asked)
        found = replace(asked, digest=packages.digest_of(data))
        if issue := packages.issue(data, found):
            raise ChartError(found, issue)
        return found

    def versions(self, reference: ChartReference, *, commit: str = "") -> tuple[str, ...]:
        """The versions that there are, the newest first."""
        return _newest_first(self._source(reference, commit).versions())

    def _source(self, reference: ChartReference, commit: str) -> ChartSource:
        if reference.is_path:
            return FleetChart(reference, self.files(commit, reference.chart.rstrip("/")))
        # What speaks HTTP is loaded by the first chart that is not in the cache.
        from helium.adapters.charts.registry import Registry
        from helium.adapters.charts.repository import HttpRepository
        from helium.adapters.charts.web import Web

        kind = Registry if reference.chart.startswith(OCI) else HttpRepository
        return kind(reference, Web(reference, self.environ))

    def _behind(self, source: ChartSource, reference: ChartReference) -> bytes:
        try:
            return source.package(reference.version)
        except packages.UnknownVersionError:
            known = _newest_first(source.versions())
        listed = ", ".join(known[:10]) or "none"
        raise ChartError(reference, f"there is no version {reference.version}; the newest are {listed}")

    def _kept(self, reference: ChartReference) -> bytes | None:
        try:
            data = self._file(reference).read_bytes()
        except OSError:
            return None
        return None if packages.issue(data, reference) else data

    def _keep(self, reference: ChartReference, data: bytes) -> None:
        """A cache that cannot be written is no error: it is fetched again next time."""
        with contextlib.suppress(OSError):
            self.cache.mkdir(parents=True, exist_ok=True)
            write_whole(self._file(reference), data)

    def _file(self, reference: ChartReference) -> Path:
        return self.cache / f"{reference.digest.removeprefix('sha256:')}.tgz"


@dataclass(frozen=True, slots=True)
class FleetChart:
    """A chart in the fleet's repository: a package, or a folder that becomes one."""

    reference: ChartReference
    files: Mapping[str, bytes]

    def versions(self) -> tuple[str, ...]:
        """The one that it is."""
        try:
            return (str(packages.about(self.package(""))["version"]),)
        except packages.NotAChartError as error:
            raise ChartError(self.reference, f"it is not a chart: {error}") from None

    def package(self, version: str) -> bytes:
        """Its bytes; whether they are that version is for the check to say."""
        if not self.files:
            raise ChartError(
                self.reference,
                f"this commit has neither a file nor a folder {self.reference.chart}; commit it, or correct the path",
            )
        try:
            return self.files[""] if "" in self.files else packages.packed(self.files)
        except packages.NotAChartError as error:
            raise ChartError(self.reference, f"it is not a chart: {error}") from None


def _newest(reference: ChartReference, versions: Sequence[str]) -> str:
    if not versions:
        raise ChartError(reference, "there is no version of it; check the address")
    return _newest_first(versions)[0]


def _newest_first(versions: Sequence[str]) -> tuple[str, ...]:
    return tuple(sorted(versions, key=_order, reverse=True))


def _order(version: str) -> tuple[bool, bool, semver.Version, str]:
    """Released versions after those before a release, and what is no version of Helm's kind before all."""
    # A pass that only looks has no versions to put in order, and this takes as long as all the rest here.
    import semver

    text = version.removeprefix("v")
    if not semver.Version.is_valid(text):
        return False, False, semver.Version(0), version
    parsed = semver.Version.parse(text)
    return True, not parsed.prerelease, parsed, version
