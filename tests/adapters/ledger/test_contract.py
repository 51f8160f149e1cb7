"""The port `Ledger`: the same suite on the fake, on a branch of this machine, and on a branch that is pushed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from helium.core.change_request import ChangeRequest, SharedPullRequest, Verb
from helium.core.fleet_record import FleetRecord, LastPass, Pause
from helium.core.host_errors import PullRequestTakenError
from helium.core.order import Ended, OrderKind
from helium.core.record import FORMAT, Phase
from helium.core.removal_requests import RemovalRequest
from helium.errors import LeaseTakenError, OrderTakenError, OvertakenError, PlanEndedError, SourceError
from helium.ports.ledger import Ledger, Snapshot, Writes
from tests.adapters.ledger.ledgers import NOW, lease, ledgers, line, record, sharded, tried
from tests.builders import order

Pair = tuple[Ledger, Ledger]
ASKED = RemovalRequest("r-1", ("a",), NOW)


@pytest.fixture(params=["fake", "plain", "remote"])
def pair(request: pytest.FixtureRequest, tmp_path: Path) -> Pair:
    """Two writers of one ledger."""
    return ledgers(request.param, tmp_path)


def test_a_ledger_that_was_never_written_is_empty(pair: Pair) -> None:
    """No branch is not an error: there is no head, no fleet record, no record and no log."""
    assert (Snapshot(), None, []) == (pair[0].read(), pair[0].fleet_record(), list(pair[0].log()))


def test_what_is_written_is_read_by_others(pair: Pair) -> None:
    """Records and register come back as they were, for the writer and for everybody else."""
    one, two = pair
    fleet_record = FleetRecord("acme", marker="pending", lease=lease("r-1"), counter=1)
    written, dropped = one.write(
        Writes({"a": record("a"), "b": record("b")}, fleet_record, (line("a"),)), on=one.read()
    )
    read = two.read()
    assert frozenset() == dropped
    assert ({"a": record("a"), "b": record("b")}, fleet_record) == (read.records, read.fleet_record)
    assert (written.head, written.records, written.blobs) == (read.head, read.records, read.blobs)
    assert (fleet_record, [line("a")]) == (two.fleet_record(), list(two.log()))


def test_nothing_to_say_makes_no_commit(pair: Pair) -> None:
    """The same record again, an empty write, or the drop of a record that is not there, leave the head alone."""
    one, _ = pair
    first, _ = one.write(Writes({"a": record("a")}, FleetRecord("acme")), on=one.read())
    for writes in (Writes({"a": record("a")}, FleetRecord("acme")), Writes(), Writes({"none": None})):
        again, dropped = one.write(writes, on=first)
        assert (first.head, frozenset()) == (again.head, dropped)


def test_why_a_name_failed_stays_beside_its_record_while_it_is_failed(pair: Pair) -> None:
    """It outlives the next attempt's beginning, gives way to a newer one, and goes when the name is ready or gone."""
    one, two = pair

    def written(name: str, phase: Phase | None, text: str | None = None) -> str:
        record_ = record(name, phase) if phase else None
        diagnostics = {} if text is None else {name: text}
        one.write(Writes({name: record_}, FleetRecord("acme"), diagnostics=diagnostics), on=one.read())
        two.read()
        return two.diagnostics(name)

    assert "" == two.diagnostics("a")
    assert "quota\nexceeded – ü" == written("a", Phase.FAILED, "quota\nexceeded – ü")
    assert "quota\nexceeded – ü" == written("a", Phase.UPDATING)
    assert "another" == written("a", Phase.FAILED, "another")
    assert "" == written("a", Phase.FAILED, "")
    for phase in (Phase.READY, Phase.GONE, None):
        assert "b" == written("a", Phase.FAILED, "b")
        assert "" == written("a", phase)
    assert "" == written("never", None)


def test_a_record_is_dropped(pair: Pair) -> None:
    """`None` takes a record away, and leaves the others."""
    one, two = pair
    first, _ = one.write(Writes({"a": record("a"), "b": record("b")}), on=one.read())
    one.write(Writes({"a": None}, log=(line("a", "gone"),)), on=first)
    assert (["b"], ["b"]) == (sorted(two.read().records), sorted(two.read().blobs))


