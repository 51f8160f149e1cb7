"""Checks the workflows with actionlint and zizmor. It says so when it cannot run one of them."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path

from tools import make
from tools.progress import SetupError, say
from tools.table import ACTIONLINT

TEMPLATES = tuple(f"helium/cli/templates/{name}" for name in ("workflows", "gitea", "gitea-operators"))
FOLDERS = (".github/workflows", *TEMPLATES, "docs/workflows")
"""The workflows of this repository, of a new fleet, and of the documents."""


def check(root: Path, environ: Mapping[str, str]) -> int:
    """The worse exit code of the two. A machine without Go may go without actionlint; CI may not."""
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
