"""Pages of `docs/reference` that the code writes: commands, settings, exit codes, reasons and safeguards.

`python -m tools.docs` writes them, and `tests/test_docs.py` fails while one of them is older than the code. What a
person has to explain in their own words is not here: it is in the pages that are written by hand.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from tools.docs import accidents, codes, commands, errors, settings

ROOT = Path(__file__).resolve().parents[2]
REFERENCE = ROOT / "docs" / "reference"

PAGES: Mapping[str, Callable[[], str]] = {
    "commands.md": commands.page,
    "exit-codes.md": errors.page,
    "reasons.md": codes.page,
    "safeguards.md": accidents.page,
    "settings.md": settings.page,
}
"""Each page and what writes it."""

__all__ = ["PAGES", "REFERENCE"]