def test_a_record_that_somebody_else_changed_is_not_written(pair: Pair) -> None:
    """A write over another's blob is dropped and named; what it says of other names, and the log, goes in."""
    one, two = pair
    seen, _ = one.write(Writes({"a": record("a"), "b": record("b")}, FleetRecord("acme")), on=one.read())
    two.write(Writes({"a": record("a", Phase.DELETING)}), on=two.read())
    after, dropped = one.write(Writes({"a": tried(record("a")), "b": None}, log=(line("b"),)), on=seen)
    assert (frozenset({"a"}), {"a": record("a", Phase.DELETING)}) == (dropped, after.records)
    assert ([line("b")], after.records) == (list(two.log() if two is one else _fetched(two)), two.read().records)


def _fetched(ledger: Ledger) -> list[object]:
    ledger.read()
    return list(ledger.log())


def test_a_record_that_somebody_else_wrote_is_not_overwritten(pair: Pair) -> None:
    """A name that was free when the writer looked, and is not now, is the other's; the same words do not conflict."""
    one, two = pair
    empty = one.read()
    two.write(Writes({"a": record("a"), "b": record("b")}), on=two.read())
    after, dropped = one.write(Writes({"a": record("a", Phase.CREATING), "b": record("b")}), on=empty)
    assert (frozenset({"a"}), record("a")) == (dropped, after.records["a"])


def test_the_register_is_merged_key_by_key(pair: Pair) -> None:
    """What each writer changed is changed; a pause set meanwhile outlives a pass that knew nothing of it."""
    one, two = pair
    seen, _ = one.write(Writes(fleet_record=FleetRecord("acme", marker="created", accepted="c1")), on=one.read())
    assert seen.fleet_record is not None
    pause = Pause("bob", "upgrade", NOW)
    two.write(Writes(fleet_record=replace(seen.fleet_record, pause=pause)), on=two.read())
    after, _ = one.write(Writes(fleet_record=replace(seen.fleet_record, accepted="c2", lease=lease("r-1"))), on=seen)
    assert FleetRecord("acme", marker="created", accepted="c2", pause=pause, lease=lease("r-1")) == after.fleet_record


def test_a_lease_taken_by_another_stays_theirs(pair: Pair) -> None:
    """Of two that take the lease at once the first has it; the second sees whose it is, in what `write` returns."""
    one, two = pair
    seen, _ = one.write(Writes(fleet_record=FleetRecord("acme")), on=one.read())
    theirs = FleetRecord("acme", lease=lease("r-2"), counter=1)
    two.write(Writes(fleet_record=theirs), on=two.read())
    after, _ = one.write(Writes(fleet_record=FleetRecord("acme", lease=lease("r-1"), counter=1)), on=seen)
    assert theirs == after.fleet_record


def test_of_two_that_take_the_lease_the_second_writes_nothing(pair: Pair) -> None:
    """A write that takes the lease is refused whole when another took it meanwhile: no record, no line, no lease."""
    one, two = pair
    seen, _ = one.write(Writes(fleet_record=FleetRecord("acme")), on=one.read())
    theirs = FleetRecord("acme", lease=lease("r-2"), counter=1)
    two.write(Writes({"a": record("a")}, theirs, takes_lease=True), on=two.read())
    mine = Writes(
        {"b": record("b")}, FleetRecord("acme", lease=lease("r-1"), counter=1), (line("b"),), takes_lease=True
    )
    with pytest.raises(LeaseTakenError, match="Another pass holds the lease: r-2 on host"):
        one.write(mine, on=seen)
    after = two.read()
    assert (theirs, ["a"], []) == (after.fleet_record, sorted(after.records), list(two.log()))


