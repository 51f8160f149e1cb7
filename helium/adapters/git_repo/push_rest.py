"""How long a host wants to be left alone between two pushes to one repository."""

from __future__ import annotations

import re

_GITHUB = re.compile(r"(^|[@/.])github\.com[:/]")
_GITHUB_SECONDS = 10.0


def rest_of(url: str) -> float:
    """Seconds between two pushes to this remote: GitHub asks for at most six a minute, others for nothing."""
    return _GITHUB_SECONDS if _GITHUB.search(url) else 0.0
