"""A removal counts as requested only if the ledger says that somebody asked Helium for it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from helium.core.record import CorruptRecord, Record
from helium.core.removal_requests import KnownRequests, RemovalRequest, still_awaited
from helium.core.spec import Addition, Removal
from tests.builders import NOW, record

ASKED = RemovalRequest("r-1", ("a", "b"), NOW)
REMOVAL = Removal("a", "c9", NOW, request="r-1")


@pytest.mark.parametrize(
    ("removal", "origin"),
    [
        (REMOVAL, "request"),
        (replace(REMOVAL, request=""), "direct"),
        (replace(REMOVAL, request="typed"), "direct"),
        (replace(REMOVAL, name="c"), "direct"),
    ],
)
def test_the_ledger_knows_which_names_somebody_asked_for(removal: Removal, origin: str) -> None:
    """A typed id is nobody's request, and a request for other names is none for this one."""
    found = KnownRequests.of((ASKED,), {}).removals({removal.name: removal})

    assert {removal.name: replace(removal, origin=origin)} == found
    assert {removal.name: removal} == KnownRequests.of((), {}).removals({removal.name: removal})


def test_an_addition_comes_after_a_request_that_the_ledger_knows() -> None:
    """Else two commits of the owner are an edit, whatever their trailers say."""
    additions = {name: Addition(name, NOW, "c", "Ann", "blob", "before", request_before="r-1") for name in ("a", "c")}
    found = KnownRequests.of((ASKED,), {}).additions(additions)

    assert {"a": True, "c": False} == {name: addition.after_request for name, addition in found.items()}


@pytest.mark.parametrize(
    ("known", "origin"),
    [
        (record("a", added_at=NOW - timedelta(days=1)), "request"),
        (record("a", added_at=NOW + timedelta(minutes=4)), "request"),
        (record("a", added_at=NOW + timedelta(hours=1)), "direct"),
        (CorruptRecord("a", "records/a.json", "unreadable"), "request"),
    ],
)
def test_a_request_is_about_who_had_the_name_then(known: Record | CorruptRecord, origin: str) -> None:
    """One whose commit never came does not end the next owner's workspace."""
    assert origin == KnownRequests.of((ASKED,), {"a": known}).removals({"a": REMOVAL})["a"].origin


def test_a_request_is_kept_until_its_commit_was_seen_or_will_never_come() -> None:
    """The ledger does not grow for ever."""
    requests = tuple(
        RemovalRequest(id, ("a",), NOW + timedelta(hours=hours))
        for id, hours in (("seen", 0), ("young", -23), ("old", -25), ("of-a-wrong-clock", 25))
    )
    kept = still_awaited(requests, landed=frozenset({"seen", "another"}), now=NOW)

    assert ["young"] == [request.id for request in kept]
