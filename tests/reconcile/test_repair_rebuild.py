"""Records from what the stacks say of themselves."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from helium.core.record import Phase
from helium.core.stack import StackId
from helium.core.workspace import Ownership
from helium.reconcile.repair import rebuilt

NOW = datetime(2026, 3, 9, tzinfo=UTC)
ADDED_AT = datetime(2026, 3, 1, tzinfo=UTC)
OWNERSHIP = Ownership(
    fleet="acme",
    name="a",
    backend="gcp-namespace",
    owner="ann@example.com",
    blob="ab" * 20,
    added_at=ADDED_AT,
    deadline=ADDED_AT.replace(day=4),
    protected=True,
    placement={"zone": "us-east1-b"},
    pins={"charts": {"pachyderm": {"version": "2.3.9"}}},
)
STACK = StackId.of("acme", "gcp-namespace", name="a")


def test_a_good_stack_becomes_a_ready_record() -> None:
    """Where Pulumi says that the last update succeeded, the blob in the ownership is the last good spec's."""
    (record,) = rebuilt({STACK: OWNERSHIP}, {STACK: True}, now=NOW)
    assert (Phase.READY, OWNERSHIP.blob, OWNERSHIP.blob) == (record.phase, record.spec_blob, record.seen_blob)
    assert (OWNERSHIP.added_at, OWNERSHIP.deadline, OWNERSHIP.owner, True) == (
        record.added_at,
        record.deadline,
        record.owner,
        record.protected,
    )
    assert (OWNERSHIP.placement, OWNERSHIP.pins, STACK, True) == (
        record.placement,
        record.pins,
        record.stack_id,
        record.alive,
    )


@pytest.mark.parametrize(
    ("length", "lifetime"),
    [
        (timedelta(days=30), "30d"),
        (timedelta(days=3, seconds=7), None),
        (timedelta(seconds=7), None),
        (-timedelta(hours=1), None),
    ],
)
def test_the_lifetime_of_its_day_is_known_from_the_ownership(length: timedelta, lifetime: str | None) -> None:
    """A length that a setting could have had is kept, so that today's default ends nobody's lifetime; no other is."""
    (record,) = rebuilt({STACK: replace(OWNERSHIP, deadline=ADDED_AT + length)}, {STACK: True}, now=NOW)
    assert lifetime == record.lifetime


def test_any_other_stack_becomes_a_failed_record_that_is_tried_again() -> None:
    """Without a success the spec is not known to be in force: the next pass tries again at once, with everything."""
    for succeeded in ({STACK: False}, {}):
        (record,) = rebuilt({STACK: OWNERSHIP}, succeeded, now=NOW)
        assert (Phase.FAILED, None, 0, None, True) == (
            record.phase,
            record.spec_blob,
            record.attempts,
            record.next_attempt_at,
            record.half_done,
        )


def test_an_ownership_that_is_not_its_stacks_own_makes_no_record() -> None:
    """An ownership of another fleet, backend or name, and no ownership at all, prove nothing."""
    ownerships = {
        STACK: replace(OWNERSHIP, fleet="other"),
        StackId.of("acme", "gcp-namespace", name="b"): OWNERSHIP,
        StackId.of("acme", "kubernetes-namespace", name="a"): OWNERSHIP,
        StackId.of("acme", "gcp-namespace", name="c"): None,
    }
    assert () == rebuilt(ownerships, dict.fromkeys(ownerships, True), now=NOW)


def test_records_come_sorted_and_one_for_a_name() -> None:
    """Two stacks of one name give one record, the first by id, whatever the order they came in."""
    other = StackId.of("acme", "kubernetes-namespace", name="a")
    late = StackId.of("acme", "gcp-namespace", name="b")
    ownerships = {
        late: replace(OWNERSHIP, name="b"),
        other: replace(OWNERSHIP, backend="kubernetes-namespace"),
        STACK: OWNERSHIP,
    }
    for options in (list(ownerships.items()), list(reversed(ownerships.items()))):
        records = rebuilt(dict(options), {}, now=NOW)
        assert [("a", "gcp-namespace"), ("b", "gcp-namespace")] == [(each.name, each.backend) for each in records]
