"""What a person wants ordered, before it is an order: what is wrong with it, and who gives it. Pure.

The command line, the form of a workflow and the pages of a server fill in the same draft, so one check judges it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta

from helium.core.deadlines import parse_lifetime
from helium.core.order import GOOD_FOR, LONGEST_GOOD, OrderKind
from helium.core.order_kinds import EXPECTS, KINDS, About
from helium.core.spec import NAME

LONGEST_TEXT = 500
"""Characters that a person may write: an order is shown in one line."""
_DIGEST, _PLAN = re.compile("[0-9a-f]{16}"), re.compile("[0-9a-f]{32}")
_HOW_MANY = {About.NONE: "no names", About.ONE: "one name", About.SOME: "names"}


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderDraft:
    """What a person wants ordered. `id`: of the press of one button, however often it comes; empty: a new order.

    `saw`: what the order is bound to, as the person saw it; empty: as it is when the order is written.
    """

    kind: OrderKind
    names: tuple[str, ...] = ()
    argument: str = ""
    why: str = ""
    good_for: timedelta = GOOD_FOR
    expect: str | None = None
    id: str = ""
    saw: str = ""


def problem(draft: OrderDraft) -> str:
    """What is wrong with a draft, whoever filled it in; empty if nothing is."""
    rules, count = KINDS[draft.kind], len(draft.names)
    fits = {About.NONE: count == 0, About.ONE: count == 1, About.SOME: count > 0, About.ANY: True}
    # A release is bound to its digest; names bind it to those workspaces as they are besides.
    if not fits[rules.about] and draft.kind is not OrderKind.RELEASE:
        return f"it needs {_HOW_MANY[rules.about]}, and got {count}"
    if wrong := next((name for name in draft.names if not NAME.fullmatch(name)), ""):
        return f"{wrong[:60]!r} is not a workspace's name"
    if bool(draft.argument) != bool(rules.argument) and not (rules.optional and not draft.argument):
        return f"it needs {rules.argument}" if rules.argument else "it takes nothing but names"
    if not (draft.argument + draft.why).isprintable() or len(draft.argument + draft.why) > LONGEST_TEXT:
        return f"write plain text in one line, of at most {LONGEST_TEXT} characters"
    if draft.kind is OrderKind.RELEASE and not _DIGEST.fullmatch(draft.argument):
        return f"{draft.argument[:40]!r} is not a digest; copy the 16 hex digits that the refusal shows"
    if draft.kind is OrderKind.PAUSE and not draft.why:
        return "say why"
    if draft.expect and (draft.kind not in EXPECTS or not _PLAN.fullmatch(draft.expect)):
        return "the digest of a plan has 32 hex digits, and goes with release and clock-is-right alone"
    if not timedelta(0) < draft.good_for <= LONGEST_GOOD:
        return "an order is good for 24 hours at most"
    return _length_problem(draft)


def _length_problem(draft: OrderDraft) -> str:
    try:
        parse_lifetime(draft.argument if draft.kind is OrderKind.PAUSE and draft.argument else "1h")
    except ValueError as error:
        return str(error)
    return ""


@dataclass(frozen=True, slots=True)
class OrderGiver:
    """Who gives an order: the mail of an admin, and what the host, git, or a server calls that person."""

    mail: str
    actor: str
