"""Helm charts, as whoever installs them needs it: the package behind a reference, fetched and checked."""

from __future__ import annotations

from typing import Protocol

from helium.core.chart import ChartReference


class Charts(Protocol):
    """Packages of charts. Several threads may ask at once."""

    def package(self, reference: ChartReference, *, commit: str) -> bytes:
        """The package with the reference's digest and version; `ChartError` for anything else, or nothing at all.

        `commit`: where a chart is read from that the reference names by its path in the fleet.
        """
