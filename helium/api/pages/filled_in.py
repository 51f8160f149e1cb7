"""A form filled in as a spec is, for a copy of a workspace and for an edit of its file."""

from __future__ import annotations

from collections.abc import Mapping

from helium.api.pages.fields import ALL, FieldText, own_fields
from helium.core.blanks import text as text_of
from helium.core.digest import Json
from helium.core.fleet import Fleet
from helium.core.spec import Spec
from helium.ports.specs import Specs

ITS_OWN = ("name", "expiry")
"""What another workspace cannot have in common with it, and what has a form of its own."""


def filled_in(spec: Spec, specs: Specs, *, fleet: Fleet) -> Mapping[str, str]:
    """The form's texts by their keys, without those that the spec leaves out."""
    own = (each for each in own_fields(fleet) if each.backend == spec.backend)
    texts = {each.key: _text(spec, each, specs=specs) for each in (*ALL, *own) if each.key not in ITS_OWN}
    # Also where the file leaves it out: the default of the fleet may be another one by now.
    return {key: text for key, text in {**texts, "backend": _backend(spec, fleet)}.items() if text}


def _backend(spec: Spec, fleet: Fleet) -> str:
    return "" if spec.backend == fleet.defaults.backend else spec.backend


def _text(spec: Spec, each: FieldText, *, specs: Specs) -> str:
    value = _value(spec, each)
    if each.kind == "yaml":
        return _yaml(value, specs) if isinstance(value, Mapping) and value else ""
    if each.kind == "flag":
        return "true" if value is True else ""
    return text_of(value)


def _value(spec: Spec, each: FieldText) -> Json:
    if each.schema_key == "notebooks":
        return spec.notebook_values
    if each.key == "access":
        return "" if spec.access == "owner" else spec.access
    return spec.fields.get(each.schema_key or each.key)


def _yaml(value: Mapping[str, Json], specs: Specs) -> str:
    """As a file of its own would say it, without the comment that names the schema."""
    lines = specs.text(value, path="values.yaml").decode().splitlines()
    return "\n".join(line for line in lines if not line.startswith("# yaml-language-server:"))
