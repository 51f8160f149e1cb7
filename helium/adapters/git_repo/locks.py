"""Removes locks on branches that a killed git left behind, known by their age.

It does so in this clone, and in a remote that is a path. It refuses to touch another machine's files, a path that
only a remote's answer names, and the lock on an index: a person holds that one for as long as their editor is open.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import unquote, urlsplit

DEAD_AFTER = 60.0
"""Seconds after which nobody holds such a lock any more: git holds it for the time of a rename."""
_NAMED = re.compile(r"Unable to create '([^\n]+\.lock)': File exists")
_ELSEWHERE = re.compile(r"[^/]*:")
"""How git tells `host:path` from a path."""


def lock_in(err: str) -> str:
    """The lock that stood in git's way, as git says it; empty when that was not it."""
    found = _NAMED.search(err)
    return found[1] if found else ""


def place(url: str) -> str:
    """The folder that a remote's URL names on this machine; empty for any other."""
    if url.startswith("file://"):
        parts = urlsplit(url)
        return "" if parts.netloc else unquote(parts.path)
    return "" if _ELSEWHERE.match(url) else url


def removed(lock: Path, *, places: Iterable[Path]) -> bool:
    """Whether it was in one of these repositories, was left behind by a killed git, and is removed now."""
    try:
        if lock.name == "index.lock" or not any(_within(lock, place) for place in places):
            return False
        if time.time() - lock.stat().st_mtime < DEAD_AFTER:
            return False
        lock.unlink()
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return True


def _within(lock: Path, place: Path) -> bool:
    """Git also finds `NAME.git` where it is asked for `NAME`."""
    roots = (place, place.with_name(f"{place.name}.git"))
    return any(lock.resolve().is_relative_to(root.resolve()) for root in roots)


def sentence(lock: str, *, remote: str, ref: str, here: bool) -> str:
    """Why a push was not taken, and what to do."""
    why = f"{remote} did not move {ref}, because of a lock: {lock}. Another git is at work there, or was killed"
    if here:
        return f"{why}. Try again: a lock that is older than a minute is removed, if you may write there."
    return f"{why}. If trying again does not help, ask whoever runs that host to remove the file."
