"""A chart's package: what makes one of a folder, and what must be true of one before it is installed.

Refuses what is not a chart, what unpacks to more than Helm would take, and paths that lead out of the chart.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import struct
import tarfile
import zlib
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

import yaml

from helium.core.chart import ChartReference
from helium.core.digest import Json

LARGEST = 5 << 20
"""Bytes of a package. Real ones have tens of kilobytes; Helm keeps each release in a Secret of one megabyte."""
_UNPACKED = 100 << 20
"""Bytes of what is inside, as Helm has it."""
_SHOWN = 19
_BLOCK = 0xFFFF
_FORM = "Chart.yaml"


class NotAChartError(Exception):
    """These bytes are not a chart that Helm could install; the text says why."""


class UnknownVersionError(Exception):
    """The place where a chart should be has other versions of it."""


def digest_of(data: bytes) -> str:
    """The digest of a package, as `helium.yaml` has it."""
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def about(data: bytes) -> Mapping[str, Json]:
    """What the package's own Chart.yaml says, with `name` and `version`; `NotAChartError` for what is not a chart."""
    files = dict(_files(data))
    forms = [path for path in files if PurePosixPath(path).name == _FORM and len(PurePosixPath(path).parts) == 2]
    if len(forms) != 1:
        raise NotAChartError(f"it has no NAME/{_FORM}" if not forms else f"it has {len(forms)} charts side by side")
    said = _form(files[forms[0]])
    top = PurePosixPath(forms[0]).parts[0]
    brought = {path.split("/")[2] for path in files if path.startswith(f"{top}/charts/") and path.count("/") >= 2}
    if missing := sorted(_missing(said, brought)):
        raise NotAChartError(
            f"it depends on {', '.join(missing)}, and brings none of that in its folder charts; package it with "
            "helm dependency build and helm package"
        )
    return said


def issue(data: bytes, reference: ChartReference) -> str:
    """Why this package is not the one that a reference means; empty if it is."""
    if len(data) > LARGEST:
        return too_large()
    if (found := digest_of(data)) != reference.digest:
        return wrong_digest(found, reference)
    try:
        said = about(data)
    except NotAChartError as error:
        return f"it is not a chart: {error}"
    if said["version"] != reference.version:
        return (
            f"its package is version {said['version']}, and helium.yaml says {reference.version}; write the right one"
        )
    if not reference.is_path and said["name"] != reference.name:
        return f"its package is the chart {said['name']}; write the right name"
    return ""


def wrong_digest(found: str, reference: ChartReference) -> str:
    """Two digests where there should be one; as much of each as tells them apart, since a record keeps 300 signs."""
    return (
        f"its package has the digest {found[:_SHOWN]}…, and helium.yaml says {reference.digest[:_SHOWN]}…; somebody "
        "has changed what is behind this version. If that is right, run helium chart pin PLACE"
    )


def too_large() -> str:
    """More than any chart has."""
    return f"its package is larger than {LARGEST >> 20} MiB; a release could not hold it, so leave out what is no chart"


def packed(files: Mapping[str, bytes]) -> bytes:
    """The package of a chart's folder, by paths in it. The same bytes on every machine, whatever compresses there."""
    if _FORM not in files:
        raise NotAChartError(f"the folder has no {_FORM}")
    top = _form(files[_FORM])["name"]
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for path in sorted(files):
            entry = tarfile.TarInfo(f"{top}/{path}")
            entry.size = len(files[path])
            archive.addfile(entry, io.BytesIO(files[path]))
    return _stored(raw.getvalue())


def _stored(raw: bytes) -> bytes:
    """Gzip without compression: two versions of zlib compress the same bytes differently."""
    parts = [b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"]
    for start in range(0, len(raw), _BLOCK):
        block = raw[start : start + _BLOCK]
        last = start + _BLOCK >= len(raw)
        parts += [struct.pack("<BHH", last, len(block), len(block) ^ 0xFFFF), block]
    return b"".join([*parts, struct.pack("<II", zlib.crc32(raw), len(raw) & 0xFFFFFFFF)])


def _files(data: bytes) -> Iterator[tuple[str, bytes]]:
    """The files in a package, by path; `NotAChartError` for what is not one, or leads elsewhere."""
    try:
        with gzip.open(io.BytesIO(data)) as unpacking:
            raw = unpacking.read(_UNPACKED + 1)
        if len(raw) > _UNPACKED:
            raise NotAChartError(f"it unpacks to more than {_UNPACKED >> 20} MiB")
        with tarfile.open(fileobj=io.BytesIO(raw), mode="r:") as archive:
            for entry in archive:
                path = PurePosixPath(entry.name)
                if path.is_absolute() or ".." in path.parts:
                    raise NotAChartError(f"{entry.name!r} in it leads out of the chart")
                if entry.isfile() and (file := archive.extractfile(entry)) is not None:
                    yield str(path), file.read()
    except (OSError, EOFError, zlib.error, tarfile.TarError) as error:
        raise NotAChartError(f"it is not a package (.tgz): {error}") from None


def _form(data: bytes) -> Mapping[str, Json]:
    try:
        said = yaml.load(data, Loader=yaml.CSafeLoader)
    except yaml.YAMLError:
        raise NotAChartError(f"its {_FORM} is not YAML") from None
    for key in ("name", "version"):
        if not isinstance(said, dict) or not isinstance(said.get(key), str):
            raise NotAChartError(f"its {_FORM} has no {key}")
    return dict(said)


def _missing(said: Mapping[str, Json], brought: set[str]) -> Iterator[str]:
    """The names of dependencies that nothing in the chart's own folder `charts` can be."""
    listed: Any = said.get("dependencies")
    for each in listed if isinstance(listed, list) else []:
        name = str(each.get("name")) if isinstance(each, dict) else ""
        if name and not any(found == name or found.startswith(f"{name}-") for found in brought):
            yield name
