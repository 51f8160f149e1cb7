"""How `helium watch` shows what it sees: one line for each name that is redrawn, or one line for each change."""

from __future__ import annotations

import select
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from datetime import datetime

import click
from rich.live import Live
from rich.text import Text

from helium.app.run import clock
from helium.cli import tables
from helium.cli.colours import redraws
from helium.cli.folding import cells, clean
from helium.cli.lost_reader import nobody_reads
from helium.cli.options import CommandContext, json_text
from helium.cli.redrawn import Row, fitting
from helium.core.deadlines import format_instant
from helium.core.digest import Json
from helium.core.run import Clock
from helium.core.watched import WatchedName
from helium.errors import ExitCode, NotFoundError
from helium.ports.fleet_access import FleetWatch

Show = Callable[[Iterable[WatchedName]], None]
"""Shows what is new."""


def followed(context: CommandContext, name: str | None) -> ExitCode:
    """Follow one name to its end, or all until Ctrl-C; how the command ends. `NotFoundError`."""
    watched = context.access().watch(name, now=clock())
    if name is not None and name not in watched.names:
        raise NotFoundError(name)
    try:
        with closing(watched), _view(as_json=context.as_json) as show:
            return _follow(watched, name, show=show)
    except KeyboardInterrupt:
        # Whoever watches all of them has no other way to end it.
        return ExitCode.INTERRUPTED if name else ExitCode.DONE


def _follow(watched: FleetWatch, name: str | None, *, show: Show) -> ExitCode:
    show(each for each in watched.names.values() if each.name == name or (name is None and not each.is_over))
    said = ""
    while name is None or not watched.names[name].is_over:
        changed = watched.look_again()
        _require_reader()
        show(each for each in changed if name in (None, each.name))
        said = say_trouble(watched, said=said)
    return _code_of(watched.names[name])


def say_trouble(watched: FleetWatch, *, said: str) -> str:
    """Say once why the last look failed; it returns what is said by now."""
    if watched.trouble != said and watched.trouble:
        tables.say(f"{watched.trouble} Looking again.", style="yellow")
    return watched.trouble


def _require_reader() -> None:
    """End as soon as nobody reads on (`| head -1`): while nothing changes, nothing is printed that would tell."""
    output = select.poll()
    output.register(sys.stdout.fileno(), 0)
    if nobody_reads() or output.poll(0):
        raise BrokenPipeError


def _code_of(ended: WatchedName) -> ExitCode:
    if not ended.failed:
        return ExitCode.DONE
    return ExitCode.INVALID if ended.row and ended.row.issues else ExitCode.FAILED


def _view(*, as_json: bool) -> AbstractContextManager[Show]:
    if as_json:
        return _lines(lambda each, now: json_text(_json(each, now)))
    return _screen(clock) if redraws(sys.stdout) else _lines(_line)


def progress_view() -> AbstractContextManager[Show]:
    """The same on standard error, for whoever waits: standard output is for what comes of it."""
    return _screen(clock, err=True) if redraws(sys.stderr) else _lines(_line, err=True)


@contextmanager
def _lines(text: Callable[[WatchedName, datetime], str], *, err: bool = False) -> Iterator[Show]:
    """A line for each change, as soon as it is seen: whoever reads a pipe must not wait for a buffer."""

    def show(news: Iterable[WatchedName]) -> None:
        for each in news:
            click.echo(text(each, clock()), err=err)
        (sys.stderr if err else sys.stdout).flush()

    yield show


@contextmanager
def _screen(clock: Clock, *, err: bool = False) -> Iterator[Show]:
    """A row for each name, redrawn while time goes by; what happens now stays longest where they are too many."""
    shown: dict[str, WatchedName] = {}
    console = tables.console(err=err)

    def drawn() -> Text:
        if not shown:
            return Text("Nothing happens now. Ctrl-C ends this.")
        now = clock()
        rows = [Row((each.name, each.sentence(now)), each.word, int(each.is_over)) for each in shown.values()]
        return fitting(rows, lambda rows: _drawn(rows, width=console.width), height=console.height)

    with Live(get_renderable=drawn, console=console, refresh_per_second=4):
        yield lambda news: shown.update({each.name: each for each in news})


def _drawn(rows: Sequence[Row], *, width: int) -> Sequence[str]:
    room = max((cells(row.cells[0]) for row in rows), default=0)
    return [
        line
        for row in rows
        for line in tables.one_line(*row.cells, style=tables.STYLES.get(row.word, ""), room=room, width=width)
    ]


def _line(each: WatchedName, now: datetime) -> str:
    return clean(f"{now:%H:%M:%S} {each.name} {' '.join(each.sentence(now).split())}")


def _json(each: WatchedName, now: datetime) -> dict[str, Json]:
    live = each.live
    at_work: dict[str, Json] = {}
    if live is not None:
        at_work = {
            "kind": live.kind,
            "since": format_instant(live.since),
            "doing": {"type": live.doing.type, "name": live.doing.name} if live.doing.type else None,
            "done": live.done,
            "of": live.of or None,
            "usual_seconds": live.usual or None,
        }
    return {
        "time": format_instant(now),
        "name": each.name,
        "status": each.word,
        "reason": each.row.reason if each.row else "",
        "at_work": at_work or None,
        "over": each.is_over,
    }
