"""What a spec's fields mean beyond their shape: dates that exist, keys of labels, values that may be set."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from helium.adapters.specs import only_data, secret_scan
from helium.adapters.specs.findings import Finding, Path, did_you_mean, show
from helium.adapters.specs.rules import Rules
from helium.adapters.specs.strict_yaml import Document
from helium.core.deadlines import parse_deadline
from helium.core.digest import Json
from helium.core.fleet import Fleet, backend_name
from helium.core.helm_values import of_notebooks, refused
from helium.core.spec import RENAME, is_noreply

_RESERVED_LABEL = re.compile(r"([^/]*\.)?(kubernetes|k8s)\.io/.*|helium.*|([^/]*/)?(needs-ci-tls|helium([^a-z0-9].*)?)")
_OURS = {"owner", "fleet", "workspace"}
"""Labels that Helium sets on everything: a user's own of that name would be dropped in silence."""
_LONGEST_KEY = 63
_OF_NOTEBOOKS = {"singleuser", "hub", "cull", "prePuller", "scheduling", "jupyterhub"}
"""Keys of JupyterHub's chart that Pachyderm's does not have."""
_HOLE = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class SpecContext:
    """One document to judge: whose file it is, in which fleet, for which backend (the file's, or the default)."""

    name: str
    document: Document
    fleet: Fleet
    known: frozenset[str]
    fields: Mapping[str, Json]
    backend: str

    @classmethod
    def of(cls, name: str, document: Document, *, fleet: Fleet, known: frozenset[str]) -> SpecContext:
        """The context of one file; a document that is not a mapping has no fields."""
        fields = document.value if isinstance(document.value, dict) else {}
        named = fields.get("backend")
        backend = backend_name(named if isinstance(named, str) else fleet.defaults.backend)
        return cls(name, document, fleet, known, fields, backend)


def check(context: SpecContext, rules: Rules) -> Iterator[Finding]:
    """Everything wrong with what the fields mean."""
    for at, sentence, key in only_data.not_data(context.fields, (), templates=rules.templates):
        yield context.document.finding(at, sentence, key=key)
    yield from _secrets(context)
    yield from _locked(context, rules)
    yield from _name(context)
    yield from _names(context, rules)
    yield from _backend(context)
    yield from _expiry(context)
    yield from _owner(context)
    yield from _labels(context)


def _mapping(context: SpecContext, key: str) -> Mapping[str, Json]:
    """A field that holds a mapping; one that holds something else is the schema's to judge."""
    value = context.fields.get(key)
    return value if isinstance(value, Mapping) else {}


def _secrets(context: SpecContext) -> Iterator[Finding]:
    for place in (("values",), ("notebooks", "values")):
        for at, sentence in secret_scan.in_clear(_values(context, place), place):
            yield context.document.finding(at, sentence)
    rest = {key: value for key, value in context.fields.items() if key not in ("values", "notebooks")}
    for at in secret_scan.by_shape(rest, ()):
        yield context.document.finding(
            at, "this looks like a secret in plain text; a spec must not have any, so remove it"
        )


def _values(context: SpecContext, place: tuple[str, ...]) -> Mapping[str, Json]:
    """The Helm values at a place; nothing where something else stands there, which is the schema's to judge."""
    value: Json = context.fields
    for key in place:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value if isinstance(value, Mapping) else {}


def _locked(context: SpecContext, rules: Rules) -> Iterator[Finding]:
    trusted = context.fleet.trusted_values
    yield from _refused(context, ("values",), locked=rules.locked, trusted=trusted)
    place = ("notebooks", "values")
    yield from _refused(context, place, locked=rules.locked_notebooks, trusted=of_notebooks(trusted))
    values = _values(context, ("values",))
    for key in sorted(_OF_NOTEBOOKS & set(values)) if rules.locked_notebooks else ():
        sentence = (
            f"{key} is a value of the notebooks' chart and reaches nobody here; write it as notebooks: {{values: "
            f"{{{key}: …}}}}"
        )
        yield context.document.finding(("values", key), sentence, key=True)


def _refused(
    context: SpecContext, place: tuple[str, ...], *, locked: tuple[str, ...], trusted: tuple[str, ...]
) -> Iterator[Finding]:
    for path in refused(_values(context, place), locked, trusted=trusted):
        named = ".".join(path if place == ("values",) else (*place, *path))
        sentence = (
            f"{named} is locked: {context.backend} sets it; remove it, or let a platform engineer add it to "
            "trustedValues in helium.yaml"
        )
        yield context.document.finding((*place, *path), sentence, key=True)


def _name(context: SpecContext) -> Iterator[Finding]:
    name = context.fields.get("name")
    if isinstance(name, str) and name != context.name:
        sentence = f"{show(name)} is not the file's name; write {context.name}, or remove the line"
        yield context.document.finding(("name",), sentence)


def _names(context: SpecContext, rules: Rules) -> Iterator[Finding]:
    """Only the tightest limit is reported: a name that fits there fits everywhere."""
    over = {form: len(_filled(form, context)) - most for form, most in rules.names.items()}
    form = max(over, key=lambda each: over[each], default="")
    if form and over[form] > 0:
        fits = len(context.name) - over[form]
        sentence = f"{context.name!r} is too long for {form} of {context.backend} ({fits} characters fit){RENAME}"
        yield Finding((), 1, 1, sentence)


def _filled(form: str, context: SpecContext) -> str:
    settings = context.fleet.backends.get(context.backend, {})
    known = {**settings, "fleet": context.fleet.name, "name": context.name}
    return _HOLE.sub(lambda hole: str(known.get(hole[1], "")), form)


def _backend(context: SpecContext) -> Iterator[Finding]:
    if context.backend in context.known:
        return
    if isinstance(context.fields.get("backend"), str):
        near = did_you_mean(context.backend, context.known)
        yield context.document.finding(
            ("backend",), f"this fleet does not have the backend {show(context.backend)}{near}"
        )
    elif "backend" not in context.fields:
        sentence = f"the default backend {context.backend!r} of helium.yaml does not exist; name a backend here"
        yield context.document.finding((), sentence + did_you_mean(context.backend, context.known))


def _expiry(context: SpecContext) -> Iterator[Finding]:
    expiry = context.fields.get("expiry")
    if isinstance(expiry, str):
        try:
            parse_deadline(expiry)
        except ValueError as error:
            yield context.document.finding(("expiry",), str(error))


def _owner(context: SpecContext) -> Iterator[Finding]:
    owner = context.fields.get("owner")
    if isinstance(owner, str) and is_noreply(owner):
        sentence = f"nobody reads mail to {show(owner)}; write the e-mail address of a person"
        yield context.document.finding(("owner",), sentence)


def _labels(context: SpecContext) -> Iterator[Finding]:
    first: dict[str, str] = {}
    for key in _mapping(context, "labels"):
        at: Path = ("labels", key)
        # Google takes lowercase letters, digits, dash and underscore: the rest of a key is lost on its way there.
        plain = re.sub(r"[^a-z0-9_-]", "_", key.lower())[:_LONGEST_KEY].strip("_-")
        if _RESERVED_LABEL.fullmatch(key) or _RESERVED_LABEL.fullmatch(plain) or plain in _OURS:
            yield context.document.finding(at, f"the label {show(key)} is reserved; choose another key", key=True)
        elif plain in first:
            sentence = f"the labels {show(first[plain])} and {show(key)} are both {plain} in Google's cloud; rename one"
            yield context.document.finding(at, sentence, key=True)
        first.setdefault(plain, key)
