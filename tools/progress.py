"""Runs one long command with a line that ticks, and keeps its words in a log.

Refuses to be silent for more than half a minute, and to leave the command behind when it is interrupted.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

TAIL = 25
QUIET = 30.0
LIMIT = 3600.0


class SetupError(Exception):
    """The set-up cannot go on; the sentence says why and what to do."""


def spell(seconds: float) -> str:
    """A length as people write it: `8s`, `2m05s`."""
    whole = round(seconds)
    return f"{whole}s" if whole < 60 else f"{whole // 60}m{whole % 60:02d}s"


def run(
    command: Sequence[object],
    what: str,
    *,
    log: Path,
    about: int = 0,
    folder: Path | None = None,
    environ: Mapping[str, str] | None = None,
) -> None:
    """Run `command` to its end, appending its output to `log`.

    Raises SetupError with the log's tail when it fails or takes longer than LIMIT seconds.
    """
    hint = f", about {spell(about)}, once per machine" if about else ""
    begun = time.monotonic()
    with log.open("ab") as words:
        child = subprocess.Popen(
            [str(word) for word in command],
            stdin=subprocess.DEVNULL,
            stdout=words,
            stderr=subprocess.STDOUT,
            cwd=folder,
            env=environ,
            start_new_session=True,
        )
        try:
            code = watch(child, f"{what}{hint}", limit=LIMIT)
        finally:
            stop(child)
    took = time.monotonic() - begun
    if code is None:
        raise SetupError(f"{what}: no end after {spell(took)}")
    if code != 0:
        raise SetupError(f"{what}: failed after {spell(took)} (exit {code})\n{tail(log)}")
    say(f"{what}: done in {spell(took)}")


def watch(child: subprocess.Popen[bytes], what: str, *, limit: float) -> int | None:
    """Wait for the child, telling the time; its exit code, or None when the limit passed."""
    begun = spoken = time.monotonic()
    say(f"{what} …", same_line=True)
    while time.monotonic() - begun < limit:
        try:
            return child.wait(timeout=1)
        except subprocess.TimeoutExpired:
            now = time.monotonic()
            if sys.stderr.isatty() or now - spoken >= QUIET:
                spoken = now
                say(f"{what} … {spell(now - begun)}", same_line=True)
    return None


def stop(child: subprocess.Popen[bytes]) -> None:
    """End the child and all that it started, if it still runs."""
    if child.poll() is None:
        os.killpg(child.pid, signal.SIGTERM)
        try:
            child.wait(timeout=5)
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()


def say(sentence: str, *, same_line: bool = False) -> None:
    """One line to the terminal, on stderr; a ticking line overwrites itself where there is a terminal."""
    if sys.stderr.isatty():
        print(f"\r\033[K{sentence}", end="" if same_line else "\n", file=sys.stderr, flush=True)
    else:
        print(sentence, file=sys.stderr, flush=True)


def tail(log: Path) -> str:
    """The log's last lines, indented, and where the rest is."""
    lines = log.read_text(errors="replace").splitlines()[-TAIL:]
    return "\n".join(f"    {line}" for line in lines) + f"\nThe whole log: {log}"
