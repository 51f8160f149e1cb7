"""The table of reasons: complete, and in sentences."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from helium.core.plan import Code
from helium.core.reasons import REASONS

ROOT = Path(__file__).parents[2] / "helium"


def test_every_code_has_its_reason() -> None:
    """No code is without an explanation, and none is explained that does not exist."""
    assert set(Code) == set(REASONS)


def test_every_code_is_said_somewhere() -> None:
    """A code that nothing says would only be a riddle in the documentation."""
    texts = [path.read_text() for path in ROOT.rglob("*.py") if path.name not in ("plan.py", "reasons.py")]
    used = set(re.findall(r"Code\.([A-Z_]+)", "\n".join(texts)))

    assert set() == {code.name for code in Code} - used


@pytest.mark.parametrize("code", list(Code))
def test_a_reason_is_whole_sentences(code: Code) -> None:
    """They stand in a table on their own."""
    reason = REASONS[code]

    for text in (reason.when, reason.what_to_do):
        assert text[0].isupper() or text.startswith("`")
        assert text.endswith(".")
