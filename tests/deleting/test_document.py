"""The accidents of `docs/reference/safeguards.md`: each has its cut, and each test that they name exists."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

from tools.docs.accidents import sections
from tools.safeguards import every

ROOT = Path(__file__).parents[2]
ACCIDENTS = [accident for section in sections() for accident in section.accidents]


def test_every_test_that_the_document_names_is_there() -> None:
    """A table of tests that do not exist guards nothing."""
    for path, _, name in (accident.test.partition("::") for accident in ACCIDENTS):
        assert not name or name in functions(path), f"{path} has no {name}"


@cache
def functions(path: str) -> frozenset[str]:
    """The names of a test file's functions."""
    body = ast.parse((ROOT / path).read_text(encoding="utf-8")).body
    return frozenset(each.name for each in body if isinstance(each, ast.FunctionDef))


def test_every_cut_is_an_accident_of_the_document() -> None:
    """Each line that is taken out is told in words, once, and the other way round."""
    assert sorted(cut.name for cut in every()) == sorted(each.cut for each in ACCIDENTS if each.cut)


def test_each_line_to_take_out_is_there_once() -> None:
    """A cut that no longer fits the code would take nothing out."""
    assert {cut.name: 1 for cut in every()} == {
        cut.name: (ROOT / cut.path).read_text(encoding="utf-8").count(cut.line) for cut in every()
    }
