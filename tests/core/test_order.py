"""Orders as values: what each kind does, when one may be carried out, and what it changes by itself."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from helium.core.fleet import Fleet
from helium.core.fleet_record import FleetRecord, Lease, Pause
from helium.core.order import Ended, Order, OrderKind, UnknownOrder
from helium.core.order_effects import carried_out
from helium.core.order_kinds import KINDS, How, Sees, ordered_as, twin_of, whole
from helium.core.order_rules import NotCarriedOut, saw, waiting, why_not
from helium.core.reasons import REASONS
from helium.core.record import CorruptRecord
from helium.core.run import Run
from helium.core.spec import Entry
from helium.errors import UsageError
from tests.builders import NOW, order, record

FLEET = Fleet("acme", admins=("ada@example.com",))
RUN = Run("run-1", "host-1", 1, "boot", gone=lambda pid: pid == 9)
HOUR = timedelta(hours=1)


def test_every_kind_has_its_rules() -> None:
    """None is forgotten."""
    assert set(OrderKind) == set(KINDS)


def test_what_destroys_is_bound_to_what_was_seen() -> None:
    """Every kind that names workspaces is bound to them; what takes the whole fleet is bound to the whole fleet."""
    by_itself = {
        kind.value for kind, rules in KINDS.items() if rules.sees is Sees.ITSELF and rules.how is not How.AT_ONCE
    }
    assert {"release", "roll-all"} == by_itself


def test_a_release_with_names_is_bound_to_what_each_of_them_is() -> None:
    """Without names it is bound to its digest alone, which another incarnation of the same name has as well."""
    release = order(OrderKind.RELEASE, "a", argument="0123456789abcdef")
    seen = saw(release, entries=(), records={"a": record("a")})

    assert "" == saw(replace(release, names=()), entries=(), records={"a": record("a")})
    assert seen == saw(release, entries=(), records={"a": record("a"), "b": record("b")})
    assert seen != saw(release, entries=(), records={"a": record("a", added_at=NOW)})
    assert seen != saw(release, entries=(Entry("a", "workspaces/a.yaml", "1" * 40),), records={"a": record("a")})


@pytest.mark.parametrize(
    ("given", "command"),
    [
        (order(OrderKind.RELEASE, argument="0123456789abcdef"), "helium reconcile --allow-deletes 0123456789abcdef"),
        (
            order(OrderKind.REPLACE, "a", "b"),
            "helium reconcile --only a --allow-replace a --only b --allow-replace b",
        ),
        (order(OrderKind.FORGET, "a", argument="ci"), "helium forget a --cluster-is-gone ci"),
        (order(OrderKind.RESUME), "helium pause --end"),
        (order(OrderKind.REBUILD), "helium ledger rebuild"),
    ],
)
def test_an_order_names_the_command_that_does_the_same(given: Order, command: str) -> None:
    """With what it is about in the command's own options."""
    assert command == twin_of(given)


def test_an_order_says_what_it_is_and_how_it_stands() -> None:
    """In one line, for a pass's log."""
    given = order(OrderKind.FORGET, "a", argument="ci")
    begun = replace(given, begun=Lease("run-1", 1, "h", 1, "b", NOW))
    ended = begun.end(Ended.DONE, "Done.", now=NOW, by="run-1")

    assert "forget a ci, ordered by ada@example.com at 2026-11-24T12:00:00Z" == str(given)
    assert ["waiting", "begun", "done"] == [each.status for each in (given, begun, ended)]


def test_what_is_seen_is_the_file_and_the_incarnation() -> None:
    """A new file, another incarnation, or none any more: each is another sight. Other names do not count."""
    given, records = order(OrderKind.REPLACE, "a"), {"a": record("a")}
    entries = (Entry("workspaces/a.yaml", "1"), Entry("workspaces/b.yaml", "2"))
    seen = saw(given, entries=entries, records=records)
    again = record("a", added_at=NOW)

    assert seen == saw(given, entries=entries[:1], records={**records, "b": record("b")})
    assert seen == saw(given, entries=entries, records={"a": record("a", attempts=7)})
    assert seen != saw(given, entries=(Entry("workspaces/a.yaml", "3"),), records=records)
    assert seen != saw(given, entries=entries, records={"a": again})
    assert seen != saw(given, entries=entries, records={"a": CorruptRecord("a", "records/a.json", "no")})
    assert "" == saw(order(OrderKind.ROLL_ALL), entries=entries, records=records)


def test_what_takes_the_whole_fleet_sees_all_of_it() -> None:
    """Any other workspace that came or went since makes it another fleet."""
    given, records = order(OrderKind.CLOCK_IS_RIGHT), {"a": record("a")}
    seen = saw(given, entries=(Entry("workspaces/b.yaml", "2"),), records=records)

    assert seen == saw(given, entries=(Entry("workspaces/b.yaml", "2"),), records=dict(records))
    assert seen != saw(given, entries=(), records=records)
    assert seen != saw(given, entries=(Entry("workspaces/b.yaml", "2"),), records={})


@pytest.mark.parametrize(
    ("given", "seen", "word", "words"),
    [
        (order(OrderKind.ROLL, "a", by="bob@example.com", saw="s"), "s", Ended.REFUSED, "bob@example.com may not"),
        (order(OrderKind.ROLL, "a", until=NOW, saw="s"), "s", Ended.EXPIRED, "good until 2026-11-24T12:00:00Z"),
        (order(OrderKind.ROLL, "a", "b", saw="s"), "t", Ended.REFUSED, "a and b changed since 2026-11-24T12:00:00Z"),
        (order(OrderKind.CLOCK_IS_RIGHT, saw="s"), "t", Ended.REFUSED, "The fleet changed since"),
    ],
)
def test_why_an_order_is_not_carried_out(given: Order, seen: str, word: Ended, words: str) -> None:
    """It is of nobody who may give one, too old, or about something that is no longer so."""
    why = why_not(given, fleet=FLEET, seen=seen, now=NOW)
    assert why is not None
    assert word is why.word
    assert words in why.sentence


