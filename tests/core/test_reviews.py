from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from helium.core.record import CorruptRecord
from helium.core.reviews import MergedPullRequest, to_ask_for, undecided, with_reviews
from helium.core.spec import DIRECT, REQUESTED, REVIEWED, UNDECIDED, UNREVIEWED, Removal
from tests.builders import NOW, record

GONE = Removal("a", "c9", NOW - timedelta(hours=1))
MERGED = MergedPullRequest(
    number=7,
    url="https://host.example.com/pulls/7",
    by="ann@example.com",
    approved_by="bob@example.com",
    commits=frozenset({"c8", "c9"}),
    shows=frozenset({"a"}),
)


def test_a_removal_that_a_pull_request_showed_is_a_request() -> None:
    """With who asked and who approved, by the host's word and not by the commit's."""
    found = with_reviews({"a": replace(GONE, by="Somebody <typed@example.com>")}, [MERGED])["a"]

    assert (REVIEWED, MERGED.url) == (found.origin, found.url)
    assert ("ann@example.com", "bob@example.com") == (found.by, found.approved_by)


def test_a_pull_request_of_helium_s_own_was_asked_for_by_its_requester() -> None:
    """By the ledger's word, name by name; of any other name, it was its author's."""
    both = replace(MERGED, shows=frozenset({"a", "b"}), asked_by={"a": "ada@example.com"})
    found = with_reviews({"a": GONE, "b": replace(GONE, name="b")}, [both])

    assert ("ada@example.com", "ann@example.com") == (found["a"].by, found["b"].by)


def test_a_removal_that_its_pull_request_did_not_show_is_none() -> None:
    """The merge took away more than the branch did."""
    assert UNREVIEWED == with_reviews({"b": replace(GONE, name="b")}, [MERGED])["b"].origin


def test_a_direct_push_needs_no_showing() -> None:
    """It came with no pull request, and counts as nobody's request."""
    assert {"a": replace(GONE, commit="c1")} == with_reviews({"a": replace(GONE, commit="c1")}, [MERGED])


def test_a_host_that_is_away_leaves_it_open() -> None:
    """Neither shown nor direct."""
    assert {"a": replace(GONE, origin=UNDECIDED)} == undecided({"a": GONE})


@pytest.mark.parametrize(
    ("removal", "known", "asks"),
    [
        (GONE, record("a"), True),
        (GONE, record("a", removed=replace(GONE, commit="c1")), True),
        (GONE, record("a", removed=GONE), False),
        (replace(GONE, origin=REQUESTED), record("a"), False),
        (GONE, record("a", emptied=NOW), False),
        (GONE, CorruptRecord("a", "records/a.json", "is torn"), False),
        (GONE, None, False),
    ],
)
def test_only_what_no_pass_has_written_down_is_asked_for(removal: Removal, known: object, asks: bool) -> None:
    """A quiet pass asks the host nothing, and a host that forgets a pull request changes no record."""
    records = {} if known is None else {"a": known}
    assert DIRECT == GONE.origin
    assert asks == bool(to_ask_for({"a": removal}, records))  # type: ignore[arg-type]
