"""Runs the tour and keeps its middle, as a terminal shows it, in docs/pictures/demo.svg: part of `make pictures`."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from subprocess import PIPE, STDOUT

from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text

ROOT = Path(__file__).resolve().parent.parent
PICTURE = ROOT / "docs" / "pictures" / "demo.svg"
FIRST, LAST = "── 4 ·", "── 6 ·"
"""The picture begins with the plan and ends when three workspaces are ready."""
COLUMNS = 118


def main() -> int:
    """Make the picture; the exit code."""
    with tempfile.TemporaryDirectory() as folder:
        command = [str(ROOT / ".venv" / "bin" / "helium"), "demo"]
        environment = {**os.environ, "FORCE_COLOR": "1", "COLUMNS": str(COLUMNS), "TERM": "xterm-256color"}
        tour = subprocess.run(command, cwd=folder, env=environment, stdout=PIPE, stderr=STDOUT, text=True, check=True)
    lines = tour.stdout.splitlines()
    first, last = (next(n for n, line in enumerate(lines) if mark in line) for mark in (FIRST, LAST))
    text = Text.from_ansi("\n".join(["$ make demo", "…", *(shortened(line) for line in lines[first:last])]))
    console = Console(record=True, width=COLUMNS, file=io.StringIO())
    console.print(text)
    svg = console.export_svg(title="helium", theme=MONOKAI)
    # Whoever looks at the picture asks no other host for a font.
    PICTURE.write_text(re.sub(r"\s*@font-face \{.*?\}", "", svg, flags=re.DOTALL), encoding="utf-8")
    print(PICTURE)
    return 0


def shortened(line: str) -> str:
    """A command as a person would type it, whose Helium is on the PATH."""
    before, mark, rest = line.partition("helium -C ")
    return f"$ {mark}{rest}" if mark and "$" in before else line


if __name__ == "__main__":
    sys.exit(main())
