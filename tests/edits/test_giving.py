"""`give`: who may, who can get it, and what of it is written."""

from __future__ import annotations

from dataclasses import replace

import pytest

from helium import edits
from helium.core.quota import QuotaError
from helium.core.record import Phase
from helium.edits import Requester
from helium.errors import HeliumError
from tests.builders import NOW, record
from tests.edits.test_edits import ADA, FLEET, ROOT, context, main
from tests.fakes import blob_of

BOB = Requester("bob@example.com")
FILE = b"# of the first demo\nowner: ada@example.com\nexpiry: 2026-12-01\n"


def given(to: object, *, by: object = ADA, fleet: bytes = FLEET, files: dict[str, bytes] | None = None) -> str:
    """The file once Ada's workspace is given to somebody, or why it is not."""
    asked = edits.update("a", {"owner": to}, context=context(by))  # type: ignore[arg-type]
    try:
        (edit,) = asked(main({"a.yaml": FILE, **(files or {})}, fleet=fleet))
    except HeliumError as error:
        return str(error)
    return (edit.data or b"").decode()


def test_only_the_owner_changes() -> None:
    """Comments and the deadline stay; its owner gives it, and so does an admin."""
    wanted = "# of the first demo\nowner: bob@example.com\nexpiry: 2026-12-01\n"

    assert wanted == given("bob@example.com")
    assert wanted == given("bob@example.com", by=ROOT)


def test_nobody_takes_what_is_somebody_elses() -> None:
    """Not even with their own address."""
    assert "belongs to ada@example.com" in given("bob@example.com", by=BOB)


@pytest.mark.parametrize("to", ["bob", "", "noreply@example.com", "bob@example.com\nprotected: true", 7])
def test_an_address_that_nobody_reads_is_refused(to: object) -> None:
    """Whoever gets it must hear of its end."""
    assert "is not an address at which somebody reads mail" in given(to)


def test_who_has_it_already_gets_nothing() -> None:
    """In whatever case they write it."""
    assert "belongs to ada@example.com already" in given("Ada@Example.com")


def test_it_counts_for_who_gets_it() -> None:
    """One who has as many as they may gets no more; the team and the fleet have it already, so they are not asked."""
    files = {"b.yaml": b"owner: bob@example.com\n", "c.yaml": b"owner: bob@example.com\n"}
    own, whole = FLEET + b"limits: {perOwner: 2}\n", FLEET + b"limits: {perOwner: 3, fleet: 1}\n"

    assert "bob@example.com has 2 of 2 workspaces (limits.perOwner in helium.yaml): b, c." in given(
        "bob@example.com", fleet=own, files=files
    )
    assert "owner: bob@example.com" in given("bob@example.com", fleet=whole, files=files)
    assert "owner: bob@example.com" in given("bob@example.com", fleet=own)


def test_what_is_being_destroyed_is_given_to_nobody() -> None:
    """It would be an empty promise."""
    known = record("a", seen_blob=blob_of(FILE), phase=Phase.DELETING)
    asked = edits.update("a", {"owner": "bob@example.com"}, context=replace(context(), records={"a": known}, now=NOW))

    with pytest.raises(HeliumError, match="destroyed"):
        asked(main({"a.yaml": FILE}))


def test_the_quota_error_is_of_the_receiver() -> None:
    """So the page can show it beside the field."""
    with pytest.raises(QuotaError):
        edits.update("a", {"owner": "bob@example.com"}, context=context())(
            main({"a.yaml": FILE, "b.yaml": b"owner: bob@example.com\n"}, fleet=FLEET + b"limits: {perOwner: 1}\n")
        )
