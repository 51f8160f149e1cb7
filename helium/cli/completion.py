"""Completion in the shell: the script that turns it on, and the names of workspaces.

In a clone, names are read from main as it was fetched last: a key press must not wait for a network. A server is asked,
for two seconds at most. Whatever goes wrong gives no names and no error.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath

import click

_NO_COMMAND = re.compile("[a-z0-9][-a-z0-9]*")
"""What neither a shell acts on nor a command takes for an option. All names are like that; what else a name may not be
would import too much here."""
_SECONDS = 2
"""After which a key press is answered without names."""


@click.command(short_help="Set up shell completion.")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print the script that completes commands, options and the names of workspaces in your shell.

    Names are those of your clone, or of the server that you are signed in to. To switch completion on, add this to
    ~/.bashrc (or, with zsh, to ~/.zshrc):

    \b
        eval "$(helium completion bash)"

    With fish, run this once:

    \b
        helium completion fish > ~/.config/fish/completions/helium.fish

    \b
    Example: helium completion zsh
    """
    from click.shell_completion import get_completion_class

    kind = get_completion_class(shell)
    assert kind is not None, "click knows these three shells"
    click.echo(kind(ctx.find_root().command, {}, "helium", "_HELIUM_COMPLETE").source())


def workspace_names(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """The names that begin with `incomplete`, where the command would work; for click's `shell_complete`.

    A shell puts them on the line as they are, so what cannot be a name is none: a server, or whoever writes a file's
    name, would write commands there.
    """
    given = ctx.params.get(param.name or "") or ()
    before = given if isinstance(given, tuple) else ()
    fits = (name for name in _names(ctx) if name.startswith(incomplete) and _NO_COMMAND.fullmatch(name))
    return [name for name in fits if name not in before]


def _names(ctx: click.Context) -> Sequence[str]:
    said = {**ctx.find_root().params, **{name: value for name, value in ctx.params.items() if value}}
    folder, server, local = said.get("folder"), said.get("server") or "", bool(said.get("local"))
    could_be_both = "server" in ctx.params and not (folder or local)
    if not could_be_both or not (server or os.environ.get("HELIUM_SERVER") or not _in_clone(Path.cwd())):
        return names_on_main(folder or Path(), os.environ)
    from helium.app.fleet_place import PlaceChoice
    from helium.app.name_completion import names_at_server

    return names_at_server(os.environ, PlaceChoice(start=Path.cwd(), server=server))


def _in_clone(folder: Path) -> bool:
    return any((each / "helium.yaml").is_file() for each in (folder, *folder.parents))


def names_on_main(folder: Path, environ: Mapping[str, str]) -> list[str]:
    """The workspaces that have a file on main as it was fetched last, sorted; none where that cannot be read."""
    remote, main = environ.get("HELIUM_REMOTE") or _remote(folder, environ), environ.get("HELIUM_MAIN")
    # A clone reads its remote's main; a fleet without a remote reads its own branch.
    theirs = (f"refs/remotes/{remote}/{main or 'HEAD'}", f"refs/remotes/{remote}/main")
    branches = (*theirs, f"refs/heads/{main or 'main'}", "HEAD")
    for branch in branches:
        listed = _git(folder, environ, "ls-tree", "-r", "-z", "--name-only", "--full-tree", branch, "workspaces/")
        if listed is not None:
            paths = map(PurePosixPath, listed.split("\0"))
            return sorted({path.stem for path in paths if path.suffix == ".yaml"})
    return []


def _remote(folder: Path, environ: Mapping[str, str]) -> str:
    """The only remote, whatever it is called; else `origin`."""
    names = (_git(folder, environ, "remote") or "").split()
    return names[0] if len(names) == 1 else "origin"


def _git(folder: Path, environ: Mapping[str, str], *args: str) -> str | None:
    command = ["git", "-C", str(folder), *args]
    try:
        done = subprocess.run(command, env=environ, capture_output=True, timeout=_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return None if done.returncode else done.stdout.decode(errors="replace")


COMMANDS = (completion,)
