"""What a backend adds to the reading of specs in one fleet: an instance has fields and names by its own settings."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from helium.adapters.specs.rules import Rules
from helium.core import fields
from helium.core.digest import Json, canonical
from helium.core.fleet import Fleet
from helium.core.releases import LONGEST

_NO_RULES = Rules()
_LABEL, _HOST = 63, 253
_BLANK = re.compile(r"\$\{workspace\.(name|fleet)\}")


class Instances:
    """The rules of every backend by the name that a spec says: its kind's, and what its settings add to them."""

    def __init__(self, kinds: Mapping[str, Rules]) -> None:
        self._kinds = kinds
        self._known: dict[str, tuple[str, Rules]] = {}

    def rules(self, backend: str, fleet: Fleet) -> Rules:
        """The rules for the specs of a backend; none for one that nobody knows, which is told elsewhere."""
        kind = self._kinds.get(fleet.kind_of(backend), _NO_RULES)
        if not kind.fields:
            return kind
        settings = fleet.backends.get(backend, {})
        # A fleet has thousands of specs, and one set of settings.
        wanted = canonical([settings.get(key) for key in ("fields", "host", "clusterWide", "releases")])
        known = self._known.get(backend)
        if known is None or known[0] != wanted:
            known = self._known[backend] = wanted, _with_settings(kind, settings)
        return known[1]


def _with_settings(kind: Rules, settings: Mapping[str, Json]) -> Rules:
    own = fields.rules_of(settings.get("fields"))
    return replace(
        kind,
        schema=_both(kind.schema, own.schema),
        templates=(*kind.templates, *own.templates),
        names={**kind.names, **_names_in(settings.get("host")), **_release_names(settings)},
    )


def _release_names(settings: Mapping[str, Json]) -> Mapping[str, int]:
    """A release that acts in the whole cluster is named after its workspace, or two would claim the same objects."""
    releases = settings.get("releases")
    if settings.get("clusterWide") is not True or not isinstance(releases, Mapping):
        return {}
    return {f"{release}-{{name}}": LONGEST for release in releases}


def _both(kinds: Mapping[str, Json], own: Mapping[str, Json]) -> dict[str, Json]:
    """The schema of the kind and that of the fields together; what the kind says of a name goes before."""
    properties = {**own["properties"], **kinds.get("properties", {})}
    required = [*kinds.get("required", ()), *own.get("required", ())]
    return {**kinds, "properties": properties, **({"required": required} if required else {})}


def _names_in(host: Json) -> Mapping[str, int]:
    """How long each part of a host may be, and all of it, as forms with the blanks `{name}` and `{fleet}`."""
    if not isinstance(host, str):
        return {}
    form = _BLANK.sub(r"{\1}", host)
    parts = [part for part in form.split(".") if "{" in part]
    return {**dict.fromkeys(parts, _LABEL), form: _HOST}
