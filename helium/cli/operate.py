"""`helium operate`: order what a pass is to do, from CI's page or from a clone that has no access to the cloud.

There is one command for each kind of order, made from the table of kinds, so none can be forgotten here.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import click

from helium.cli.completion import workspace_names
from helium.cli.option_types import LengthType
from helium.cli.options import CommandContext, on_fleet
from helium.core.order import GOOD_FOR, OrderKind
from helium.core.order_kinds import EXPECTS, KINDS, About, How, KindRules
from helium.errors import UsageError

if TYPE_CHECKING:
    from helium.core.order import Order

EXAMPLES = {"DIGEST": "0123456789abcdef", "COMMIT": "1a2b3c4d5e", "RUN": "20261128T120000Z-1a2b3c"}
EXAMPLES |= {"CLUSTER": "ci", "LENGTH": "2h", "ID": "0123456789abcdef"}
WHEN = {
    How.AT_ONCE: "It is carried out at once, by the commit that writes it.",
    How.PASS: "The next pass carries it out, or the one that is at work as soon as what it runs has ended.",
    How.REPAIR: "The next pass carries it out, or the one that is at work as soon as what it runs has ended.",
}


@click.group(short_help="Order what the next pass is to do.")
def operate() -> None:
    """Order what the next pass is to do, without access to the cloud: from CI's page, or from any clone.

    An order is a file in the ledger. It does what a command does, with the same safeguards and the same refusals, once.
    It says who gave it, what that person saw and until when it is good. If the workspace has changed hands or its file
    has changed before a pass comes to it, it is refused.

    Only `admins:` of helium.yaml on main may give orders. In CI that is the account that started the workflow
    (GITHUB_ACTOR), by `people:`; elsewhere, git's user.email.
    """


def _command(kind: OrderKind, rules: KindRules) -> click.Command:
    """The command that gives an order of this kind."""

    def ordered(context: CommandContext, **given: Any) -> None:
        _order(context, kind, given=given)

    ordered.__doc__ = _help(kind, rules)
    command: Callable[..., Any] = on_fleet(ordered)
    for option in reversed(_parameters(kind, rules)):
        command = option(command)
    return click.command(name=kind.value, short_help=rules.help)(command)


def _help(kind: OrderKind, rules: KindRules) -> str:
    words = {About.NONE: "", About.ONE: " NAME", About.SOME: " NAME", About.ANY: ""}[rules.about]
    named = words.replace("NAME", "caribou-x3k9q2")
    argument = EXAMPLES.get(rules.argument, "")
    if argument and not rules.optional:
        named += f" {rules.flag}{argument}" if rules.about is not About.NONE else f" {argument}"
    why = ' --why "moving the cluster"' if kind is OrderKind.PAUSE else ""
    twin = f"{rules.twin}{' --only NAME' if '--only ' in rules.each else ''}"
    return f"""{rules.help}

    It does what `{twin}` does. {WHEN[rules.how]}

    \b
    Example: helium operate {kind.value}{named}{why}
    """


def _parameters(kind: OrderKind, rules: KindRules) -> list[Any]:
    found: list[Any] = []
    if rules.about is not About.NONE:
        found.append(
            click.argument(
                "names",
                nargs=1 if rules.about is About.ONE else -1,
                required=rules.about is not About.ANY,
                metavar="NAME" if rules.about is About.ONE else "[NAME]..." if rules.about is About.ANY else "NAME...",
                shell_complete=workspace_names,
            )
        )
    if rules.argument and (rules.optional or rules.about is not About.NONE):
        found.append(
            click.option(
                rules.flag.strip(),
                "argument",
                metavar=rules.argument,
                required=not rules.optional,
                help=_ARGUMENT[kind],
            )
        )
    elif rules.argument:
        found.append(click.argument("argument", metavar=rules.argument))
    found.append(
        click.option("--why", metavar="TEXT", required=kind is OrderKind.PAUSE, help="The reason; all see it.")
    )
    if kind in EXPECTS:
        found.append(click.option("--expect", metavar="DIGEST", help="Do nothing unless the plan has this digest."))
    if rules.how is not How.AT_ONCE:
        found += [_GOOD_FOR, _WAIT]
    return found


_ARGUMENT = {
    OrderKind.FORGET: "The cluster that you know to be gone for ever.",
    OrderKind.REBUILD: "The state belongs to the ledger with this id, and that ledger is gone for good.",
    OrderKind.PAUSE: "End the pause after this, such as 2h.",
}
_GOOD_FOR = click.option(
    "--good-for",
    type=LengthType(),
    metavar="LENGTH",
    help="How long a pass may take to come to it; 2h by default.",
)
_WAIT = click.option(
    "--wait", type=LengthType(), metavar="LENGTH", help="Wait so long for its end; the exit code then tells of it."
)


def _order(context: CommandContext, kind: OrderKind, *, given: dict[str, Any]) -> None:
    from helium.app.orders import give
    from helium.cli.operate_view import exit_code, show_given, waited
    from helium.core.order_draft import OrderDraft

    names = given.get("names") or ()
    draft = OrderDraft(
        kind=kind,
        names=(names,) if isinstance(names, str) else tuple(names),
        argument=given.get("argument") or "",
        why=given.get("why") or "",
        good_for=given.get("good_for") or GOOD_FOR,
        expect=given.get("expect"),
    )
    fleet = context.open()
    order = give(fleet, draft)
    if given.get("wait"):
        order = waited(fleet, order.id, length=given["wait"])
    show_given(context, order)
    click.get_current_context().exit(exit_code(order, waited=bool(given.get("wait"))))


@operate.command(short_help="Order what a workflow's form says.")
@click.option("--what", envvar="HELIUM_ORDER", default="", metavar="KIND", help="HELIUM_ORDER: the kind of order.")
@click.option("--names", envvar="HELIUM_ORDER_NAMES", default="", metavar="NAMES", help="HELIUM_ORDER_NAMES.")
@click.option("--with", "argument", envvar="HELIUM_ORDER_WITH", default="", metavar="TEXT", help="HELIUM_ORDER_WITH.")
@click.option("--why", envvar="HELIUM_ORDER_WHY", default="", metavar="TEXT", help="HELIUM_ORDER_WHY: the reason.")
@click.option("--expect", envvar="HELIUM_ORDER_EXPECT", default="", metavar="DIGEST", help="HELIUM_ORDER_EXPECT.")
@click.option("--good-for", envvar="HELIUM_ORDER_GOOD_FOR", default="", metavar="LENGTH", help="HELIUM_ORDER_GOOD_FOR.")
@on_fleet
def form(context: CommandContext, what: str, *, names: str, **given: str) -> None:
    """Order what the environment says, as a workflow's form fills it in: no text of the form gets near a shell.

    HELIUM_ORDER is one of the kinds that `helium operate --help` lists, HELIUM_ORDER_NAMES the names with spaces
    between them, HELIUM_ORDER_WITH what the kind needs beside (a digest, a commit, a run, a cluster, a length),
    HELIUM_ORDER_EXPECT the digest of the plan that you looked at. The order's id is the step's output `order`.

    \b
    Example: helium operate form --what roll --names caribou-x3k9q2
    """
    from helium.core.deadlines import parse_lifetime

    if what not in set(OrderKind):
        kinds = ", ".join(kind.value for kind in OrderKind)
        raise UsageError(f"HELIUM_ORDER is {what[:40]!r}; write one of {kinds}")
    try:
        good_for: timedelta | None = parse_lifetime(given["good_for"]) if given["good_for"] else None
    except ValueError as error:
        raise UsageError(f"HELIUM_ORDER_GOOD_FOR: {error}") from None
    filled = {"names": names.replace(",", " ").split(), "good_for": good_for}
    _order(context, OrderKind(what), given={**given, **filled, "argument": given["argument"].strip()})


@operate.command(name="list", short_help="List the orders of the last 30 days.")
@on_fleet
def listed(context: CommandContext) -> None:
    """List the orders: those that wait, those that a pass has begun, and what became of the others.

    It fetches the ledger, and changes nothing.

    \b
    Example: helium operate list
    """
    from helium.cli.operate_view import show_orders

    show_orders(context)


@operate.command(short_help="Show one order, and what became of it.")
@click.argument("id")
@_WAIT
@on_fleet
def show(context: CommandContext, id: str, *, wait: timedelta | None) -> None:
    """Show one order, who gave it, what it was bound to, and what became of it.

    It ends with 0 when the order is done, with 4 when it was refused, expired or withdrawn, and with 5 when it failed
    or was cut short. While it waits that is 0, and 7 once --wait is over. It fetches the ledger, and changes nothing.

    \b
    Example: helium operate show 20261128T120000Z-1a2b3c
    """
    from helium.cli.operate_view import show_order

    show_order(context, id, wait=wait)


@operate.command(short_help="Take back an order that nobody has begun.")
@click.argument("id")
@on_fleet
def withdraw(context: CommandContext, id: str) -> None:
    """Take back an order that no pass has begun. It writes the ledger.

    \b
    Example: helium operate withdraw 20261128T120000Z-1a2b3c
    """
    from helium.app.orders import withdraw as withdrawn
    from helium.cli.operate_view import show_given

    order: Order = withdrawn(context.open(), id)
    show_given(context, order)


for _kind, _rules in KINDS.items():
    operate.add_command(_command(_kind, _rules))

COMMANDS = (operate,)
