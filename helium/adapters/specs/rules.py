"""What a backend adds to the reading of specs, as a value: `semantics` and the schema say what it means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from helium.core.digest import Json


@dataclass(frozen=True, slots=True)
class Rules:
    """What one backend adds to the reading of its specs, from its `backend.json` and `spec.schema.json`.

    `locked`: dotted paths in `values`; `locked_notebooks`: in `notebooks.values`, empty where there are no notebooks.
    `names`: how long each resource name may be, by its form (`jh-{name}`).
    `templates`: dotted paths in a spec whose text the program may run as a template.
    `fields`: whether `fields` in its settings says what a spec may say.
    """

    locked: tuple[str, ...] = ()
    names: Mapping[str, int] = field(default_factory=dict)
    templates: tuple[str, ...] = ()
    schema: Mapping[str, Json] = field(default_factory=dict)
    locked_notebooks: tuple[str, ...] = ()
    fields: bool = False
