"""Take each brake out in turn, and show that a test of the guard fails without it.

Run it as `make brakes`. It works on a copy: a brake is one line of `BRAKES` in `helium/reconcile/guard.py`, and the
copy lacks that line. A brake whose absence no test notices is an error here.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
GUARD = Path("helium/reconcile/guard.py")
TESTS = "tests/reconcile/test_guard.py"


def brakes() -> list[str]:
    """The names in `BRAKES`, in their order."""
    text = (ROOT / GUARD).read_text(encoding="utf-8")
    table = text.split("BRAKES: tuple[Brake, ...] = (", 1)[1].split(")", 1)[0]
    return re.findall(r"\w+", table)


def failing_without(brake: str, copy: Path) -> list[str]:
    """The tests of the guard that fail when one brake is taken out."""
    text = (ROOT / GUARD).read_text(encoding="utf-8")
    (copy / GUARD).write_text(re.sub(rf"^    {brake},\n", "", text, flags=re.MULTILINE), encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "--no-header", "--tb=no", "-p", "no:cacheprovider", TESTS]
    ended = subprocess.run(command, cwd=copy, capture_output=True, text=True, check=False)
    return re.findall(r"^FAILED \S+::(\S+)", ended.stdout, flags=re.MULTILINE)


def main() -> int:
    """Print a line for each brake; 1 when a brake is missed by nobody."""
    unnoticed = []
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder)
        for part in ("helium", "tests", "schema"):
            shutil.copytree(ROOT / part, copy / part, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(ROOT / "pyproject.toml", copy)
        for brake in brakes():
            failing = failing_without(brake, copy)
            print(f"{brake:20} {len(failing)} fail without it: {', '.join(failing[:2]) or 'NONE'}")
            unnoticed += [] if failing else [brake]
    return 1 if unnoticed else 0


if __name__ == "__main__":
    sys.exit(main())
