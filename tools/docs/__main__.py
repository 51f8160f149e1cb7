"""`python -m tools.docs` writes each generated page of `docs/reference`, and names those that changed."""

from __future__ import annotations

import sys

from tools.docs import PAGES, REFERENCE


def main() -> int:
    """Write what is stale; 0 in any case."""
    for name, page in PAGES.items():
        path, text = REFERENCE / name, page()
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            print(f"docs/reference/{name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
