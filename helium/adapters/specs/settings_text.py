"""`helium.yaml` as text: some scalars set, at any depth, and every other byte left as a person wrote it.

A key that is not there yet follows the last one of its mapping. The text is read again before it is returned, and
refused when it does not read back as requested.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping

import yaml

from helium.adapters.specs import strict_yaml
from helium.adapters.specs.findings import Path, issues
from helium.adapters.specs.spec_text import BOM, end_of, inline, replaced
from helium.core.digest import Json
from helium.core.fleet import SETTINGS
from helium.errors import SpecError, UsageError


def edited(data: bytes, changes: Mapping[Path, str]) -> bytes:
    """The file with these values; `SpecError` when it cannot be read, `UsageError` when it cannot be written so."""
    document = strict_yaml.read(data)
    if document.findings:
        raise SpecError(issues(SETTINGS, document.findings))
    wanted = copy.deepcopy(document.value)
    text = strict_yaml.decode(data)
    for at, value in changes.items():
        _put(wanted, at, value=value)
        text = _set(text, at, value=value)
    written = (BOM if data.startswith(BOM) else b"") + text.encode()
    again = strict_yaml.read(written)
    if again.findings or again.value != wanted:
        raise UsageError(f"{SETTINGS} cannot be written so that it reads back as requested. Edit the file by hand.")
    return written


def _put(document: Json, at: Path, *, value: str) -> None:
    for key in at[:-1]:
        document = document.get(key) if isinstance(document, Mapping) else None
    if not isinstance(document, dict):
        raise UsageError(f"{'.'.join(map(str, at[:-1]))} in {SETTINGS} is not a mapping. Edit the file by hand.")
    document[at[-1]] = value


def _set(text: str, at: Path, *, value: str) -> str:
    node = yaml.compose(text, Loader=yaml.CSafeLoader)
    for key in at[:-1]:
        node = _entry(node, str(key))
    assert isinstance(node, yaml.MappingNode), at
    span = _entry(node, str(at[-1]))
    if span is None:
        return _added(text, f"{inline(at[-1])}: {inline(value)}", node=node)
    return replaced(text, span, value=value)


def _entry(node: yaml.Node | None, key: str) -> yaml.Node | None:
    pairs = node.value if isinstance(node, yaml.MappingNode) else ()
    return next((inner for name, inner in pairs if name.value == key), None)


def _added(text: str, line: str, *, node: yaml.MappingNode) -> str:
    """With the line as the mapping's last. An empty mapping can only be `{}`."""
    if not node.value:
        return text[: node.start_mark.index] + "{" + line + "}" + text[node.end_mark.index :]
    end = end_of(node.value[-1][1])
    if node.flow_style:
        return text[:end] + ", " + line + text[end:]
    newline = "\r\n" if "\r\n" in text else "\n"
    # After the comment that may follow the value.
    stop = text.find("\n", end)
    before = text if stop == -1 else text[: stop + 1]
    rest = "" if stop == -1 else text[stop + 1 :]
    indent = " " * node.value[0][0].start_mark.column
    return f"{before if before.endswith(chr(10)) else before + newline}{indent}{line}{newline}{rest}"
