"""One look at the whole state: which stacks it has. A folder is read, a bucket listed in pages; else Pulumi is asked.

Inside a project Pulumi prints bare names, and in the wrong folder it prints nothing and calls that a success. So it
runs in an empty folder, the state's URL is absolute, and a state that does not exist is refused first.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from helium.adapters.engine import bucket_listing, state_files
from helium.adapters.engine.command import Command
from helium.adapters.engine.errors import said
from helium.adapters.engine.folder_scan import scan
from helium.adapters.engine.locks import as_pulumi_reads, path_of, unowned
from helium.adapters.engine.protocol import Reply
from helium.adapters.engine.redact import Redactor
from helium.adapters.engine.settings import EngineSettings
from helium.adapters.engine.stack_names import META, UnknownLayoutError
from helium.core.digest import Json
from helium.core.excerpts import excerpt
from helium.core.stack import Listing, Stack, StackId
from helium.errors import EngineError

OLDEST = (3, 200, 0)
PAGE = 1000
"""How many objects gocloud reads of a folder at once."""
LIST = ("stack", "ls", "--all", "--json")
KINDS = ("file", *bucket_listing.KINDS, "postgres")


_VERSIONS: dict[tuple[Path, int, int], str] = {}
"""By path, time and size of the program, so that an upgrade under a running process is noticed."""


def listing(settings: EngineSettings, *, redact: Redactor) -> Listing:
    """Everything that the state holds. `EngineError` when it cannot be read completely."""
    scheme = settings.state.partition("://")[0]
    if scheme not in KINDS:
        raise EngineError("", f"Helium does not know states of the kind {scheme}://; use one of {', '.join(KINDS)}")
    folder = state_folder(settings)
    if settings.applies and not os.access(settings.pulumi, os.X_OK):
        version(settings)
    if folder is None and scheme not in bucket_listing.KINDS:
        return _by_pulumi(settings, None, redact=redact)
    try:
        listed = _sorted(_scanned(settings, folder), fleet=settings.fleet)
    except UnknownLayoutError as unknown:
        listed = _by_pulumi(settings, folder, redact=redact)
        note = f"Pulumi lists the state, which takes longer, because {redact(str(unknown))}."
        listed = replace(listed, note=note)
    if settings.applies and not listed.marker:
        # A pass that has work asks for the marker's proof first, and so starts Pulumi. A new fleet has no marker yet.
        version(settings)
    for lock in unowned(folder) if folder else ():
        lock.unlink(missing_ok=True)
    return listed


def _scanned(settings: EngineSettings, folder: Path | None) -> Iterable[Stack]:
    if folder is None:
        return bucket_listing.scanned(settings)
    if not as_pulumi_reads(settings.state):
        raise UnknownLayoutError("its URL has more than a path")
    return scan(folder)


def _by_pulumi(settings: EngineSettings, folder: Path | None, *, redact: Redactor) -> Listing:
    """What `pulumi stack ls --all` says. `folder`: of a `file://` state."""
    limit = settings.timeout.total_seconds()
    command = Command(str(settings.pulumi), settings.command_environment, limit=limit)
    reply = command.run(LIST, cwd=settings.empty(), environment={})
    if reply.code and folder and _removed_torn_attributes(folder):
        reply = command.run(LIST, cwd=settings.empty(), environment={})
    if reply.code:
        version(settings)
        corrupt = corrupt_stack(folder) if folder else None
        if corrupt:
            raise EngineError(corrupt, "its state file is corrupt, so nothing can be listed; restore it")
        raise EngineError("", excerpt(redact(f"the state cannot be listed: {said(reply)}")) + _restore_meta(reply))
    rows = _rows(reply.stdout, settings)
    if folder and len(rows) >= PAGE - 1:
        _refuse_part(folder)
    return parse(rows, fleet=settings.fleet)


def _restore_meta(reply: Reply) -> str:
    """The file that says how the whole state is laid out; every state that this Pulumi made holds the same."""
    torn = "meta.yaml" in said(reply)
    return f". Restore its file .pulumi/meta.yaml, which holds the line {META.decode()}" if torn else ""


def state_folder(settings: EngineSettings) -> Path | None:
    """The folder of a `file://` state, which must exist; `None` for any other state."""
    if not settings.state.startswith("file://"):
        return None
    folder = path_of(settings.state)
    if not folder.is_dir():
        raise EngineError("", f"the state does not exist: {settings.state} is not a directory")
    return folder


def problems(settings: EngineSettings, stack: StackId) -> tuple[str, ...]:
    """What is wrong with the files of a stack in a `file://` state, as far as is seen from outside."""
    folder = state_folder(settings)
    files = state_files.of_stack(folder, stack) if folder else ()
    if len(files) > 1:
        return (_twice(stack, files[0].parent),)
    return tuple(why for path in files if (why := state_files.problem(path)))


def written_over(settings: EngineSettings, stack: StackId) -> bool | None:
    """Whether a stack without a deployment was written over one that held something. `None`: nobody can look here."""
    if state_folder(settings) is not None:
        return bool(problems(settings, stack))
    try:
        scanned = bucket_listing.scanned(settings, opened=stack)
    except UnknownLayoutError:
        return None
    return any(each.corrupt for each in scanned if each.id == stack)


def leaves_something(settings: EngineSettings, stack: StackId) -> bool:
    """Whether the state may hold history or backups of a stack that was removed."""
    if (folder := state_folder(settings)) is not None:
        return state_files.leaves_something(folder, stack)
    try:
        return bucket_listing.leaves_something(settings, stack)
    except UnknownLayoutError:
        return True


def _removed_torn_attributes(folder: Path) -> bool:
    """Whether a torn attributes file was found beside a state file, and is removed now.

    gocloud renames a state file into its place, but writes its attributes in place. If Pulumi is killed in between, the
    attributes stay empty, and from then on nothing can be listed. They hold nothing that Pulumi needs.
    """
    torn = [path for path in (folder / ".pulumi").rglob("*.attrs") if not state_files.is_json(path)]
    for path in torn:
        with suppress(OSError):
            path.unlink()
    return bool(torn)


def version(settings: EngineSettings) -> str:
    """Pulumi's version. `EngineError` when it is missing or too old.

    Asking costs 0.2 s of CPU, so a program that has not changed is asked once in a process.
    """
    try:
        found = settings.pulumi.stat()
    except OSError:
        return _ask_version(settings)
    known = (settings.pulumi, found.st_mtime_ns, found.st_size)
    if known not in _VERSIONS:
        _VERSIONS[known] = _ask_version(settings)
    return _VERSIONS[known]


def _ask_version(settings: EngineSettings) -> str:
    try:
        done = subprocess.run(
            [str(settings.pulumi), "version"],
            env=dict(settings.command_environment),
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError as error:
        raise EngineError(
            "", f"Pulumi cannot be started: {settings.pulumi}: {error.strerror}; helium doctor says how to get it"
        ) from None
    match = re.search(r"(\d+)\.(\d+)\.(\d+)", done.stdout)
    if match is None:
        raise EngineError("", f"{settings.pulumi} does not say its version; is it Pulumi?")
    if tuple(map(int, match.groups())) < OLDEST:
        oldest = ".".join(map(str, OLDEST))
        raise EngineError("", f"Pulumi {match[0]} is too old; Helium needs {oldest} or newer")
    return match[0]


def corrupt_stack(folder: Path) -> str | None:
    """The id of the first stack whose state file is not JSON."""
    root = folder / ".pulumi" / "stacks"
    for path in sorted(root.rglob("*.json*")):
        if path.suffix in {".json", ".gz"} and not state_files.is_json(path):
            name = path.name.removesuffix(".gz").removesuffix(".json")
            return str(StackId(path.parent.name, name))
    return None


def _rows(text: str, settings: EngineSettings) -> Sequence[Mapping[str, Json]]:
    try:
        rows = json.loads(text)
    except json.JSONDecodeError:
        version(settings)
        raise EngineError("", f"the listing that {settings.pulumi} gave is not JSON; is it Pulumi?") from None
    return rows if isinstance(rows, list) else []


def _refuse_part(folder: Path) -> None:
    """`EngineError` where Pulumi may have cut the listing short; `core/stack.py` says why it does."""
    projects = sorted(path.name for path in (folder / ".pulumi" / "stacks").iterdir() if path.is_dir())
    for begins in projects:
        for other in projects:
            if other != begins and other.startswith(begins) and other[len(begins)] < "/":
                raise EngineError(
                    "",
                    f"Pulumi lists this state only in part: it holds {PAGE} stacks or more, and the project {begins} "
                    f"is how the name of {other} begins; move one of them to another state",
                )


def parse(rows: Sequence[Mapping[str, Json]], *, fleet: str) -> Listing:
    """Pulumi's rows, sorted by whose each stack is."""
    ids = {row["name"]: _id(row["name"]) for row in rows}
    listed = _sorted([Stack(id) for row in rows if (id := ids[row["name"]])], fleet=fleet)
    unknown = [name for name, id in ids.items() if id is None]
    return replace(listed, foreign=tuple(sorted([*listed.foreign, *unknown])))


def _sorted(listed: Iterable[Stack], *, fleet: str) -> Listing:
    stacks: dict[StackId, Stack] = {}
    foreign: list[str] = []
    marker = False
    for each in listed:
        if each.id == StackId.marker(fleet):
            marker = True
        elif each.id.fleet == fleet and each.id.backend:
            again = each.id in stacks
            stacks[each.id] = replace(each, corrupt=_twice(each.id, each.id.project)) if again else each
        else:
            foreign.append(str(each.id))
    return Listing(stacks=tuple(stacks[id] for id in sorted(stacks)), marker=marker, foreign=tuple(sorted(foreign)))


def _twice(stack: StackId, place: object) -> str:
    """Somebody copied a state, or changed how Pulumi writes it. Pulumi reads the one that was written last."""
    name = stack.name
    return (
        f"The state has more than one file of {name} in {place}, one of them compressed. Keep the right one and move "
        f"the others away, or give it up with helium ledger accept-loss {name}"
    )


def _id(name: str) -> StackId | None:
    with suppress(ValueError):
        return StackId.parse(name)
    return None
