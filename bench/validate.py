"""Validating 10,000 files against `yaml.CSafeLoader` on the same ones, in one run; prints the ratio (promise: 3)."""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import yaml

from helium.adapters.specs import Rules, YamlSpecs
from helium.adapters.specs.validate import validate

FILE = """\
# yaml-language-server: $schema=../schema/workspace.schema.json
expiry: 2026-12-{day:02}
pachdVersion: 2.3.9
notebooksVersion: 904d4965029e35a434c7c049a0470d9e4800c990
owner: person{number}@example.com
values:
  pachd: {{resources: {{requests: {{cpu: 1}}}}}}
"""
NOW = datetime(2026, 11, 24, tzinfo=UTC)


def fleet(folder: Path, *, files: int) -> Path:
    """A fleet of that many specs, all valid."""
    (folder / "workspaces").mkdir()
    (folder / "helium.yaml").write_text("fleet: bench\n")
    for number in range(files):
        text = FILE.format(day=number % 31 + 1, number=number)
        (folder / "workspaces" / f"w{number:05}.yaml").write_text(text)
    return folder


def load(folder: Path) -> None:
    """What the promise is measured against: the plain C loader on the same files."""
    for path in sorted((folder / "workspaces").iterdir()):
        yaml.load(path.read_bytes(), Loader=yaml.CSafeLoader)


def judge(folder: Path) -> None:
    """All that `helium validate` does, but for its printing."""
    verdict = validate(folder, YamlSpecs({"gcp-namespace": Rules(("oidc",), {"pach-{name}": 53})}), now=NOW)
    if verdict.issues:
        sys.exit(f"the bench's own files have errors: {verdict.issues[0]}")


def seconds(work: Callable[[Path], None], folder: Path) -> float:
    """CPU of the best of three."""
    best = float("inf")
    for _ in range(3):
        start = time.process_time()
        work(folder)
        best = min(best, time.process_time() - start)
    return best


def main(files: int = 10_000) -> float:
    """Measure both and print the ratio."""
    with tempfile.TemporaryDirectory() as folder:
        made = fleet(Path(folder), files=files)
        plain, whole = seconds(load, made), seconds(judge, made)
    ratio = whole / plain
    print(f"validate {files} files: {whole:.2f} s, yaml.CSafeLoader {plain:.2f} s, ratio {ratio:.2f} (promise 3)")
    return ratio


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
