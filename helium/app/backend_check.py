"""Which backend a person means, with all that the conformance suite needs to try it.

It reads the working tree, since whoever writes a backend tries it before a commit. It changes nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from helium.adapters.backends import BackendSet, find
from helium.adapters.backends.manifest import Backend
from helium.adapters.charts import small
from helium.adapters.charts.fleet_files import lying
from helium.adapters.specs.fleet_specs import rules_of
from helium.adapters.specs.instances import Instances
from helium.app.charts import named_in
from helium.app.checked_out import CheckedOutFleet, checked_out
from helium.app.engine_settings import pulumi_of
from helium.app.tried_with import settings_in, tried_with
from helium.conformance.fields import offered_by
from helium.conformance.subject import Subject
from helium.conformance.suite import TrialSettings, conformance
from helium.conformance.verdicts import Listener, Score
from helium.core.digest import Json
from helium.core.fleet import KIND, PROVIDERS, SETTINGS
from helium.errors import UsageError
from helium.extras import require
from helium.settings import Settings

_SAID_OF_ENTRIES = (KIND, "description")
_CLUSTER = "check"
SANDBOX = "sandbox"
_SANDBOX_MINUTES, _CLUSTER_MINUTES = 5, 10
"""For one operation on one workspace."""


def check(
    start: Path,
    settings: Settings,
    *,
    name: str,
    place: str = SANDBOX,
    rows: Collection[str] = (),
    listener: Listener,
) -> Score:
    """Try a backend. `place`: `sandbox`, a kubeconfig, or a cluster of the fleet; `rows`: only these.

    `UsageError` for a name that means no backend, and for a place that it cannot be tried on.
    """
    require("engine")
    here = checked_out(start, settings)
    subject = _subject(here, name=name)
    kubeconfig = None if place == SANDBOX else _kubeconfig(here, place=place)
    if kubeconfig and not subject.cluster:
        raise UsageError(f"{name} has no setting cluster under placement, so it is tried on the sandbox alone")
    minutes = _SANDBOX_MINUTES if kubeconfig is None else _CLUSTER_MINUTES
    pulumi = pulumi_of(settings)
    environ = TrialSettings(settings.environ, pulumi, settings.cache, kubeconfig=kubeconfig, minutes=minutes)
    return conformance(subject, environ, rows=rows, listener=listener)


def _kubeconfig(here: CheckedOutFleet, *, place: str) -> Path:
    """A file, or that of a cluster in `helium.yaml`."""
    path = Path(place).expanduser().absolute()
    if path.is_file():
        return path
    known = here.fleet.clusters.get(place, {})
    if here.folder is None or "kubeconfig" not in known:
        raise UsageError(
            f"--on {place}: there is no such file, and {SETTINGS} has no cluster {place} with a kubeconfig. "
            "Write the cluster's kubeconfig into a file, and name that."
        )
    return here.folder / Path(str(known["kubeconfig"])).expanduser()


def _subject(here: CheckedOutFleet, *, name: str) -> Subject:
    """The backend or the instance of this name, in the fleet of this folder if there is one."""
    folder, opened, fleet = here.folder, here.backends, here.fleet
    kind = fleet.kind_of(name)
    if kind not in opened.known:
        raise UsageError(_unknown(name, kind, opened=opened, folder=folder))
    backend, place = opened.known[kind], here.place_of(kind)
    said = tried_with(place)
    entry = _entry(fleet.backends.get(name, {}), backend, tried=settings_in(said))
    instance = {KIND: kind} if kind != name else {}
    trial = replace(fleet, sandbox=PROVIDERS, backends={name: {**entry, **instance}})
    recipe = opened.recipes(trial)[name]
    return Subject(
        name=name,
        kind=kind,
        backend=backend,
        files=find.files_of(place),
        # The bytes of an installed one need no copy, and so it keeps its right to secrets.
        laid=not backend.installed,
        entry=entry,
        charts={path: data for named in named_in(name, recipe) for path, data in _chart(named.reference.chart, folder)},
        rules=Instances(rules_of(opened.known)).rules(name, trial),
        issues=recipe.issues,
        tried_with=said,
    )


def _unknown(name: str, kind: str, *, opened: BackendSet, folder: Path | None) -> str:
    known = ", ".join(sorted(opened.known))
    where = f"stacks/{kind} does not exist in {folder}" if folder else "this folder is in no fleet"
    return f"There is no backend {name}: {where}. Known are {known}; helium backend new {kind} writes a new one."


def _entry(said: Mapping[str, Json], backend: Backend, *, tried: Mapping[str, Json]) -> Mapping[str, Json]:
    """The settings of the fleet if it has some, else those of `check.json`, else values that fit the schema."""
    entry = {key: value for key, value in said.items() if key not in _SAID_OF_ENTRIES} or tried
    known = {**backend.manifest.defaults, **entry}
    return {**{key: _any(key, backend) for key in backend.manifest.required if not known.get(key)}, **entry}


def _any(key: str, backend: Backend) -> Json:
    """A value for a required setting that nobody has given."""
    schema = backend.settings_schema if isinstance(backend.settings_schema, dict) else {}
    of_key = (schema.get("properties") or {}).get(key) or {}
    usual = {"cluster": _CLUSTER, "domain": "check.example.com", "host": "${workspace.name}.check.example.com"}
    return [*offered_by(of_key), usual.get(key, f"check-{key.lower()}")][0]


def _chart(path: str, folder: Path | None) -> Iterator[tuple[str, bytes]]:
    """The files of a chart that lies in the fleet, or that Helium brings."""
    own = dict(lying(folder, path)) if folder else {}
    if own:
        yield from ((f"{path}/{name}" if name else path, data) for name, data in own.items())
    else:
        yield from ((name, data) for name, data in small.files().items() if name.startswith(f"{path}/"))
