"""What a backend declares, as data: `backend.json`, `spec.schema.json` and `settings.schema.json` in its folder.

Nothing of its program runs here: this process holds git's and the host's tokens. A folder that cannot be used is a
backend with errors, never an exception: it affects its own workspaces alone.
"""

from __future__ import annotations

import ast
import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

import msgspec

from helium.core.digest import Json, digest

PROGRAM, MANIFEST = "resources.py", "backend.json"
CHECK = "check.json"
"""What `helium backend check` tries it with. It is no part of the program: a change of it rolls nothing."""
SPEC_SCHEMA, SETTINGS_SCHEMA = "spec.schema.json", "settings.schema.json"
FLEETS_OWN = "HELIUM_SECRET_"
OF_EVERY_ENTRY = ("amounts", "backend", "description", "drift", "ready", "secrets")
"""Settings of every entry in `helium.yaml`: what one takes, whose instance, what for, what may differ, and so on."""
_VARIABLE = re.compile(r"HELIUM_[A-Z][A-Z0-9_]*")
_BLANK = re.compile(r"\{(\w+)\}")


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`backend.json`. A misspelt key is an error: a lock that is not read locks nothing.

    `placement` and `pins`: the settings in `helium.yaml`, by whether a workspace keeps them for good. `names`: what is
    named after a workspace, with `{fleet}`, `{name}` and placement settings as blanks, and how long that may be.
    `locked` and `locked_notebooks`: dotted paths in `values` and `notebooks.values` that are the program's alone; a
    backend without the second takes no values for notebooks.
    `charts`: dotted places in placement and pins that name a chart (`*` for any key) → the field of a spec that chooses
    its version, or nothing; `helium/core/chart.py` says how a program gets them.
    `templates`: dotted paths in a spec whose text the program runs as a template; `{{` is refused anywhere else.
    `outputs`: what `declare` always returns. `description`: what it is for, where `helium.yaml` says nothing.
    `warnings`: by setting and its value, what people should know of that choice.
    `shown`: settings that are only shown to people; no workspace is rolled for them. `fields`: whether `fields` in its
    settings says what a spec may say, and its other texts have blanks.
    """

    placement: tuple[str, ...] = ()
    pins: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    defaults: dict[str, Any] = {}
    secrets: tuple[str, ...] = ()
    names: dict[str, int] = {}
    outputs: tuple[str, ...] = ()
    description: str = ""
    locked: tuple[str, ...] = ()
    locked_notebooks: tuple[str, ...] = ()
    templates: tuple[str, ...] = ()
    charts: dict[str, str] = {}
    shown: tuple[str, ...] = ()
    warnings: dict[str, dict[str, str]] = {}
    fields: bool = False


@dataclass(frozen=True, slots=True)
class Backend:
    """One backend as its files say. `program`: their digest; `schema`: fields of its own in a spec.

    `installed`: a package brought it, not the fleet.
    """

    name: str
    program: str
    manifest: Manifest = field(default_factory=Manifest)
    schema: Json = None
    settings_schema: Json = None
    issues: tuple[str, ...] = ()
    installed: bool = False


def counts(path: str) -> bool:
    """Whether a file belongs to the program: no cache, nothing hidden, and not what only its check reads."""
    return path != CHECK and not any(
        part == "__pycache__" or part.startswith(".") for part in PurePosixPath(path).parts
    )


def program_of(files: Mapping[str, bytes]) -> str:
    """The digest of a folder: of every file's name and bytes."""
    return digest([[path, hashlib.sha256(data).hexdigest()] for path, data in sorted(files.items())])


