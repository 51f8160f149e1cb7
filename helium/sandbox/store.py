"""The pretend cloud on disk: a folder with one JSON file for each resource.

Every file is replaced as a whole, so a kill at any moment leaves the old or the new one; every change is
made under one lock file, so several providers may share the folder. Refuses a folder that another version
wrote, or that is somebody's own, and touches nothing in it.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from helium.sandbox.errors import SandboxError
from helium.sandbox.model import Identity, Resource

FORMAT = 1
FAULTS = "faults"
_HEAD = "sandbox.json"
_ALONE = "@"


class Store:
    """The resources of one folder."""

    def __init__(self, folder: Path, salt: str) -> None:
        self.folder = folder
        self.salt = salt

    @classmethod
    def open(cls, folder: Path) -> Store:
        """The folder's store, created if it does not exist; SandboxError if the folder is something else."""
        folder = folder.resolve()
        try:
            folder.mkdir(parents=True, exist_ok=True)
            if salt := _inspect(folder):
                return cls(folder, salt)
            with _locked(folder):
                return cls(folder, _inspect(folder) or _begin(folder))
        except OSError as error:
            raise SandboxError(f"the sandbox cannot use its folder {folder}: {error.strerror}") from error

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the folder: nobody else changes anything meanwhile."""
        with _locked(self.folder):
            yield

    def find(self, one: Identity) -> Resource | None:
        """The resource of this identity, if it exists."""
        return _resource(self._path(one))

    def put(self, resource: Resource) -> None:
        """Keep a resource, in place of any with its identity. Call it locked."""
        _write(self._path(resource.identity), json.dumps(resource.form(), indent=1, sort_keys=True))

    def drop(self, one: Identity) -> None:
        """Forget a resource; nothing happens if it is not there. Call it locked."""
        self._path(one).unlink(missing_ok=True)

    def within(self, one: Identity) -> tuple[Resource, ...]:
        """What lives in a namespace or a bucket, sorted."""
        return _resources(self._place(one.package, one.where) / _part(one.name))

    def all(self) -> tuple[Resource, ...]:
        """Everything that exists, sorted by identity."""
        return _resources(self.folder / "resources")

    def fault_lines(self) -> tuple[str, ...]:
        """The lines of the file `faults`, none if the file does not exist."""
        try:
            return tuple((self.folder / FAULTS).read_text().splitlines())
        except FileNotFoundError:
            return ()

    def count(self, key: str) -> int:
        """Count one more call for a fault, and say how many that makes; a kill does not lose it."""
        path = self.folder / "counts" / key
        with self.locked():
            number = 1 + (int(path.read_text()) if path.exists() else 0)
            _write(path, str(number))
        return number

    def _place(self, package: str, where: str) -> Path:
        return self.folder / "resources" / package / _part(where)

    def _path(self, one: Identity) -> Path:
        within = _part(one.within) if one.within else _ALONE
        return self._place(one.package, one.where) / within / f"{_part(one.kind)}~{_part(one.name)}.json"


def _part(text: str) -> str:
    """Text as one safe part of a path; a digest tells long ones apart."""
    safe = quote(text, safe=" ").replace(".", "%2E") if text in (".", "..") else quote(text, safe=" ")
    return safe if len(safe) <= 90 else f"{safe[:70]}%{hashlib.sha256(text.encode()).hexdigest()[:16]}"


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f"{path.name}.new")
    fresh.write_text(text)
    fresh.replace(path)


def _resource(path: Path) -> Resource | None:
    try:
        return Resource.read(json.loads(path.read_text()))
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise SandboxError(
            f"the sandbox's file {path} is damaged ({error}); remove it if that resource may be forgotten"
        ) from error


def _resources(folder: Path) -> tuple[Resource, ...]:
    found = (_resource(path) for path in folder.rglob("*.json"))
    return tuple(sorted((each for each in found if each), key=lambda each: each.identity))


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def _inspect(folder: Path) -> str:
    """The folder's salt; empty if it may become a sandbox. SandboxError if it is something else."""
    head = folder / _HEAD
    if head.exists():
        form = _head(head)
        if form.get("format") == FORMAT:
            return str(form["salt"])
        raise SandboxError(
            f"{head} has format {form.get('format')}, and this version of the sandbox reads {FORMAT}; "
            "use the version that wrote it, or another folder"
        )
    strange = sorted({path.name for path in folder.iterdir()} - {FAULTS, "lock", f"{_HEAD}.new"})
    if strange:
        raise SandboxError(f"{folder} is not a sandbox: it holds {strange[0]}. Name an empty folder")
    return ""


def _begin(folder: Path) -> str:
    """Turn the folder into a sandbox, and return its new salt. Call it locked."""
    salt = secrets.token_hex(16)
    _write(folder / _HEAD, json.dumps({"format": FORMAT, "salt": salt}))
    return salt


def _head(head: Path) -> dict[str, Any]:
    try:
        form = json.loads(head.read_text())
    except ValueError as error:
        raise SandboxError(f"{head} is damaged: {error}; use another folder") from error
    return form if isinstance(form, dict) else {}
