"""Type-checks every backend folder under a name that Python accepts: `gcp-namespace` as `gcp_namespace`.

The engine loads such a folder by its path, but mypy finds packages only by name. No backend is left out.
"""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path


def check(root: Path, environ: Mapping[str, str]) -> int:
    """Run mypy over all folders of `stacks/`. Its exit code, or 0 if there are no folders."""
    folders = [path.parent for path in sorted((root / "stacks").glob("*/resources.py"))]
    if not folders:
        return 0
    with tempfile.TemporaryDirectory() as named:
        words: list[str] = []
        for folder in folders:
            name = folder.name.replace("-", "_")
            (Path(named) / name).symlink_to(folder, target_is_directory=True)
            words += ["-p", name]
        path = {**environ, "MYPYPATH": named}
        return subprocess.run([root / ".venv/bin/mypy", *words], cwd=root, env=path, check=False).returncode
