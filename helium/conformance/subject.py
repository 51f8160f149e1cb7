"""The backend that is tried: its files, its settings, and what a spec of it may say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from helium.adapters.backends.manifest import Backend
from helium.adapters.specs.rules import Rules
from helium.core.digest import Json

SPEC, EDIT = "spec", "edit"
"""Keys of `check.json`: what a workspace's file says at first, and what an edit of it changes."""


@dataclass(frozen=True, slots=True)
class Subject:
    """A backend, or an instance of one.

    `files`: its folder's, by their paths in it; `laid`: whether they go into the trial's fleet, since Helium does not
    bring them. `entry`: its settings; `charts`: the fleet's files that they name. `rules`: how specs of it are read.
    `tried_with`: the content of `check.json`.
    """

    name: str
    kind: str
    backend: Backend
    files: Mapping[str, bytes]
    laid: bool
    entry: Mapping[str, Json]
    charts: Mapping[str, bytes] = field(default_factory=dict)
    rules: Rules = field(default_factory=Rules)
    issues: tuple[str, ...] = ()
    tried_with: Mapping[str, Json] = field(default_factory=dict)

    @property
    def cluster(self) -> str:
        """The name of its cluster in its settings; empty for a backend without one."""
        named = self.entry.get("cluster") or self.backend.manifest.defaults.get("cluster")
        return str(named) if "cluster" in self.backend.manifest.placement and named else ""

    def takes(self, key: str) -> bool:
        """Whether a spec of it may have this field."""
        return key in self.rules.schema.get("properties", {})

    def longest(self, fleet: str, *, below: int) -> int:
        """How long the longest name may be of a workspace in this fleet; `below`: what any name may have."""
        settings = {**self.backend.manifest.defaults, **self.entry}
        blanks = {"fleet": fleet, "name": "", **{key: str(value) for key, value in settings.items()}}
        return min([below, *(most - len(_filled(form, blanks)) for form, most in self.rules.names.items())])


def _filled(form: str, blanks: Mapping[str, str]) -> str:
    for key, text in blanks.items():
        form = form.replace(f"{{{key}}}", text)
    return form
