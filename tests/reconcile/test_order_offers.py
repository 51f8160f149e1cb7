"""Which orders are offered for one workspace: each by what holds it, bound to what was seen, and for nobody else."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from helium.core.log_line import ORDERED, LogLine
from helium.core.order import Ended, OrderEnd, OrderKind, UnknownOrder
from helium.core.order_offer import OrderOffer, orders_about
from helium.core.plan import Code, Plan, Refusal
from helium.core.record import CorruptRecord, Held, Phase
from helium.core.spec import Entry
from helium.reconcile.guard import deletes_digest
from helium.reconcile.order_offers import OfferFacts, order_offers
from tests.builders import NOW, order, record

NAMES = ("a", "b")
DIGEST = deletes_digest(NAMES)
TOO_MANY = Refusal(Code.TOO_MANY, NAMES, "Too many.", f"--allow-deletes {DIGEST}")
HELD = record("a", held=Held(NOW, "Too many."))
RECORDS = {"a": HELD, "b": record("b")}


def offered(name: str = "a", *refusals: Refusal, **facts: Any) -> tuple[OrderOffer, ...]:
    """What is offered, of a fleet whose next pass has these refusals."""
    known = {"entries": (), "records": RECORDS, "orders": {}, "lines": (), **facts}
    return order_offers(name, Plan("c-1", NOW, refusals=refusals), facts=OfferFacts(**known))


def line(code: str, sentence: str = "said") -> LogLine:
    """A line of the log of `a`."""
    return LogLine(NOW, "a", code, sentence)


def test_a_held_deletion_is_released_by_exactly_its_names() -> None:
    """With its digest, since when, and the command that does the same."""
    (offer,) = offered("a", TOO_MANY)

    assert (OrderKind.RELEASE, NAMES, DIGEST) == (offer.kind, offer.names, offer.argument)
    assert ("Too many.", NOW, True) == (offer.why, offer.since, offer.destroys)
    assert f"helium reconcile --allow-deletes {DIGEST}" == offer.command
    assert offer.saw


def test_a_digest_of_other_names_than_those_that_are_shown_is_not_offered() -> None:
    """Nobody lets go what they were not shown."""
    assert () == offered("a", replace(TOO_MANY, names=("a",)))


@pytest.mark.parametrize("refusal", [replace(TOO_MANY, names=("b",)), Refusal(Code.PROTECTED, ("a",), "It is.")])
def test_what_is_not_about_it_or_has_no_order_is_not_offered(refusal: Refusal) -> None:
    """A safeguard without an override offers none."""
    assert () == offered("a", refusal)


def test_a_new_one_beyond_the_quota_is_let_in_alone() -> None:
    """The refusal names others too; this page is of one."""
    quota = Refusal(Code.QUOTA, ("a", "n"), "No room.", "--over-quota a --over-quota n")
    (offer,) = offered("n", quota, entries=(Entry("n", "workspaces/n.yaml", "1" * 40),))

    assert (OrderKind.OVER_QUOTA, ("n",), None, False) == (offer.kind, offer.names, offer.since, offer.destroys)


def test_by_its_last_outcome() -> None:
    """What became of an order hides none; what succeeded later does; what a person wrote says nothing."""
    failed = {"a": record("a", phase=Phase.FAILED, error="Pulumi refused.")}
    replaces, busy = line(Code.WOULD_REPLACE), line(Code.BUSY, "locked")

    (replacing,) = offered("a", records=failed, lines=(replaces, line(ORDERED)))
    assert (OrderKind.REPLACE, "Pulumi refused.", True) == (replacing.kind, replacing.why, replacing.destroys)
    (unlocking,) = offered("a", lines=(replaces, busy))
    assert (OrderKind.UNLOCK, "locked") == (unlocking.kind, unlocking.why)
    assert () == offered("a", lines=(replaces,))
    assert () == offered("a", lines=(busy, line("new-file")))
    assert () == offered("a", records={}, lines=(busy,))


def test_a_record_that_cannot_be_read_is_rebuilt() -> None:
    """Not one that a newer Helium wrote."""
    corrupt = CorruptRecord("a", "records/a", "It cannot be read.")
    (offer,) = offered("a", records={"a": corrupt})

    assert (OrderKind.REBUILD, "helium ledger rebuild a") == (offer.kind, offer.command)
    assert () == offered("a", records={"a": replace(corrupt, newer=True)})
    assert () == order_offers("a", None, facts=OfferFacts(entries=(), records=RECORDS, orders={}, lines=()))


def test_what_was_seen_is_another_once_anything_of_it_changes() -> None:
    """File, incarnation, owner, hold, and every earlier order of the same; not what is about others."""
    before = offered("a", TOO_MANY)[0].seen
    entry = Entry("b", "workspaces/b.yaml", "1" * 40)
    same = order(OrderKind.RELEASE, *NAMES, argument=DIGEST)
    others = {"o-2": order(OrderKind.ROLL, "a"), "o-3": UnknownOrder("o-3", "It is newer."), "o-4": order()}
    other_digest = {"o-1": replace(same, argument="0" * 16)}
    changes: list[dict[str, Any]] = [
        {"entries": (entry,)},
        {"records": {**RECORDS, "b": record("b", owner="eve@example.com")}},
        {"records": {**RECORDS, "b": record("b", added_at=NOW)}},
        {"records": {"a": HELD}},
        {"orders": {"o-1": same}},
    ]
    after = {offered("a", TOO_MANY, **each)[0].seen for each in changes}
    after.add(offered("a", replace(TOO_MANY, sentence="Too many, again."))[0].seen)

    assert (6, False) == (len(after), before in after)
    assert before == offered("a", TOO_MANY, orders={**others, **other_digest})[0].seen
    assert offered("a", TOO_MANY)[0].id == f"seen-{before}"


def test_orders_stand_beside_what_they_are_about() -> None:
    """Those that wait, and for a day those that came to nothing; what was done is to be seen."""
    waits = order(OrderKind.ROLL, "a")
    end = OrderEnd(Ended.REFUSED, "It changed.", NOW, "run-1")
    refused = replace(waits, id="o-2", at=NOW + timedelta(minutes=1), ended=end)
    done = replace(refused, id="o-3", ended=replace(end, word=Ended.DONE))
    of_another = order(OrderKind.ROLL, "b", id="o-4")
    given = {each.id: each for each in (waits, refused, done, of_another)}

    assert (refused, waits) == orders_about("a", {**given, "o-5": UnknownOrder("o-5", "Newer.")}, now=NOW)
    assert (waits,) == orders_about("a", given, now=NOW + timedelta(days=2))
