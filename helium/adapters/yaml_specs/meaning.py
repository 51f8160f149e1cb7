"""What a spec's fields mean beyond their shape: dates that exist, labels that are free, values that may be set."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from helium.adapters.yaml_specs import literals
from helium.adapters.yaml_specs.flaws import Flaw, Path, did_you_mean, show
from helium.adapters.yaml_specs.reader import Document
from helium.core.digest import Json
from helium.core.expiry import parse_deadline
from helium.core.fleet import Fleet, backend_name
from helium.core.spec import is_noreply
from helium.core.values import refused

_TAKEN_LABEL = re.compile(r"([^/]*\.)?(kubernetes|k8s)\.io/.*|helium.*|([^/]*/)?(needs-ci-tls|helium([^a-z0-9].*)?)")
_HOLE = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Rules:
    """What one backend adds to the reading of its specs, from its `backend.json` and `spec.schema.json`.

    `locked`: dotted paths in `values`. `names`: how long each resource name may be, by its form (`jh-{name}`).
    """

    locked: tuple[str, ...] = ()
    names: Mapping[str, int] = field(default_factory=dict)
    schema: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Case:
    """One document to judge: whose file it is, in which fleet, for which backend (the file's, or the default)."""

    name: str
    document: Document
    fleet: Fleet
    known: frozenset[str]
    fields: Mapping[str, Json]
    backend: str

    @classmethod
    def of(cls, name: str, document: Document, *, fleet: Fleet, known: frozenset[str]) -> Case:
        """The case of one file; a document that is no mapping has no fields."""
        fields = document.value if isinstance(document.value, dict) else {}
        named = fields.get("backend")
        backend = backend_name(named if isinstance(named, str) else fleet.defaults.backend)
        return cls(name, document, fleet, known, fields, backend)


def flaws(case: Case, rules: Rules) -> Iterator[Flaw]:
    """Everything wrong with what the fields mean."""
    yield from _secrets(case)
    yield from _locked(case, rules)
    yield from _name(case)
    yield from _names(case, rules)
    yield from _backend(case)
    yield from _expiry(case)
    yield from _owner(case)
    yield from _labels(case)


def _mapping(case: Case, key: str) -> Mapping[str, Json]:
    """A field that holds a mapping; one that holds something else is the schema's to judge."""
    value = case.fields.get(key)
    return value if isinstance(value, Mapping) else {}


def _secrets(case: Case) -> Iterator[Flaw]:
    for at, sentence in literals.in_clear(case.fields.get("values"), ("values",)):
        yield case.document.flaw(at, sentence)
    for at in literals.plainly({key: value for key, value in case.fields.items() if key != "values"}, ()):
        yield case.document.flaw(at, "this looks like a secret in clear; a spec holds none, so remove it")


def _locked(case: Case, rules: Rules) -> Iterator[Flaw]:
    for path in refused(_mapping(case, "values"), rules.locked, trusted=case.fleet.trusted_values):
        sentence = (
            f"{'.'.join(path)} is locked: {case.backend} sets it; remove it, or let a platform engineer add it to "
            "trustedValues in helium.yaml"
        )
        yield case.document.flaw(("values", *path), sentence, key=True)


def _name(case: Case) -> Iterator[Flaw]:
    name = case.fields.get("name")
    if isinstance(name, str) and name != case.name:
        sentence = f"{show(name)} is not the file's name; write {case.name}, or remove the line"
        yield case.document.flaw(("name",), sentence)


def _names(case: Case, rules: Rules) -> Iterator[Flaw]:
    """Only the shortest room is told: a name that fits there fits everywhere."""
    over = {form: len(_filled(form, case)) - most for form, most in rules.names.items()}
    form = max(over, key=lambda each: over[each], default="")
    if form and over[form] > 0:
        fits = len(case.name) - over[form]
        sentence = f"{case.name!r} is too long for {form} of {case.backend}; {fits} characters fit, so rename the file"
        yield Flaw((), 1, 1, sentence)


def _filled(form: str, case: Case) -> str:
    settings = case.fleet.backends.get(case.backend, {})
    known = {**settings, "fleet": case.fleet.name, "name": case.name}
    return _HOLE.sub(lambda hole: str(known.get(hole[1], "")), form)


def _backend(case: Case) -> Iterator[Flaw]:
    if case.backend in case.known:
        return
    if isinstance(case.fields.get("backend"), str):
        near = did_you_mean(case.backend, case.known)
        yield case.document.flaw(("backend",), f"{show(case.backend)} is no backend of this fleet{near}")
    elif "backend" not in case.fields:
        sentence = f"no backend is named, and the default {case.backend!r} of helium.yaml is not known; name one"
        yield case.document.flaw((), sentence + did_you_mean(case.backend, case.known))


def _expiry(case: Case) -> Iterator[Flaw]:
    expiry = case.fields.get("expiry")
    if isinstance(expiry, str):
        try:
            parse_deadline(expiry)
        except ValueError as error:
            yield case.document.flaw(("expiry",), str(error))


def _owner(case: Case) -> Iterator[Flaw]:
    owner = case.fields.get("owner")
    if isinstance(owner, str) and is_noreply(owner):
        sentence = f"nobody reads mail to {show(owner)}; write the e-mail address of a person"
        yield case.document.flaw(("owner",), sentence)


def _labels(case: Case) -> Iterator[Flaw]:
    for key in _mapping(case, "labels"):
        if _TAKEN_LABEL.fullmatch(key):
            at: Path = ("labels", key)
            yield case.document.flaw(at, f"the label {show(key)} is taken; choose another key", key=True)
