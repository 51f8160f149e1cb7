"""`docs/how-it-works/deleting.md` is kept true: its tests exist, and it is the table of `tools.safeguards`."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from tools.safeguards import every

ROOT = Path(__file__).parents[2]
DOCUMENT = (ROOT / "docs" / "how-it-works" / "deleting.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\|.*\| `([-\w]+)` \| `(tests/\S+)` \|$", re.MULTILINE)


def test_every_test_that_the_document_names_is_there() -> None:
    """A table of tests that do not exist guards nothing."""
    for path, _, name in (named.partition("::") for named in re.findall(r"`(tests/[^`]+)`", DOCUMENT)):
        body = ast.parse((ROOT / path).read_text(encoding="utf-8")).body
        functions = [each.name for each in body if isinstance(each, ast.FunctionDef)]
        assert not name or name in functions, f"{path} has no {name}"


def test_the_document_and_the_program_are_one_table() -> None:
    """Each line that is taken out stands in the document with the test that then fails, and the other way round."""
    assert {cut.name: cut.test for cut in every()} == dict(ROW.findall(DOCUMENT))


def test_each_line_to_take_out_is_there_once() -> None:
    """A cut that no longer fits the code would take nothing out."""
    assert {cut.name: 1 for cut in every()} == {
        cut.name: (ROOT / cut.path).read_text(encoding="utf-8").count(cut.line) for cut in every()
    }
