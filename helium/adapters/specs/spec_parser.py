"""The bytes of one file to a value, or every error of that file: its form, its meaning, and what the schema says.

Imported when the first file is read: for one that is known to be in step with its record, nobody needs a parser.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from helium.adapters.specs import name_claims, schemas, semantics, settings, settings_check, strict_yaml
from helium.adapters.specs.findings import Finding, did_you_mean, issues, show
from helium.adapters.specs.instances import Instances
from helium.adapters.specs.rules import Rules
from helium.adapters.specs.schema_check import SchemaChecker
from helium.adapters.specs.semantics import SpecContext
from helium.adapters.specs.strict_yaml import Document
from helium.core.deadlines import parse_deadline
from helium.core.digest import Json, canonical
from helium.core.fleet import SETTINGS, Fleet, backend_name
from helium.core.spec import Entry, InvalidSpec, Spec
from helium.errors import SpecError


class SpecParser:
    """Parses with Helium's schemas and the rules of each backend that is known, by its name."""

    def __init__(self, rules: Mapping[str, Rules]) -> None:
        self._rules = rules
        self._schema = schemas.schema(schemas.COMMON)
        self._fleet_schema = SchemaChecker(schemas.schema(schemas.FLEET))
        self._spec_schema = SchemaChecker(self._schema, elsewhere=self._elsewhere(""))
        self._of_any = SchemaChecker(schemas.for_editors(self._schema, [each.schema for each in rules.values()]))
        self._instances = Instances(rules)
        self._checkers: dict[tuple[str, str], SchemaChecker] = {}

    def settings(self, data: bytes) -> Mapping[str, Json]:
        """The document of `helium.yaml`; `SpecError` with every error."""
        document = strict_yaml.read(data)
        found = tuple(self._fleet_findings(document))
        if found:
            raise SpecError(issues(SETTINGS, found))
        value: Mapping[str, Json] = document.value
        return value

    def readable_settings(self, data: bytes) -> Fleet:
        """As much as can be read of a `helium.yaml` with errors."""
        document = strict_yaml.read(data)
        return settings.readable_part(document, self._fleet_findings(document))

    def schema(self, fleet: Fleet) -> Mapping[str, Json]:
        """The schema of the fleet's specs, for editors: of each backend that is known, and of each instance."""
        names = sorted({*self._rules, *fleet.backends})
        return schemas.for_editors(self._schema, [self._instances.rules(name, fleet).schema for name in names])

    def values(self, data: bytes, *, path: str) -> Mapping[str, Json]:
        """Helm values as text of their own; `SpecError` with every error."""
        document = strict_yaml.read(data)
        wrong = document.findings
        if not wrong and not isinstance(document.value, Mapping):
            wrong = (document.finding((), "Helm values are a mapping of keys; write {} for none"),)
        if wrong:
            raise SpecError(issues(path, wrong))
        values: Mapping[str, Json] = document.value
        return values

    def spec(self, entry: Entry, text: bytes, *, fleet: Fleet, known: frozenset[str]) -> Spec | InvalidSpec:
        """One file under `workspaces/`; `known`: the names of all backends."""
        wrong = name_claims.misplaced(entry, fleet=fleet.name)
        context = SpecContext.of(entry.name, strict_yaml.read(text), fleet=fleet, known=known)
        wrong += issues(entry.path, tuple(self._spec_findings(context)))
        return InvalidSpec(entry.name, entry.path, entry.blob, wrong) if wrong else _spec(entry, context)

    def _spec_findings(self, context: SpecContext) -> Iterator[Finding]:
        if context.document.whole:
            yield from semantics.check(context, self._instances.rules(context.backend, context.fleet))
        yield from context.document.findings
        if context.document.whole:
            yield from self._checker(context.backend, context.fleet).check(context.document)

    def _checker(self, backend: str, fleet: Fleet) -> SchemaChecker:
        """What checks the specs of a backend. An instance has its own, for as long as its fields are the same."""
        rules = self._instances.rules(backend, fleet)
        if fleet.kind_of(backend) not in self._rules:
            # That nobody knows the backend is told once. What it takes is not known either.
            return self._of_any
        if not rules.schema:
            return self._spec_schema
        key = backend, canonical(rules.schema)
        if key not in self._checkers:
            own = schemas.extended(self._schema, rules.schema)
            self._checkers = {**{other: one for other, one in self._checkers.items() if other[0] != backend}}
            self._checkers[key] = SchemaChecker(own, elsewhere=self._elsewhere(backend))
        return self._checkers[key]

    def _elsewhere(self, backend: str) -> Mapping[str, str]:
        """What to say of a field that another backend has."""
        others = [(name, key) for name, rules in self._rules.items() for key in rules.schema.get("properties", {})]
        return {key: f"; only the backend {name} has it" for name, key in reversed(others) if name != backend}

    def _fleet_findings(self, document: Document) -> Iterator[Finding]:
        if not document.whole:
            yield from document.findings
            return
        yield from settings_check.check(document)
        yield from document.findings
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
