"""YAML, read safely and strictly: one document of mappings, lists and scalars, and nothing that hides.

It refuses duplicate keys, anchors, aliases, tags, directives, merge keys, keys that are not text, control characters,
and what is too large or too deep. The events come from the C parser one by one, so nothing is built that was not
asked for: an alias bomb or ten thousand brackets cost what they weigh. Every flaw is kept with its place; reading goes
on after it where that means something.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, NoReturn

import yaml

from helium.adapters.specs.findings import MOST, Finding, Path, show
from helium.adapters.specs.scalars import read_plain
from helium.adapters.specs.secret_scan import is_secret
from helium.core.digest import Json

Event = Any
"""One of the parser's. The library's stubs know neither that each has a mark, nor which of them have tags."""

LARGEST = 64 * 1024
DEEPEST = 32
UNSURE = "without quotes this may be read as something else; write it in quotes"
HIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f"
    "\ufeff\ufff9-\ufffb\ufffe\uffff\U000e0000-\U000e007f]"
)
"""Control characters, line ends that only YAML knows, what turns the direction of text, and what has no width.

Not the joiners U+200C and U+200D: some scripts, and many emoji, are written with them.
"""


@dataclass(frozen=True, slots=True)
class Document:
    """What a file says. `whole` is false when reading had to stop: then `value` is nothing to judge."""

    value: Json = None
    whole: bool = False
    findings: tuple[Finding, ...] = ()
    places: Mapping[Path, tuple[int, int]] = field(default_factory=dict)
    keys: Mapping[Path, tuple[int, int]] = field(default_factory=dict)

    def finding(self, at: Path, sentence: str, *, key: bool = False) -> Finding:
        """A flaw at a value (or at its key), or at what is nearest above it."""
        places = self.keys if key else self.places
        near = at
        while near not in places and near:
            near, places = near[:-1], self.places
        line, column = places.get(near, (1, 1))
        return Finding(at, line, column, sentence)


def read(data: bytes) -> Document:
    """The document in a file's bytes, with every flaw of its form. Never raises."""
    if len(data) > LARGEST:
        sentence = f"the file is larger than {LARGEST // 1024} KiB; keep a spec to what a person can review"
        return Document(findings=(Finding((), 1, 1, sentence),))
    try:
        text = decode(data)
    except UnicodeDecodeError as error:
        return Document(findings=(_not_utf8(data, error),))
    hidden = [_hidden(text, found) for found in islice(HIDDEN.finditer(text), MOST)]
    return Document(findings=tuple(hidden)) if hidden else _Reader(text).document()


def decode(data: bytes) -> str:
    """UTF-8, with or without a byte-order mark; `UnicodeDecodeError` otherwise."""
    return data.removeprefix(b"\xef\xbb\xbf").decode()


def _not_utf8(data: bytes, error: UnicodeDecodeError) -> Finding:
    skipped = len(data) - len(error.object)
    at = error.start + skipped
    before = data[:at]
    line, column = before.count(b"\n") + 1, at - before.rfind(b"\n")
    return Finding((), line, column, f"byte {at + 1} (0x{data[at]:02x}) is not UTF-8; save the file as UTF-8")


def _hidden(text: str, found: re.Match[str]) -> Finding:
    before = text[: found.start()]
    line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
    return Finding((), line, column, f"U+{ord(found[0]):04X} is an invisible character; remove it")


class _CannotContinueError(Exception):
    """Nothing after this place can be read."""


