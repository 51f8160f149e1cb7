"""Plans that were left for shards, as files of the branch: what people, branches and newer versions did to them."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from helium.adapters.ledger import GitLedger
from helium.core.digest import Json
from helium.core.fleet_record import FleetRecord
from helium.core.sharded_plan import FORMAT
from helium.errors import SourceError, UsageError
from helium.ports.ledger import Writes
from tests.adapters.git_repos import git, land, new_repo, opened
from tests.adapters.ledger.ledgers import HERE, lease, sharded

BRANCH = "helium-ledger"
PLAN = "plans/r-1.json"


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A repository whose ledger has a plan for shards."""
    path = new_repo(tmp_path / "own")
    land(path, {"helium.yaml": b"x"})
    ledger = GitLedger(opened(path), HERE)
    fleet_record = FleetRecord("acme", lease=lease("r-1"), counter=1)
    ledger.write(Writes(fleet_record=fleet_record, plans={"r-1": sharded("r-1")}), on=ledger.read())
    return path


def _tampered(own: Path, data: bytes | None) -> str:
    """Somebody commits another plan by hand; the commit."""
    git(own, "checkout", "-q", BRANCH)
    land(own, {PLAN: data})
    git(own, "checkout", "-q", "main")
    return git(own, "rev-parse", BRANCH).strip()


def _bent(own: Path, bend: Callable[[dict[str, Json]], object]) -> bytes:
    """The plan with something else in it."""
    whole = json.loads(git(own, "show", f"{BRANCH}:{PLAN}"))
    bend(whole)
    return json.dumps(whole).encode()


def test_a_plan_is_a_file_of_its_run(own: Path) -> None:
    """With sorted keys, one a line, and its format."""
    text = git(own, "show", f"{BRANCH}:{PLAN}")
    assert (list(json.loads(text)), FORMAT) == (sorted(json.loads(text)), json.loads(text)["format"])


def test_a_commit_may_be_named_by_its_beginning(own: Path) -> None:
    """As git does."""
    assert sharded("r-1") == GitLedger(opened(own), HERE).plan(git(own, "rev-parse", "--short", BRANCH).strip())


@pytest.mark.parametrize(
    ("data", "why"),
    [
        pytest.param(None, "has no plan for shards", id="absent"),
        pytest.param(b"", "cannot be read", id="empty"),
        pytest.param(b"[" * 200_000, "cannot be read", id="too deep"),
        pytest.param(b'{"format": 1}', "cannot be read", id="half"),
        pytest.param(b'{"format": 9, "other": []}', "a newer Helium wrote it, in format 9", id="newer"),
    ],
)
def test_a_plan_that_is_none_is_named(own: Path, data: bytes | None, why: str) -> None:
    """Nothing of it is carried out; the sentence says what is wrong and where."""
    commit = _tampered(own, data)
    with pytest.raises(SourceError, match=why):
        GitLedger(opened(own), HERE).plan(commit)


@pytest.mark.parametrize(
    "bend",
    [
        pytest.param(lambda plan: plan.update(now="2026-03-01T12:00:00"), id="no zone"),
        pytest.param(lambda plan: plan["destroys"][0].update(added_at="2026-03-01T12:00:00"), id="no zone, deeper"),
        pytest.param(lambda plan: plan["creates"][0].update(code="for fun"), id="no code"),
        pytest.param(lambda plan: plan.update(run="r-2"), id="another run's"),
        pytest.param(lambda plan: plan.update(counter=2), id="another term's"),
        pytest.param(lambda plan: plan.pop("announced"), id="without the records"),
    ],
)
def test_a_plan_that_was_bent_is_not_read(own: Path, bend: Callable[[dict[str, Json]], object]) -> None:
    """Each value must be what it says."""
    commit = _tampered(own, _bent(own, bend))
    with pytest.raises(SourceError, match=f"{PLAN} of the ledger at {commit[:10]} cannot be read"):
        GitLedger(opened(own), HERE).plan(commit)


def test_a_plan_on_another_branch_is_none(own: Path) -> None:
    """Only what the ledger leads back to was let through by the guard; anybody may push a branch."""
    git(own, "checkout", "-q", "-b", "mine", BRANCH)
    land(own, {"note": b"x"})
    git(own, "checkout", "-q", "main")
    with pytest.raises(SourceError, match="'mine' is not a commit of the ledger"):
        GitLedger(opened(own), HERE).plan("mine")
    with pytest.raises(SourceError, match="is not a commit of the ledger"):
        GitLedger(opened(own), replace(HERE, ledger="none-yet")).plan(BRANCH)


@pytest.mark.parametrize("run", ["", "../r", "a/b", ".r", "r" * 129])
def test_a_run_whose_id_names_no_file_leaves_no_plan(own: Path, run: str) -> None:
    """A usage error that shows the id."""
    ledger = GitLedger(opened(own), HERE)
    with pytest.raises(UsageError, match="The id of this run is"):
        ledger.write(Writes(plans={run: sharded("r-1")}), on=ledger.read())
