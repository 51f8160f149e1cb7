"""Specs as text: a new file, and an edit of one that leaves every other byte as a person wrote it.

The text is read again before it is returned, and refused when it does not read back as requested.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, TypeGuard

import yaml

from helium.adapters.specs import strict_yaml
from helium.adapters.specs.findings import Finding, issues, show
from helium.adapters.specs.scalars import read_plain
from helium.core.digest import Json
from helium.core.spec import fields_with
from helium.errors import SpecError, UsageError

_SIMPLE = re.compile(r"[A-Za-z0-9][A-Za-z0-9.@_:+/-]{0,99}(?<!:)")
_KEY = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
BOM = b"\xef\xbb\xbf"


class _Dumper(yaml.SafeDumper):
    """Plain where every reader of YAML agrees, quoted elsewhere; mappings in their order, no anchors."""

    def resolve(self, kind: type[yaml.Node], *rest: Any) -> str:
        """The tag that this value would be read with if it stood without quotes."""
        value, implicit = rest
        if kind is not yaml.ScalarNode or not implicit[0]:
            return str(super().resolve(kind, value, implicit))  # type: ignore[no-untyped-call]
        plain, unsure = read_plain(value)
        return "tag:unsure" if unsure else _TAGS[type(plain)]

    def ignore_aliases(self, data: object) -> bool:
        """A value that is used twice is written twice."""
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        """Lists stand further in than their key."""
        return super().increase_indent(flow, False)


_TAGS = {
    kind: f"tag:yaml.org,2002:{name}"
    for kind, name in ((str, "str"), (bool, "bool"), (int, "int"), (float, "float"), (type(None), "null"))
}


def text_of(fields: Mapping[str, Json], *, path: str) -> bytes:
    """A new spec file for `path`; `SpecError` for fields that a strict reader would not read back as they are."""
    up = "../" * path.count("/")
    head = f"# yaml-language-server: $schema={up}schema/workspace.schema.json\n"
    data = (head + _dump(fields)).encode()
    _check(data, fields, path=path)
    return data


def edited(data: bytes, changes: Mapping[str, Json], *, path: str) -> bytes:
    """The file with some top-level fields set, or removed (`None`); all other text stays, so comments do too.

    `SpecError` when the file is not a spec; `UsageError` when this cannot be written into the text as it stands.
    """
    before = strict_yaml.read(data)
    if before.findings or not isinstance(before.value, Mapping):
        raise SpecError(
            issues(
                path,
                before.findings or (before.finding((), "a spec must be a mapping of fields"),),
            )
        )
    if unwritable := tuple(_unwritable({key: value for key, value in changes.items() if value is not None})):
        raise SpecError(issues(path, unwritable))
    wanted = fields_with(before.value, changes)
    text = strict_yaml.decode(data)
    for key, value in changes.items():
        text = _set(text, key, value=value)
    written = (BOM if data.startswith(BOM) else b"") + text.encode()
    _check(written, wanted, path=path)
    return written


def _unwritable(changes: Mapping[str, Json]) -> Iterator[Finding]:
    """Keys and values that would break the line they are written on; checked before anything is written."""
    for key, value in changes.items():
        if not _KEY.fullmatch(key):
            yield Finding((key,), 1, 1, f"unknown key {show(key)}")
        if isinstance(value, str) and (found := strict_yaml.HIDDEN.search(value)):
            yield Finding((key,), 1, 1, f"U+{ord(found[0]):04X} is an invisible character; remove it")


def _dump(fields: Mapping[str, Json]) -> str:
    if fields and all(map(_is_simple, (*fields, *fields.values()))):
        # What most specs consist of. The library says the same, and takes twenty times as long.
        return "".join(f"{key}: {value}\n" for key, value in fields.items())
    return str(yaml.dump(dict(fields), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100))


def _check(data: bytes, wanted: Mapping[str, Json], *, path: str) -> None:
    document = strict_yaml.read(data)
    if document.findings:
        raise SpecError(issues(path, document.findings))
    if document.value != wanted:
        raise UsageError(f"{path} cannot be written so that it reads back as requested. Edit the file by hand.")


def _is_simple(value: Json) -> TypeGuard[str]:
    """Whether it is a text that needs no quotes, wherever it stands."""
    return isinstance(value, str) and _SIMPLE.fullmatch(value) is not None and read_plain(value) == (value, "")


def inline(value: Json) -> str:
    """A scalar that reads the same in a block and between braces."""
    if _is_simple(value):
        return value
    return json.dumps(value, ensure_ascii=False)


def _set(text: str, key: str, *, value: Json) -> str:
    root = _root(text)
    pair = next((pair for pair in root.value if pair[0].value == key), None)
    if pair is None:
        return text if value is None else _added(text, _entry(key, value, root=root), root=root)
    if value is None or isinstance(value, Mapping | list):
        return _with_lines(text, pair, entry="" if value is None else _entry(key, value, root=root), root=root)
    return replaced(text, pair[1], value=value)


def _entry(key: str, value: Json, *, root: yaml.MappingNode) -> str:
    """A field as it stands in this mapping, without the newline at its end."""
    if root.flow_style or root.start_mark.column or not isinstance(value, Mapping | list):
        return f"{inline(key)}: {inline(value)}"
    return _dump({key: value}).rstrip("\n")


def _with_lines(text: str, pair: tuple[yaml.Node, yaml.Node], *, entry: str, root: yaml.MappingNode) -> str:
    """With this entry in place of the lines of one field; an empty one takes them away."""
    if root.flow_style or root.start_mark.column:
        raise UsageError("only a mapping of fields, each on lines of its own, can be edited so")
    start, end = pair[0].start_mark.index, end_of(pair[1])
    if text[end - 1 : end] != "\n":
        # With the comment that may follow the value: it is about a value that goes.
        stop = text.find("\n", end)
        end = len(text) if stop == -1 else stop + 1
    newline = "\r\n" if "\r\n" in text else "\n"
    lines = f"{entry.replace(chr(10), newline)}{newline}" if entry else ""
    left = text[:start] + lines + text[end:]
    return left if entry or len(root.value) > 1 else f"{left}{{}}{newline}"


def end_of(node: yaml.Node) -> int:
    """Where the last thing of a node ends: a block's own mark is where the next thing begins."""
    if isinstance(node, yaml.ScalarNode) or getattr(node, "flow_style", False) or not node.value:
        return int(node.end_mark.index)
    last = node.value[-1]
    return end_of(last[1] if isinstance(node, yaml.MappingNode) else last)


