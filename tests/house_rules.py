"""The rooms of docs/how-it-works/architecture.md as data, and what reads a tree of source against them.

Used by test_rooms.py on this repository and on small wrong trees. It reports sentences, and fails nothing.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Room:
    """What a room may import from helium, and which packages from outside."""

    helium: tuple[str, ...] = ()
    vendors: tuple[str, ...] = ()


PULUMI_PROTOCOL = ("pulumi.runtime.proto", "grpc", "google.protobuf")

# docs/how-it-works/architecture.md tells them. A name covers the module and all that is below it.
ROOMS = {
    "helium": Room(),
    "helium.errors": Room(),
    "helium.core": Room(helium=("errors",)),
    "helium.reconcile": Room(helium=("core", "errors")),
    "helium.adapters": Room(
        helium=("reconcile.ports", "core", "errors"),
        vendors=("pulumi", "yaml", "jsonschema", "pygit2", "kubernetes", "httpx", "msgspec"),
    ),
    "helium.sandbox": Room(helium=("errors",), vendors=PULUMI_PROTOCOL),
    "helium.api": Room(
        helium=("reconcile.ports", "reconcile.report", "reconcile.requests", "core", "errors"),
        vendors=("litestar", "jinja2", "prometheus_client", "msgspec"),
    ),
    "helium.settings": Room(helium=("errors",)),
    "helium.app": Room(
        helium=("settings", "api", "sandbox", "adapters", "reconcile", "core", "errors"), vendors=("uvicorn",)
    ),
    "helium.cli": Room(helium=("wiring", "settings", "reconcile", "core", "errors"), vendors=("click", "rich")),
    "helium.__main__": Room(helium=("cli",)),
    "stacks": Room(helium=("core", "errors"), vendors=("pulumi", "pulumi_gcp", "pulumi_kubernetes")),
}

# `core` decides; what it decides on comes in as arguments.
IMPURE = {
    "os",
    "io",
    "pathlib",
    "time",
    "logging",
    "random",
    "subprocess",
    "socket",
    "shutil",
    "tempfile",
    "sys",
}
# Their signature is Python's, click's or ASGI's.
CALLED_BY_OTHERS = {"__exit__", "convert", "_unforeseen", "around"}
BROAD = {"Exception", "BaseException"}
BROAD_ALLOWED = "helium.reconcile.apply"
MOCKS = ("MagicMock", "Mock(", "monkeypatch", "mocker", "patch(")


@dataclass(frozen=True, slots=True)
class Module:
    """One source file: its dotted name, its folder's package, and its tree."""

    name: str
    path: Path
    tree: ast.Module
    lines: int
    comments: frozenset[int] = frozenset()
    """The numbers of the lines that hold nothing but a comment."""


def read(root: Path, *tops: str) -> Iterator[Module]:
    """Every Python file below the named folders of `root`."""
    for path in sorted(path for top in tops for path in (root / top).rglob("*.py")):
        parts = path.relative_to(root).with_suffix("").parts
        text = path.read_text()
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        numbered = enumerate(text.splitlines(), 1)
        comments = frozenset(number for number, line in numbered if line.lstrip().startswith("#"))
        yield Module(name=name, path=path, tree=ast.parse(text), lines=text.count("\n"), comments=comments)


def room_of(name: str) -> str | None:
    """The room that a module stands in: itself, or the nearest above it; `helium` is no catch-all."""
    while name not in ROOMS:
        name, _, rest = name.rpartition(".")
        if not rest or name in {"", "helium"}:
            return None
    return name


def imports(module: Module) -> Iterator[tuple[int, str]]:
    """Each imported name with its line, `from x import y` as `x.y`, also under TYPE_CHECKING."""
    is_package = module.path.name == "__init__.py"
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = module.name.split(".")
            near = above[: len(above) - node.level + is_package] if node.level else []
            base = ".".join([*near, *([node.module] if node.module else [])])
            yield from ((node.lineno, f"{base}.{alias.name}") for alias in node.names)


def wrong_arrows(root: Path, standard: frozenset[str]) -> list[str]:
    """A sentence for each module without a room and each import that the rooms do not allow."""
    found: list[str] = []
    for module in read(root, "helium", "stacks"):
        room = room_of(module.name)
        if room is None:
            found.append(f"{module.name} has no room; docs/how-it-works/architecture.md says where its lines go")
            continue
        for line, target in imports(module):
            if not allowed(room, target, standard=standard):
                found.append(f"{module.name}:{line} imports {target}, which {room} may not")
    return found


def allowed(room: str, target: str, *, standard: frozenset[str]) -> bool:
    """Whether a module of `room` may import the dotted name `target`."""
    top = target.partition(".")[0]
    if room == "helium.core" and top in IMPURE:
        return False
    if top in standard or (room != "helium" and within(target, room)):
        return True
    if top == "helium":
        return any(within(target, f"helium.{name}") for name in ROOMS[room].helium)
    own_folder = room == "stacks" and top == "stacks"
    return own_folder or any(within(target, vendor) for vendor in ROOMS[room].vendors)


def within(target: str, name: str) -> bool:
    """Whether the dotted name `target` is `name` or stands below it."""
    return target == name or target.startswith(f"{name}.")


def outgrown(root: Path) -> list[str]:
    """A sentence for each module, function or handler that breaks a house rule."""
    found: list[str] = []
    for module in read(root, "helium", "stacks", "tools", "bench"):
        if module.lines > 300:
            found.append(f"{module.path.relative_to(root)} has {module.lines} lines, above 300")
        if not ast.get_docstring(module.tree) and module.tree.body:
            found.append(f"{module.path.relative_to(root)} does not say what it is for")
        for node in ast.walk(module.tree):
            found += (f"{module.path.relative_to(root)}:{sentence}" for sentence in faults(node, module))
    return found


def faults(node: ast.AST, module: Module) -> Iterator[str]:
    """What one node of a module's tree does against the rules, as `LINE sentence`. Comments make nothing too long."""
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            length = len({*range(node.lineno, (node.end_lineno or node.lineno) + 1)} - module.comments)
            if length > 40:
                yield f"{node.lineno} {node.name} has {length} lines, above 40"
            positional = [a.arg for a in (*node.args.posonlyargs, *node.args.args) if a.arg not in {"self", "cls"}]
            if len(positional) > 2 and node.name not in CALLED_BY_OTHERS:
                yield f"{node.lineno} {node.name} takes {len(positional)} arguments by position, above 2"
        case ast.ExceptHandler() if module.name != BROAD_ALLOWED and (node.type is None or names(node.type) & BROAD):
            yield f"{node.lineno} catches everything; only {BROAD_ALLOWED} may"


def names(node: ast.expr) -> set[str]:
    """The plain names in an `except` clause."""
    return {inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name)}


def mocks(root: Path) -> list[str]:
    """A sentence for each test module that names a mock; fakes are the house's way."""
    return [
        f"{path.relative_to(root)} says {word!r}"
        for path in sorted((root / "tests").rglob("*.py"))
        for word in MOCKS
        if word in path.read_text()
    ]
