"""A chart repository: an index.yaml, and the packages that it names. A static server or a bucket is enough for one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin

import yaml

from helium.adapters.charts.package import LARGEST, UnknownVersionError, wrong_digest
from helium.adapters.charts.web import Answer, Web
from helium.core.chart import ChartError, ChartReference

_INDEX = 32 << 20


@dataclass(slots=True)
class HttpRepository:
    """The repository of one reference. Its index is read once."""

    reference: ChartReference
    web: Web
    _known: Mapping[str, Mapping[str, Any]] | None = field(default=None, init=False)

    def versions(self) -> tuple[str, ...]:
        """The versions of the chart that it has."""
        return tuple(self._entries())

    def package(self, version: str) -> bytes:
        """The package of a version; not asked for when the index itself says that it is another than the pinned."""
        if (entry := self._entries().get(version)) is None:
            raise UnknownVersionError(version)
        said = str(entry.get("digest") or "").removeprefix("sha256:")
        pinned = self.reference.digest.removeprefix("sha256:")
        if version == self.reference.version and said and pinned and said != pinned:
            raise ChartError(self.reference, wrong_digest(f"sha256:{said}", self.reference))
        urls = entry.get("urls")
        if not isinstance(urls, list) or not urls:
            raise ChartError(self.reference, "the index of its repository names no address for it; correct the index")
        url = urljoin(f"{self.reference.repo}/", str(urls[0]))
        return self.web.found(self._get(url, most=LARGEST), what=f"package at {url}")

    def _get(self, url: str, *, most: int) -> Answer:
        return self.web.get(url, most=most, login=self.web.login())

    def _entries(self) -> Mapping[str, Mapping[str, Any]]:
        if self._known is None:
            url = f"{self.reference.repo}/index.yaml"
            self._known = self._read(self.web.found(self._get(url, most=_INDEX), what=f"index at {url}"))
        return self._known

    def _read(self, data: bytes) -> Mapping[str, Mapping[str, Any]]:
        try:
            index = yaml.load(data, Loader=yaml.CSafeLoader)
        except (yaml.YAMLError, UnicodeDecodeError):
            index = None
        if not isinstance(index, dict) or not isinstance(index.get("entries"), dict):
            raise ChartError(self.reference, f"{self.reference.repo}/index.yaml is not the index of a chart repository")
        listed = index["entries"].get(self.reference.chart)
        if not isinstance(listed, list) or not listed:
            names = ", ".join(sorted(map(str, index["entries"]))[:10]) or "none"
            raise ChartError(self.reference, f"its repository has no chart of that name; it has {names}")
        return {str(each["version"]): each for each in listed if isinstance(each, dict) and "version" in each}
