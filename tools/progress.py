"""Runs one long command, shows on one line how long it has taken, and keeps its output in a log.

It is never silent for more than half a minute, and ends the command when it is interrupted.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from shutil import get_terminal_size

TAIL = 25
QUIET = 30.0
LIMIT = 3600.0


class SetupError(Exception):
    """The set-up cannot continue. The sentence says why, and what to do."""


def spell(seconds: float) -> str:
    """A length of time as people write it: `8s`, `2m05s`."""
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
            code = watch(child, what, about=about, limit=LIMIT)
        finally:
            stop(child)
    took = time.monotonic() - begun
    if code is None:
        raise SetupError(f"{what}: still running after {spell(took)}, so it was stopped")
    if code != 0:
        raise SetupError(f"{what}: failed after {spell(took)} (exit {code})\n{tail(log)}")
    say(f"{what}: done in {spell(took)}")


def hint(about: float, passed: float) -> str:
    """How long it usually takes, for as long as that is true."""
    if not about:
        return ""
    return ", longer than usual" if passed > about else f", about {spell(about)}, once per machine"


def watch(child: subprocess.Popen[bytes], what: str, *, limit: float, about: float = 0) -> int | None:
    """Wait for the child and show the time. Its exit code, or None if the limit passed first."""
    begun = spoken = time.monotonic()
    say(f"{what}{hint(about, 0)} …", same_line=True)
    while time.monotonic() - begun < limit:
        try:
            return child.wait(timeout=1)
        except subprocess.TimeoutExpired:
            now = time.monotonic()
            if redraws() or now - spoken >= QUIET:
                spoken = now
                say(f"{what}{hint(about, now - begun)} … {spell(now - begun)}", same_line=True)
    return None


def stop(child: subprocess.Popen[bytes]) -> None:
    """End the child, and every process that it started, if it still runs."""
    if child.poll() is None:
        os.killpg(child.pid, signal.SIGTERM)
        try:
            child.wait(timeout=5)
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()


def redraws() -> bool:
    """Whether somebody looks at a terminal that can go back to the beginning of a line. An editor's shell cannot."""
    return sys.stderr.isatty() and os.environ.get("TERM") not in ("dumb", "unknown")


def columns() -> int:
    """How wide that terminal is, also where standard output goes elsewhere (`make 2>&1 | tee`, `make > log`)."""
    try:
        width = os.get_terminal_size(sys.stderr.fileno()).columns
    except OSError:
        width = 0
    return width or get_terminal_size().columns


def say(sentence: str, *, same_line: bool = False) -> None:
    """Print one line on stderr. On a terminal, the next line replaces one with `same_line`.

    Such a line must fit, or it would take two, of which the next one replaces only the last.
    """
    if redraws():
        if same_line:
            sentence = fitting(sentence, columns())
        print(f"\r\033[K{sentence}", end="" if same_line else "\n", file=sys.stderr, flush=True)
    else:
        print(sentence, file=sys.stderr, flush=True)


def fitting(sentence: str, columns: int) -> str:
    """The sentence in so many columns; what is left out is in its middle, so that the time stays."""
    if len(sentence) < columns or columns < 20:
        return sentence
    end = sentence[-12:]
    return f"{sentence[: columns - len(end) - 2]}…{end}"


def tail(log: Path) -> str:
    """The last lines of the log, indented, and the path of the whole log."""
    lines = log.read_text(errors="replace").splitlines()[-TAIL:]
    return "\n".join(f"    {line}" for line in lines) + f"\nThe whole log: {log}"
