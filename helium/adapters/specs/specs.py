"""The port `Specs`: bytes to values, with every error of every file at once. Touches no file, clock or log."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from helium.adapters.specs import name_claims, schemas, settings
from helium.adapters.specs.rules import Rules
from helium.adapters.specs.valid_settings import ValidSettings
from helium.core.deadlines import format_lifetime
from helium.core.digest import Json, digest
from helium.core.fleet import Fleet
from helium.core.lifetimes import Lifetime
from helium.core.spec import Entry, InvalidSpec, NotParsed, Reading, Spec

if TYPE_CHECKING:
    from helium.adapters.specs.spec_parser import SpecParser


class YamlSpecs:
    """Reads with Helium's schemas and the rules of each backend that is known, by its name.

    `remembered`: the folder that keeps which settings are valid; `None`: they are parsed and checked each time.
    `keeps`: so many files are kept as they were read last. Who writes one judges it first, and whoever lists the files
    then reads the same bytes again.
    """

    def __init__(self, rules: Mapping[str, Rules], *, remembered: Path | None = None, keeps: int = 0) -> None:
        self._rules = dict(rules)
        self._remembered = remembered
        self._settings: tuple[bytes, Fleet] | None = None
        self._keeps = keeps
        self._valid: OrderedDict[tuple[str, str, bytes], tuple[Fleet, Spec]] = OrderedDict()

    @cached_property
    def _parser(self) -> SpecParser:
        from helium.adapters.specs.spec_parser import SpecParser

        return SpecParser(self._rules)

    def fleet(self, data: bytes) -> Fleet:
        """`helium.yaml`; `SpecError` with every error."""
        # Each request of a batch asks for the settings, and hardly any commit changes them.
        known = self._settings
        if known is not None and known[0] == data:
            return known[1]
        fleet = self._judged(data)
        self._settings = data, fleet
        return fleet

    def _judged(self, data: bytes) -> Fleet:
        # A default backend that nobody knows is an error, so the names of those that are known belong to the judge.
        judge = (_hash(schemas.text(schemas.FLEET)), _program(), *sorted(self._rules))
        valid = ValidSettings(self._remembered, judge)
        document = valid.document(data)
        if document is None:
            document = self._parser.settings(data)
            valid.add(data, document)
        return settings.fleet_of(document)

    def readable_part(self, data: bytes) -> Fleet:
        """As much as can be read of a `helium.yaml` with errors, so that the specs are validated in the same run."""
        return self._parser.readable_settings(data)

    def read(self, entries: Sequence[Entry], data: Mapping[str, bytes], *, fleet: Fleet) -> Mapping[str, Reading]:
        """Every entry under `workspaces/`, by its name. `data` by blob; an entry without bytes is `NotParsed`."""
        readings: dict[str, Reading] = {}
        for name, claimants in name_claims.claimed(entries).items():
            each = [self._reading(entry, data.get(entry.blob), fleet=fleet) for entry in claimants]
            readings[name] = each[0] if len(each) == 1 else _together(claimants, each)
        return readings

    def read_with(self, fleet: Fleet) -> str:
        """One digest of schema, defaults, limits, backends, and of the program that reads."""
        defaults = fleet.defaults
        return digest(
            {
                "schemas": [_hash(schemas.text(name)) for name in (schemas.COMMON, schemas.FLEET)],
                "program": _program(),
                "fleet": fleet.name,
                "defaults": [defaults.backend, *_lengths(fleet.lifetimes.every)],
                "ends": _ends(fleet),
                "backends": fleet.backends,
                "trusted": sorted(fleet.trusted_values),
                "rules": {name: asdict(rules) for name, rules in self._rules.items()},
            }
        )

    def schema(self, fleet: Fleet) -> Mapping[str, Json]:
        """The JSON Schema of this fleet's specs, for editors."""
        return self._parser.schema(fleet)

    def text(self, fields: Mapping[str, Json], *, path: str) -> bytes:
        """A new spec file; `SpecError` for fields that a strict reader would not read back as they are."""
        from helium.adapters.specs import spec_text

        return spec_text.text_of(fields, path=path)

    def edited(self, data: bytes, changes: Mapping[str, Json], *, path: str) -> bytes:
        """The file with some top-level fields set, or taken away (`None`); every other byte stays."""
        from helium.adapters.specs import spec_text

        return spec_text.edited(data, changes, path=path)

    def mapping(self, data: bytes, *, path: str) -> Mapping[str, Json]:
        """Helm values as text of their own, read as strictly as a spec."""
        return self._parser.values(data, path=path)

    def _reading(self, entry: Entry, text: bytes | None, *, fleet: Fleet) -> Reading:
        if text is None or not name_claims.is_spec(entry):
            wrong = name_claims.misplaced(entry, fleet=fleet.name)
            missing = InvalidSpec(entry.name, entry.path, entry.blob, wrong)
            return missing if wrong else NotParsed(entry.name, entry.path, entry.blob)
        key = entry.path, entry.mode, text
        known = self._valid.get(key)
        if known is not None and known[0] == fleet:
            return replace(known[1], blob=entry.blob)
        backends = frozenset(self._rules) | frozenset(fleet.backends)
        reading = self._parser.spec(entry, text, fleet=fleet, known=backends)
        if self._keeps and isinstance(reading, Spec):
            self._valid[key] = fleet, reading
            if len(self._valid) > self._keeps:
                self._valid.popitem(last=False)
        return reading


def _lengths(life: Lifetime) -> list[str]:
    return [format_lifetime(life.usual), format_lifetime(life.longest)]


def _ends(fleet: Fleet) -> Json:
    """What else decides when workspaces end: with other rules, each file has to be looked at again."""
    lifetimes, hours = fleet.lifetimes, fleet.lifetimes.hours
    own = {team: _lengths(life) for team, life in lifetimes.teams.items()}
    return [own, [*hours.days, f"{hours.begins}", f"{hours.ends}", f"{hours.zone}"] if hours else []]


def _together(claimants: Sequence[Entry], readings: Sequence[Reading]) -> InvalidSpec:
    """What a name is that several files claim: an invalid spec, with the errors of all of them."""
    wrong = [issue for each in readings if isinstance(each, InvalidSpec) for issue in each.issues]
    first = claimants[0]
    wrong += name_claims.twice(claimants)
    return InvalidSpec(first.name, first.path, first.blob, tuple(sorted(wrong)))


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@cache
def _program() -> str:
    """A digest of the modules that read specs: a stricter program reads every file again."""
    here, core = Path(__file__).parent, Path(__file__).parents[2] / "core"
    rules = ("spec", "deadlines", "lifetimes", "working_hours", "helm_values", "fields")
    modules = (*here.glob("*.py"), *(core / f"{name}.py" for name in rules))
    return digest([_hash(module.read_bytes()) for module in sorted(modules)])
