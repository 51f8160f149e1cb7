"""A Helm chart as `helium.yaml` names it: where it is, which version, and the digest of its package. Pure.

A chart is always named with version and digest, so that nobody who owns its server, tag or version can change what a
pass installs. There are three ways to say where it is, and one digest serves all three:

    chart: charts/podinfo                       a folder or a package (.tgz) in the fleet's repository
    chart: oci://registry.example.com/podinfo   a registry
    repo: https://charts.example.com            a chart repository, which has it under the name `chart`
    chart: podinfo

Before anything is declared, the engine fetches what `backend.json` lists under `charts`, checks it against its digest,
and puts it into the folder that the program runs in, at `ChartReference.file`. So a program takes the chart of a
release by `chosen(workspace.pins["charts"]["podinfo"], …).file`, and gives that to the release as its `chart`.
The path is relative, and the same on every machine. It has the digest in it: another package is another path, hence an
upgrade. A destroy needs no chart, and an update of metadata alone does not either.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

from helium.core.digest import Json
from helium.core.workspace import Workspace
from helium.errors import ExitCode, HeliumError

OCI = "oci://"
FOLDER = "charts"
"""Where the engine puts packages, in the folder that a program runs in."""
CREDENTIALS = "HELIUM_CHARTS_"
"""How the variables begin that `credentialsName` may name, so that no other secret is sent to a server of charts."""
OF_RELEASE = frozenset(("values", "needs", "protect"))
"""What may stand beside the keys of a chart, for the release that is made of it; the program's own schema judges it."""
KEYS = frozenset(("chart", "repo", "version", "digest", "hosts", "credentialsName", "versions"))
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_VERSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9.+_-]{0,127}")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
_VARIABLE = re.compile(CREDENTIALS + r"[A-Z0-9_]{1,60}")
_URL = re.compile(r"https?://[^\s/?#@]+(/[^\s?#]*)?")
_PART = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,127}")


class ChartError(HeliumError):
    """A chart cannot be had, or is not the one that `helium.yaml` names."""

    exit_code: ClassVar[ExitCode] = ExitCode.SOURCE

    def __init__(self, reference: ChartReference, what: str) -> None:
        self.what = what
        super().__init__(f"{reference}: {what}")


@dataclass(frozen=True, slots=True)
class ChartReference:
    """One version of one chart. `repo`: its repository; empty: `chart` is a path in the fleet, or begins with `oci://`.

    `hosts`: other hosts that its server may send us on to. `credentials`: the environment variable with `USER:PASSWORD`
    or a token.
    """

    chart: str
    version: str = ""
    digest: str = ""
    repo: str = ""
    hosts: tuple[str, ...] = ()
    credentials: str = ""

    @property
    def is_path(self) -> bool:
        """Whether the chart is in the fleet's own repository."""
        return not self.repo and not self.chart.startswith(OCI)

    @property
    def name(self) -> str:
        """The chart's name, by its address: `podinfo`, for `charts/podinfo-6.14.1.tgz` too."""
        last = self.chart.rstrip("/").rpartition("/")[2]
        return last.removesuffix(".tgz").removesuffix(f"-{self.version}") if self.is_path else last

    @property
    def file(self) -> str:
        """Where a program finds the package, from the folder that it runs in.

        It begins with a dot: the provider would search the internet for a chart of another kind of name.
        """
        return f"./{FOLDER}/{self.digest.removeprefix('sha256:')}/{self.name}.tgz"

    def __str__(self) -> str:
        version = f" {self.version}" if self.version else ""
        at = (
            f" at {self.repo}" if self.repo else "" if self.is_path and self.name == self.chart else f" at {self.chart}"
        )
        return f"chart {self.name}{version}{at}"


def chosen(setting: Json, version: str | None = None) -> ChartReference:
    """The chart that a setting names, in the version that a spec asks for; `ValueError` with a sentence for neither.

    `versions` lists what a spec may ask for besides the setting's own version: for each its digest, and what differs.
    """
    whole: Mapping[str, Json] = setting if isinstance(setting, Mapping) else {}
    if version is None or version == whole.get("version"):
        return named(whole)
    others = other_versions(whole)
    if version not in others:
        known = ", ".join(sorted({str(whole.get("version")), *others} - {"None"}))
        raise ValueError(f"offers version {known or 'nothing'}, and not {version}; ask for one of these")
    return others[version]


def issues(setting: Json) -> Iterator[str]:
    """What keeps a chart from being fetched as a setting names it, a sentence each, to follow the setting's name."""
    if not isinstance(setting, Mapping) or not setting.get("chart"):
        yield "names no chart; set its chart: a path in this repository, an oci:// address, or a name with repo:"
        return
    for key in sorted(setting.keys() - KEYS - OF_RELEASE):
        yield f"has the unknown key {key}; use {', '.join(sorted(KEYS))}"
    yield from _issues(named(setting))
    for version, reference in sorted(other_versions(setting).items()):
        yield from (f"(its versions.{version}) {issue}" for issue in _issues(reference))


def needed(workspace: Workspace, charts: Mapping[str, str]) -> tuple[ChartReference, ...]:
    """The charts that a program is going to ask for; `ValueError` with a sentence for a setting that names none.

    `charts` as a manifest has it: the place in the settings (`charts.podinfo`; `*` for any key) → the field of a spec
    that chooses the version, or nothing.
    """
    return tuple(
        _named(where, setting, version=workspace.spec.text(field) if field else None)
        for pattern, field in charts.items()
        for where, setting in places({**workspace.placement, **workspace.pins}, pattern)
    )


