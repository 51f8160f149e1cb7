"""Another name for the fleet, and something else where a team's folder was: nothing is lost, nothing made twice."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from helium.core.plan import Code
from tests.adapters import git_repos
from tests.deleting.real_fleet import KEPT, SETTINGS, RealFleet, codes

BUCKETS = ["acme-a", "acme-a/data", "acme-b", "acme-c"]


def test_another_name_makes_nothing_twice(fleet: RealFleet) -> None:
    """Its stacks would be others', and live on unseen beside new ones; a person cannot call them lost either."""
    fleet.settings(SETTINGS.replace("acme", "acme2"))
    result = fleet.go()

    assert (codes(result)[0], result.outcomes, fleet.buckets()) == ("incomplete-observation", (), BUCKETS)
    assert "put the old name back until they are gone" in result.plan.refusals[0].sentence
    assert "write fleet: " in fleet.helium("ledger", "accept-loss", "--state", code=2)
    fleet.settings(SETTINGS)
    assert (fleet.go().plan.refusals, fleet.buckets()) == ((), BUCKETS)


def test_a_fleet_without_workspaces_may_have_another_name(empty: RealFleet, tmp_path: Path) -> None:
    """A person says that the state is new, and the next pass goes by the new name."""
    fleet = empty.copied(tmp_path / "acme")
    fleet.go()
    fleet.settings(SETTINGS.replace("acme", "acme2"))
    fleet.helium("ledger", "accept-loss", "--state")
    fleet.fresh()
    fleet.land({"d.yaml": KEPT})
    fleet.go()
    fleet.go()

    assert (fleet.fleet_record().fleet, fleet.buckets()) == ("acme2", ["acme2-d"])
    fleet.fresh()


@pytest.mark.parametrize("kind", ["link", "file"])
def test_a_folder_of_a_team_that_became_something_else_destroys_nothing(fleet: RealFleet, kind: str) -> None:
    """What was in it is not seen any more, and nobody removed it."""
    team = fleet.folder / "workspaces" / "team"
    git_repos.git(fleet.folder, "rm", "-q", "workspaces/b.yaml")
    fleet.land({"team/b.yaml": KEPT})
    assert fleet.go().outcomes == ()
    shutil.move(team, fleet.folder / "team")
    if kind == "link":
        team.symlink_to("../team")
    else:
        team.write_text("moved")
    fleet.land({})
    result = fleet.go()
    change = result.plan.of("b")

    assert change is not None
    assert (change.code, result.outcomes, fleet.buckets()) == (Code.INVALID_SPEC, (), BUCKETS)
