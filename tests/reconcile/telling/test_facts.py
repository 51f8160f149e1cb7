from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from helium.core.fleet import Limits
from helium.core.fleet_record import Pause
from helium.core.log_line import LogLine, UsageNote
from helium.core.message import ChannelState, ChannelStates, Delivery, Message, MessageBook, MessageKind
from helium.core.record import CorruptRecord, Held, Phase
from helium.core.spec import Addition, Removal
from helium.core.status import StatusWord
from helium.reconcile.telling.facts import news_of
from helium.reconcile.telling.next_turn import LONGEST_REST, next_turn
from tests.builders import ADDED_AT, DEADLINE, NOW, fleet_of, fleet_record, record, spec
from tests.reconcile.telling.world import HOUR, end, news, workspace


def test_a_workspace_is_told_as_list_and_pages_show_it() -> None:
    """By the same row."""
    observed = fleet_of("a", records={"a": record(resources={"x:y:Z": 2}, held=Held(NOW, "why"))})
    one = news_of(observed, [], now=NOW).workspaces["a"]
    assert (StatusWord.READY, "ada@example.com", "", DEADLINE, ADDED_AT, ADDED_AT, "blob-a") == (
        one.word,
        one.owner,
        one.team,
        one.deadline,
        one.added_at,
        one.since,
        one.blob,
    )
    assert ({"x:y:Z": 2}, "why", NOW, False) == (one.resources, one.held, one.held_since, one.kept)


def test_a_team_is_the_folder_of_the_file() -> None:
    """As for quotas."""
    observed = fleet_of("a", specs={"a": spec(path="workspaces/sales/a.yaml")})
    assert "sales" == news_of(observed, [], now=NOW).workspaces["a"].team


def test_what_is_protected_or_has_no_file_does_not_end_at_its_deadline() -> None:
    """The one stays, the other goes before."""
    observed = fleet_of("a", "b", records={"a": record(protected=True), "b": record("b")})
    found = news_of(replace(observed, specs={"a": spec(protected=True)}), [], now=NOW).workspaces
    assert (True, True, "") == (found["a"].kept, found["b"].kept, found["b"].team)


def test_a_file_without_a_record_is_known_by_how_it_came() -> None:
    """And one of which nobody knows when it came is not told of: it could not be told from the next."""
    added = Addition("a", NOW - HOUR, "c" * 40, "Ann <ann@example.com>", "blob-a")
    observed = fleet_of("a", "b", records={}, additions={"a": added})
    found = news_of(observed, [], now=NOW).workspaces
    assert ["a"] == list(found)
    assert (NOW - HOUR, NOW - HOUR, None) == (found["a"].added_at, found["a"].since, found["a"].held_since)


def test_an_end_is_a_destroy_whose_record_is_gone() -> None:
    """One that is there still, a create, a destroy that failed, and what cannot be read are none."""
    lines = [
        end("gone"),
        end("dropped"),
        end("there"),
        end("corrupt"),
        LogLine(NOW, "made", "new-file", "create: done", added_at=ADDED_AT, kind="create"),
        LogLine(NOW, "old", "expired", "destroy: done", kind="destroy"),
        end("failed", usage=UsageNote(ended=False)),
        end("done", usage=UsageNote(ended=True)),
    ]
    observed = fleet_of(
        records={
            "gone": record("gone", phase=Phase.GONE),
            "there": record("there"),
            "corrupt": CorruptRecord("corrupt", "records/00/corrupt.json", "no JSON"),
        }
    )
    seen = news_of(observed, lines, now=NOW)
    assert {("gone", ADDED_AT), ("dropped", ADDED_AT), ("done", ADDED_AT)} == set(seen.ends)
    assert "corrupt" not in seen.workspaces


def test_a_fleet_is_known_by_its_id_and_paused_by_file_or_ledger() -> None:
    """Its name is what people read."""
    plain = fleet_of()
    paused = Pause("ann", "why", NOW)
    known = fleet_record(id="f-1", pause=paused)
    assert ("acme", "acme", False) == _fleet(news_of(plain, [], now=NOW))
    assert ("acme", "acme", False) == _fleet(news_of(replace(plain, fleet_record=None), [], now=NOW))
    assert ("acme", "f-1", True) == _fleet(news_of(replace(plain, fleet_record=known), [], now=NOW))
    over = fleet_record(pause=replace(paused, until=NOW))
    assert ("acme", "acme", False) == _fleet(news_of(replace(plain, fleet_record=over), [], now=NOW))
    by_file = replace(plain, fleet=replace(plain.fleet, paused=True))
    assert ("acme", "acme", True) == _fleet(news_of(by_file, [], now=NOW))


def _fleet(seen: object) -> tuple[object, object, object]:
    return seen.fleet, seen.id, seen.paused  # type: ignore[attr-defined]


def test_the_next_turn_is_at_the_next_warning_or_try_and_soon_in_any_case() -> None:
    """What has passed and what nobody tries counts for nothing."""
    states = ChannelStates({"hook": ChannelState(ADDED_AT, next_at=NOW + timedelta(minutes=4))})

    def books(*ways: Delivery) -> dict[str, MessageBook]:
        message = Message(MessageKind.READY, "a", "", NOW, NOW, NOW, deliveries=ways)
        return {"a": MessageBook("a", messages=(message,))}

    def after(seen: object, held: dict[str, MessageBook], known: ChannelStates = states) -> timedelta:
        return next_turn(seen, held, states=known, now=NOW) - NOW  # type: ignore[arg-type]

    assert LONGEST_REST == after(news(workspace(), workspace("b", deadline=None)), {})
    assert timedelta(minutes=5) == after(news(workspace(deadline=NOW + HOUR + HOUR / 12)), {})
    ends = workspace(deadline=NOW + timedelta(minutes=3))
    assert [LONGEST_REST, timedelta(minutes=3)] == [after(news(ends, grace=each), {}) for each in (HOUR * 0, HOUR)]
    assert timedelta(minutes=4) == after(news(), books(Delivery("hook")))
    waits = Delivery("hook", until=NOW + timedelta(minutes=9))
    assert timedelta(minutes=9) == after(news(), books(waits, Delivery("gone")))
    assert LONGEST_REST == after(news(), books(Delivery("hook")), ChannelStates({"hook": ChannelState(ADDED_AT)}))


def test_a_grace_is_known_once_a_pass_has_noted_it() -> None:
    """Until then nobody knows when it began, and each look would find another end of it."""
    plain = fleet_of("a")
    waits = replace(plain, fleet=replace(plain.fleet, limits=Limits(grace=2 * HOUR)))
    removed = Removal("a", "c" * 40, NOW, by="Bob <bob@example.com>")
    unnoted = replace(waits, specs={}, records={"a": record(removed=removed)})
    noted = replace(waits, specs={}, records={"a": record(removed=removed, due=NOW - HOUR)})
    for observed, known in ((unnoted, None), (noted, NOW + HOUR), (replace(noted, fleet=plain.fleet), None)):
        one = news_of(observed, [], now=NOW).workspaces["a"]
        assert (known, known is None) == (one.undo_until, one.going_since is None)
    one = news_of(noted, [], now=NOW).workspaces["a"]
    assert (False, "Bob <bob@example.com>", NOW - HOUR) == (one.has_file, one.removed_by, one.going_since)


def test_what_has_no_room_is_known_by_the_plan() -> None:
    """The ledger has nothing of what was never begun."""
    seen = news_of(fleet_of("a", records={"a": record()}), [], now=NOW, no_room={"a": "There is no room."})
    assert "There is no room." == seen.workspaces["a"].no_room
