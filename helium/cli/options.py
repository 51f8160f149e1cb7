"""What all commands share: the group, `-C` and `--json`, exit codes, and how an error ends a command.

`helium --help` imports this module, so nothing here imports what only a running command needs.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import wraps
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from helium.cli.colours import colours
from helium.cli.folding import clean
from helium.cli.mode import command_of
from helium.cli.option_types import DigestType
from helium.cli.place import CommandPlace, NamedPlace, needs_a_clone
from helium.cli.registry import ENTRIES, GROUPS, LazyCommands
from helium.errors import ExitCode, HeliumError, NotFoundError, SourceError

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from helium.app.compose import EngineFactory
    from helium.app.open_fleet import OpenFleet
    from helium.core.digest import Json
    from helium.ports.fleet_access import FleetAccess
    from helium.settings import Settings

_CODES = "\n".join(f"  {code:<4} {code.meaning}" for code in ExitCode)
EPILOG = f"""\b
Exit codes:
{_CODES}

To complete commands and names in your shell: helium completion --help
"""

in_folder = click.option(
    "-C",
    "folder",
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    help="The fleet's folder, or a folder in it.",
)
at_server = click.option(
    "--server", metavar="URL", allow_from_autoenv=False, help="Work at this server, instead of on a clone."
)
in_clone = click.option(
    "--local",
    is_flag=True,
    allow_from_autoenv=False,
    help="Work on the clone, even if HELIUM_SERVER names a server.",
)
as_json = click.option("--json", is_flag=True, help="One JSON document on standard output, for programs.")
"""What a command may be told before and behind its name, in the same words."""


@dataclass(frozen=True, slots=True)
class CommandContext:
    """Where a command works, with which settings, and whether a program reads its output."""

    start: Path
    settings: Settings
    given_engine: EngineFactory | None = None
    as_json: bool = False
    named: NamedPlace = field(default_factory=NamedPlace)
    opened: list[FleetAccess] = field(default_factory=list)
    """What `access` opened, once it did."""

    @property
    def engine(self) -> EngineFactory:
        """What builds the engine: Pulumi's, unless a test gave another one."""
        from helium.app.compose import pulumi_engine

        return self.given_engine or pulumi_engine

    def open(self, *, ref: str | None = None) -> OpenFleet:
        """The fleet of this folder."""
        from helium.app.open_fleet import open_fleet

        try:
            return open_fleet(self.start, self.settings, ref=ref, engine=self.engine)
        except SourceError as error:
            from helium.app.fleet_place import without_clone

            raise without_clone(error, self.settings, start=self.start) from None

    def access(self, *, writes: bool = False) -> FleetAccess:
        """The fleet that this command is about: in a clone, or at a server. `writes`: it will change something."""
        if not self.opened:
            place = CommandPlace(self.start, self.settings, self.named, self.open)
            self.opened.append(place.access(writes=writes))
        return self.opened[0]

    def emit(self, value: Json) -> None:
        """One JSON document on standard output."""
        click.echo(json_text(value, indent=2))


def json_text(value: Json, *, indent: int | None = None) -> str:
    """As JSON that standard output can carry: a locale without all letters gets those of JSON's own escapes."""
    import json

    return json.dumps(value, indent=indent, ensure_ascii="utf" not in sys.stdout.encoding.lower())


class Failure(click.ClickException):
    """A command that could not do its work: one sentence, and the exit code that stands for it."""

    def __init__(self, sentence: str, code: int) -> None:
        super().__init__(sentence)
        self.code = code

    @property
    def exit_code(self) -> int:  # type: ignore[override]
        """What the process ends with."""
        return self.code

    def show(self, file: IO[Any] | None = None) -> None:
        """In red on a terminal, on standard error."""
        click.secho(clean(self.message), fg="red", err=True, file=file, color=colours())


class Root(click.Group):
    """The group; errors that Helium raises on purpose, and those of the disk, become sentences here."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Without any argument, HELIUM_MODE names the command."""
        mode = os.environ.get("HELIUM_MODE")
        try:
            return super().parse_args(ctx, args if args or not mode else [command_of(mode)])
        except BrokenPipeError:
            raise
        except (HeliumError, OSError) as error:
            # `--help` and `--version` print while they are read.
            raise _failure(error) from None

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command that was named."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            raise
        except (HeliumError, OSError, ModuleNotFoundError) as error:
            if isinstance(ctx.obj, CommandContext) and ctx.obj.settings.debug:
                raise
            if isinstance(error, ModuleNotFoundError):
                raise _not_installed(error) from None
            raise _failure(error) from None
        except KeyboardInterrupt:
            click.secho("interrupted", fg="yellow", err=True, color=colours())
            ctx.exit(ExitCode.INTERRUPTED)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In the order of the groups."""
        return list(self.commands)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Each group under its title, as the registry has it: no command is imported for this."""
        width = max(map(len, ENTRIES)) + 2
        for title, entries in GROUPS:
            with formatter.section(title):
                formatter.write_dl([(f"{entry.name:{width}}", entry.help) for entry in entries], col_spacing=0)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """The commands that begin so, and the options of `helium` itself; again without importing a command."""
        from click.shell_completion import CompletionItem

        entries = [entry for entry in ENTRIES.values() if entry.name.startswith(incomplete)]
        named = [CompletionItem(entry.name, help=entry.help) for entry in entries]
        return [*named, *click.Command.shell_complete(self, ctx, incomplete)]