def replaced(text: str, span: yaml.Node, *, value: Json) -> str:
    """The text with another scalar where this one stands."""
    start, end = span.start_mark.index, span.end_mark.index
    space = " " if text[start - 1] == ":" else ""
    newline = "\n" if text[start:end].endswith("\n") else ""
    return text[:start] + space + inline(value) + newline + text[end:]


def _added(text: str, line: str, *, root: yaml.MappingNode) -> str:
    """With the new line last, or first where the end would change what stands there; inside the braces of `{…}`."""
    start = root.start_mark.index
    if root.flow_style:
        comma = ", " if root.value else ""
        return text[: start + 1] + line + comma + text[start + 1 :]
    newline = "\r\n" if "\r\n" in text else "\n"
    line = line.replace("\n", newline)
    indent = " " * root.start_mark.column
    last = text if text.endswith("\n") else text + newline
    at_end = f"{last}{indent}{line}{newline}"
    after, before = strict_yaml.read(at_end.encode()), strict_yaml.read(text.encode()).value
    if not after.findings and isinstance(after.value, Mapping) and {**after.value, **before} == after.value:
        return at_end
    return text[:start] + line + newline + indent + text[start:]


def _root(text: str) -> yaml.MappingNode:
    """The one mapping of a document that the strict reader has passed."""
    root = yaml.compose(text, Loader=yaml.CSafeLoader)
    if not isinstance(root, yaml.MappingNode):
        raise UsageError("only a mapping of fields can be edited")
    return root
