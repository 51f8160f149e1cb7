"""What the forms for a new workspace and for its spec have in common: what was sent, and what was wrong with it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from helium.api import problems
from helium.api.pages.fields import Field, pairs
from helium.api.request_body import fields_from
from helium.core.digest import Json
from helium.core.fleet import Fleet
from helium.errors import HeliumError, Issue, KeyReusedError, RefusedError, SpecError
from helium.ports.specs import Specs


def document(form: Mapping[str, str], specs: Specs, *, fleet: Fleet) -> tuple[Mapping[str, Json], tuple[Issue, ...]]:
    """The fields that can be read, and the errors of the others."""
    sent, issues = dict(form), tuple[Issue, ...]()
    while True:
        try:
            return fields_from(pairs(sent, specs, fleet=fleet), specs), issues
        except SpecError as error:
            issues += error.issues
            wrong = {each.pointer.split("/")[1] for each in error.issues if each.pointer} & sent.keys()
            if not wrong:
                raise
            sent = {key: text for key, text in sent.items() if key not in wrong}


def issues_of(error: HeliumError) -> tuple[Issue, ...]:
    """What was refused, each sentence at its field where it has one."""
    if isinstance(error, SpecError):
        return error.issues
    if isinstance(error, KeyReusedError):
        return (Issue("", 1, 1, "", "This form created a workspace already. Send it again to create another one."),)
    pointer = f"/{getattr(error, 'field', 'name' if isinstance(error, RefusedError) else '')}"
    return (Issue("", 1, 1, pointer, problems.with_way_out(error)),)


def grouped(shown: Iterable[Field]) -> Mapping[str, list[Field]]:
    """The fields by the title of their group, in the form's order."""
    groups: dict[str, list[Field]] = {}
    for each in shown:
        groups.setdefault(each.shown.group, []).append(each)
    return groups
