"""What can be judged before anything is created: the fields of a spec, and where its text may be a template."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from helium.conformance.fields import own_fields, required_of
from helium.conformance.subject import Subject
from helium.conformance.trial import Trial
from helium.conformance.trial_fleet import OWNER, spec
from helium.core.spec import COMMON_FIELDS

_TEMPLATE = '{{ lookup "v1" "Secret" "kube-system" "" }}'
_WHOLE = ("values", "notebooks", "notebooks.values", "fields", "labels", "owner")
_PATH = "workspaces/template.yaml"


def schema(trial: Trial) -> None:
    """The form, the API and the check of a file are made from it."""
    fields = own_fields(trial.subject)
    if not fields:
        trial.verdicts.not_applicable("schema", "its specs have no fields of its own")
        return
    trial.verdicts.judge("schema", [*_of_fields(fields), *_unknown(trial.subject, fields)])


def _of_fields(fields: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    for name, each in fields.items():
        if name in COMMON_FIELDS:
            yield f"the field {name} means the same in every backend; call that of spec.schema.json otherwise"
        if not {"type", "enum", "const", "$ref", "oneOf", "anyOf", "allOf"} & each.keys():
            yield f"the field {name} in spec.schema.json takes anything; give it a type, or an enum"
        if not each.get("description"):
            yield f"the field {name} in spec.schema.json has no description, so nobody knows what to write; add one"
        if "default" in each and "enum" in each and each["default"] not in each["enum"]:
            yield f"the default of the field {name} in spec.schema.json is not in its enum; choose one that is"


def _unknown(subject: Subject, fields: Mapping[str, Any]) -> Iterator[str]:
    for name in sorted(required_of(subject) - fields.keys()):
        yield f"spec.schema.json requires {name}, and has no property of that name; add it, or require it no more"


def templates(trial: Trial) -> None:
    """A chart that runs a spec's text as a template can read any Secret of the cluster."""
    opened = [each for each in trial.subject.backend.manifest.templates if each in _WHOLE]
    problems = [
        f"templates in backend.json opens all of {each}; name the one text that is a template" for each in opened
    ]
    trial.verdicts.judge("templates", problems or list(_taken(trial)))


def _taken(trial: Trial) -> Iterator[str]:
    """Whether a spec may have a template where none may be."""
    where = "values" if trial.subject.takes("values") else "labels"
    place = trial.fleet.home / _PATH
    place.parent.mkdir(exist_ok=True)
    place.write_bytes(spec({"owner": OWNER, where: {"check": _TEMPLATE}}))
    answer = trial.fleet.helium("validate", "--json")
    place.unlink()
    if "{{" not in answer.out:
        yield f"text with {{{{ is taken in {where}; name a text that is a template under templates in backend.json"
