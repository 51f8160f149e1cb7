from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from helium.core.drift import Drift
from helium.core.fleet import Defaults
from helium.core.plan import Code
from helium.core.record import CorruptRecord, Held, Phase, Record
from helium.core.spec import Addition, InvalidSpec, NotParsed, Reading, Removal
from helium.core.status import StatusWord
from helium.core.summary import Summary, summary
from helium.errors import Issue
from tests.builders import ADDED_AT, DEADLINE, FLEET, NOW, record, spec

BROKEN = InvalidSpec("a", "workspaces/a.yaml", "blob-x", (Issue("workspaces/a.yaml", 2, 1, "/x", "wrong"),))
CORRUPT = CorruptRecord("a", "records/00/a.json", "no JSON")
PAST = NOW - timedelta(hours=1)
ADDED = Addition("a", ADDED_AT, "c" * 40, "Ann <ann@example.com>", "blob-a")
REMOVED = Removal("a", "d" * 40, PAST, "request")
GONE = record(phase=Phase.GONE, emptied=PAST, removed=REMOVED)


def row(
    reading: Reading | None, known: Record | CorruptRecord | None, *, addition: Addition | None = None, **defaults: Any
) -> Summary:
    """The row of `a` in a fleet with these defaults."""
    return summary(
        "a", reading, record=known, addition=addition, fleet=replace(FLEET, defaults=Defaults(**defaults)), now=NOW
    )


@pytest.mark.parametrize(
    ("reading", "known", "word"),
    [
        (spec(), None, StatusWord.REQUESTED),
        (spec(expiry=None), None, StatusWord.REQUESTED),
        (spec(), record(phase=Phase.CREATING, spec_blob=None), StatusWord.CREATING),
        (spec(), record(), StatusWord.READY),
        (NotParsed("a", "workspaces/a.yaml", "blob-a"), record(), StatusWord.READY),
        (spec(blob="other"), record(), StatusWord.UPDATING),
        (spec(), record(phase=Phase.UPDATING), StatusWord.UPDATING),
        (spec(), record(phase=Phase.FAILED), StatusWord.FAILED),
        (spec(blob="other"), record(phase=Phase.FAILED), StatusWord.UPDATING),
        (spec(blob="other"), record(phase=Phase.FAILED, spec_blob=None), StatusWord.CREATING),
        (spec(), record(phase=Phase.DELETING), StatusWord.DELETING),
        (None, record(phase=Phase.DELETING), StatusWord.DELETING),
        (None, record(), StatusWord.DELETING),
        (None, record(phase=Phase.GONE), StatusWord.DELETING),
        (spec(), record(phase=Phase.GONE), StatusWord.REQUESTED),
        (spec(blob="other"), GONE, StatusWord.REQUESTED),
        (spec(blob="other"), record(removed=REMOVED), StatusWord.DELETING),
        (spec(), record(removed=REMOVED), StatusWord.READY),
        (spec(expiry=PAST), record(phase=Phase.GONE, deadline=PAST), StatusWord.EXPIRED),
        (spec(expiry=PAST), None, StatusWord.EXPIRED),
        (spec(expiry=None), record(deadline=PAST, added_at=NOW - timedelta(days=9)), StatusWord.EXPIRED),
        (spec(), record(deadline=PAST), StatusWord.READY),
        (BROKEN, None, StatusWord.FAILED),
        (BROKEN, record(), StatusWord.READY),
        (BROKEN, record(phase=Phase.GONE), StatusWord.FAILED),
        (spec(), CORRUPT, StatusWord.FAILED),
        (None, CORRUPT, StatusWord.FAILED),
    ],
)
def test_one_word_for_every_state(
    reading: Reading | None, known: Record | CorruptRecord | None, word: StatusWord
) -> None:
    """File, record and clock together give exactly one of the seven words."""
    assert word == row(reading, known).status


def test_errors_are_the_reason() -> None:
    """A file that cannot be read says why, also beside a stack that runs on."""
    of = row(BROKEN, record())

    assert (StatusWord.READY, "workspaces/a.yaml:2:1: wrong", BROKEN.issues) == (of.status, of.reason, of.issues)


def test_what_the_record_says_is_the_reason() -> None:
    """Held goes before an error, an error before the plan's reason."""
    troubled = record(phase=Phase.FAILED, error="quota", reason="new-file")
    held = replace(troubled, held=Held(NOW, "paused"))
    begun = record(phase=Phase.UPDATING, reason="its file changed")

    assert ["quota", "held: paused", "its file changed"] == [
        row(spec(), each).reason for each in (troubled, held, begun)
    ]


def test_the_reason_is_of_now() -> None:
    """Why a workspace was last changed says nothing of one that is ready since."""
    assert "" == row(spec(), record(reason="workspaces/a.yaml is new; it lives until yesterday")).reason


