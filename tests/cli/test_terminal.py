"""What a person sees on a terminal of 80 columns, with colours and without: every command, on a real terminal."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios

import pytest

from tests.cli.conftest import CommandLineFleet
from tests.cli.terminals import plain, read_terminal

MEMORY = (sys.executable, "-m", "tests.cli.memory")
"""`helium` in a process, with its stacks in memory."""
COLOUR = re.compile(r"\x1b\[[0-9;]*m")
PASTED = re.compile(r"\S{60}|^refused: |^error: |gcloud|pachctl|`helium|/")
WIDE = 80


def seen(fleet: CommandLineFleet, *args: str, width: int = WIDE, **more: str) -> str:
    """What a terminal of that width gets from a command."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, width, 0, 0))
    environ = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "COLUMNS", "CI")}
    environ |= {"TERM": "xterm-256color", **fleet.env, **more}
    command = [*MEMORY, "-C", str(fleet.folder), *args]
    process = subprocess.Popen(command, env=environ, stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    said = read_terminal(ours)
    process.wait(60)
    return said


@pytest.fixture
def told(up: CommandLineFleet) -> CommandLineFleet:
    """A fleet with something to tell in every colour: what is new, what changed, what is wrong, what is held."""
    up.land("workspaces/a-workspace-with-a-long-name.yaml", "owner: ada.lovelace.of.london@example.com\n")
    up.land("workspaces/plain.yaml", "owner: ada@example.com\ndescription: another\n")
    up.land("workspaces/wrong.yaml", "expiry: someday\n")
    up.land("workspaces/rich.yaml", None)
    return up


SLOW = pytest.mark.slow
ALL = (
    ("plan", "--all"),
    ("validate",),
    ("reconcile",),
    ("show", "plain"),
    *(
        pytest.param(args, marks=SLOW)
        for args in (
            ("list",),
            ("plan",),
            ("why", "plain"),
            ("history", "plain"),
            ("ledger", "show"),
            ("audit",),
            ("expire", "--dry-run"),
            ("orphans",),
            ("doctor",),
            ("show", "nobody"),
            ("reconcile", "--help"),
            ("nonsense",),
        )
    ),
)


@pytest.mark.parametrize("args", ALL, ids="-".join)
def test_a_terminal_of_80_columns_without_colours(told: CommandLineFleet, args: tuple[str, ...]) -> None:
    """Not one code of colour or weight, and no line that is wider.

    But for what is pasted, and never folded: digests, commands, paths and addresses, and the sentences with them.
    """
    said = seen(told, *args, NO_COLOR="1")
    lines = plain(said).replace("\r", "\n").split("\n")

    assert [] == COLOUR.findall(said)
    assert [] == [line for line in lines if len(line) > WIDE and not PASTED.search(line)]


def test_there_are_colours_without_it(told: CommandLineFleet) -> None:
    """On a terminal; or the test above would hold for a program that has none. A digest is whole at any width."""
    shown = {width: seen(told, "plan", width=width) for width in (50, WIDE, 200)}

    assert all(COLOUR.search(text) for text in shown.values())
    assert [] == [text for text in shown.values() if not re.search(r"digest [0-9a-f]{32}\b", plain(text))]
