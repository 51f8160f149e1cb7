"""Where a program reads a clock, found by reading it: one that does so by the day changes something tomorrow."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

_CLOCKS = {
    "datetime.now",
    "datetime.utcnow",
    "datetime.today",
    "date.today",
    "time.time",
    "time.time_ns",
    "time.localtime",
    "time.gmtime",
    "time.strftime",
}


def reads_of_the_clock(files: Mapping[str, bytes]) -> Iterator[str]:
    """A sentence for each place in these files. Chance is seen when the program runs twice."""
    for path, data in files.items():
        if path.endswith(".py"):
            for node in ast.walk(ast.parse(data)):
                if isinstance(node, ast.Call) and (name := _called(node.func)) in _CLOCKS:
                    yield (
                        f"{path}:{node.lineno} reads the clock ({name}), so the program changes something on another "
                        "day; use workspace.added_at or workspace.deadline"
                    )


def _called(function: ast.expr) -> str:
    """The last two parts of a dotted name."""
    if not isinstance(function, ast.Attribute):
        return ""
    owner = function.value
    first = owner.attr if isinstance(owner, ast.Attribute) else owner.id if isinstance(owner, ast.Name) else ""
    return f"{first}.{function.attr}"