def _not_installed(error: ModuleNotFoundError) -> Exception:
    """A sentence where the module belongs to an extra of Helium; anything else is a bug, and stays what it is."""
    from helium.extras import missing

    extra = missing(error)
    return _failure(extra) if extra else error


def _failure(error: HeliumError | OSError) -> Failure:
    if isinstance(error, HeliumError):
        return Failure(str(error), error.exit_code)
    where = f"{error.filename}: " if error.filename else ""
    return Failure(f"{where}{error.strerror or error}", ExitCode.INTERNAL)


@click.group(
    cls=Root,
    commands=LazyCommands(),
    epilog=EPILOG,
    subcommand_metavar="COMMAND",
    context_settings={"auto_envvar_prefix": "HELIUM", "help_option_names": ["-h", "--help"], "max_content_width": 110},
)
@in_folder
@at_server
@in_clone
@click.version_option(package_name="helium-workspaces", prog_name="helium")
@click.pass_context
def root(ctx: click.Context, folder: Path | None, *, server: str | None, local: bool) -> None:
    """Manage short-lived Pachyderm workspaces: git declares them, and Pulumi creates them.

    A workspace is a file in workspaces/ on main. `helium reconcile` makes the stacks match the files. Commands work on
    the fleet of this folder, or of the nearest folder above it that has a helium.yaml.

    Begin with `helium demo`, or with `helium init FOLDER`. For more, run `helium COMMAND --help`.
    """
    from helium.settings import Settings

    # A test that runs commands in its own process gives an engine of its own as click's context object.
    ctx.color = colours()
    # HELIUM_FOLDER says where a clone is, and not that it is meant.
    is_said = ctx.get_parameter_source("folder") is ParameterSource.COMMANDLINE
    named = NamedPlace(folder if is_said else None, server or "", local)
    ctx.obj = CommandContext(folder or Path(), Settings.here(), given_engine=ctx.obj, named=named)


def on_fleet(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command its context, and the options that all have: `-C FOLDER` and `--json`. It needs a clone."""

    @in_folder
    @as_json
    @wraps(command)
    @click.pass_obj
    def wrapped(context: CommandContext, /, folder: Path | None, *, json: bool, **given: Any) -> None:
        named = context.named.with_more(folder)
        if named.server:
            raise needs_a_clone(click.get_current_context().command_path)
        _run(replace(context, start=folder or context.start, as_json=json, named=named), command, **given)

    return wrapped


def on_any_fleet(command: Callable[..., None]) -> Callable[..., None]:
    """The same for a command that works at a server as well: it has `--server URL` and `--local` besides."""

    @in_folder
    @at_server
    @in_clone
    @as_json
    @wraps(command)
    @click.pass_obj
    def wrapped(
        context: CommandContext, /, folder: Path | None, *, server: str | None, local: bool, json: bool, **given: Any
    ) -> None:
        named = context.named.with_more(folder, server=server, local=local)
        _run(replace(context, start=folder or context.start, as_json=json, named=named), command, **given)

    return wrapped


def _run(context: CommandContext, command: Callable[..., None], **given: Any) -> None:
    try:
        command(context, **given)
    except NotFoundError as error:
        if context.settings.debug or not (similar := _similar(context, error.name)):
            raise
        raise Failure(f"{error} Did you mean {similar}?", error.exit_code) from None


def _similar(context: CommandContext, name: str) -> str:
    """The name on main that was probably meant; empty where none is like it."""
    from difflib import get_close_matches

    from helium.cli.completion import names_on_main

    known = context.opened[0].names() if context.opened else names_on_main(context.start, os.environ)
    return next(iter(get_close_matches(name, known, n=1)), "")


clock_is_right = click.option(
    "--clock-is-right",
    is_flag=True,
    allow_from_autoenv=False,
    help="Let workspaces expire even though the clock looks wrong.",
)
allow_deletes = click.option(
    "--allow-deletes",
    type=DigestType(16),
    metavar="DIGEST",
    allow_from_autoenv=False,
    help="Allow exactly the deletes that were refused with this digest.",
)
"""Overrides are for one run, on its command line, and never from the environment."""
