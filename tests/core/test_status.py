from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from helium.core.record import CorruptRecord, Held, Phase, Record
from helium.core.spec import InvalidSpec, NotParsed, Reading
from helium.core.status import Status, StatusWord, ends, is_expired, status
from helium.errors import Fault
from tests.builders import DEADLINE, NOW, record, spec

BROKEN = InvalidSpec("a", "workspaces/a.yaml", "blob-x", (Fault("workspaces/a.yaml", 2, 1, "/x", "wrong"),))
PAST = NOW - timedelta(hours=1)


@pytest.mark.parametrize(
    ("reading", "known", "word"),
    [
        (spec(), None, StatusWord.CREATING),
        (spec(expiry=None), None, StatusWord.CREATING),
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
        (spec(), record(phase=Phase.GONE), StatusWord.CREATING),
        (spec(expiry=PAST), record(phase=Phase.GONE, deadline=PAST), StatusWord.EXPIRED),
        (spec(expiry=PAST), None, StatusWord.EXPIRED),
        (spec(expiry=None), record(deadline=PAST), StatusWord.EXPIRED),
        (spec(), record(deadline=PAST), StatusWord.READY),
        (BROKEN, None, StatusWord.FAILED),
        (BROKEN, record(), StatusWord.READY),
        (BROKEN, record(phase=Phase.GONE), StatusWord.FAILED),
        (spec(), CorruptRecord("a", "records/00/a.json", "no JSON"), StatusWord.FAILED),
    ],
)
def test_one_word_for_every_state(
    reading: Reading | None, known: Record | CorruptRecord | None, word: StatusWord
) -> None:
    """File, record and clock together give exactly one of the seven words."""
    assert word == status(reading, known, now=NOW).word


def test_faults_are_the_reason() -> None:
    """A file that cannot be read says why, also beside a stack that runs on."""
    assert Status(StatusWord.READY, "workspaces/a.yaml:2:1: wrong") == status(BROKEN, record(), now=NOW)


def test_what_the_record_says_is_the_reason() -> None:
    """Held goes before an error, an error before the plan's reason."""
    troubled = record(phase=Phase.FAILED, error="quota", reason="new-file")
    held = replace(troubled, held=Held(NOW, "paused"))

    assert ["quota", "held: paused"] == [status(spec(), each, now=NOW).reason for each in (troubled, held)]


def test_a_held_change_is_told() -> None:
    """An edit or a deadline that the guard keeps from happening is shown as held."""
    held = record(held=Held(NOW, "protected"))

    assert ["held: protected"] * 3 == [
        status(reading, held, now=NOW).reason for reading in (spec(blob="other"), spec(expiry=PAST), None)
    ]


def test_a_deadline_that_passed_is_named() -> None:
    """Without a hold, the reason of `expired` is the deadline."""
    assert "its deadline 2026-11-24T11:00:00Z has passed" == status(spec(expiry=PAST), record(), now=NOW).reason


def test_the_file_says_when_it_ends_before_the_record_does() -> None:
    """The deadline is the file's, else the record's, else not known."""
    assert [DEADLINE, PAST, None, None] == [
        ends(spec(), record(deadline=PAST)),
        ends(spec(expiry=None), record(deadline=PAST)),
        ends(BROKEN, None),
        ends(None, CorruptRecord("a", "p", "no JSON")),
    ]


def test_an_unknown_deadline_has_not_passed() -> None:
    """Nothing is called expired whose deadline is not known."""
    assert not is_expired(BROKEN, None, now=NOW)
