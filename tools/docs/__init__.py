"""Files that the code writes: pages of `docs/reference`, and the schema of specs for editors.

`python -m tools.docs` writes them, and `tests/test_docs.py` fails while one of them is older than the code. What a
person has to explain in their own words is not here: it is in the pages that are written by hand.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from tools.docs import accidents, codes, commands, editors, errors, settings, webhook

ROOT = Path(__file__).resolve().parents[2]
REFERENCE = ROOT / "docs" / "reference"

PAGES: Mapping[str, Callable[[], str]] = {
    "docs/reference/commands.md": commands.page,
    "docs/reference/exit-codes.md": errors.page,
    "docs/reference/reasons.md": codes.page,
    "docs/reference/safeguards.md": accidents.page,
    "docs/reference/settings.md": settings.page,
    "schema/workspace.schema.json": editors.page,
    "schema/webhook.schema.json": webhook.page,
}
"""Each file, by its path in the repository, and what writes it."""

__all__ = ["PAGES", "REFERENCE", "ROOT"]
