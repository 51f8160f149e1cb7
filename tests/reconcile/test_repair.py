from __future__ import annotations

import pytest

from helium.core.record import CorruptRecord, Phase
from helium.core.stack import Listing, Stack
from helium.errors import NotFoundError, SourceError
from helium.reconcile.repair import accept_loss, refuse_newer, unlisted
from tests.builders import NOW, decided, fleet_of, record, stack_id


def test_a_lost_stack_that_is_given_up_is_created_again() -> None:
    """Accepted as lost, the record counts as seen empty, and the file makes its workspace again."""
    observed = fleet_of("a", listing=Listing(marker=True))
    repaired = accept_loss(observed.records, ("a",), now=NOW, by="Ada <ada@example.com>", run="r1")
    after = fleet_of("a", listing=Listing(marker=True), records=repaired.records)

    assert "lost-stack" == decided(observed).changes[0].code
    assert "create" == decided(after).changes[0].kind
    assert [("a", "lost-stack", "Ada <ada@example.com>", "r1")] == [
        (line.name, line.code, line.approved_by, line.run) for line in repaired.lines
    ]


def test_only_a_record_that_can_be_read_is_given_up() -> None:
    """An unknown name, or a spoilt record, is refused by name."""
    with pytest.raises(NotFoundError, match="b"):
        accept_loss({"b": CorruptRecord("b", "records/b.json", "spoilt")}, ("b",), now=NOW, by="Ada", run="r1")


def test_what_was_alive_and_is_not_listed_is_lost() -> None:
    """Not what was never made, nor what was seen empty."""
    records = {
        "a": record("a"),
        "b": record("b"),
        "c": record("c", observed_at=None, phase=Phase.CREATING),
        "d": record("d", emptied=NOW, phase=Phase.GONE),
    }

    assert ("b",) == unlisted(records, Listing((Stack(stack_id("a")),)))


def test_what_a_newer_helium_wrote_is_not_written_over() -> None:
    """A person's request is refused with the record that stands in its way; one that is only spoilt does not."""
    spoilt = CorruptRecord("b", "records/b.json", "b is spoilt")
    newer = CorruptRecord("c", "records/c.json", "c was written by a newer Helium; install that", newer=True)
    refuse_newer({"a": record("a"), "b": spoilt})

    with pytest.raises(SourceError, match=r"c was written by a newer Helium; .*nothing was written"):
        refuse_newer({"a": record("a"), "b": spoilt, "c": newer})
