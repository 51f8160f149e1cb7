"""A fake for the port `Charts`."""

from __future__ import annotations

from dataclasses import dataclass, field

from helium.core.chart import ChartError, ChartReference


@dataclass(slots=True)
class FakeCharts:
    """Packages by their digests; `asked` is what was asked for, and at which commit."""

    packages: dict[str, bytes] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)

    def package(self, reference: ChartReference, *, commit: str) -> bytes:
        """What is there."""
        self.asked.append((str(reference), commit))
        if reference.digest not in self.packages:
            raise ChartError(reference, "it is not there")
        return self.packages[reference.digest]
