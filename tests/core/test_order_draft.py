"""What is wrong with a draft of an order, whoever filled it in; and why a press orders nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest

from helium.core.order import OrderKind
from helium.core.order_draft import OrderDraft, problem
from helium.core.order_errors import MayNotOrderError, OfferMovedError

DIGEST = "0123456789abcdef"


@pytest.mark.parametrize(
    ("draft", "says"),
    [
        (OrderDraft(kind=OrderKind.ROLL), "it needs names, and got 0"),
        (OrderDraft(kind=OrderKind.UNLOCK, names=("a", "b")), "it needs one name, and got 2"),
        (OrderDraft(kind=OrderKind.ROLL_ALL, names=("a",)), "it needs no names, and got 1"),
        (OrderDraft(kind=OrderKind.ROLL, names=("$(id)",)), "is not a workspace's name"),
        (OrderDraft(kind=OrderKind.RELEASE), "it needs DIGEST"),
        (OrderDraft(kind=OrderKind.ROLL_ALL, argument="x"), "it takes nothing but names"),
        (OrderDraft(kind=OrderKind.ROLL, names=("a",), why="two\nlines"), "plain text in one line"),
        (OrderDraft(kind=OrderKind.ROLL, names=("a",), why="x" * 501), "of at most 500 characters"),
        (OrderDraft(kind=OrderKind.RELEASE, argument="all"), "is not a digest"),
        (OrderDraft(kind=OrderKind.PAUSE), "say why"),
        (OrderDraft(kind=OrderKind.PAUSE, why="x", argument="soon"), "soon"),
        (OrderDraft(kind=OrderKind.ROLL_ALL, expect="0" * 32), "goes with release and clock-is-right alone"),
        (OrderDraft(kind=OrderKind.ROLL_ALL, good_for=timedelta(days=2)), "24 hours at most"),
    ],
)
def test_what_makes_no_sense_is_said(draft: OrderDraft, says: str) -> None:
    """In the words that the command line, a form and a server show."""
    assert says in problem(draft)


@pytest.mark.parametrize(
    "draft",
    [
        OrderDraft(kind=OrderKind.RELEASE, argument=DIGEST, expect="0" * 32),
        OrderDraft(kind=OrderKind.RELEASE, argument=DIGEST, names=("a", "b")),
        OrderDraft(kind=OrderKind.REBUILD),
        OrderDraft(kind=OrderKind.PAUSE, why="moving", argument="2h"),
    ],
)
def test_nothing_is_wrong_with_the_rest(draft: OrderDraft) -> None:
    """A release may name those that it is for."""
    assert "" == problem(draft)


def test_why_a_press_ordered_nothing() -> None:
    """Each names the workspace, and what to do."""
    moved = OfferMovedError("demo")

    assert ("demo", True) == (moved.name, "Look again" in str(moved))
    assert "Ask Ann." == str(MayNotOrderError("demo", "Ask Ann."))
