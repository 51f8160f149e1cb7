"""`commands.md`: every command, as its own `--help` says it."""

from __future__ import annotations

from collections.abc import Iterator

import click
from click.testing import CliRunner

from helium.cli import cli
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
    found = list(_commands(cli, ()))
    rows = [(f"[`helium {name}`](#{_anchor(name)})", command.get_short_help_str(limit=200)) for name, command in found]
    return document(INTRODUCTION, table(("command", "what it does"), rows), *(_section(name) for name, _ in found))


def _commands(group: click.Group, path: tuple[str, ...]) -> Iterator[tuple[str, click.Command]]:
    """Every command below a group, by its whole name; hidden ones are nobody's business."""
    context = click.Context(group)
    for name in sorted(group.list_commands(context)):
        command = group.get_command(context, name)
        if command is None or command.hidden:
            continue
        if isinstance(command, click.Group):
            yield from _commands(command, (*path, name))
        else:
            yield " ".join((*path, name)), command


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