def test_an_order_is_carried_out_where_nothing_speaks_against_it() -> None:
    """By an admin, in time, and about what is still so."""
    assert why_not(order(OrderKind.ROLL, "a", saw="s"), fleet=FLEET, seen="s", now=NOW) is None
    assert NotCarriedOut(Ended.DONE, "x") == NotCarriedOut(Ended.DONE, "x")


def test_which_orders_wait_for_a_run() -> None:
    """Those that nobody has begun, and those whose run is dead, the oldest first. What is unread is nobody's."""
    dead = Lease("run-9", 1, "host-1", 9, "boot", NOW + HOUR)
    orders: dict[str, Order | UnknownOrder] = {
        "late": order(id="late", at=NOW),
        "early": order(id="early", at=NOW - HOUR),
        "begun": order(id="begun", begun=replace(dead, pid=2)),
        "dead": order(id="dead", at=NOW - 2 * HOUR, begun=dead),
        "over": order(id="over").end(Ended.DONE, "Done.", now=NOW, by="run-1"),
        "future": order(id="future", at=NOW + HOUR),
        "newer": UnknownOrder("newer", "a newer Helium wrote it", newer=True),
    }

    assert ["dead", "early", "late"] == [each.id for each in waiting(orders, run=RUN, lease=None, now=NOW)]


def test_orders_are_for_the_pass_that_is_at_work() -> None:
    """Whoever looks beside it would take what is half done for something else."""
    theirs = Lease("run-2", 1, "host-2", 7, "boot-2", NOW + HOUR)
    orders = {"o-1": order()}

    assert [] == waiting(orders, run=RUN, lease=theirs, now=NOW)
    assert [order()] == waiting(orders, run=RUN, lease=replace(theirs, run="run-1"), now=NOW)
    assert [order()] == waiting(orders, run=RUN, lease=replace(theirs, until=NOW), now=NOW)


def test_what_orders_change_by_themselves() -> None:
    """A pause, its end, an accepted commit, an ended lease: the fleet's record after each, and nothing else."""
    lease = Lease("run-2", 3, "host-2", 7, "boot-2", NOW + HOUR)
    known = FleetRecord("acme", lease=lease, counter=3)

    def after(kind: OrderKind, argument: str = "", fleet_record: FleetRecord = known) -> tuple[FleetRecord, str]:
        return carried_out(order(kind, argument=argument, why="moving"), fleet_record, now=NOW)

    paused = replace(known, pause=Pause("ada@example.com", "moving", NOW, NOW + HOUR))
    assert (paused, "The fleet is paused until 2026-11-24T13:00:00Z: moving") == after(OrderKind.PAUSE, "1h")
    assert (None, "The fleet is paused: moving") == (
        after(OrderKind.PAUSE)[0].pause.until,  # type: ignore[union-attr]
        after(OrderKind.PAUSE)[1],
    )
    assert (known, "The pause has ended.") == after(OrderKind.RESUME, fleet_record=paused)
    assert replace(known, accepted="0123456789abcdef") == after(OrderKind.ACCEPT, "0123456789abcdef")[0]
    assert replace(known, lease=None, counter=4) == after(OrderKind.END_LEASE, "run-2")[0]
    assert (known, "The log is accepted; the next pass continues from it.") == after(OrderKind.ACCEPT_LOG)
    with pytest.raises(UsageError, match="run-3 does not hold the lease"):
        after(OrderKind.END_LEASE, "run-3")


@pytest.mark.parametrize(
    ("override", "order"),
    [
        ("--allow-deletes 0123456789abcdef", "helium operate release 0123456789abcdef"),
        ("--clock-is-right", "helium operate clock-is-right"),
        ("helium ledger accept-loss --state", "helium operate accept-new-state"),
        ("helium ledger accept-loss a b", "helium operate accept-loss a b"),
        ("helium ledger accept 1a2b3c", "helium operate accept 1a2b3c"),
        ("helium ledger accept --log", "helium operate accept-log"),
        ("helium ledger rebuild", "helium operate rebuild"),
        ("helium ledger end-lease run-1", "helium operate end-lease run-1"),
        ("--allow-replace NAME", "helium operate replace NAME"),
        ("--over-quota m --over-quota n", "helium operate over-quota m n"),
        ("--only NAME", "helium operate retry NAME"),
        ("--roll NAME", "helium operate roll NAME"),
        ("helium unlock NAME", "helium operate unlock NAME"),
        ("helium forget NAME", "helium operate forget NAME"),
        ("helium pause --end", "helium operate resume"),
        ("helium why NAME", ""),
        ("--expect 0", ""),
    ],
)
def test_a_command_has_its_order(override: str, order: str) -> None:
    """Whatever a refusal names can be ordered from CI."""
    assert order == ordered_as(whole(override))


READS = ("validate", "why NAME", "plan", "orphans", "extend", "delete", "restore", "ledger show", "drift")


def test_whatever_a_reason_tells_to_do_can_be_ordered() -> None:
    """Each command there either has its order, or needs no access to the cloud."""
    said = {each for reason in REASONS.values() for each in re.findall(r"`(helium [^`]*|--[^`]*)`", reason.what_to_do)}

    assert [] == sorted(each for each in said if not ordered_as(whole(each)) and not each[7:].startswith(READS))
