"""The house rules that no linter has, as functions that read a tree of source and report sentences.

The contracts in pyproject.toml say which room may import which, and import-linter holds them. Here is what contracts
cannot say: which packages from outside each room may import, sizes, broad excepts, and names.
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import chain
from pathlib import Path

# The packages from outside that a room may import. A name covers the module and everything below it.
VENDORS: Mapping[str, tuple[str, ...]] = {
    "helium": (),
    "helium.__main__": (),
    "helium.errors": (),
    "helium.extras": (),
    "helium.core": (),
    "helium.ports": (),
    "helium.edits": (),
    "helium.reconcile": (),
    "helium.settings": (),
    "helium.adapters": (),
    "helium.adapters.backends": ("jsonschema", "msgspec"),
    "helium.adapters.charts": ("pygit2", "semver", "yaml"),
    "helium.adapters.commit_queue": ("pygit2",),
    "helium.adapters.engine": ("botocore", "google.auth", "msgspec", "obstore", "pulumi", "urllib3", "yaml"),
    "helium.adapters.git_repo": ("pygit2",),
    "helium.adapters.hosts": ("httpx2", "jwt", "msgspec"),
    "helium.adapters.kubernetes": ("httpx2", "lightkube", "yaml"),
    "helium.adapters.ledger": ("msgspec", "pygit2"),
    "helium.adapters.logins": ("httpx2", "keyring", "msgspec"),
    "helium.adapters.notify": ("apprise", "httpx2"),
    "helium.adapters.oidc": ("cryptography", "httpx2", "jwt"),
    "helium.adapters.server": ("httpx2", "msgspec"),
    "helium.adapters.specs": ("jsonschema", "pygit2", "yaml"),
    "helium.sandbox": ("google.protobuf", "grpc", "pulumi.runtime.proto"),
    "helium.api": ("jinja2", "litestar", "msgspec", "prometheus_client"),
    "helium.app": ("uvicorn",),
    "helium.cli": ("click", "rich"),
    "helium.cli.agent": ("mcp", "pydantic"),
    "helium.conformance": (),
    "stacks": ("helium.core", "helium.errors", "pulumi", "pulumi_gcp", "pulumi_kubernetes"),
}
# Their signature is Python's, click's or ASGI's.
CALLED_BY_OTHERS = {"__exit__", "convert", "_begin", "_unforeseen", "around", "workspace_names"}
BROAD = {"Exception", "BaseException"}
# One `except` for everything in each: where one change, or one request, must not take the others along.
BROAD_ALLOWED = {"helium.reconcile.apply", "helium.adapters.commit_queue.isolation"}
MOCKS = ("MagicMock", "Mock(", "monkeypatch", "mocker", "unittest.mock", "mock.patch", "@patch(", " patch(")

# What a fleet is made of, and the one module above the adapters that builds it.
_ADAPTERS = """
    GitRepo GitLedger FolderBackends FleetSpecs MainSpecs SingleWriter LocalCommitQueue GitCommitQueue PulumiEngine
    SandboxCloud open_clone
"""
BUILT = frozenset(_ADAPTERS.split())
BUILDER = "helium.app.compose"

# The glossary's old words. A module of a room may not be called so again…
RETIRED_MODULES = {
    "helium": "wiring door doors",
    "helium.core": "life facts register split log values",
    "helium.reconcile": "requests ports book lines notes mend rebuild locks close control",
    "helium.reconcile.diff": "first later case",
    "helium.reconcile.guard": "picture name numbers scene",
    "helium.reconcile.load": "files sources",
    "helium.edits": "files rights texts ground",
    "helium.adapters": "door yaml_specs",
    "helium.adapters.commit_queue": "slots tickets chain drafts requests",
    "helium.adapters.engine": "calls scratch home suspects names translate states sdk observe wire",
    "helium.adapters.git_repo": "whole names clock index program",
    "helium.adapters.ledger": "growth forms",
    "helium.adapters.specs": "verdict judge meaning holding literals flaws writer",
    "helium.api": "desk shelf callers answers bodies documents methods watch trace hooks listing",
    "helium.api.pages": "gate shell lines asking signing next",
    "helium.conformance": "hands",
    "helium.sandbox": "hands mischief faults seals kinds",
    "helium.cli": "fleet records specs making setup leash modes passes",
    "helium.app": "opening found foresight expiring validating controlling keys running serving mirrored",
}
# … a class may not …
_CLASSES = """
    Mark Register Facts Unread Unreadable Illegible Word Split Share Busy Changed Broken Deleting Overtaken NotYet
    Site Ending Scene Case Ground Means Way Kit Wish Standing Plane Door Desk Shelf Book Birth Teller Lines
    SandboxEngine PlainDoor LocalDoor Fault FaultInfo FaultPlace
"""
# … and no name may have one of these words in it.
_WORDS = """
    born brake brakes door desk shelf wish wishes astray leash unasked unread illegible picture scene kit lane
