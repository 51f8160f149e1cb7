"""What all commands share: the group, `-C` and `--json`, exit codes, and how an error ends a command."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import wraps
from pathlib import Path
from typing import IO, Any

import click

from helium.app.compose import EngineFactory, pulumi_engine
from helium.app.open_fleet import OpenFleet, open_fleet
from helium.cli.modes import command_of
from helium.core.digest import Json
from helium.core.expiry import parse_lifetime
from helium.errors import HeliumError
from helium.settings import Settings

DONE = 0
INTERNAL = 1
USAGE = 2
INVALID = 3
REFUSED = 4
FAILED = 5
SOURCE = 6
LEASED = 7
CHANGES = 10
INTERRUPTED = 130

WHERE = "The fleet's folder, or one in it."


@dataclass(frozen=True, slots=True)
class CommandContext:
    """Where a command works, with which settings, and whether a program reads its output."""

    start: Path
    settings: Settings
    as_json: bool = False
    engine: EngineFactory = pulumi_engine

    def open(self, *, ref: str | None = None) -> OpenFleet:
        """The fleet of this folder."""
        return open_fleet(self.start, self.settings, ref=ref, engine=self.engine)

    def emit(self, value: Json) -> None:
        """One JSON document on standard output."""
        click.echo(json.dumps(value, indent=2, ensure_ascii=False))


class Failure(click.ClickException):
    """A command that could not do what it was asked: one sentence, and the code that its kind has."""

    def __init__(self, sentence: str, code: int) -> None:
        super().__init__(sentence)
        self.code = code

    @property
    def exit_code(self) -> int:  # type: ignore[override]
        """What the process ends with."""
        return self.code

    def show(self, file: IO[Any] | None = None) -> None:
        """In red on a terminal, on standard error."""
        click.secho(self.message, fg="red", err=True, file=file)


class Root(click.Group):
    """The group; errors that Helium raises on purpose, and those of the disk, become sentences here."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Without any argument, HELIUM_MODE names the command."""
        try:
            mode = Settings.here().mode
            return super().parse_args(ctx, args if args or not mode else [command_of(mode)])
        except HeliumError as error:
            raise _failure(error) from None

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command that was named."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            raise
        except (HeliumError, OSError) as error:
            if isinstance(ctx.obj, CommandContext) and ctx.obj.settings.debug:
                raise
            raise _failure(error) from None
        except KeyboardInterrupt:
            click.secho("interrupted", fg="yellow", err=True)
            ctx.exit(INTERRUPTED)


def _failure(error: HeliumError | OSError) -> Failure:
    if isinstance(error, HeliumError):
        return Failure(str(error), error.exit_code)
    where = f"{error.filename}: " if error.filename else ""
    return Failure(f"{where}{error.strerror or error}", INTERNAL)


@click.group(
    cls=Root,
    context_settings={"auto_envvar_prefix": "HELIUM", "help_option_names": ["-h", "--help"], "max_content_width": 110},
)
@click.option("-C", "folder", type=click.Path(path_type=Path), metavar="FOLDER", help=WHERE)
@click.version_option(package_name="helium-workspaces", prog_name="helium")
@click.pass_context
def root(ctx: click.Context, folder: Path | None) -> None:
    """Hand out short-lived Pachyderm workspaces: what git says, Pulumi makes.

    A workspace is a file in workspaces/ on main; `helium reconcile` makes the stacks match. Commands work on the fleet
    of this folder, or of one above it.

    Begin with `helium demo`, or with `helium init FOLDER`.
    """
    # A test that runs commands in its own process gives an engine of its own as click's context object.
    ctx.obj = CommandContext(folder or Path(), Settings.here(), engine=ctx.obj or pulumi_engine)


def on_fleet(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command its desk, and the options that all have: `-C FOLDER` and `--json`."""

    @click.option("-C", "folder", type=click.Path(path_type=Path), metavar="FOLDER", help=WHERE)
    @click.option("--json", is_flag=True, help="One JSON document on standard output, for programs.")
    @wraps(command)
    @click.pass_obj
    def wrapped(context: CommandContext, /, folder: Path | None, *, json: bool, **given: Any) -> None:
        command(replace(context, start=folder or context.start, as_json=json), **given)

    return wrapped


class LengthType(click.ParamType[timedelta]):
    """A length such as `90m`, `12h`, `3d` or `2w`."""

    name = "length"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        """The length; a usage error with a sentence."""
        if isinstance(value, timedelta):
            return value
        try:
            return parse_lifetime(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)
