"""Hooks for the remote's side of a push, and for the mirror's."""

from __future__ import annotations

from pathlib import Path

REFUSE_BAD = """#!/bin/sh
while read old new ref; do
  for commit in $(git rev-list $old..$new); do
    if git ls-tree -r --name-only $commit | grep -q bad; then echo "no bad names here" >&2; exit 1; fi
  done
done
"""
KILL = "#!/bin/sh\nkill -9 $(cat {pid})\nexit {code}\n"
KILL_AND_GO_ON = "#!/bin/sh\nkill -9 $(cat {pid})\nsleep 1\nexit 0\n"
HELD_ONCE = """#!/bin/sh
if mkdir {folder}/held 2>/dev/null; then while [ ! -e {folder}/open ]; do sleep 0.05; done; fi
"""
SLOW_ONCE = "#!/bin/sh\nif mkdir {folder}/slow 2>/dev/null; then exec sleep {seconds}; fi\n"


def put(repository: Path, name: str, *, script: str) -> Path:
    """A hook that runs."""
    path = repository / "hooks" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(script)
    path.chmod(0o755)
    return path
