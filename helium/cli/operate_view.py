"""Orders on a terminal: what was given, how to follow it, and what became of it."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, timedelta
from time import monotonic, sleep
from typing import TYPE_CHECKING

import click

from helium.app.orders import found
from helium.app.orders import listed as sorted_orders
from helium.cli import tables
from helium.cli.options import CommandContext
from helium.core.order import Ended, Order
from helium.core.order_kinds import twin_of
from helium.errors import ExitCode

if TYPE_CHECKING:
    from helium.app.open_fleet import OpenFleet
    from helium.core.digest import Json

LOOK_EVERY = 2.0
"""Seconds between two looks at an order that somebody waits for."""
_CODES = {
    Ended.DONE: ExitCode.DONE,
    Ended.FAILED: ExitCode.FAILED,
    Ended.CUT_SHORT: ExitCode.FAILED,
}


def exit_code(order: Order, *, waited: bool) -> ExitCode:
    """What a command about this order ends with. `waited`: for its end, which has not come."""
    if order.ended is None:
        return ExitCode.LEASED if waited else ExitCode.DONE
    return _CODES.get(order.ended.word, ExitCode.REFUSED)


def waited(fleet: OpenFleet, id: str, *, length: timedelta) -> Order:
    """The order once it has ended, or as it is after that length."""
    give_up_at = monotonic() + length.total_seconds()
    while True:
        order = found(fleet.ledger.read(), id)
        if order.ended or monotonic() >= give_up_at:
            return order
        sleep(LOOK_EVERY)


def show_given(context: CommandContext, order: Order) -> None:
    """What was ordered and how to follow it; in CI, its id for later jobs."""
    if context.settings.outputs is not None:
        with context.settings.outputs.open("a") as outputs:
            outputs.write(f"order={order.id}\n")
    if context.as_json:
        context.emit(_as_json(order))
    elif order.ended:
        click.echo(f"{order.what}: {order.ended.word}. {order.ended.sentence}")
    else:
        click.echo(f"ordered: {order.what}, by {order.by}, good until {tables.instant(order.until)}")
        followed = [f"helium operate show {order.id} --wait 30m", *(f"helium watch {name}" for name in order.names)]
        click.echo(f"a pass carries it out; to follow it: {'; '.join(followed)}")


def show_order(context: CommandContext, id: str, *, wait: timedelta | None) -> None:
    """One order whole."""
    fleet = context.open()
    order = waited(fleet, id, length=wait or timedelta(0))
    if context.as_json:
        context.emit(_as_json(order))
    else:
        tables.pairs(_pairs(order))
    click.get_current_context().exit(exit_code(order, waited=wait is not None))


def _pairs(order: Order) -> list[tuple[str, str]]:
    ended = order.ended
    return [
        ("order", order.id),
        ("what", order.what),
        ("status", order.status),
        ("what became of it", ended.sentence if ended else ""),
        ("ended", f"{tables.instant(ended.time)} by {ended.by}" if ended else ""),
        ("ordered by", f"{order.by} ({order.actor})" if order.actor != order.by else order.by),
        ("at", tables.instant(order.at)),
        ("good until", tables.instant(order.until)),
        ("why", order.why),
        ("begun by", str(order.begun) if order.begun else ""),
        ("seen", f"main {order.commit[:10]}, ledger {order.head[:10]}"),
        ("plan", order.expect or ""),
        ("run", order.run_url or order.run),
        ("the same by hand", twin_of(order)),
    ]


def show_orders(context: CommandContext) -> None:
    """All orders, one line each."""
    fleet = context.open()
    orders = sorted_orders(fleet.ledger.read())
    if context.as_json:
        context.emit([_as_json(each) if isinstance(each, Order) else _plain(asdict(each)) for each in orders])
        return
    tables.banner(fleet.fleet)
    if not orders:
        click.echo("no orders")
        return
    rows = [
        (each.id, each.status, each.what, each.by, tables.instant(each.at), each.ended.sentence if each.ended else "")
        if isinstance(each, Order)
        else (each.id, "unknown", "", "", "", each.sentence)
        for each in orders
    ]
    heads = ("ORDER", "STATUS", "WHAT", "BY", "GIVEN", "WHAT BECAME OF IT")
    tables.show(tables.table(heads, rows, styled=1, drops=("GIVEN", "BY")))


def _as_json(order: Order) -> Json:
    return {**_plain(asdict(order)), "status": order.status, "command": twin_of(order)}


def _plain(value: Json) -> Json:
    if isinstance(value, datetime):
        return tables.instant(value)
    if isinstance(value, tuple):
        return list(value)
    return {key: _plain(inner) for key, inner in value.items()} if isinstance(value, dict) else value