"""
RETIRED_CLASSES, RETIRED_WORDS = frozenset(_CLASSES.split()), frozenset(_WORDS.split())


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
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        yield _module(name, path, path.stat().st_mtime_ns)


@cache
def _module(name: str, path: Path, _changed: int) -> Module:
    """One file, parsed once for all rules that look at it."""
    text = path.read_text()
    numbered = enumerate(text.splitlines(), 1)
    comments = frozenset(number for number, line in numbered if line.lstrip().startswith("#"))
    return Module(name=name, path=path, tree=ast.parse(text), lines=text.count("\n"), comments=comments)


def room_of(name: str) -> str:
    """The nearest room at or above a module; empty for a module that has none."""
    while name not in VENDORS and name:
        name = name.rpartition(".")[0]
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


def wrong_vendors(root: Path, standard: frozenset[str]) -> list[str]:
    """A sentence for each import from outside Helium that a room may not have; of `stacks`, of Helium itself too."""
    return [
        f"{module.name}:{line} imports {target}, which {room_of(module.name)} may not"
        for module in read(root, "helium", "stacks")
        for line, target in imports(module)
        if not _allowed(room_of(module.name), target, standard=standard)
    ]


def _allowed(room: str, target: str, *, standard: frozenset[str]) -> bool:
    top = target.partition(".")[0]
    # What Helium imports of Helium, the contracts say; the package itself imports nothing.
    own = top == "stacks" if room == "stacks" else top == "helium" and room != "helium"
    return top in standard or own or any(within(target, vendor) for vendor in VENDORS.get(room, ()))


def within(target: str, name: str) -> bool:
    """Whether the dotted name `target` is `name` or stands below it."""
    return target == name or target.startswith(f"{name}.")


def outgrown(root: Path) -> list[str]:
    """A sentence for each module, function or handler that breaks a house rule."""
    found: list[str] = []
    for module in read(root, "helium", "stacks", "tools", "bench"):
        at = module.path.relative_to(root)
        if module.lines > 300:
            found.append(f"{at} has {module.lines} lines, above 300")
        if not ast.get_docstring(module.tree) and module.tree.body:
            found.append(f"{at} does not say what it is for")
        found += [f"{at}:{sentence}" for node in ast.walk(module.tree) for sentence in _too_large(node, module)]
        broad = list(_broad_excepts(module.tree))
        found += [f"{at}:{line} catches everything" for line in broad[module.name in BROAD_ALLOWED :]]
    return found


def _too_large(node: ast.AST, module: Module) -> Iterator[str]:
    """What a function does against the rules, as `LINE sentence`. Comments make nothing too long."""
    if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return
    length = len({*range(node.lineno, (node.end_lineno or node.lineno) + 1)} - module.comments)
    if length > 40:
        yield f"{node.lineno} {node.name} has {length} lines, above 40"
    positional = [a.arg for a in (*node.args.posonlyargs, *node.args.args) if a.arg not in {"self", "cls"}]
    if len(positional) > 2 and node.name not in CALLED_BY_OTHERS:
        yield f"{node.lineno} {node.name} takes {len(positional)} arguments by position, above 2"


def _broad_excepts(tree: ast.Module) -> Iterator[int]:
    """The lines of the `except` clauses that catch everything, in their order."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ExceptHandler):
            named = [] if node.type is None else [each.id for each in ast.walk(node.type) if isinstance(each, ast.Name)]
            if node.type is None or BROAD & set(named):
                yield node.lineno


def class_names(root: Path) -> Mapping[str, list[str]]:
    """Where each class name is given, over everything that a reader searches in one go."""
    places: dict[str, list[str]] = defaultdict(list)
    for module in read(root, "helium", "stacks", "tests", "tools", "bench"):
        for node in ast.walk(module.tree):
            if isinstance(node, ast.ClassDef):
                places[node.name].append(f"{module.path.relative_to(root)}:{node.lineno}")
    return places


def built_elsewhere(root: Path) -> list[str]:
    """A sentence for each adapter that is built above the adapters, and not by the one module that builds them."""
    return [
        f"{module.path.relative_to(root)}:{node.lineno} builds {node.func.id}, which is for {BUILDER}"
        for module in read(root, "helium")
        if module.name != BUILDER and not within(module.name, "helium.adapters")
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in BUILT
    ]


def retired(root: Path) -> list[str]:
    """A sentence for each name in Helium that is one of the glossary's old words."""
    found = []
    for module in read(root, "helium"):
        room, _, name = module.name.rpartition(".")
        if name in RETIRED_MODULES.get(room, "").split():
            found.append(f"{module.name} has a module's old name")
        for line, name in chain.from_iterable(map(_given_names, ast.walk(module.tree))):
            if name in RETIRED_CLASSES or RETIRED_WORDS & set(words_of(name)):
                found.append(f"{module.path.relative_to(root)}:{line} calls something {name}")
    return found


def _given_names(node: ast.AST) -> Iterator[tuple[int, str]]:
    """The names that a node gives to something, with its line."""
    if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
        yield node.lineno, node.name
    elif isinstance(node, ast.arg):
        yield node.lineno, node.arg
    elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        yield node.lineno, node.id
    elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
        yield node.lineno, node.attr


def words_of(name: str) -> list[str]:
    """The words in a name, in lower case: of `FooBar` and of `foo_bar`, `foo` and `bar`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower().strip("_").split("_")


def mocks(root: Path) -> list[str]:
    """A sentence for each test module that names a mock; fakes are the house's way."""
    return [
        f"{path.relative_to(root)} says {word!r}"
        for path in sorted((root / "tests").rglob("*.py"))
        for word in MOCKS
        if word in path.read_text()
    ]
