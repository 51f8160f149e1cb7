"""What a host reads when people review: the words that a pull request begins with, and who is asked to review what.

They are the fleet's own from the first day on. Refuses to write beside one that is there, wherever the host looks.
"""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

_TEMPLATE, _OWNERS = "pull_request_template.md", "CODEOWNERS"
_FOLDERS = (".", "docs", ".github", ".gitea")
"""Where GitHub and Gitea look for both, or one of them does."""


def missing(folder: Path, *, host: str) -> dict[str, str]:
    """The texts of those that the folder has nowhere, by path."""
    there = {path.name.lower().partition(".")[0] for place in _FOLDERS for path in _entries(folder / place)}
    wanted = {_TEMPLATE: _TEMPLATE, _OWNERS: f"{host}-{_OWNERS}"}
    templates = files("helium.cli") / "templates/reviews"
    return {
        f".{host}/{name}": (templates / source).read_text("utf-8")
        for name, source in wanted.items()
        if name.lower().partition(".")[0] not in there
    }


def _entries(folder: Path) -> list[Path]:
    return sorted(folder.iterdir()) if folder.is_dir() else []
