"""What `helium.yaml` said of this instance on the day the workspace was created, with its blanks filled. Pure.

Read from the workspace's placement and pins alone. Refuses text that a chart would run as a template, whoever wrote it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from helium.core import blanks, fields
from helium.core.chart import chosen
from helium.core.deadlines import parse_lifetime
from helium.core.digest import Json
from helium.core.releases import ordered
from helium.core.workspace import Workspace
from helium.core.workspace_facts import facts_of
from helium.errors import UsageError


@dataclass(frozen=True, slots=True)
class ReleaseSettings:
    """One release: what it is called in Helm, the chart's package, the values, and the releases that come before it."""

    key: str
    name: str
    chart: str
    version: str
    values: Mapping[str, Json]
    needs: tuple[str, ...] = ()
    protect: bool = True


@dataclass(frozen=True, slots=True)
class NamespaceSettings:
    """Its quota, the range for its containers, who may reach it and whom it may reach, and how its pods may run."""

    quota: Mapping[str, str] = field(default_factory=dict)
    limits: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    reached_from: tuple[str, ...] = ()
    reaches: tuple[str, ...] = ()
    pod_security: str = "baseline"


@dataclass(frozen=True, slots=True)
class InstanceSettings:
    """The whole. `releases` in an order in which each comes after those that it needs; `seconds` for each of them."""

    cluster: str
    namespace: NamespaceSettings
    releases: tuple[ReleaseSettings, ...]
    outputs: Mapping[str, Mapping[str, str]]
    cluster_wide: bool
    seconds: int

    @classmethod
    def of(cls, workspace: Workspace) -> InstanceSettings:
        """The settings of a workspace; `UsageError` where something cannot be filled in."""
        pins = workspace.pins
        known = {blanks.WORKSPACE: facts_of(workspace), blanks.FIELDS: _fields_of(workspace)}
        try:
            namespace = _mapping(blanks.filled(pins.get("namespace"), known))
            outputs = _mapping(blanks.filled(pins.get("outputs"), known))
            releases = _mapping(blanks.filled(pins.get("releases"), known))
        except KeyError as missing:
            raise UsageError(
                f"nothing says what {missing} of {workspace.backend} in helium.yaml stands for; give it a default "
                f"there, or a value in {workspace.spec.path}"
            ) from None
        wide = pins.get("clusterWide") is True
        return cls(
            cluster=str(workspace.placement["cluster"]),
            namespace=_namespace(namespace),
            releases=tuple(
                _release(key, releases[key], suffix=f"-{workspace.name}" if wide else "") for key in ordered(releases)
            ),
            outputs=outputs,
            cluster_wide=wide,
            seconds=int(parse_lifetime(str(pins.get("timeout") or "10m")).total_seconds()),
        )


def _fields_of(workspace: Workspace) -> Mapping[str, Json]:
    """What the spec says, and the defaults for what it leaves out."""
    pins = workspace.pins.get("fields")
    values = fields.values_of(pins, workspace.spec.fields)
    # The check of the file has refused this long ago. What has come here all the same reads no Secret either.
    templates = (*fields.with_templates(pins, values), *(["owner"] if "{{" in workspace.owner else []))
    if templates:
        raise UsageError(
            f"{', '.join(templates)} of {workspace.name} has {{{{ in it, which a chart would run; remove it"
        )
    return values


def _release(key: str, setting: Mapping[str, Json], *, suffix: str) -> ReleaseSettings:
    reference = chosen({name: value for name, value in setting.items() if name != "values"})
    return ReleaseSettings(
        key=key,
        name=f"{key}{suffix}",
        chart=reference.file,
        version=reference.version,
        values=_mapping(setting.get("values")),
        needs=tuple(setting.get("needs") or ()),
        protect=setting.get("protect") is not False,
    )


def _namespace(setting: Mapping[str, Json]) -> NamespaceSettings:
    network = _mapping(setting.get("network"))
    return NamespaceSettings(
        quota=_amounts(setting.get("quota")),
        limits={kind: amounts for kind, each in _mapping(setting.get("limits")).items() if (amounts := _amounts(each))},
        reached_from=tuple(network.get("from") or ()),
        reaches=tuple(network.get("to") or ()),
        pod_security=str(setting.get("podSecurity") or "baseline"),
    )


def _amounts(setting: Json) -> dict[str, str]:
    """Amounts as Kubernetes takes them; `null` takes one of the defaults away."""
    return {key: blanks.text(value) for key, value in _mapping(setting).items() if value is not None}


def _mapping(value: Json) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
