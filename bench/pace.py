"""One pass of 40 creates, at a remote that asks for ten seconds between two pushes, and at one that asks for nothing.

Both passes run at once, so that both share whatever else this machine does: the command as people call it, the real
Pulumi, a remote by its path whose hook notes each push, that of what is going on as well. Each create waits for half a
minute, as a real one waits for minutes. It counts only if every create was begun once and is ready.
"""

from __future__ import annotations

import subprocess
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from tests.shards.machines import Machines

CHANGES = 40
PARALLEL = 4
WAIT = 30.0
REST = 10
HOOK = "#!/bin/sh\ndate +%s.%N >> pushes\n"


def run(*, pulumi: Path) -> Mapping[str, float]:
    """Seconds and pushes, by name, and two lines on the terminal."""
    with tempfile.TemporaryDirectory(prefix="helium-bench-") as name:
        fleets = {rest: _fleet(Path(name) / str(rest), rest=rest, pulumi=pulumi) for rest in (REST, 0)}
        seconds: dict[int, float] = {}
        passes = [
            threading.Thread(target=_measure, args=(fleet, rest), kwargs={"seconds": seconds})
            for rest, fleet in fleets.items()
        ]
        for each in passes:
            each.start()
        for each in passes:
            each.join()
        pushes = {rest: _pushes(fleet) for rest, fleet in fleets.items()}
    ratio = seconds[REST] / seconds[0]
    for rest in fleets:
        most, count = _most_in_a_minute(pushes[rest]), len(pushes[rest])
        print(f"with {rest} s between pushes: {seconds[rest]:.0f} s, {count} pushes, {most} in the busiest minute")
    print(f"that is {ratio:.2f} x the time")
    return {
        "rest.wall": seconds[REST],
        "none.wall": seconds[0],
        "ratio": ratio,
        "rest.pushes": len(pushes[REST]),
        "none.pushes": len(pushes[0]),
        "rest.busiest": _most_in_a_minute(pushes[REST]),
        "none.busiest": _most_in_a_minute(pushes[0]),
    }


def _fleet(folder: Path, *, rest: int, pulumi: Path) -> Machines:
    folder.mkdir()
    remote = folder / "remote.git"
    subprocess.run(("git", "init", "-q", "--bare", "-b", "main", str(remote)), check=True)
    fleet = Machines.create(
        folder, url=str(remote), pulumi=pulumi, parallel=PARALLEL, environ={"HELIUM_WRITE_INTERVAL": str(rest)}
    )
    fleet.ask_for([f"w{number:02}" for number in range(CHANGES)], seconds=WAIT)
    hook = remote / "hooks/post-receive"
    hook.write_text(HOOK, encoding="utf-8")
    hook.chmod(0o755)
    return fleet


def _measure(fleet: Machines, rest: int, *, seconds: dict[int, float]) -> None:
    began = time.monotonic()
    fleet.run("reconcile")
    seconds[rest] = time.monotonic() - began
    names = [f"w{number:02}" for number in range(CHANGES)]
    if (fleet.starts, fleet.records()) != (Counter(names), dict.fromkeys(names, "ready")):
        raise SystemExit(f"a change was lost, or done twice: {fleet.starts}, {fleet.records()}")


def _pushes(fleet: Machines) -> list[float]:
    """When each push was, in seconds."""
    return [float(line) for line in (Path(fleet.url) / "pushes").read_text(encoding="utf-8").split()]


def _most_in_a_minute(times: list[float]) -> int:
    return max(sum(first <= each < first + 60 for each in times) for first in times)
