"""How the files of one fleet are read: by the rules of its backends, and with what the environment changes.

Knows backends only by what they declare about specs (`DeclaresRules`), so that reading files needs no backend's folder.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from helium.adapters.specs.rules import Rules
from helium.adapters.specs.specs import YamlSpecs
from helium.core.digest import Json
from helium.core.fleet import Fleet


class DeclaresRules(Protocol):
    """What a backend's manifest declares about specs; `Rules` says what each means."""

    @property
    def locked(self) -> tuple[str, ...]:
        """Dotted paths in `values` that a spec may not set."""

    @property
    def locked_notebooks(self) -> tuple[str, ...]:
        """Dotted paths in `notebooks.values` that a spec may not set; none where there are no notebooks."""

    @property
    def names(self) -> Mapping[str, int]:
        """How long each resource name may be."""

    @property
    def templates(self) -> tuple[str, ...]:
        """Dotted paths in a spec whose text the program may run as a template."""

    @property
    def fields(self) -> bool:
        """Whether `fields` in its settings says what a spec may say."""


class DeclaringBackend(Protocol):
    """A backend, for whoever reads specs."""

    @property
    def manifest(self) -> DeclaresRules:
        """Its `backend.json`."""

    @property
    def schema(self) -> Json:
        """Its `spec.schema.json`, or `None`."""


def rules_of(backends: Mapping[str, DeclaringBackend]) -> Mapping[str, Rules]:
    """What each backend adds to the reading of specs, by its name."""
    return {
        name: Rules(
            backend.manifest.locked,
            backend.manifest.names,
            backend.manifest.templates,
            backend.schema or {},
            locked_notebooks=backend.manifest.locked_notebooks,
            fields=backend.manifest.fields,
        )
        for name, backend in backends.items()
    }


class FleetSpecs(YamlSpecs):
    """The port `Specs` of one fleet, with HELIUM_SANDBOX (`None`: not set) in place of the fleet's own `sandbox:`."""

    def __init__(
        self,
        rules: Mapping[str, Rules],
        sandbox: tuple[str, ...] | None,
        *,
        remembered: Path | None = None,
        keeps: int = 0,
    ) -> None:
        super().__init__(rules, remembered=remembered, keeps=keeps)
        self._sandbox = sandbox

    def fleet(self, data: bytes) -> Fleet:
        """`helium.yaml`, with the sandbox that the environment asks for; `SpecError` with every error."""
        fleet = super().fleet(data)
        return fleet if self._sandbox is None else replace(fleet, sandbox=self._sandbox)
