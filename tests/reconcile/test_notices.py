"""What a valid file will do to a workspace that lives is said before anybody pushes it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, timedelta

import pytest

from helium.core.lifetimes import Lifetime, LifetimeRules
from helium.core.record import CorruptRecord, Phase, Record
from helium.core.spec import Addition, Removal, Spec
from helium.core.working_hours import WorkingHours
from helium.reconcile.notices import WorkingTree, notices_of
from tests.builders import DEADLINE, NOW, record, spec

DEFAULT = timedelta(days=3)
LIFETIMES = LifetimeRules(Lifetime(usual=DEFAULT))
PAST = NOW - timedelta(hours=1)
OLD = record(added_at=NOW - timedelta(days=10))
YOUNG = record(deadline=NOW + timedelta(days=9))
BY_DEFAULT = record(deadline=record().added_at + DEFAULT)


def said(file: Spec | None, known: Record, *, addition: Addition | None = None) -> str:
    """What is foreseen of a name, with its place."""
    additions = {"a": addition} if addition else {}
    tree = WorkingTree((file,) if file else (), {"a"} if file else set(), additions)
    notices = notices_of(tree, {"a": known}, lifetimes=LIFETIMES, now=NOW)
    return "".join(f"{notice.pointer} {notice.sentence}" for notice in notices)


@pytest.mark.parametrize(
    ("file", "known", "expected"),
    [
        (spec(), record(), ""),
        (spec(expiry=DEADLINE + timedelta(days=1)), record(), ""),
        (spec(expiry=None), BY_DEFAULT, ""),
        (
            spec(expiry=PAST),
            record(),
            "/expiry its deadline 2026-11-24T11:00:00Z has passed; the next pass destroys it",
        ),
        (
            spec(expiry=PAST),
            record(protected=True),
            "/expiry its deadline 2026-11-24T11:00:00Z has passed; it stays, since it is protected",
        ),
        (spec(expiry=None), OLD, "/expiry it names no expiry, so it keeps its deadline, 2026-11-26T12:00:00Z"),
        (
            spec(expiry=None),
            YOUNG,
            (
                "/expiry it names no expiry, so its deadline moves from 2026-12-03T12:00:00Z to 2026-11-26T12:00:00Z, "
                "by the default lifetime"
            ),
        ),
        (
            spec(backend="other", fields={"backend": "other"}),
            record(),
            "/backend it was created with gcp-namespace and stays so; to use other, use a new name",
        ),
        (None, record(), " its file is not here; on main, that destroys the workspace"),
        (
            None,
            record(protected=True),
            " its file is not here; on main, it was protected when it was last applied, so it stays",
        ),
    ],
)
def test_what_a_file_will_do_is_foreseen(file: Spec | None, known: Record, expected: str) -> None:
    """As the next pass decides it; what changes nothing of the workspace's end is not worth a word."""
    assert expected == said(file, known)


def test_a_name_that_changes_hands_is_foreseen() -> None:
    """Two commits of a branch remove the file and add another owner's. The pull request shows an edit."""
    addition = Addition("a", NOW, "c8", "Bob <bob@example.com>", "blob-2", "blob-a")
    file = spec(blob="blob-2", owner="bob@example.com")
    what = " it was removed and added again, so it is not the file of ada@example.com's workspace any more; "

    assert f"{what}it is destroyed, and a new one is created" == said(file, record(), addition=addition)
    assert f"{what}it stays, since it is protected" == said(file, record(protected=True), addition=addition)
    assert "" == said(replace(file, owner="ada@example.com"), record(), addition=addition)


@pytest.mark.parametrize(
    "known",
    [
        record(emptied=PAST),
        record(removed=Removal("a", "c9", PAST)),
        record(phase=Phase.DELETING),
        CorruptRecord("a", "records/a.json", "is torn"),
    ],
)
def test_what_does_not_live_has_nothing_to_lose(known: Record | CorruptRecord) -> None:
    """Its end is decided already, or nothing is known of it."""
    assert () == notices_of(WorkingTree((spec(expiry=PAST),), set()), {"a": known}, lifetimes=LIFETIMES, now=NOW)


def test_what_was_not_looked_for_is_not_gone() -> None:
    """Where only some files are validated, nothing is said of the others."""
    assert () == notices_of(WorkingTree((), None), {"a": record()}, lifetimes=LIFETIMES, now=NOW)


def test_an_end_that_moves_is_said_before_anybody_pushes_it() -> None:
    """It is not what the file says; where the record has it already, nothing is new."""
    hours = LifetimeRules(hours=WorkingHours(("thu",), timedelta(hours=8), timedelta(hours=18), UTC))
    moved = spec(expiry=NOW + timedelta(days=1))
    known = record(deadline=DEADLINE - timedelta(hours=4), written=moved.expiry)
    notices = [notices_of(WorkingTree((moved,), {"a"}), {"a": one}, lifetimes=hours, now=NOW) for one in (YOUNG, known)]

    expected = "it ends at 2026-11-26T08:00:00Z, the next working time after 2026-11-25T12:00:00Z"
    assert [[("/expiry", expected)], []] == [[(each.pointer, each.sentence) for each in some] for some in notices]