def read(name: str, files: Mapping[str, bytes], *, installed: bool = False, built_in: bool = False) -> Backend:
    """The backend in these files, by their paths in its folder; `installed`: a package brought it, not the fleet.

    The schemas of a `built_in` one are not checked again: a test does that.
    """
    issues = list(_program_issues(files))
    forms: dict[str, Json] = {}
    for path in (MANIFEST, SPEC_SCHEMA, SETTINGS_SCHEMA):
        try:
            kind = Manifest if path == MANIFEST else dict[str, Any]
            forms[path] = msgspec.json.decode(files[path], type=kind) if path in files else None
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            issues.append(f"its {path} cannot be read: {error}")
    if MANIFEST not in files:
        issues.append(f"it has no {MANIFEST}, which says where a workspace is placed")
    manifest = forms.get(MANIFEST) or Manifest()
    issues += _manifest_issues(manifest)
    if not built_in:
        issues += [f"its {path} is not a JSON Schema: {why}" for path, why in _schema_issues(forms)]
    return Backend(
        name=name,
        program=program_of(files),
        manifest=manifest,
        schema=forms.get(SPEC_SCHEMA),
        settings_schema=forms.get(SETTINGS_SCHEMA),
        issues=tuple(issues),
        installed=installed,
    )


def _program_issues(files: Mapping[str, bytes]) -> Iterator[str]:
    """Whether there is a program with a `declare`, found by reading it."""
    if PROGRAM not in files:
        yield f"it has no {PROGRAM}"
        return
    try:
        tree = ast.parse(files[PROGRAM])
    except (SyntaxError, ValueError) as error:
        yield f"its {PROGRAM} cannot be read: {error}"
        return
    if not any(isinstance(node, ast.FunctionDef) and node.name == "declare" for node in tree.body):
        yield f"its {PROGRAM} has no declare(workspace)"


def _manifest_issues(manifest: Manifest) -> Iterator[str]:
    yield from _setting_issues(manifest)
    for variable in manifest.secrets:
        if not _VARIABLE.fullmatch(variable):
            yield f"its {MANIFEST} asks for the secret {variable}; it may only have those that begin with {FLEETS_OWN}"
    for template in manifest.names:
        for blank in _BLANK.findall(template):
            if blank not in {"fleet", "name", *manifest.placement}:
                yield f"its {MANIFEST} uses {blank} in a name, but {blank} is not in placement"


def _setting_issues(manifest: Manifest) -> Iterator[str]:
    """What is wrong with the names of its settings."""
    known = {*manifest.placement, *manifest.pins, *manifest.shown}
    for key in sorted({*manifest.placement} & {*manifest.pins}):
        yield f"its {MANIFEST} has {key} in both placement and pins"
    for key in sorted({*manifest.placement, *manifest.pins} & {*manifest.shown}):
        yield f"its {MANIFEST} has {key} in shown as well; a setting that resources are made from is a pin"
    for key in sorted({*manifest.required, *manifest.defaults} - known):
        yield f"its {MANIFEST} mentions {key}, which is in neither placement nor pins"
    for place in manifest.charts:
        if place.partition(".")[0] not in known:
            yield f"its {MANIFEST} has a chart at {place}, which is in neither placement nor pins"
    for key in sorted(known & {*OF_EVERY_ENTRY, *(("fields",) if manifest.fields else ())}):
        yield f"its {MANIFEST} has a setting {key}, which means the same in every backend; choose another name"


def _schema_issues(forms: Mapping[str, Json]) -> Iterator[tuple[str, str]]:
    """What would be an exception when the schema is used: its shape, its patterns, and references that lead nowhere."""
    schemas = {path: forms[path] for path in (SPEC_SCHEMA, SETTINGS_SCHEMA) if forms.get(path) is not None}
    if schemas:
        # Slow to import; commands that only look do without.
        from jsonschema import Draft202012Validator, SchemaError

        for path, schema in schemas.items():
            try:
                Draft202012Validator.check_schema(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)
            except SchemaError as error:
                yield path, error.message
                continue
            yield from ((path, f"{ref} is not in it") for ref in _references(schema) if not _leads(ref, schema))


def _references(value: Json) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            if key in {"$ref", "$dynamicRef"} and isinstance(inner, str):
                yield inner
            yield from _references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _references(inner)


def _leads(reference: str, schema: Json) -> bool:
    """Whether a reference stays in the schema and finds something: `#`, or `#/` and keys."""
    if reference != "#" and not reference.startswith("#/"):
        return False
    for key in reference.split("/")[1:]:
        schema = schema.get(key) if isinstance(schema, dict) else None
    return isinstance(schema, dict | bool)
