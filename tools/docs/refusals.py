"""Reads from a safeguard's source what it refuses: a code, a sentence with its blanks in capitals, an override."""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from helium.core.plan import Code
from helium.reconcile.guard.guard_input import release_of

FIELDS = ("code", "names", "sentence", "override")
"""The fields of a `Refusal`, in their order."""


@dataclass(frozen=True, slots=True)
class Written:
    """A refusal as it is written in the source; `rule` is the first paragraph of the safeguard's docstring."""

    rule: str
    code: str
    sentence: str
    override: str


def refusals(source: str) -> tuple[Written, ...]:
    """Every `Refusal(…)` of one function, in the order of its lines."""
    function = ast.parse(textwrap.dedent(source)).body[0]
    if not isinstance(function, ast.FunctionDef):
        return ()
    rule = re.sub(r"^\d+\. ", "", (ast.get_docstring(function) or "").partition("\n\n")[0])
    texts: dict[str, str] = {}
    found = []
    for node in _in_order(function):
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Constant(str()) | ast.JoinedStr() as value):
                texts[name] = _text(value, texts)
            case ast.Call(func=ast.Name(id="Refusal")):
                fields = _fields(node, texts)
                code = Code[fields["code"]].value
                found.append(Written(rule, code, fields["sentence"], fields.get("override", "")))
    return tuple(found)


def _in_order(function: ast.FunctionDef) -> list[ast.Assign | ast.Call]:
    nodes = [node for node in ast.walk(function) if isinstance(node, ast.Assign | ast.Call)]
    return sorted(nodes, key=lambda node: (node.lineno, node.col_offset))


def _fields(call: ast.Call, texts: Mapping[str, str]) -> dict[str, str]:
    given = [*zip(FIELDS, call.args, strict=False), *((each.arg or "", each.value) for each in call.keywords)]
    return {name: _text(value, texts) for name, value in given}


def _text(value: ast.expr, texts: Mapping[str, str]) -> str:
    """What an expression says: its words, and each blank as the word for what comes there, in capitals."""
    match value:
        case ast.Constant(str() as text):
            return text
        case ast.Attribute(value=ast.Name(id="Code"), attr=code):
            return code
        case ast.Attribute(attr="release") | ast.Call(func=ast.Name(id="release_of")):
            return _returned(release_of)
        case ast.JoinedStr():
            return "".join(_text(part, texts) for part in value.values)
        case ast.FormattedValue(value=inner):
            return texts.get(inner.id, _blank(inner)) if isinstance(inner, ast.Name) else _blank(inner)
        case ast.Name(id=name):
            return texts.get(name, _blank(value))
    return _blank(value)


def _returned(function: Callable[..., str]) -> str:
    """What a function of one line returns, with its blanks."""
    body = ast.parse(textwrap.dedent(inspect.getsource(function))).body[0]
    returns = next(node.value for node in ast.walk(body) if isinstance(node, ast.Return) and node.value)
    return _text(returns, {})


def _blank(value: ast.expr) -> str:
    """`change.name` is NAME, `len(lost)` is N, `deletes_digest(names)` is DIGEST."""
    match value:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name.strip("_").rpartition("_")[2].upper()
        case ast.Subscript(value=inner):
            return _blank(inner)
        case ast.Call(func=ast.Name(id=name)) if name.endswith("digest"):
            return "DIGEST"
        case ast.Call(func=ast.Name(id="len")):
            return "N"
        case ast.Call(args=[inner, *_]):
            return _blank(inner)
    return "…"