def places(settings: Mapping[str, Json], pattern: str) -> Iterator[tuple[str, Json]]:
    """Each setting at a dotted place, with its own place; the place alone where nothing is set."""
    key, _, rest = pattern.partition(".")
    for name in sorted(settings) if key == "*" else [key]:
        inner = settings.get(name)
        if rest:
            for where, setting in places(inner if isinstance(inner, Mapping) else {}, rest):
                yield f"{name}.{where}", setting
        else:
            yield name, inner


def makes_the_same(then: Mapping[str, Json], now: Mapping[str, Json], *, charts: Mapping[str, str]) -> bool:
    """Whether settings of today make the same workspace as those that it was created with.

    A chart may come from somewhere else, and more versions of it may be offered: what is installed is the package.
    `charts` as for `needed`.
    """
    if then == now:
        # As almost always, and a pass asks of every workspace that is in step.
        return True
    before, today = then, now
    for pattern in charts:
        keys = tuple(pattern.split("."))
        before, today = _with_packages(before, keys, of=then), _with_packages(today, keys, of=then)
    return before == today


def _package(reference: ChartReference) -> Json:
    return reference.file if reference.digest else [reference.repo, reference.chart, reference.version]


def _with_packages(settings: Json, keys: tuple[str, ...], *, of: Json) -> Json:
    """The settings, with the packages of each chart in place of where it is. `of`: what says which versions count."""
    if not isinstance(settings, Mapping):
        return settings
    if not keys:
        kept = {key: each for key, each in settings.items() if key not in KEYS}
        known = other_versions(of if isinstance(of, Mapping) else {})
        others = {version: _package(each) for version, each in other_versions(settings).items() if version in known}
        return {**kept, "package": _package(named(settings)), "versions": others}
    inner = of if isinstance(of, Mapping) else {}
    chosen_keys = settings.keys() if keys[0] == "*" else {keys[0]} & settings.keys()
    return {
        key: _with_packages(each, keys[1:], of=inner.get(key)) if key in chosen_keys else each
        for key, each in settings.items()
    }


def _named(where: str, setting: Json, *, version: str | None) -> ChartReference:
    for issue in issues(setting):
        raise ValueError(f"{where} {issue}")
    try:
        return chosen(setting, version)
    except ValueError as error:
        raise ValueError(f"{where} {error}") from None


def named(whole: Mapping[str, Json]) -> ChartReference:
    """The chart as a setting names it, whatever is missing or wrong in it."""
    hosts = whole.get("hosts")
    return ChartReference(
        chart=str(whole.get("chart") or ""),
        version=str(whole.get("version") or ""),
        digest=str(whole.get("digest") or ""),
        repo=str(whole.get("repo") or "").rstrip("/"),
        hosts=tuple(map(str, hosts)) if isinstance(hosts, list | tuple) else (),
        credentials=str(whole.get("credentialsName") or ""),
    )


def other_versions(whole: Mapping[str, Json]) -> Mapping[str, ChartReference]:
    """What a setting lists under `versions`, in its order. Each is another package, so it has a digest of its own."""
    found = whole.get("versions")
    listed = found.items() if isinstance(found, Mapping) else ()
    wholes = {str(version): {**whole, "digest": "", **each} for version, each in listed if isinstance(each, Mapping)}
    return {version: named({**each, "version": version}) for version, each in wholes.items()}


def _issues(reference: ChartReference) -> Iterator[str]:
    pin = "run helium chart pin, which writes both"
    if not reference.version:
        yield f"has no version; {pin}"
    elif not _VERSION.fullmatch(reference.version):
        yield f"has the version {reference.version!r}, which cannot be one; write it as the chart does, like 6.14.1"
    if not reference.digest:
        yield f"has no digest; {pin}"
    elif not _DIGEST.fullmatch(reference.digest):
        yield f"has the digest {reference.digest!r}; write sha256: and 64 hex digits, or {pin}"
    yield from where_issues(reference)


def where_issues(reference: ChartReference) -> Iterator[str]:
    """What is wrong with the address of a chart and how it is reached, whatever version is meant."""
    if reference.repo and not _URL.fullmatch(reference.repo):
        yield f"has the repo {reference.repo!r}; write an https:// address without user, password and query"
    if reference.repo and not _NAME.fullmatch(reference.chart):
        yield f"has a repo, so its chart is a name there, and {reference.chart!r} cannot be one"
    elif reference.chart.startswith(OCI):
        host, _, path = reference.chart.removeprefix(OCI).partition("/")
        if not _URL.fullmatch(f"https://{host}") or not all(map(_PART.fullmatch, path.split("/"))):
            yield f"has the chart {reference.chart!r}; write oci://HOST/PATH/NAME, without a tag"
    elif reference.is_path and not all(map(_PART.fullmatch, reference.chart.rstrip("/").split("/"))):
        yield f"has the chart {reference.chart!r}; write a path in this repository, like charts/podinfo"
    if reference.credentials and not _VARIABLE.fullmatch(reference.credentials):
        yield f"has the credentialsName {reference.credentials!r}; name an environment variable like {CREDENTIALS}ACME"
