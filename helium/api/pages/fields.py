"""The fields of the form for a new workspace: what the schema says of each, what was sent, and its errors.

The schema alone describes a field; this module says only which fields a form shows, and how. Each instance of a backend
has a group of its own, by its settings. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from helium.core import fields as instance_fields
from helium.core.blanks import text as text_of
from helium.core.deadlines import format_lifetime
from helium.core.digest import Json
from helium.core.fleet import Fleet, backend_name
from helium.errors import Issue, SpecError
from helium.ports.specs import Specs


@dataclass(frozen=True, slots=True)
class FieldText:
    """How a form shows one field. `kind`: text, expiry, choice, flag or yaml; `group` is empty for what comes first.

    `backend`: the instance whose field it is, which has `declared` it; then `key` is `INSTANCE.NAME`, since two may
    have fields of one name.
    """

    key: str
    label: str
    kind: str = "text"
    group: str = ""
    schema_key: str = ""
    backend: str = ""
    declared: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Field:
    """One field, ready to be drawn."""

    shown: FieldText
    help: str
    example: str
    value: str
    issue: str
    choices: tuple[tuple[str, str], ...] = ()


MORE, VERSIONS, HELM = "Backend, access, labels", "Versions", "Helm values"
ALL = (
    FieldText("name", "Name"),
    FieldText("expiry", "Until", "expiry"),
    FieldText("description", "What for"),
    FieldText("backend", "Backend", "choice", MORE),
    FieldText("access", "Who may log in", "choice", MORE),
    FieldText("labels", "Labels", "yaml", MORE),
    FieldText("disableNotebooks", "Without notebooks", "flag", MORE),
    FieldText("protected", "Protected", "flag", MORE),
    FieldText("pachdVersion", "pachd", group=VERSIONS),
    FieldText("consoleVersion", "Console", group=VERSIONS),
    FieldText("notebooksVersion", "Notebooks", group=VERSIONS),
    FieldText("mountServerVersion", "Mount server", group=VERSIONS),
    FieldText("helmVersion", "Chart", group=VERSIONS),
    FieldText("valuesYaml", "Values", "yaml", HELM, "values"),
    FieldText("notebooksValuesYaml", "Values of the notebooks", "yaml", HELM, "notebooks"),
)
_INSTEAD = {
    "name": "Lowercase letters, digits and dashes. Leave it empty to get an animal and six characters.",
    "labels": "One per line, as key: value.",
    "notebooksValuesYaml": "Helm values for the JupyterHub chart, which is another one than Pachyderm's.",
}
_EXAMPLES = {
    "labels": "team: field",
    "valuesYaml": "pachd:\n  resources:\n    requests:\n      cpu: 1",
    "notebooksValuesYaml": "singleuser:\n  memory:\n    limit: 4G",
}


def fields(
    schema: Mapping[str, Json], sent: Mapping[str, str], *, fleet: Fleet, issues: Iterable[Issue], admin: bool
) -> tuple[Field, ...]:
    """Every field that the person may fill in, in the form's order."""
    wrong = by_field(issues, sent, fleet=fleet)
    properties = schema.get("properties", {})
    static = tuple(
        Field(
            shown=each,
            help=_help(each, properties, fleet=fleet),
            example=_example(each, properties),
            value=sent.get(each.key, ""),
            issue="; ".join(wrong.get(each.key, ())),
            choices=_choices(each.key, properties, fleet=fleet),
        )
        for each in ALL
        if each.key != "protected" or admin
    )
    return (*static, *(_of_instance(each, sent, wrong=wrong) for each in own_fields(fleet)))


def own_fields(fleet: Fleet) -> Iterator[FieldText]:
    """The fields of every instance that declares some."""
    for backend, entry in sorted(fleet.backends.items()):
        group = _with_words(backend, entry) or f"For {backend}"
        for name, each in instance_fields.rules_of(entry.get("fields")).schema["properties"].items():
            kind = "choice" if "enum" in each or each.get("type") == "boolean" else "text"
            yield FieldText(f"{backend}.{name}", name, kind, group, schema_key=name, backend=backend, declared=each)


def _of_instance(each: FieldText, sent: Mapping[str, str], *, wrong: Mapping[str, tuple[str, ...]]) -> Field:
    declared = each.declared
    default = text_of(declared["default"]) if "default" in declared else ""
    choices = declared.get("enum", (True, False) if declared.get("type") == "boolean" else ())
    usual = f"{default} (the default)" if "default" in declared else "Choose one"
    return Field(
        shown=each,
        help=str(declared.get("description", "")) + _range(declared),
        example=default,
        value=sent.get(each.key, ""),
        issue="; ".join(wrong.get(each.key, ())),
        choices=(("", usual), *((text_of(choice), text_of(choice)) for choice in choices)),
    )


