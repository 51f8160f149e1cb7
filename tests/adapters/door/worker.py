"""A process with a door of its own: `worker.py URL MIRRORS WHO FIRST LAST`; prints each name's commit, or `taken`."""

from __future__ import annotations

import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from helium.adapters.door import DoorSettings, GitDoor, Remote
from helium.reconcile.ports import Request
from tests.adapters.door.coast import taking
from tests.adapters.yard import ENVIRON

CLIENTS = 50


def _asked(door: GitDoor, request: Request) -> str:
    try:
        return door.submit(request)
    except LookupError:
        return "taken"


def main(url: str, mirrors: Path, *, who: str, names: range) -> None:
    """Ask for every name, under ids of this process's own."""
    door = GitDoor(DoorSettings(Remote(url), mirrors), environ=ENVIRON)
    wishes = [taking(f"w-{number}", id=f"{who}-{number}") for number in names]
    with ThreadPoolExecutor(CLIENTS) as clients:
        for wish, answer in zip(wishes, clients.map(lambda wish: _asked(door, wish), wishes), strict=True):
            sys.stdout.write(f"{wish.id} {answer}\n")
    door.close()


if __name__ == "__main__":
    (mirrors := Path(sys.argv[2])).mkdir(parents=True, exist_ok=True)
    (mirrors / "pid").write_text(str(os.getpid()))
    main(sys.argv[1], mirrors, who=sys.argv[3], names=range(int(sys.argv[4]), int(sys.argv[5])))
