"""What each kind of order is about, how it is carried out, and which command does the same.

The table is the one place where a kind is described: the command line, the workflow's form, the refusals and the
documentation are made from it. An order has no power that its command lacks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from helium.core.order import Order, OrderKind


class How(StrEnum):
    """Who carries an order out. `at-once`: the commit that writes it. `pass`: a pass, with the options of its command.

    `repair`: the process of a pass, as its command does, before it passes for it.
    """

    AT_ONCE = "at-once"
    PASS = "pass"
    REPAIR = "repair"


class About(StrEnum):
    """Which workspaces an order names."""

    NONE = "none"
    ONE = "one"
    SOME = "some"
    ANY = "any"


class Sees(StrEnum):
    """What must still be as it was when the order was given. `itself`: its argument says which state it is about."""

    NAMES = "names"
    FLEET = "fleet"
    ITSELF = "itself"


@dataclass(frozen=True, slots=True, kw_only=True)
class KindRules:
    """One kind. `twin` and `each` (before each name) give its command. `argument`: its metavar; `optional`: or none.

    `then_passes`: after the repair, a pass does the rest.
    """

    help: str
    how: How = How.PASS
    about: About = About.NONE
    sees: Sees = Sees.ITSELF
    argument: str = ""
    optional: bool = False
    then_passes: bool = False
    twin: str
    each: Sequence[str] = ()
    flag: str = ""


def _pass(help: str, *flags: str, about: About = About.SOME) -> KindRules:
    """A pass for the named workspaces alone."""
    return KindRules(
        help=help, about=about, sees=Sees.NAMES, twin="helium reconcile", each=tuple(f"--{flag} " for flag in flags)
    )


KINDS: Mapping[OrderKind, KindRules] = MappingProxyType(
    {
        OrderKind.RELEASE: KindRules(
            help="Allow exactly the deletes that were refused with this digest.",
            argument="DIGEST",
            twin="helium reconcile",
            flag="--allow-deletes ",
        ),
        OrderKind.REPLACE: _pass(
            "Let the updates of these workspaces replace what holds data.", "only", "allow-replace"
        ),
        OrderKind.OVER_QUOTA: _pass(
            "Let these new workspaces be created although the quota is used up.", "only", "over-quota"
        ),
        OrderKind.ASSUME_ABSENT: _pass(
            "You looked in the cloud: what a lost answer may have created is not there.", "only", "assume-absent"
        ),
        OrderKind.CLOCK_IS_RIGHT: KindRules(
            help="Let workspaces expire even though the clock looks wrong.",
            sees=Sees.FLEET,
            twin="helium reconcile --clock-is-right",
        ),
        OrderKind.RETRY: _pass(
            "Try these workspaces again now; without names, all that wait for another attempt.", "only", about=About.ANY
        ),
        OrderKind.ROLL: _pass("Update these workspaces to today's program and charts.", "only", "roll"),
        OrderKind.ROLL_ALL: KindRules(
            help="Do that for all workspaces: one first, and the others when it is ready.",
            twin="helium reconcile --roll-all",
        ),
        OrderKind.UNLOCK: KindRules(
            help="Break Pulumi's lock on a stack on which nobody is working.",
            how=How.REPAIR,
            about=About.ONE,
            sees=Sees.NAMES,
            twin="helium unlock",
            each=("",),
        ),
        OrderKind.DESTROY_ORPHAN: KindRules(
            help="Destroy a stack that has neither a file nor a readable record.",
            how=How.REPAIR,
            about=About.ONE,
            sees=Sees.NAMES,
            then_passes=True,
            twin="helium orphans",
            each=("--destroy ",),
        ),
        OrderKind.FORGET_ORPHAN: KindRules(
            help="Drop the record of a stack that is lost.",
            how=How.REPAIR,
            about=About.ONE,
            sees=Sees.NAMES,
            twin="helium orphans",
            each=("--forget ",),
        ),
        OrderKind.FORGET: KindRules(
            help="End a workspace whose cluster is gone for ever.",
            how=How.REPAIR,
            about=About.ONE,
            sees=Sees.NAMES,
            argument="CLUSTER",
            then_passes=True,
            twin="helium forget",
            each=("",),
            flag="--cluster-is-gone ",
        ),
        OrderKind.REBUILD: KindRules(
            help="Rebuild records from the ownership in each stack; with an ID, take another ledger's state over.",
            how=How.REPAIR,
            about=About.ANY,
            sees=Sees.NAMES,
            argument="ID",
            optional=True,
            twin="helium ledger rebuild",
            each=("",),
            flag="--take-over ",
        ),
        OrderKind.ACCEPT_LOSS: KindRules(
            help="Accept that the stacks of these workspaces are lost for good.",
            how=How.REPAIR,
            about=About.SOME,
            sees=Sees.NAMES,
            twin="helium ledger accept-loss",
            each=("",),
        ),
        OrderKind.ACCEPT_NEW_STATE: KindRules(
            help="Accept that the whole state is a new one.",
            how=How.REPAIR,
            sees=Sees.FLEET,
            twin="helium ledger accept-loss --state",
        ),
        OrderKind.ACCEPT: KindRules(
            help="Accept a commit of main although it does not descend from the last accepted one.",
            how=How.AT_ONCE,
            argument="COMMIT",
            twin="helium ledger accept",
        ),
        OrderKind.ACCEPT_LOG: KindRules(
            help="Accept the ledger's log although it was rewritten.",
            how=How.AT_ONCE,
            twin="helium ledger accept --log",
        ),
        OrderKind.END_LEASE: KindRules(
            help="End the lease of a run that is over.",
            how=How.AT_ONCE,
            argument="RUN",
            twin="helium ledger end-lease",
        ),
        OrderKind.PAUSE: KindRules(
            help="Stop every pass from applying anything, for this length if one is given.",
            how=How.AT_ONCE,
            argument="LENGTH",
            optional=True,
            twin="helium pause",
            flag="--for ",
        ),
        OrderKind.RESUME: KindRules(help="End the pause.", how=How.AT_ONCE, twin="helium pause --end"),
    }
)


EXPECTS = (OrderKind.RELEASE, OrderKind.CLOCK_IS_RIGHT)
"""Kinds for which the digest of a plan can be given: others change the plan that a person looked at."""


def rules_of(order: Order) -> KindRules:
    """What the order's kind says."""
    return KINDS[order.kind]


def whole(override: str) -> str:
    """What a refusal names to override it, as a command: options are those of `helium reconcile`."""
    return override if override.startswith("helium ") else f"helium reconcile {override}"


def ordered_as(command: str) -> str:
    """The order that does the same as a command; empty where there is none."""
    found = [(f"{rules.twin} {_flags(rules)}".strip(), kind) for kind, rules in KINDS.items()]
    for prefix, kind in sorted(found, reverse=True):
        if command == prefix or command.startswith(f"{prefix} "):
            # An order names its workspaces without the option that its command has before each.
            return f"helium operate {kind.value}{command[len(prefix) :].replace(f' {_flags(KINDS[kind])} ', ' ')}"
    return ""


def _flags(rules: KindRules) -> str:
    """What follows the command's words where it is this order. Of several options for a name, the last one tells."""
    return rules.each[-1].strip() if rules.each else "" if rules.optional else rules.flag.strip()


def twin_of(order: Order) -> str:
    """The command that does the same."""
    rules = rules_of(order)
    named = (f"{flag}{name}" for name in order.names for flag in rules.each)
    argued = [f"{rules.flag}{order.argument}"] if order.argument else []
    return " ".join((rules.twin, *named, *argued))