def _range(declared: Mapping[str, Json]) -> str:
    low, high = declared.get("minimum"), declared.get("maximum")
    if low is None and high is None:
        return ""
    return (
        f" From {low} to {high}."
        if None not in (low, high)
        else f" At {'most' if low is None else 'least'} {low if high is None else high}."
    )


def chosen(sent: Mapping[str, str], fleet: Fleet) -> str:
    """The backend that the form asks for."""
    return backend_name(sent.get("backend", "").strip() or fleet.defaults.backend)


def by_field(issues: Iterable[Issue], sent: Mapping[str, str], *, fleet: Fleet) -> Mapping[str, tuple[str, ...]]:
    """The sentences of each field; under the empty key those that belong to no field of this form."""
    own = tuple(own_fields(fleet))
    known = {each.schema_key: each.key for each in own if each.backend == chosen(sent, fleet)}
    known |= {each.key: each.key for each in own}
    known |= {each.schema_key or each.key: each.key for each in ALL} | {each.key: each.key for each in ALL}
    sentences: dict[str, tuple[str, ...]] = {}
    for issue in issues:
        _, _, rest = issue.pointer.partition("/")
        key = known.get(rest.partition("/")[0], "")
        inner = rest.partition("/")[2].replace("/", ".")
        sentence = f"{inner}: {issue.sentence}" if key and inner else issue.sentence
        sentences[key] = (*sentences.get(key, ()), sentence)
    return sentences


def pairs(sent: Mapping[str, str], specs: Specs, *, fleet: Fleet) -> Iterator[tuple[str, Json]]:
    """The form as names and values, like those of a body. Labels are read as strictly as a file."""
    for each in own_fields(fleet):
        if text := sent.get(each.key, "").strip():
            if each.backend != chosen(sent, fleet):
                sentence = f"this is a field of {each.backend}; choose that backend above, or leave this empty"
                raise SpecError((Issue("", 1, 1, f"/{each.key}", sentence),))
            yield each.schema_key, text
    for each in ALL:
        text = sent.get(each.key, "")
        if not text.strip():
            continue
        if each.key == "labels":
            yield each.key, _labels(text, specs)
        else:
            yield each.key, text if each.kind == "yaml" else text.strip()


def _labels(text: str, specs: Specs) -> Json:
    try:
        return specs.mapping(text.encode(), path="labels")
    except SpecError as error:
        sentences = (f"line {each.line}: {each.sentence}" for each in error.issues)
        raise SpecError(Issue("", 1, 1, "/labels", sentence) for sentence in sentences) from None


def _help(each: FieldText, properties: Mapping[str, Json], *, fleet: Fleet) -> str:
    text = _INSTEAD.get(each.key) or str(properties.get(each.schema_key or each.key, {}).get("description", ""))
    if each.key == "expiry":
        life = fleet.lifetimes.of("")
        moves = " An end outside working hours moves to the beginning of the next ones." if fleet.working_hours else ""
        return (
            f"A date (the end of that day, UTC) or a length such as 3d. Leave it empty for "
            f"{format_lifetime(life.usual)}; the maximum is {format_lifetime(life.longest)}.{moves}"
        )
    return text


def _example(each: FieldText, properties: Mapping[str, Json]) -> str:
    if each.key in _EXAMPLES:
        return _EXAMPLES[each.key]
    examples = properties.get(each.schema_key or each.key, {}).get("examples", [])
    return str(examples[0]) if examples and isinstance(examples[0], str) else ""


def _choices(key: str, properties: Mapping[str, Json], *, fleet: Fleet) -> tuple[tuple[str, str], ...]:
    if key == "backend":
        others = sorted({*fleet.backends} - {fleet.defaults.backend})
        return (
            ("", f"{fleet.defaults.backend} (the fleet’s default)"),
            *((name, _with_words(name, fleet.backends[name]) or name) for name in others),
        )
    if key == "access":
        allowed = properties.get("access", {}).get("enum", ["owner", "everyone"])
        return tuple(("" if each == "owner" else each, _ACCESS.get(each, each)) for each in allowed)
    return ()


def _with_words(backend: str, entry: Mapping[str, Json]) -> str:
    """The backend, and what it is for; empty where its entry does not say."""
    what = entry.get("description")
    return f"{backend}: {what}" if isinstance(what, str) and what else ""


_ACCESS = {"owner": "Only me", "everyone": "Everyone in the tenant"}


def suggestions(fleet: Fleet, *, now: datetime) -> tuple[tuple[str, str], ...]:
    """Lengths to choose from, each with its day."""
    lengths = (timedelta(days=days) for days in (1, 3, 7, 14, 30))
    return tuple(
        (f"+{length.days}d", f"{fleet.lifetimes.end(now + length, added_at=now, team='').at:%A, %-d %B}")
        for length in lengths
        if length <= fleet.lifetimes.of("").longest
    )
