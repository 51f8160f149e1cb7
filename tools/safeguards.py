"""Take each line that guards a deletion out in turn, and show that a test fails without it.

`python -m tools.safeguards [WORD…]` works on a copy of this clone, and puts back what it cut before the next cut. A cut
that no test notices is an error here, and so is one that no longer fits the code.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tools.cuts import CUTS, SAFEGUARDS, Cut

ROOT = Path(__file__).resolve().parent.parent
GUARD = "helium/reconcile/guard/__init__.py"


def safeguards() -> Iterator[Cut]:
    """One cut for each line of `SAFEGUARDS`, in their order; `KeyError` for one that names no test."""
    text = (ROOT / GUARD).read_text(encoding="utf-8")
    table = text.split("SAFEGUARDS: tuple[Safeguard, ...] = (", 1)[1].split(")", 1)[0]
    for module, name in re.findall(r"(\w+)\.(\w+)", table):
        yield Cut(name, GUARD, f"\n    {module}.{name},\n", "\n", SAFEGUARDS[name])


def every() -> tuple[Cut, ...]:
    """All cuts: the safeguards of the guard, then whatever else stands between a workspace and its wrong end."""
    return (*safeguards(), *CUTS)


@dataclass(frozen=True, slots=True)
class Copy:
    """A copy of this clone, whose lines may be cut."""

    folder: Path

    @classmethod
    def create(cls, folder: Path) -> Copy:
        """Copy all that the tests need."""
        for part in ("helium", "tests", "schema", "stacks", "charts"):
            shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(ROOT / "pyproject.toml", folder)
        return cls(folder)

    def failing(self, cut: Cut) -> list[str]:
        """The named test, if it fails without the line."""
        with self.without(cut):
            return self._failed(cut.test)

    @contextmanager
    def without(self, *cuts: Cut) -> Iterator[None]:
        """The copy without these lines, for so long; `SystemExit` when one is not there once."""
        before: dict[Path, str] = {}
        try:
            for cut in cuts:
                path = self.folder / cut.path
                text = path.read_text(encoding="utf-8")
                before.setdefault(path, text)
                if text.count(cut.line) != 1:
                    raise SystemExit(f"{cut.name}: {cut.path} has this {text.count(cut.line)} times: {cut.line!r}")
                path.write_text(text.replace(cut.line, cut.without), encoding="utf-8")
            yield
        finally:
            for path, whole in before.items():
                path.write_text(whole, encoding="utf-8")

    def _failed(self, test: str) -> list[str]:
        flags = ("-q", "-x", "--no-header", "--tb=no", "-p", "no:cacheprovider")
        ended = subprocess.run(
            [sys.executable, "-m", "pytest", *flags, test],
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
        )
        if ended.returncode not in (0, 1):
            raise SystemExit(f"{test} cannot be run:\n{ended.stdout}{ended.stderr}")
        return re.findall(r"^FAILED (\S+)", ended.stdout, flags=re.MULTILINE)


def main(words: Sequence[str]) -> int:
    """Print a line for each cut (those whose name has one of the words); 1 when one is missed by nobody."""
    wanted = [cut for cut in every() if not words or any(word in cut.name for word in words)]
    unnoticed = 0
    with tempfile.TemporaryDirectory() as folder:
        copy = Copy.create(Path(folder))
        for cut in wanted:
            failing = copy.failing(cut)
            unnoticed += not failing
            print(f"{cut.name:28} {'fails without it' if failing else 'NOBODY NOTICES'}: {cut.test}", flush=True)
    print(f"{len(wanted)} taken out, {unnoticed} unnoticed")
    return 1 if unnoticed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
