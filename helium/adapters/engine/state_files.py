"""The files of a `file://` state: which cannot be read, and what to do about each.

It reads the end of a file, and a small one whole. What only Pulumi can tell, it leaves to Pulumi.
"""

from __future__ import annotations

import gzip
import json
import os
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from helium.core.digest import Json
from helium.core.stack import MARKER, StackId

ENDINGS = (".json", ".json.gz", ".json.zst")
SMALL = 1024
"""Bytes. A state of which `stack init` wrote only the first half is smaller, so files like that are read whole."""
_TAIL = 16


def problem(path: str | Path) -> str:
    """What is wrong with a stack's state file, and what to do; empty if nothing is to be seen from outside."""
    why = _why(path)
    return f"{path} {why}. {_what_to_do(Path(path))}" if why else ""


def of_stack(folder: Path, stack: StackId) -> tuple[Path, ...]:
    """The state files of a stack in a `file://` state: one, unless somebody copied."""
    stacks = folder / ".pulumi" / "stacks" / stack.project
    return tuple(path for ending in ENDINGS if os.path.lexists(path := stacks / f"{stack.name}{ending}"))


def set_aside(folder: Path, stack: StackId) -> tuple[Path, ...]:
    """Rename the state files of a stack, so that nothing lists it any more; where they are now."""
    moved = []
    for path in of_stack(folder, stack):
        moved.append(path.with_name(f"{path.name}.{time.time_ns()}"))
        path.rename(moved[-1])
        # A backup that stayed would look as if it were the next stack's of this name.
        with suppress(FileNotFoundError):
            _backup(path).rename(_backup(moved[-1]))
        with suppress(OSError):
            path.with_name(f"{path.name}.attrs").unlink()
    return tuple(moved)


def leaves_something(folder: Path, stack: StackId) -> bool:
    """Whether a `file://` state holds history or backups of a stack."""
    return any(any(each.iterdir()) for each in _folders(folder, stack)) or any(_beside(folder, stack))


def remove_empty_folders(folder: Path, stack: StackId) -> None:
    """What Pulumi leaves of a stack that was removed. A folder that holds something stays."""
    for each in _folders(folder, stack):
        with suppress(OSError):
            each.rmdir()


def _folders(folder: Path, stack: StackId) -> Iterator[Path]:
    for kind in ("backups", "history", "locks/organization"):
        if (each := folder / ".pulumi" / kind / stack.project / stack.name).is_dir():
            yield each


def _beside(folder: Path, stack: StackId) -> Iterator[Path]:
    stacks = folder / ".pulumi" / "stacks" / stack.project
    names = (f"{stack.name}.pulumi-tags", *(f"{stack.name}{ending}.bak" for ending in ENDINGS))
    return (path for name in names if (path := stacks / name).exists())


def ends_well(path: str | Path) -> bool:
    """Whether a file ends as JSON does. Another process may have removed it since: then it is not torn."""
    try:
        return _look(path)[1].endswith(b"}")
    except FileNotFoundError:
        return True
    except OSError:
        return False


def is_json(path: Path) -> bool:
    """Whether the whole file is JSON."""
    return _parsed(_bytes(path)) is not None


def why_small(data: bytes, backup: Callable[[], bytes | None]) -> str:
    """What is wrong with a small state; empty if nothing is. `backup`: reads the one beside it."""
    document = _parsed(data)
    if not isinstance(document, dict) or not isinstance(document.get("checkpoint"), dict):
        return "is not a state file of Pulumi"
    # Killed inside `stack init`, which writes twice: a stack without a deployment, that never held anything. If its
    # backup holds something, it was written over a stack that was there.
    if document["checkpoint"].get("latest") is None and _holds_something(backup()):
        return "does not have a deployment, and its backup has one"
    return ""


def _why(path: str | Path) -> str:
    try:
        size, tail = _look(path)
    except FileNotFoundError:
        # Removed since the folder was read, by a pass that ends the stack. Opening it says so.
        return "is a link that leads nowhere" if Path(path).is_symlink() else ""
    except OSError as error:
        return f"cannot be read ({error.strerror})"
    if size < 0:
        return "is not a file"
    if size == 0:
        return "is empty"
    if not str(path).endswith(".json"):
        return ""
    if size > SMALL:
        return "" if tail.endswith(b"}") else "is cut off"
    return why_small(_bytes(Path(path)) or b"", lambda: _bytes(_backup(Path(path))))


def _look(path: str | Path) -> tuple[int, bytes]:
    """The size of a file, or -1 for what is not a file, and its end without white space."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            return -1, b""
        return found.st_size, os.pread(descriptor, _TAIL, max(0, found.st_size - _TAIL)).rstrip()
    finally:
        os.close(descriptor)


def _bytes(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None


def _parsed(data: bytes | None) -> Json:
    try:
        return json.loads(gzip.decompress(data) if data and data.startswith(b"\x1f\x8b") else data or b"")
    except (ValueError, EOFError, OSError):
        return None


def _backup(path: Path) -> Path:
    return path.with_name(f"{path.name}.bak")


def _holds_something(backup: bytes | None) -> bool:
    document = _parsed(backup)
    checkpoint = document.get("checkpoint") if isinstance(document, dict) else None
    latest = checkpoint.get("latest") if isinstance(checkpoint, dict) else None
    return isinstance(latest, dict) and bool(latest.get("resources") or latest.get("pending_operations"))


def _what_to_do(path: Path) -> str:
    backup, name = _backup(path), path.name.removesuffix(path.suffix).removesuffix(".json")
    is_marker = path.parent.name.endswith(f".{MARKER}")
    give_up = f"give it up with helium ledger accept-loss {'--state' if is_marker else name}"
    if _holds_something(_bytes(backup)):
        return f"Replace it with Pulumi's backup beside it, {backup.name}; if that does not help, {give_up}"
    return f"Restore it from a backup, or {give_up}"
