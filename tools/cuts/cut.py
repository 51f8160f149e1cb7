"""One cut, and the files of tests that most of them name."""

from __future__ import annotations

from dataclasses import dataclass

GUARD = "tests/reconcile/test_guard.py::"
WRONG_CLUSTER = "tests/reconcile/test_wrong_cluster.py::"
PASS = "tests/reconcile/test_loop.py::"
DELETING = "tests/deleting/"


@dataclass(frozen=True, slots=True)
class Cut:
    """`line` of `path` becomes `without`; then `test` fails."""

    name: str
    path: str
    line: str
    without: str
    test: str
