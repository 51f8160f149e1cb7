"""How long a change usually takes, and how many resources it has."""

from __future__ import annotations

from dataclasses import replace

from helium.core.record import CorruptRecord, Phase, Record
from helium.core.usual import NEWEST, usual_count, usual_seconds
from tests.adapters.ledger.ledgers import line, record


def took(seconds: float, kind: str = "create", backend: str = "gcp-namespace") -> object:
    """A line of that kind."""
    return replace(line("a"), kind=kind, backend=backend, seconds=seconds)


def test_it_is_the_middle_one_by_kind_and_backend() -> None:
    """One night in which a cloud hung says nothing, and neither does what failed or was written by an older Helium."""
    lines = [took(60), took(3600), took(70), took(0), took(5, "destroy"), took(9, backend="other"), line("a")]
    assert {("create", "gcp-namespace"): 70, ("destroy", "gcp-namespace"): 5, ("create", "other"): 9} == usual_seconds(
        lines  # type: ignore[arg-type]
    )


def test_only_the_newest_count() -> None:
    """A backend that became slower is slow after a few times."""
    lines = [took(1)] * 1000 + [took(100)] * NEWEST
    assert {("create", "gcp-namespace"): 100} == usual_seconds(lines)  # type: ignore[arg-type]


def test_how_many_resources_is_the_last_times_count_or_that_of_the_others() -> None:
    """A new one has as many as others of its backend; where there is no other, nobody knows."""
    records: dict[str, Record | CorruptRecord] = {
        "a": replace(record("a"), resources={"b:B": 2, "n:N": 1}),
        "b": replace(record("b"), resources={"b:B": 9}),
        "c": replace(record("c", Phase.FAILED), resources={"b:B": 100}),
        "d": record("d"),
        "e": replace(record("e"), backend="other", resources={"b:B": 7}),
        "f": CorruptRecord("f", "p", "spoilt"),
    }
    assert (3, 100) == tuple(usual_count(name, backend="gcp-namespace", records=records) for name in "ac")
    assert [6, 6, 6] == [usual_count(name, backend="gcp-namespace", records=records) for name in "dfz"]
    assert (7, 0) == tuple(usual_count("z", backend=backend, records=records) for backend in ("other", "none"))