def test_a_lease_that_was_taken_and_given_back_meanwhile_refuses_too(pair: Pair) -> None:
    """What was planned before another's pass is out of date after it, though the lease is free."""
    one, two = pair
    seen, _ = one.write(Writes(fleet_record=FleetRecord("acme")), on=one.read())
    taken, _ = two.write(Writes(fleet_record=FleetRecord("acme", lease=lease("r-2"), counter=1)), on=two.read())
    two.write(
        Writes(fleet_record=FleetRecord("acme", counter=1, last_pass=LastPass(NOW, "c1", 1.0, run="r-2"))), on=taken
    )
    with pytest.raises(OvertakenError, match="took the lease in the meantime: r-2"):
        one.write(Writes(fleet_record=FleetRecord("acme", lease=lease("r-1"), counter=1), takes_lease=True), on=seen)


def test_the_later_pass_is_the_last(pair: Pair) -> None:
    """Of two passes that end at once the register names the later one."""
    one, two = pair
    seen, _ = one.write(Writes(fleet_record=FleetRecord("acme")), on=one.read())
    early, late = LastPass(NOW, "c1", 1.0), LastPass(NOW + timedelta(minutes=1), "c2", 2.0)
    two.write(Writes(fleet_record=FleetRecord("acme", last_pass=late)), on=two.read())
    after, _ = one.write(Writes(fleet_record=FleetRecord("acme", last_pass=early)), on=seen)
    assert after.fleet_record is not None
    assert late == after.fleet_record.last_pass


def test_what_a_push_in_doubt_wrote_is_told_once(pair: Pair) -> None:
    """Its answer was lost, so the writer goes on from what it knew before, and writes the same again, and more."""
    one, two = pair
    before = one.read()
    one.write(Writes({"a": record("a")}, log=(line("a"),)), on=before)
    _, dropped = one.write(Writes({"a": record("a"), "b": record("b")}, log=(line("a"), line("b"))), on=before)
    assert (frozenset(), [line("a"), line("b")]) == (dropped, [*two.log()])


def test_a_newer_form_is_read_and_never_written(pair: Pair) -> None:
    """A record of a newer format is kept as it is and named, and does not keep others from being written."""
    one, _ = pair
    newer = replace(record("a"), format=FORMAT + 1)
    seen, dropped = one.write(Writes({"a": newer, "b": record("b")}), on=one.read())
    assert (frozenset({"a"}), ["b"]) == (dropped, sorted(seen.records))


def test_the_log_is_read_by_name_and_time(pair: Pair) -> None:
    """Lines come oldest day first, of one name or all, from an instant on; text with line ends stays one line."""
    one, _ = pair
    lines = [line(name, time=NOW + timedelta(days=day)) for day, name in ((40, "a"), (0, "a"), (1, "b"), (1, "a"))]
    seen, _ = one.write(Writes(log=tuple(lines)), on=one.read())
    one.write(Writes(log=(line("c", time=NOW),)), on=seen)
    assert ["a", "c", "b", "a", "a"] == [each.name for each in one.log()]
    assert [lines[3], lines[0]] == list(one.log(name="a", since=NOW + timedelta(hours=1)))


def test_what_is_no_record_of_its_name_is_not_written(pair: Pair) -> None:
    """A name that is none, or a record under another's name, is named, and spoils no other."""
    one, two = pair
    odd = {"Not A Name": record("Not A Name"), "b": record("a"), "c": record("c"), "../d": None}
    _, dropped = one.write(Writes(odd), on=one.read())
    assert (frozenset({"Not A Name", "b"}), ["c"]) == (dropped, sorted(two.read().records))


def test_a_plan_is_left_for_shards_and_taken_away(pair: Pair) -> None:
    """Whole, in the commit that takes its lease; it is read from there also when it has gone from the branch."""
    one, two = pair
    fleet_record = FleetRecord("acme", lease=lease("r-1"), counter=1)
    left, _ = one.write(Writes({"new": record("new")}, fleet_record, plans={"r-1": sharded("r-1")}), on=one.read())
    assert left.head is not None
    assert (frozenset({"r-1"}), sharded("r-1")) == (two.read().plans, two.plan(left.head))
    after, _ = one.write(Writes(fleet_record=replace(fleet_record, lease=None), plans={"r-1": None}), on=left)
    assert (frozenset(), frozenset()) == (after.plans, two.read().plans)
    assert sharded("r-1") == two.plan(left.head)


