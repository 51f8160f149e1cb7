"""Checks the workflows with actionlint and zizmor. Refuses to pass over a check in silence."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path

from tools import make
from tools.progress import SetupError, say
from tools.table import ACTIONLINT

FOLDERS = (".github/workflows", "helium/cli/templates/workflows", "docs/workflows")
"""Those that run here, those that a new fleet gets, and those that the documents show."""


def check(root: Path, environ: Mapping[str, str]) -> int:
    """The worst exit code of the two; actionlint may be missing on a machine without Go, but never in CI."""
    workflows = sorted(path for folder in FOLDERS for path in (root / folder).glob("*.y*ml"))
    if not workflows:
        return 0
    audit = subprocess.run([root / ".venv/bin/zizmor", "--offline", "--quiet", root / ".github"], check=False)
    try:
        lint = make.ensure(ACTIONLINT, environ) / "actionlint"
    except SetupError as error:
        if environ.get("CI"):
            raise
        say(f"NOT CHECKED: workflows with actionlint. {error}")
        return audit.returncode
    return max(audit.returncode, subprocess.run([lint, *workflows], cwd=root, check=False).returncode)
