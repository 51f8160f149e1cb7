"""Blanks in the settings of a backend: `${workspace.name}`, `${fields.replicas}`. Pure.

A blank has a root and a dot, so none of JupyterHub's `{name}`, a chart's `{{ .Values }}` or a shell's `${HOME}` is one:
they stay as they are. `$${` is how a literal `${` is written. What is filled in is never filled again, so a text that
somebody wrote in a spec cannot ask for another blank.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping

from helium.core.digest import Json

WORKSPACE, FIELDS, OUTPUTS = "workspace", "fields", "outputs"
"""The roots: facts of the workspace, what its spec says, and, in what is only shown, what its stack answered."""
MOVING = ("deadline", "expiry", "description", "protected")
"""Facts of a workspace that change without an update of the stack, so no resource may be made from them."""

Known = Mapping[str, Mapping[str, Json]]
"""By root: what each blank below it stands for."""
Path = tuple[str | int, ...]

_BLANK = re.compile(r"\$\$\{|\$\{([A-Za-z]+)\.([^{}]*)(\}?)")
_TEXT = re.compile(r"\$\{([A-Za-z]+)\.([^{}]*)\}")


def problems(value: Json, allowed: Mapping[str, Collection[str]], *, at: Path = ()) -> Iterator[tuple[Path, str]]:
    """Every blank in `value` that stands for nothing, with its place and a sentence. `allowed`: the names by root."""
    if isinstance(value, str):
        yield from ((at, sentence) for sentence in _wrong(value, allowed))
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            # A key that a spec chooses could stand in the place of another one.
            yield from (((*at, key), sentence) for sentence in _wrong(key, {**allowed, **_no_fields(allowed)}))
            yield from problems(inner, allowed, at=(*at, key))
    elif isinstance(value, list | tuple):
        for index, inner in enumerate(value):
            yield from problems(inner, allowed, at=(*at, index))


def used(value: Json, root: str) -> frozenset[str]:
    """The names of the blanks below a root."""
    if isinstance(value, str):
        return frozenset(name for found, name, _ in _BLANK.findall(value) if found == root)
    if isinstance(value, Mapping):
        return frozenset().union(*(used(key, root) | used(inner, root) for key, inner in value.items()))
    if isinstance(value, list | tuple):
        return frozenset().union(*(used(inner, root) for inner in value))
    return frozenset()


def filled(value: Json, known: Known) -> Json:
    """`value` with every blank filled, once. `KeyError` for one that stands for nothing.

    A text that is one blank and nothing else becomes the value itself: a number stays a number.
    """
    if isinstance(value, str):
        return _filled(value, known)
    if isinstance(value, Mapping):
        return {text(_filled(key, known)): filled(inner, known) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [filled(inner, known) for inner in value]
    return value


def text(value: Json) -> str:
    """A value inside a longer text, as YAML and JSON write it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def _filled(template: str, known: Known) -> Json:
    whole = _TEXT.fullmatch(template)
    if whole is not None and whole[1] in known:
        return known[whole[1]][whole[2]]

    def stands_for(blank: re.Match[str]) -> str:
        if blank[0] == "$${":
            return "${"
        # Another root is not ours: a shell or a chart may mean something by it.
        return text(known[blank[1]][blank[2]]) if blank[1] in known else blank[0]

    return _BLANK.sub(stands_for, template)


def _wrong(template: str, allowed: Mapping[str, Collection[str]]) -> Iterator[str]:
    for root, name, closed in _BLANK.findall(template):
        if root not in allowed:
            continue
        if not closed:
            yield f"the blank ${{{root}.{name[:40]} is not closed; write }} after its name, or $${{ for a literal ${{"
        elif name not in allowed[root]:
            yield f"${{{root}.{name}}} {_why(root, name, names=allowed[root])}"


def _why(root: str, name: str, *, names: Collection[str]) -> str:
    if root == WORKSPACE and name in MOVING:
        return "changes without an update of the workspace, so nothing may be made from it; leave it out"
    some = ", ".join(f"${{{root}.{each}}}" for each in sorted(names)) or "none here"
    return f"stands for nothing; there are: {some}"


def _no_fields(allowed: Mapping[str, Collection[str]]) -> Mapping[str, Collection[str]]:
    return {FIELDS: ()} if FIELDS in allowed else {}
