from __future__ import annotations

import pytest

from helium.core.workspace import Workspace
from tests.builders import ADDED_AT, DEADLINE, FLEET, spec, stack_id

WORKSPACE = Workspace(
    FLEET.name, spec(protected=True), "ada@example.com", ADDED_AT, DEADLINE, {"cluster": "ci"}, {"x": 1}
)


def test_the_ownership_says_all_that_a_record_needs() -> None:
    """Whose, which incarnation, which file, where, and made with what: a lost ledger is rebuilt from it."""
    ownership = WORKSPACE.ownership

    assert ("acme", "a", "gcp-namespace", "ada@example.com") == (
        ownership.fleet,
        ownership.name,
        ownership.backend,
        ownership.owner,
    )
    assert ("blob-a", ADDED_AT, DEADLINE, True) == (
        ownership.blob,
        ownership.added_at,
        ownership.deadline,
        ownership.protected,
    )
    assert ({"cluster": "ci"}, {"x": 1}) == (ownership.placement, ownership.pins)
    assert stack_id("a") == WORKSPACE.stack


@pytest.mark.parametrize(("pins", "program"), [({"program": "p1"}, "p1"), ({}, None), ({"program": 5}, None)])
def test_the_program_is_part_of_the_make(pins: dict[str, object], program: str | None) -> None:
    """Pins that came from a record may lack it, or hold what is not a digest."""
    assert program == Workspace(FLEET.name, spec(), "", ADDED_AT, DEADLINE, pins=pins).program
