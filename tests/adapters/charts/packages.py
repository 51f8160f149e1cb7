"""Packages of small charts, made here, so that each test says what is in them."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
from collections.abc import Mapping
from typing import Any


def package(name: str = "podinfo", version: str = "6.14.1", *, top: str | None = None, **more: Any) -> bytes:
    """A chart's package as `helm package` makes it; `files` are further ones, `form` goes over its Chart.yaml."""
    form = {"apiVersion": "v2", "name": name, "version": version, **more.get("form", {})}
    files: Mapping[str, bytes] = {"Chart.yaml": json.dumps(form).encode(), **more.get("files", {})}
    return tgz({f"{top or name}/{path}": data for path, data in files.items()})


def tgz(files: Mapping[str, bytes]) -> bytes:
    """Files as a compressed archive."""
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w") as archive:
        for path, data in files.items():
            entry = tarfile.TarInfo(path)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return gzip.compress(raw.getvalue(), mtime=0)
