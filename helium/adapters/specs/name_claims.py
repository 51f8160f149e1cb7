"""Entries under `workspaces/`: which name each claims, and what is wrong with its place and kind.

Every entry claims the name that its stem spells, so that a file in the wrong place still keeps its workspace.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from helium.adapters.specs.only_data import is_reserved
from helium.core.spec import (
    ENDINGS,
    NAME,
    NAME_RULE,
    OF_GOOGLE,
    RENAME,
    RESERVED,
    WORKSPACES,
    Entry,
    entries_by_name,
    longest_name,
)
from helium.errors import Issue

ENDING = ".yaml"
_TEAM = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?")
_KINDS = {"120000": "a symbolic link", "160000": "a submodule"}


def claimed(entries: Iterable[Entry]) -> Mapping[str, tuple[Entry, ...]]:
    """The entries by the name that they claim, sorted."""
    return dict(sorted(entries_by_name(entry for entry in sorted(entries) if not entry.exempt).items()))


def is_regular(entry: Entry) -> bool:
    """Whether it is a plain file."""
    return entry.mode.startswith("100")


def is_spec(entry: Entry) -> bool:
    """Whether its bytes are to be read as a spec, wrong ending or not."""
    return is_regular(entry) and entry.path.endswith((ENDING, ".yml", ".YAML", ".YML"))


def misplaced(entry: Entry, *, fleet: str) -> tuple[Issue, ...]:
    """What is wrong with an entry before it is opened: kind, place, ending and name."""
    sentences = (*_wrong_kind(entry), *_wrong_place(entry.path), *_wrong_name(entry, longest_name(fleet)))
    return tuple(Issue(entry.path, 1, 1, "", sentence) for sentence in sentences)


def twice(entries: Sequence[Entry]) -> Iterator[Issue]:
    """An error at each of the files that claim one name together."""
    for entry in entries:
        others = " and ".join(other.path for other in entries if other is not entry)
        sentence = f"the name {entry.name} is also claimed by {others}; a name has one file, so remove or rename one"
        yield Issue(entry.path, 1, 1, "", sentence)


def _wrong_kind(entry: Entry) -> Iterator[str]:
    if not is_regular(entry):
        kind = _KINDS.get(entry.mode, "not a regular file")
        yield f"this is {kind}; a spec is a plain file, so put its text here"


def _wrong_place(path: str) -> Iterator[str]:
    folders = path.split("/")[1:-1]
    if len(folders) > 1:
        yield f"this is {len(folders)} folders deep; write {WORKSPACES}/NAME.yaml or {WORKSPACES}/TEAM/NAME.yaml"
    elif folders and folders[0].endswith(ENDINGS):
        yield "a folder cannot be called like a spec's file, whose name it would take; rename the folder"
    elif folders and not _TEAM.fullmatch(folders[0]):
        yield "a team's folder has letters, digits, dots, dashes and underscores, at most 63; rename the folder"
    if not path.endswith(ENDING):
        yield f"a spec's file ends in .yaml; rename it, or keep other files outside {WORKSPACES}/"


def _wrong_name(entry: Entry, longest: int) -> Iterator[str]:
    stem = entry.path.rpartition("/")[2].removesuffix(ENDING)
    if not entry.path.endswith(ENDING):
        return
    if not NAME.fullmatch(stem):
        yield f"{stem[:80]!r} is not a valid name ({NAME_RULE}){RENAME}"
    elif is_reserved(stem):
        yield f"{stem!r} is a text that Pulumi reserves for itself{RENAME}"
    elif RESERVED.fullmatch(stem):
        yield f"{stem!r} is a reserved name (as are default, kube-* and jh-*){RENAME}"
    elif OF_GOOGLE.search(stem):
        yield f"{stem!r} contains google, which Google refuses in the name of a bucket{RENAME}"
    elif len(stem) > longest:
        yield f"{stem!r} has {len(stem)} characters, too many for its bucket or host ({longest} fit){RENAME}"