def test_where_no_plan_was_left_there_is_none(pair: Pair) -> None:
    """A commit without one, and what is no commit of the ledger, are told apart from a plan by a sentence."""
    one, _ = pair
    seen, _ = one.write(Writes({"a": record("a")}, FleetRecord("acme", lease=lease("r-1"), counter=1)), on=one.read())
    for commit in (str(seen.head), "0" * 40, "nonsense"):
        with pytest.raises(SourceError):
            one.plan(commit)


def test_of_two_that_claim_a_record_with_the_same_words_one_has_it(pair: Pair) -> None:
    """That the record says already what its writer wishes does not prove that it was the writer who said it."""
    one, two = pair
    seen, _ = one.write(Writes({"a": record("a")}, FleetRecord("acme")), on=one.read())
    claim, also = Writes({"a": tried(record("a"))}, claims=True), two.read()
    assert frozenset() == one.write(claim, on=seen)[1]
    assert frozenset({"a"}) == two.write(claim, on=also)[1]


def test_of_two_that_take_the_lease_with_the_same_words_one_has_it(pair: Pair) -> None:
    """Though they call themselves the same: two jobs of one run, on machines that are told apart by nothing."""
    one, two = pair
    seen, _ = one.write(Writes(fleet_record=FleetRecord("acme")), on=one.read())
    mine, also = Writes(fleet_record=FleetRecord("acme", lease=lease("r-1"), counter=1), takes_lease=True), two.read()
    one.write(mine, on=seen)
    with pytest.raises(LeaseTakenError):
        two.write(mine, on=also)


@pytest.mark.parametrize(
    "now",
    [
        pytest.param(FleetRecord("acme", counter=1), id="given back"),
        pytest.param(FleetRecord("acme", lease=lease("r-2", counter=2), counter=2), id="another's"),
        pytest.param(FleetRecord("acme", lease=lease("r-1", counter=2), counter=2), id="taken again"),
    ],
)
def test_what_is_written_under_a_lease_that_is_no_more_is_not_written(pair: Pair, now: FleetRecord) -> None:
    """No record, no line: a shard that was thought dead writes nothing over what came after it."""
    one, two = pair
    seen, _ = one.write(Writes(fleet_record=FleetRecord("acme", lease=lease("r-1"), counter=1)), on=one.read())
    two.write(Writes(fleet_record=now), on=two.read())
    with pytest.raises(PlanEndedError, match="The plan of r-1 has ended"):
        one.write(Writes({"a": record("a")}, log=(line("a"),), under=("r-1", 1)), on=seen)
    assert (now, {}, []) == (two.read().fleet_record, dict(two.read().records), list(two.log()))


def test_two_that_write_under_one_lease_both_write(pair: Pair) -> None:
    """Shards share it; of two that move its end the later end counts."""
    one, two = pair
    seen, _ = one.write(Writes(fleet_record=FleetRecord("acme", lease=lease("r-1"), counter=1)), on=one.read())
    also, moved = two.read(), [FleetRecord("acme", lease=lease("r-1", hours=hours), counter=1) for hours in (3, 2)]
    one.write(Writes({"a": record("a")}, moved[0], (line("a"),), under=("r-1", 1)), on=seen)
    two.write(Writes({"b": record("b")}, moved[1], (line("b"),), under=("r-1", 1)), on=also)
    after = one.read()
    assert (["a", "b"], ["a", "b"]) == (sorted(after.records), [each.name for each in one.log()])
    assert moved[0] == after.fleet_record


def test_requests_are_noted_beside_all_else(pair: Pair) -> None:
    """The queue notes them while a pass writes; neither loses what the other wrote, and the same one is noted once."""
    one, two = pair
    base, _ = one.write(Writes({"a": record("a")}, FleetRecord("acme", counter=1), (line("a"),)), on=one.read())
    two.read()
    one.write(Writes({"a": record("a", attempts=1)}), on=base)
    two.note_requests((ASKED,))
    written, _ = one.write(Writes(fleet_record=FleetRecord("acme", counter=2)), on=base)
    two.note_requests((ASKED,))

    read = two.read()
    assert FleetRecord("acme", counter=2, requests=(ASKED,)) == read.fleet_record
    assert (written.head, {"a": record("a", attempts=1)}, ()) == (read.head, read.records, read.gaps)
    assert [line("a")] == list(two.log())


