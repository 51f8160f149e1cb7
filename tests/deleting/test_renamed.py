"""Another name for the fleet, and something else where a team's folder was: nothing is lost, nothing made twice."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from helium.core.plan import Code
from tests.adapters import yard
from tests.deleting.ground import KEPT, SETTINGS, Ground, codes

BUCKETS = ["acme-a", "acme-a/data", "acme-b", "acme-c"]


def test_another_name_makes_nothing_twice(ground: Ground) -> None:
    """Its stacks would be others', and live on unseen beside new ones; a person cannot call them lost either."""
    ground.settings(SETTINGS.replace("acme", "acme2"))
    result = ground.go()

    assert (codes(result)[0], result.outcomes, ground.buckets()) == ("not-whole", (), BUCKETS)
    assert "put fleet back until they are gone" in result.plan.refusals[0].sentence
    assert "put fleet back" in ground.helium("ledger", "accept-loss", "--state", code=2)
    ground.settings(SETTINGS)
    assert (ground.go().plan.refusals, ground.buckets()) == ((), BUCKETS)


def test_a_fleet_without_workspaces_may_have_another_name(empty: Ground, tmp_path: Path) -> None:
    """A person says that the state is new, and the next pass goes by the new name."""
    ground = empty.copied(tmp_path / "acme")
    ground.go()
    ground.settings(SETTINGS.replace("acme", "acme2"))
    ground.helium("ledger", "accept-loss", "--state")
    ground.fresh()
    ground.land({"d.yaml": KEPT})
    ground.go()
    ground.go()

    assert (ground.register().fleet, ground.buckets()) == ("acme2", ["acme2-d"])
    ground.fresh()


@pytest.mark.parametrize("kind", ["link", "file"])
def test_a_folder_of_a_team_that_became_something_else_destroys_nothing(ground: Ground, kind: str) -> None:
    """What was in it is not seen any more, and nobody removed it."""
    team = ground.folder / "workspaces" / "team"
    yard.git(ground.folder, "rm", "-q", "workspaces/b.yaml")
    ground.land({"team/b.yaml": KEPT})
    assert ground.go().outcomes == ()
    shutil.move(team, ground.folder / "team")
    if kind == "link":
        team.symlink_to("../team")
    else:
        team.write_text("moved")
    ground.land({})
    result = ground.go()
    change = result.plan.of("b")

    assert change is not None
    assert (change.code, result.outcomes, ground.buckets()) == (Code.SPEC_UNREADABLE, (), BUCKETS)
