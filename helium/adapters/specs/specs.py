"""The port `Specs`: bytes to values, with every error of every file at once. Touches no file, clock or log."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from functools import cache
from pathlib import Path

from helium.adapters.specs import edit, name_claims, reader, schemas, semantics, settings
from helium.adapters.specs.findings import Finding, did_you_mean, issues, show
from helium.adapters.specs.reader import Document
from helium.adapters.specs.schema_check import SchemaChecker
from helium.adapters.specs.semantics import Rules, SpecContext
from helium.adapters.specs.valid_settings import ValidSettings
from helium.core.deadlines import format_lifetime, parse_deadline
from helium.core.digest import Json, digest
from helium.core.fleet import SETTINGS, Fleet, backend_name
from helium.core.spec import Entry, InvalidSpec, NotParsed, Reading, Spec
from helium.errors import SpecError

_NO_RULES = Rules()


class YamlSpecs:
    """Reads with Helium's schemas and the rules of each backend that is known, by its name.

    `remembered`: the folder that keeps which settings are valid; `None`: the schema is asked each time.
    """

    def __init__(self, rules: Mapping[str, Rules], *, remembered: Path | None = None) -> None:
        self._rules = dict(rules)
        self._remembered = remembered
        self._schema = schemas.schema(schemas.WORKSPACE)
        self._fleet_schema = SchemaChecker(schemas.schema(schemas.FLEET))
        self._spec_schema = SchemaChecker(self._schema)
        self._backend_schemas = {
            name: SchemaChecker(schemas.extended(self._schema, each.schema))
            for name, each in rules.items()
            if each.schema
        }

    def fleet(self, data: bytes) -> Fleet:
        """`helium.yaml`; `SpecError` with every error."""
        document = reader.read(data)
        valid = ValidSettings(self._remembered, (_hash(schemas.text(schemas.FLEET)), _program()))
        found = tuple(self._fleet_findings(document, fits=valid.knows(data)))
        if found:
            raise SpecError(issues(SETTINGS, found))
        valid.add(data)
        return settings.fleet_of(document.value)

    def readable_part(self, data: bytes) -> Fleet:
        """As much as can be read of a `helium.yaml` with errors, so that the specs are validated in the same run."""
        document = reader.read(data)
        return settings.readable_part(document, self._fleet_findings(document))

    def read(self, entries: Sequence[Entry], data: Mapping[str, bytes], *, fleet: Fleet) -> Mapping[str, Reading]:
        """Every entry under `workspaces/`, by its name. `data` by blob; an entry without bytes is `NotParsed`."""
        known = frozenset(self._rules) | frozenset(fleet.backends)
        readings: dict[str, Reading] = {}
        for name, claimants in name_claims.claimed(entries).items():
            each = [self._reading(entry, data.get(entry.blob), fleet=fleet, known=known) for entry in claimants]
            readings[name] = each[0] if len(each) == 1 else _together(claimants, each)
        return readings

    def read_with(self, fleet: Fleet) -> str:
        """One digest of schema, defaults, limits, backends, and of the program that reads."""
        defaults = fleet.defaults
        return digest(
            {
                "schemas": [_hash(schemas.text(name)) for name in (schemas.WORKSPACE, schemas.FLEET)],
                "program": _program(),
                "fleet": fleet.name,
                "defaults": [
                    defaults.backend,
                    format_lifetime(defaults.lifetime),
                    format_lifetime(defaults.max_lifetime),
                ],
                "backends": fleet.backends,
                "trusted": sorted(fleet.trusted_values),
                "rules": {name: asdict(rules) for name, rules in self._rules.items()},
            }
        )

    def text(self, fields: Mapping[str, Json], *, path: str) -> bytes:
        """A new spec file; `SpecError` for fields that a strict reader would not read back as they are."""
        return edit.text_of(fields, path=path)

    def edited(self, data: bytes, changes: Mapping[str, Json], *, path: str) -> bytes:
        """The file with some top-level scalars set; every other byte stays."""
        return edit.edited(data, changes, path=path)

    def mapping(self, data: bytes, *, path: str) -> Mapping[str, Json]:
        """Helm values as text of their own, read as strictly as a spec."""
        document = reader.read(data)
        wrong = document.findings
        if not wrong and not isinstance(document.value, Mapping):
            wrong = (document.finding((), "Helm values are a mapping of keys; write {} for none"),)
        if wrong:
            raise SpecError(issues(path, wrong))
        values: Mapping[str, Json] = document.value
        return values

    def _fleet_findings(self, document: Document, *, fits: bool = False) -> Iterator[Finding]:
        """`fits`: the schema is known to have nothing against it. The rest is quick, and looked at each time."""
        if not document.whole:
            yield from document.findings
            return
        yield from settings.check(document)
        yield from document.findings
        if not fits:
            yield from self._fleet_schema.check(document)
        yield from self._default_backend(document)

    def _default_backend(self, document: Document) -> Iterator[Finding]:
        value = document.value if isinstance(document.value, Mapping) else {}
        defaults, backends = value.get("defaults"), value.get("backends")
        named = defaults.get("backend") if isinstance(defaults, Mapping) else None
        known = set(self._rules) | set(backends if isinstance(backends, Mapping) else ())
        if isinstance(named, str) and backend_name(named) not in known:
            near = did_you_mean(named, known)
            yield document.finding(("defaults", "backend"), f"this fleet does not have the backend {show(named)}{near}")

    def _reading(self, entry: Entry, text: bytes | None, *, fleet: Fleet, known: frozenset[str]) -> Reading:
        wrong = name_claims.misplaced(entry, fleet=fleet.name)
        if text is None or not name_claims.is_spec(entry):
            missing = InvalidSpec(entry.name, entry.path, entry.blob, wrong)
            return missing if wrong else NotParsed(entry.name, entry.path, entry.blob)
        context = SpecContext.of(entry.name, reader.read(text), fleet=fleet, known=known)
        wrong += issues(entry.path, tuple(self._spec_findings(context)))
        return InvalidSpec(entry.name, entry.path, entry.blob, wrong) if wrong else _spec(entry, context)

    def _spec_findings(self, context: SpecContext) -> Iterator[Finding]:
        if context.document.whole:
            yield from semantics.check(context, self._rules.get(context.backend, _NO_RULES))
        yield from context.document.findings
        if context.document.whole:
            yield from self._backend_schemas.get(context.backend, self._spec_schema).check(context.document)


def _together(claimants: Sequence[Entry], readings: Sequence[Reading]) -> InvalidSpec:
    """What a name is that several files claim: an invalid spec, with the errors of all of them."""
    wrong = [issue for each in readings if isinstance(each, InvalidSpec) for issue in each.issues]
    first = claimants[0]
    wrong += name_claims.twice(claimants)
    return InvalidSpec(first.name, first.path, first.blob, tuple(sorted(wrong)))


def _spec(entry: Entry, context: SpecContext) -> Spec:
    fields: dict[str, Json] = {key: value for key, value in context.fields.items() if key != "name"}
    expiry = fields.get("expiry")
    return Spec(
        name=context.name,
        path=entry.path,
        blob=entry.blob,
        backend=context.backend,
        expiry=None if expiry is None else parse_deadline(expiry),
        owner=fields.get("owner", ""),
        access=fields.get("access", "owner"),
        protected=fields.get("protected", False),
        description=fields.get("description", ""),
        labels=fields.get("labels", {}),
        fields=fields,
    )


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@cache
def _program() -> str:
    """A digest of the modules that read specs: a stricter program reads every file again."""
    here, core = Path(__file__).parent, Path(__file__).parents[2] / "core"
    modules = (*here.glob("*.py"), core / "spec.py", core / "deadlines.py", core / "helm_values.py")
    return digest([_hash(module.read_bytes()) for module in sorted(modules)])