def test_a_held_change_is_shown() -> None:
    """An edit or a deadline that the guard keeps from happening is shown as held."""
    held = record(held=Held(NOW, "protected"))
    rows = [row(reading, held) for reading in (spec(blob="other"), spec(expiry=PAST), None)]

    assert ["held: protected"] * 3 == [each.reason for each in rows]
    assert ["protected"] * 3 == [each.held for each in rows]


def test_a_deadline_that_passed_is_named() -> None:
    """Without a hold, the reason of `expired` is the deadline."""
    assert "its deadline 2026-11-24T11:00:00Z has passed" == row(spec(expiry=PAST), record()).reason


@pytest.mark.parametrize(
    ("reading", "known", "addition", "deadline"),
    [
        (spec(), record(deadline=PAST), None, DEADLINE),
        (spec(expiry=None), record(deadline=PAST), None, DEADLINE),
        (spec(expiry=None), None, ADDED, ADDED_AT + timedelta(days=5)),
        (spec(expiry=None), GONE, ADDED, ADDED_AT + timedelta(days=5)),
        (spec(expiry=None), None, None, None),
        (spec(expiry=None), CORRUPT, ADDED, ADDED_AT + timedelta(days=5)),
        (None, record(), ADDED, DEADLINE),
        (BROKEN, record(deadline=PAST), None, PAST),
        (BROKEN, None, ADDED, None),
        (None, CORRUPT, None, None),
    ],
)
def test_the_deadline(
    reading: Reading | None,
    known: Record | CorruptRecord | None,
    addition: Addition | None,
    deadline: datetime | None,
) -> None:
    """The file's, or the usual lifetime since it was added; of a file with errors the record's; else not known."""
    of = row(reading, known, addition=addition, lifetime=timedelta(days=5))

    assert (deadline, deadline == PAST) == (of.deadline, of.expired)


@pytest.mark.parametrize(
    ("reading", "known", "addition", "owner"),
    [
        (spec(owner="eve@example.com"), record(), ADDED, "eve@example.com"),
        (spec(owner=""), record(), ADDED, "ada@example.com"),
        (spec(owner=""), None, ADDED, "ann@example.com"),
        (spec(owner=""), None, None, ""),
        (spec(owner=""), CORRUPT, ADDED, "ann@example.com"),
        (BROKEN, None, ADDED, "ann@example.com"),
        (BROKEN, record(), ADDED, "ada@example.com"),
        (None, record(), None, "ada@example.com"),
        (None, CORRUPT, None, ""),
        (NotParsed("a", "workspaces/a.yaml", "blob-a"), record(), None, "ada@example.com"),
    ],
)
def test_the_owner(
    reading: Reading | None, known: Record | CorruptRecord | None, addition: Addition | None, owner: str
) -> None:
    """The file's, else the record's, else the author of the commit that added the file."""
    assert owner == row(reading, known, addition=addition).owner


@pytest.mark.parametrize("known", [GONE, record(removed=REMOVED), record(added_at=ADDED_AT - timedelta(days=1))])
def test_another_incarnation_is_not_the_last_owners(known: Record) -> None:
    """Who adds a file under a name that is free again owns it; the record is of somebody else's workspace."""
    addition = replace(ADDED, author="Bob <bob@example.com>", blob="blob-b", blob_before="blob-a")
    of = row(spec(owner="", blob="blob-b"), known, addition=addition)

    assert ("bob@example.com", ADDED_AT) == (of.owner, of.added_at)


def test_where_it_lives() -> None:
    """By its record, before a pass by its file, and after it by the record of what was there."""
    assert ["gcp-namespace", "other", "other", "gcp-namespace", ""] == [
        row(spec(backend="other"), record()).backend,
        row(spec(backend="other"), None).backend,
        row(spec(backend="other", blob="x"), GONE).backend,
        row(None, record()).backend,
        row(BROKEN, None).backend,
    ]


@pytest.mark.parametrize(
    ("reading", "known", "protected"),
    [
        (spec(protected=True), None, True),
        (spec(), record(protected=True), True),
        (BROKEN, record(protected=True), True),
        (spec(), record(), False),
        (None, CORRUPT, False),
    ],
)
def test_protected(reading: Reading | None, known: Record | CorruptRecord | None, protected: bool) -> None:
    """By either of the two."""
    assert protected == row(reading, known).protected


def test_what_only_history_shows_is_an_error() -> None:
    """As a pass sees it: nobody reads the author's mail, or more time than the maximum since the file was added."""
    nobody = row(spec(owner=""), None, addition=replace(ADDED, author="ann <1+ann@users.noreply.github.com>"))
    long = row(spec(), None, addition=ADDED, max_lifetime=timedelta(days=1))

    assert [(StatusWord.FAILED, "/owner"), (StatusWord.FAILED, "/expiry")] == [
        (each.status, each.issues[0].pointer) for each in (nobody, long)
    ]


