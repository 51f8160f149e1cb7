"""The same spec once more, for what was destroyed: who may, and what of it is kept."""

from __future__ import annotations

from dataclasses import replace

import pytest

from helium import edits
from helium.core.record import CorruptRecord, Phase, Record
from helium.edits import Requester
from helium.errors import HeliumError
from helium.ports.repo import Edit
from tests.builders import NOW, record
from tests.edits.test_edits import ADA, FLEET, ROOT, context, main
from tests.fakes import FakeRepo

PATH = "workspaces/sales/a.yaml"
FILE = b"# of the first demo\nowner: ada@example.com\nexpiry: 2026-12-01\n"
BOB = Requester("bob@example.com")


def again(
    data: bytes | None = FILE, *, by: Requester = ADA, fleet: bytes = FLEET, **records: Record | CorruptRecord
) -> str:
    """What is written, or why nothing is."""
    given = replace(context(by), records=records)
    try:
        (edit,) = edits.renewal("a", Edit(PATH, data) if data else None, context=given)(main(fleet=fleet))
    except HeliumError as error:
        return str(error)
    assert PATH == edit.path
    return (edit.data or b"").decode()


def test_it_is_the_last_spec_where_it_was() -> None:
    """Comments, owner and folder stay, and so does a deadline that is ahead; an admin may, for its owner."""
    assert FILE.decode() == again()
    assert FILE.decode() == again(by=ROOT)


def test_a_deadline_that_has_passed_becomes_the_default() -> None:
    """Three days from now, or it would go at once."""
    assert "expiry: 2026-11-27T12:00:00Z" in again(FILE.replace(b"2026-12-01", b"2026-11-01"))
    assert "owner: root@example.com" in again(b"description: x\n", by=ROOT)


@pytest.mark.parametrize(
    ("said", "changes"),
    [
        ("belongs to ada@example.com", {"by": BOB}),
        ("no workspace called", {"data": None}),
        ("protected: true, which only an admin", {"data": FILE + b"protected: true\n"}),
        ("on main has errors", {"data": FILE + b"typo: 1\n"}),
        ("has 0 of 0 workspaces", {"fleet": FLEET + b"limits: {perOwner: 0}\n"}),
        ("is being destroyed", {"a": record("a", phase=Phase.DELETING)}),
        ("To keep it, put the file", {"a": record("a", updated_at=NOW)}),
    ],
)
def test_it_is_refused(said: str, changes: dict[str, object]) -> None:
    """With what is in the way, and never in place of something that lives."""
    assert said in again(**changes)  # type: ignore[arg-type]


def test_the_last_file_is_found_in_history() -> None:
    """As it was before it went; nothing for a name that never was."""
    repo = FakeRepo()
    repo.land({"helium.yaml": FLEET, PATH: FILE})
    repo.land({PATH: FILE + b"# last\n"})
    repo.land({PATH: None})

    assert Edit(PATH, FILE + b"# last\n") == edits.last_file(repo, "a")
    assert None is edits.last_file(repo, "never")
