"""`commands.md`: every command, as its own `--help` says it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import click
from click.testing import CliRunner

from helium.cli import cli
from helium.cli.registry import GROUPS, CommandEntry
from tools.docs.markdown import document, table

WIDTH = 100
"""Of the help texts; wide enough for the longest option, narrow enough for a page."""

INTRODUCTION = """# Commands

Each command works on the fleet of this folder, or of a folder above it; `-C FOLDER` names another one. With `--json` a
command prints one JSON document on standard output. Whatever is for people then goes to standard error.

`plan` and `reconcile` read commits of main, never the working tree. Only `validate` reads files on disk.

Every option can also come from the environment: `helium reconcile --parallel 8` is
`HELIUM_RECONCILE_PARALLEL=8 helium reconcile`. The other variables are in [settings](settings.md), and what the exit
code of a command means is in [exit codes](exit-codes.md).

When you press Ctrl-C, or something sends SIGTERM, a pass ends what it runs in good order: no lock and no process stays
behind, and it says where things stand. The next pass goes on from there."""


def page() -> str:
    """The whole page."""
    rows = [
        (title if number == 0 else "", f"[`helium {name}`](#{_anchor(name)})", command.get_short_help_str(limit=200))
        for title, entries in GROUPS
        for number, (name, command) in enumerate(_commands(entries))
    ]
    names = [name for _, entries in GROUPS for name, _ in _commands(entries)]
    return document(INTRODUCTION, table(("you want to", "command", "what it does"), rows), *map(_section, names))


def _commands(entries: Sequence[CommandEntry]) -> Iterator[tuple[str, click.Command]]:
    """Every command of one group of the help, by its whole name; `ledger` and `token` have commands of their own."""
    context = click.Context(cli)
    for entry in entries:
        command = cli.get_command(context, entry.name)
        if isinstance(command, click.Group):
            yield from ((f"{entry.name} {name}", below) for name, below in sorted(command.commands.items()))
        elif command is not None:
            yield entry.name, command


def _section(name: str) -> str:
    shown = CliRunner().invoke(
        cli, [*name.split(), "--help"], terminal_width=WIDTH, prog_name="helium", env=NOTHING_SET
    )
    if shown.exit_code:
        raise SystemExit(f"helium {name} --help ends with {shown.exit_code}: {shown.output}")
    return f"## helium {name}\n\n```text\n{shown.output.strip()}\n```"


NOTHING_SET = {"HELIUM_MODE": None, "HELIUM_SANDBOX": None}
"""The help is the same on every machine."""


def _anchor(name: str) -> str:
    return f"helium-{name.replace(' ', '-')}"