def test_a_history_that_cannot_be_read_is_no_error() -> None:
    """A shallow clone knows neither author nor age; the file may well be right."""
    of = row(spec(owner=""), None)

    assert (StatusWord.REQUESTED, "", None, ()) == (of.status, of.owner, of.added_at, of.issues)


def test_a_commit_from_the_future_was_added_now() -> None:
    """A wrong clock of whoever committed gives no more time."""
    of = row(spec(expiry=None), None, addition=replace(ADDED, added_at=NOW + timedelta(days=9)))

    assert (NOW, NOW + timedelta(days=3)) == (of.added_at, of.deadline)


def test_who_asks_for_more_than_the_maximum_has_the_maximum() -> None:
    """The error says what may be written; until somebody does, the workspace has as long as it may, and no longer."""
    asked = row(spec(expiry=NOW + timedelta(days=99)), record(deadline=PAST), max_lifetime=timedelta(days=9))
    never = row(replace(BROKEN, until=PAST), record(deadline=DEADLINE))

    assert (StatusWord.READY, ADDED_AT + timedelta(days=9), False) == (asked.status, asked.deadline, asked.expired)
    assert "beyond the maximum" in asked.reason
    assert DEADLINE == never.deadline


@pytest.mark.parametrize("phase", [Phase.CREATING, Phase.UPDATING])
def test_an_attempt_under_way_is_not_told_by_the_one_before(phase: Phase) -> None:
    """The old failure is of then; ready after a retry has no reason at all."""
    before = {"code": Code.RETRY.value, "reason": "The last attempt failed: quota exceeded."}
    tried = record(phase=phase, error="quota exceeded", attempts=2, **before)
    killed = record(phase=phase, code=Code.RETRY.value, reason="The last attempt was cut short.")

    assert "a pass began attempt 3 at 2026-11-23T12:00:00Z" == row(spec(), tried).reason
    assert "a pass began another attempt at 2026-11-23T12:00:00Z" == row(spec(), killed).reason
    assert "" == row(spec(), record(**before)).reason


def test_what_has_drifted_is_still_ready_and_says_so() -> None:
    """Since when, the first of what was found, and how much more there is; nothing where nothing was found."""
    two = ("Deployment/app: spec.replicas is 0 and was made as 2", "Ingress/app is gone")

    drifted = row(spec(), record(drift=Drift(NOW, PAST, two, repairs=True)))
    assert (StatusWord.READY, f"drifted since 2026-11-24T11:00:00Z: {two[0]}, and 1 more") == (
        drifted.status,
        drifted.reason,
    )
    assert row(spec(), record(drift=Drift(NOW, PAST, two[1:]))).reason.endswith(": Ingress/app is gone")
    assert "" == row(spec(), record(drift=Drift(NOW, unseen="away"))).reason


HOUR = timedelta(hours=1)
SLOW = replace(FLEET, limits=replace(FLEET.limits, grace=HOUR))


@pytest.mark.parametrize(
    ("reading", "known", "until", "reason"),
    [
        (None, record(due=NOW - HOUR / 2), NOW + HOUR / 2, "the first pass after 2026-11-24T12:30:00Z destroys the"),
        (None, record(), NOW + HOUR, "the first pass after 2026-11-24T13:00:00Z destroys the stack, unless it is rest"),
        (None, record(due=NOW - HOUR), None, "its file was removed; the next pass destroys the stack"),
        (spec(expiry=NOW - HOUR / 2), record(deadline=NOW - HOUR / 2), NOW + HOUR / 2, "it is destroyed after 2026-11"),
        (spec(expiry=NOW - HOUR), record(deadline=NOW - HOUR), None, "its deadline 2026-11-24T11:00:00Z has passed"),
        (
            spec(blob="b", owner="b@x.de"),
            record(removed=REMOVED),
            NOW + HOUR,
            "came; the first pass after 2026",
        ),
        (spec(), record(), None, ""),
        (None, record(held=Held(NOW, "wait")), None, "held: wait"),
        (None, record(protected=True), None, "its file was removed"),
        (None, record(phase=Phase.DELETING), None, ""),
        (spec(expiry=NOW - HOUR / 2), None, None, "has passed"),
    ],
)
def test_a_grace_is_told(reading: Reading | None, known: Record | None, until: datetime | None, reason: str) -> None:
    """Until when somebody can take it back, and what does: nothing else that holds it says so."""
    said = summary("a", reading, record=known, addition=None, fleet=SLOW, now=NOW)

    assert until == said.undo_until
    assert reason in said.reason