class _Reader:
    """One reading of one text: takes the parser's events in order, and keeps values, places and flaws."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._next: Callable[[], Event] = yaml.CSafeLoader(text).get_event
        self._findings: list[Finding] = []
        self._places: dict[Path, tuple[int, int]] = {}
        self._keys: dict[Path, tuple[int, int]] = {}

    def document(self) -> Document:
        """The one document of the stream."""
        value, whole = None, False
        try:
            value = self._only()
            whole = True
        except _CannotContinueError:
            pass
        except yaml.MarkedYAMLError as error:
            self._findings.append(self._unparsed(error))
        except (yaml.YAMLError, UnicodeError) as error:
            self._findings.append(Finding((), 1, 1, f"this cannot be read as YAML: {error}"))
        return Document(value, whole, tuple(self._findings), self._places, self._keys)

    def _only(self) -> Json:
        self._next()
        start = self._next()
        if isinstance(start, yaml.StreamEndEvent):
            self._stop((), start, says="the file is empty; write {} to say all defaults")
        if start.version or start.tags:
            self._add((), start, says="directives (%YAML, %TAG) are not read; remove the line")
        first = self._next()
        if isinstance(first, yaml.ScalarEvent) and first.implicit[0] and not first.value:
            self._stop((), first, says="the file is empty; write {} to say all defaults")
        value = self._value(first, ())
        self._next()
        after = self._next()
        if not isinstance(after, yaml.StreamEndEvent):
            self._stop((), after, says="a second document begins here; one file holds one document, so remove it")
        return value

    def _value(self, event: Event, at: Path) -> Json:
        mark = event.start_mark
        self._places.setdefault(at, (mark.line + 1, mark.column + 1))
        if isinstance(event, yaml.AliasEvent):
            self._add(at, event, says=f"*{event.anchor} is an alias; write the value itself where it is wanted")
            return None
        self._plain_node(event, at)
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event, at)
        if len(at) >= DEEPEST:
            self._stop(at, event, says=f"this is nested more than {DEEPEST} levels deep; nest it less")
        return self._mapping(at) if isinstance(event, yaml.MappingStartEvent) else self._list(at)

    def _plain_node(self, event: Event, at: Path) -> None:
        if event.anchor is not None:
            self._add(at, event, says=f"&{event.anchor} is an anchor; write the value itself where it is wanted")
        if event.tag is not None:
            tag = event.tag.replace("tag:yaml.org,2002:", "!!")
            self._add(at, event, says=f"{show(tag)} is a tag; remove it, and write text in quotes")

    def _scalar(self, event: Event, at: Path) -> Json:
        if event.implicit[0]:
            value, sentence = read_plain(event.value)
            if sentence:
                self._add(at, event, says=UNSURE if at and is_secret(str(at[-1])) else sentence)
            return value
        self._seen(event, at)
        return event.value

    def _seen(self, event: Event, at: Path) -> None:
        if event.style == '"' and (found := HIDDEN.search(event.value)):
            self._add(at, event, says=f"U+{ord(found[0]):04X} is an invisible character; remove it")

    def _list(self, at: Path) -> Json:
        values: list[Json] = []
        while not isinstance(event := self._next(), yaml.SequenceEndEvent):
            values.append(self._value(event, (*at, len(values))))
        return values

    def _mapping(self, at: Path) -> Json:
        values: dict[str, Json] = {}
        while not isinstance(event := self._next(), yaml.MappingEndEvent):
            key = self._key(event, at)
            here = (*at, key)
            mark = event.start_mark
            if key in values:
                line = self._keys[here][0]
                self._add(here, event, says=f"{show(key)} is already set at line {line}; keep one of the two")
            else:
                self._keys[here] = (mark.line + 1, mark.column + 1)
            value = self._value(self._next(), here)
            values.setdefault(key, value)
        return values

    def _key(self, event: Event, at: Path) -> str:
        if not isinstance(event, yaml.ScalarEvent):
            self._stop(at, event, says="a key must be text, not a mapping, a list or an alias")
        here = (*at, event.value)
        self._plain_node(event, here)
        if not event.implicit[0]:
            self._seen(event, here)
        elif event.value == "<<":
            self._add(here, event, says="<< merges mappings in some readers of YAML; write the keys themselves")
        else:
            value, sentence = read_plain(event.value)
            if sentence or not isinstance(value, str):
                text = show(event.value)
                self._add(
                    here,
                    event,
                    says=f"a key must be text, and {text} may be read as something else; write it in quotes: {text}",
                )
        return str(event.value)

    def _add(self, at: Path, event: Event, *, says: str) -> None:
        mark = event.start_mark
        self._findings.append(Finding(at, mark.line + 1, mark.column + 1, says))

    def _unparsed(self, error: yaml.MarkedYAMLError) -> Finding:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line, mark.column) if mark else (0, 0)
        rest = "".join(self._text.splitlines()[line : line + 1])[column:]
        if rest.startswith("\t"):
            return Finding(
                (), line + 1, column + 1, "there is a tab here, but YAML indents with spaces only; use spaces"
            )
        context = f" {error.context}" if error.context else ""
        sentence = f"this is not YAML: {error.problem}{context}; fix it here, or just above"
        return Finding((), line + 1, column + 1, sentence)

    def _stop(self, at: Path, event: Event, *, says: str) -> NoReturn:
        self._add(at, event, says=says)
        raise _CannotContinueError