def test_no_request_begins_a_ledger(pair: Pair) -> None:
    """A fleet that no pass has looked at has nothing to take away."""
    pair[0].note_requests((ASKED,))
    assert Snapshot() == pair[1].read()


def test_a_newer_ledger_is_not_noted_in(pair: Pair) -> None:
    """An older Helium would write it back without what it does not know."""
    one, two = pair
    one.write(Writes(fleet_record=FleetRecord("acme", format=FORMAT + 1)), on=one.read())
    with pytest.raises(SourceError, match="newer Helium"):
        two.note_requests((ASKED,))


def test_an_order_is_written_over_the_one_that_was_read(pair: Pair) -> None:
    """It comes back as it was. Whoever read it before somebody else changed it writes nothing at all."""
    one, two = pair
    given = order(OrderKind.ROLL, "a")
    fleet_record = FleetRecord("acme", marker="created")
    first, _ = one.write(Writes(fleet_record=fleet_record, orders={"o-1": given}), on=one.read())
    seen = two.read()
    assert ({"o-1": given}, {"o-1": given}) == (first.orders, seen.orders)

    ended = given.end(Ended.DONE, "Done.", now=NOW, by="run-1")
    one.write(Writes(orders={"o-1": ended}), on=first)
    late = Writes({"a": record("a")}, log=(line("a"),), orders={"o-1": replace(given, begun=lease("r-2"))})
    with pytest.raises(OrderTakenError):
        two.write(late, on=seen)
    newest = two.read()
    assert ({"o-1": ended}, {}, []) == (newest.orders, newest.records, list(two.log()))

    dropped, _ = two.write(Writes(orders={"o-1": None}), on=newest)
    assert {} == dropped.orders == one.read().orders


def test_a_pull_request_is_written_over_the_one_that_was_read(pair: Pair) -> None:
    """It comes back as it was. Whoever read it before somebody else changed it writes nothing at all."""
    one, two = pair
    request = ChangeRequest(
        id="r-1",
        verb=Verb.CREATE,
        name="a",
        by="Ada <a@x>",
        owner="a@x",
        message="Add a",
        at=NOW,
        fields={"labels": {}},
    )
    given = SharedPullRequest(id="p-1", branch="b", base="1", head="2", requests=(request,), opened_at=NOW, head_at=NOW)
    first, _ = one.write(Writes(fleet_record=FleetRecord("acme"), pull_requests={"p-1": given}), on=one.read())
    seen = two.read()
    assert ({"p-1": given}, {"p-1": given}) == (first.pull_requests, seen.pull_requests)

    moved = replace(given, before="2", head="3", number=7)
    one.write(Writes(pull_requests={"p-1": moved}), on=first)
    with pytest.raises(PullRequestTakenError):
        two.write(Writes({"a": record("a")}, pull_requests={"p-1": given}), on=seen)
    newest = two.read()
    assert ({"p-1": moved}, {}) == (newest.pull_requests, newest.records)

    dropped, _ = two.write(Writes(pull_requests={"p-1": None}), on=newest)
    assert {} == dropped.pull_requests == one.read().pull_requests


def test_orders_that_come_at_once_are_all_counted(pair: Pair) -> None:
    """A pass goes by the number: of two that were given at the same moment, none may stay unseen."""
    one, two = pair
    seen, _ = one.write(Writes(fleet_record=FleetRecord("acme")), on=one.read())
    later = two.read()
    known = seen.fleet_record
    assert known is not None
    for number, (ledger, on) in enumerate(((one, seen), (two, later)), 1):
        given = order(OrderKind.ROLL, "a", id=f"o-{number}")
        ledger.write(Writes(fleet_record=replace(known, ordered=1), orders={given.id: given}), on=on)
    both = one.read()

    assert both.fleet_record is not None
    assert (2, {"o-1", "o-2"}) == (both.fleet_record.ordered, set(both.orders))
