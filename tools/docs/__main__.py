"""`python -m tools.docs` writes each file that the code writes, and names those that changed."""

from __future__ import annotations

import sys

from tools.docs import PAGES, ROOT


def main() -> int:
    """Write what is stale; 0 in any case."""
    for name, page in PAGES.items():
        path, text = ROOT / name, page()
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            print(name)
    return 0


if __name__ == "__main__":
    sys.exit(main())
