"""The quota at the door: what counts, whom it binds, and what the refusal says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest

from helium import edits
from helium.core.quota import QuotaError
from helium.core.record import CorruptRecord, Held, Phase, Record
from helium.edits import EditContext, Requester
from helium.edits.quota import book_of
from tests.builders import NOW, record
from tests.edits.test_edits import ADA, FLEET, ROOT, SPECS, context, main
from tests.fakes import blob_of

OF_ADA = b"owner: ada@example.com\n"
OF_BOB = b"owner: bob@example.com\n"
TWO = FLEET + b"limits: {perOwner: 2}\n"


def in_step(name: str, data: bytes = OF_ADA, **changes: object) -> Record:
    """The record of a workspace that is as its file."""
    return record(name, seen_blob=blob_of(data), spec_blob=blob_of(data), **changes)


def asked(
    files: Mapping[str, bytes], *, fleet: bytes = TWO, given: EditContext | None = None, name: str = "new"
) -> str:
    """Why a new workspace of Ada's is refused; nothing, if it is not."""
    try:
        edits.creation(name, {}, context=given or context())(main(files, fleet=fleet))
    except QuotaError as error:
        return str(error)
    return ""


def test_one_too_many_is_refused() -> None:
    """With how many, of how many, and which are theirs; somebody else's, and what has no file, do not count."""
    said = asked({"a.yaml": OF_ADA, "team/b.yaml": OF_ADA, "c.yaml": OF_BOB})

    assert said == (
        "ada@example.com has 2 of 2 workspaces (limits.perOwner in helium.yaml): a, b. "
        "Delete one that nobody needs any more, or ask an admin for a higher number."
    )
    assert "" == asked({"a.yaml": OF_ADA, "c.yaml": OF_BOB, "README.md": b""})
    assert "" == asked({"a.yaml": OF_ADA, "b.yaml": OF_ADA}, fleet=FLEET)


def test_the_fleet_is_full_for_everybody() -> None:
    """Whoever asks learns which of all are theirs."""
    said = asked({"a.yaml": OF_ADA, "c.yaml": OF_BOB}, fleet=FLEET + b"limits: {fleet: 2}\n")
    assert "The fleet has 2 of 2 workspaces (limits.fleet in helium.yaml). Of these, a belongs to ada@" in said


def test_an_admin_is_bound_as_well() -> None:
    """Who needs more says so in helium.yaml, where everybody sees it."""
    files = {"a.yaml": b"owner: root@example.com\n", "b.yaml": b"owner: root@example.com\n"}
    assert "root@example.com has 2 of 2" in asked(files, given=context(ROOT))


def test_what_is_in_step_is_not_read() -> None:
    """Its record says whose it is and when it ends: ten thousand files are not parsed for each request."""
    files = {"a.yaml": OF_ADA, "b.yaml": OF_ADA}
    known = {name: in_step(name) for name in "ab"}
    over = {**known, "a": in_step("a", deadline=NOW - timedelta(hours=1))}
    kept = {**known, "a": in_step("a", deadline=NOW - timedelta(hours=1), protected=True)}

    view = main(files, fleet=TWO)
    read = list[str]()

    class _Noting:
        commit, entries = view.commit, view.entries

        def read(self, path: str) -> bytes | None:
            read.append(path)
            return view.read(path)

        holding = view.holding

    fleet = SPECS.fleet(TWO)
    assert 2 == len(book_of(_Noting(), fleet=fleet, context=context(records=known)).taken["owner", ADA.owner])
    assert [] == read
    assert "" == asked(files, given=context(records=over))
    assert "2 of 2" in asked(files, given=context(records=kept))


@pytest.mark.parametrize(
    ("known", "counts"),
    [
        (None, False),
        (record("b"), False),
        (record("b", phase=Phase.DELETING), False),
        (record("b", held=Held(NOW, "too many")), True),
        (record("b", protected=True), True),
        (record("b", phase=Phase.DELETING, protected=True), False),
    ],
)
def test_a_removed_file_gives_its_place_back_unless_it_is_held(known: Record | None, counts: bool) -> None:
    """Nobody waits at the door until the cloud has deleted it."""
    records = {"b": known} if known else {}
    assert counts is bool(asked({"a.yaml": OF_ADA}, given=context(records=records)))


def test_what_can_not_be_read_counts_where_it_may_live() -> None:
    """A file with errors counts if something was made from it; a record without sense counts for the fleet."""
    files = {"a.yaml": OF_ADA, "b.yaml": b"owner: ada@example.com\nodd: 1\n"}

    assert "" == asked(files)
    assert "2 of 2" in asked(files, given=context(records={"b": record("b")}))
    unread = {"b": CorruptRecord("b", "b.json", "odd"), "c": CorruptRecord("c", "c.json", "odd")}
    assert "3 of 3" in asked(files, given=context(records=unread), fleet=FLEET + b"limits: {fleet: 3}\n")


def test_what_has_expired_does_not_count() -> None:
    """Its file only waits to be removed."""
    files = {"a.yaml": OF_ADA, "b.yaml": OF_ADA + b"expiry: 2026-11-01\n"}
    assert "" == asked(files)


def test_what_pull_requests_bring_counts() -> None:
    """By its owner; not what has a file or a record, and not the very name that is asked for."""
    bring = {"b": "Ada@example.com", "a": "ada@example.com", "new": "ada@example.com", "c": "bob@example.com"}
    given = replace(context(), asked=lambda: bring)

    assert "2 of 2 workspaces (limits.perOwner in helium.yaml): a, b." in asked({"a.yaml": OF_ADA}, given=given)
    assert "" == asked({}, given=replace(given, asked=lambda: {"new": "ada@example.com", "b": "ada@example.com"}))


def test_what_is_there_is_changed_beyond_it() -> None:
    """It never ends what somebody has: an update and a put of it are no creation."""
    view = main({"a.yaml": OF_ADA, "b.yaml": OF_ADA}, fleet=FLEET + b"limits: {perOwner: 1}\n")
    given = replace(context(Requester("ada@example.com")), addition=context(added_at=NOW).addition)

    assert edits.update("a", {"description": "hi"}, context=given)(view)
    assert edits.creation_or_update("a", {"description": "hi"}, context=given)(view)
    with pytest.raises(QuotaError):
        edits.creation_or_update("c", {}, context=given)(view)


def test_what_waits_still_has_its_place() -> None:
    """Removed or expired, it lives until its grace is over, and may be taken back; then it gives its place back."""
    grace = FLEET + b"limits: {perOwner: 1, grace: 1h}\n"
    hour = timedelta(hours=1)
    for due, counts in ((NOW - hour / 2, True), (NOW - hour, False)):
        removed = replace(context(), records={"a": record("a", due=due)})
        assert counts == bool(asked({}, fleet=grace, given=removed))
        over = replace(context(), records={"a": in_step("a", deadline=due)})
        assert counts == bool(asked({"a.yaml": OF_ADA}, fleet=grace, given=over))
        text = f"owner: ada@example.com\nexpiry: {due:%Y-%m-%dT%H:%M:%SZ}\n".encode()
        changed = replace(context(), records={"a": record("a", deadline=due)})
        assert counts == bool(asked({"a.yaml": text}, fleet=grace, given=changed))
