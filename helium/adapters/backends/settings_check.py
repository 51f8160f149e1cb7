"""What is wrong with the settings of one backend or instance in `helium.yaml`: each a sentence with its place.

Such a backend creates nothing, and its workspaces are kept. It refuses nothing about other backends.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from helium.adapters.backends.manifest import OF_EVERY_ENTRY, Backend, Manifest
from helium.core import blanks, chart, fields, probes, releases, workspace_facts
from helium.core.amounts import amounts_of
from helium.core.digest import Json
from helium.core.fleet import AMOUNTS, Fleet
from helium.core.helm_values import secret_places
from helium.core.spec import COMMON_FIELDS


def issues(backend: Backend, fleet: Fleet, *, name: str, settings: Mapping[str, Json]) -> Iterator[str]:
    """The sentences. `name`: the entry's; `settings`: what it says, over the backend's defaults."""
    manifest, where = backend.manifest, f"backends.{name}"
    known = {*manifest.placement, *manifest.pins, *manifest.shown, *OF_EVERY_ENTRY}
    for key in sorted({*settings} - known - ({"fields"} if manifest.fields else set())):
        yield f"{where}.{key} in helium.yaml is not a setting of this backend"
    if missing := [f"{where}.{key}" for key in manifest.required if settings.get(key) in (None, "")]:
        yield f"helium.yaml does not set {', '.join(missing)}"
        if name not in fleet.backends:
            # Nobody has set it up, so nobody waits for more sentences while the schema's checker is imported.
            return
    for place in manifest.charts:
        for named, setting in chart.places(settings, place):
            yield from (f"{where}.{named} in helium.yaml {issue}" for issue in chart.issues(setting))
    cluster = settings.get("cluster") if "cluster" in manifest.placement else None
    if cluster and "kubernetes" not in fleet.sandbox and cluster not in fleet.clusters:
        yield f"clusters in helium.yaml does not say how the cluster {cluster} of {where} is reached"
    amounts = _wrong_amounts(settings, fields=manifest.fields)
    for at, sentence in (*probes.problems(settings, kind=backend.name), *amounts):
        yield f"{_place(where, at)} in helium.yaml: {sentence}"
    shape = tuple(_misfits(backend, settings))
    yield from (f"{_place(where, at)} in helium.yaml: {sentence}" for at, sentence in shape)
    if manifest.fields and not shape:
        needs = ((("releases", *at), sentence) for at, sentence in releases.problems(settings.get("releases")))
        for at, sentence in (*_wrong_fields(settings), *needs, *_wrong_blanks(manifest, settings)):
            yield f"{_place(where, at)} in helium.yaml: {sentence}"


def _misfits(backend: Backend, settings: Mapping[str, Json]) -> Iterator[tuple[blanks.Path, str]]:
    if backend.settings_schema is not None:
        from jsonschema import Draft202012Validator

        # What every backend's entry may have is judged by the schema of helium.yaml.
        own = {key: value for key, value in settings.items() if key not in OF_EVERY_ENTRY}
        for error in Draft202012Validator(backend.settings_schema).iter_errors(own):
            yield tuple(error.absolute_path), error.message


def _wrong_amounts(settings: Mapping[str, Json], *, fields: bool) -> Iterator[tuple[blanks.Path, str]]:
    """Each amount is a number, or, where a spec may say one, a blank and nothing else."""
    amounts = settings.get(AMOUNTS)
    for unit, value in amounts.items() if isinstance(amounts, Mapping) else ():
        if fields and isinstance(value, str) and "${" in value:
            declared = settings.get("fields")
            of_spec = tuple(declared) if isinstance(declared, Mapping) else ()
            yield from blanks.problems(value, {blanks.WORKSPACE: (), blanks.FIELDS: of_spec}, at=(AMOUNTS, unit))
            continue
        try:
            amounts_of({unit: value})
        except ValueError as error:
            yield (AMOUNTS, unit), str(error)


def _wrong_fields(settings: Mapping[str, Json]) -> Iterator[tuple[blanks.Path, str]]:
    for at, sentence in fields.problems(settings.get("fields", {}), taken=_OF_EVERY_SPEC):
        yield ("fields", *at), sentence


def _wrong_blanks(manifest: Manifest, settings: Mapping[str, Json]) -> Iterator[tuple[blanks.Path, str]]:
    declared = settings.get("fields")
    of_spec = tuple(declared) if isinstance(declared, Mapping) else ()
    of_workspace = tuple(each for each in workspace_facts.NAMES if each != "host" or settings.get("host"))
    made: Mapping[str, Collection[str]] = {blanks.WORKSPACE: of_workspace, blanks.FIELDS: of_spec}
    shown = {
        blanks.WORKSPACE: (*of_workspace, *_SHOWN),
        blanks.FIELDS: of_spec,
        blanks.OUTPUTS: tuple(_outputs(settings)),
    }
    for key, value in settings.items():
        if key in manifest.placement:
            yield from blanks.problems(
                value, {blanks.WORKSPACE: workspace_facts.OF_PLACE, blanks.FIELDS: ()}, at=(key,)
            )
        elif key in manifest.shown:
            yield from blanks.problems(value, shown, at=(key,))
        elif key in manifest.pins:
            yield from blanks.problems(value, made, at=(key,))
            yield from _wrong_secrets(value, (key,))


_SHOWN = ("deadline", "description")
"""What a person may be shown besides: it changes without an update, and is filled in each time that it is shown."""
_OF_EVERY_SPEC = frozenset(
    {
        *COMMON_FIELDS,
        *("values", "notebooks", "valuesYaml", "notebooksValuesYaml", "createdBy", "fields", "id"),
    }
)
"""What a spec, or a request for one, means by these names in every backend."""


def _outputs(settings: Mapping[str, Json]) -> Iterator[str]:
    outputs = settings.get("outputs")
    yield from outputs if isinstance(outputs, Mapping) else ()


def _wrong_secrets(value: Json, at: blanks.Path) -> Iterator[tuple[blanks.Path, str]]:
    """A secret is named by whoever writes `helium.yaml`; a spec that could name it could read any of them."""
    for place, name in secret_places(value, at=at):
        if "${" in name:
            yield (*place, "fromSecret"), "the name of a secret cannot have a blank; write the name"


def _place(where: str, at: blanks.Path) -> str:
    return ".".join((where, *map(str, at)))
