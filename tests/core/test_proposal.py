from __future__ import annotations

from dataclasses import replace
from datetime import UTC, timedelta

import pytest

from helium.core.fleet import SETTINGS
from helium.core.observation import Observation
from helium.core.plan import Code, Keep
from helium.core.proposal import MOST_BYTES, MOST_FILES, FileChange, Look, Loss, Proposal, proposal, too_big
from helium.core.spec import InvalidSpec, NotParsed, Spec
from helium.core.working_hours import WorkingHours
from helium.errors import Issue
from tests.builders import ADDED_AT, DEADLINE, NOW, decided, fleet_of, record, spec

FIVE = ("a", "b", "c", "d", "e", "f", "g")


def look(observed: Observation) -> Look:
    """Its guarded plan, beside it."""
    return Look(decided(observed), observed)


def proposed(before: Observation, after: Observation, *paths: str) -> Proposal:
    """What a branch that changed these files would do."""
    return proposal(look(before), look(after), head="d2", files=[FileChange(path, "blob", 1) for path in paths])


def names(found: Proposal) -> dict[str, str]:
    """What it does to whom."""
    return {each.change.name: each.change.kind for each in found.changes}


def test_only_what_the_branch_changes_is_proposed() -> None:
    """What main does anyway is nobody's proposal: an update that waits there stays out of it."""
    specs = {"a": spec("a", blob="edited"), "b": spec("b")}
    before = fleet_of("a", "b", specs=specs)
    after = replace(before, specs={**specs, "c": spec("c")})

    assert {"c": "create"} == names(proposed(before, after, "workspaces/c.yaml"))


def test_a_removal_takes_along_what_the_record_knows() -> None:
    """Owner, age, time left, resources and bucket, also where a safeguard holds it for now."""
    known = record("a", resources={"gcp:Bucket": 1}, outputs={"bucket": "acme-a"})
    before = fleet_of("a", "b", records={"a": known, "b": record("b")})
    gone = proposed(before, replace(before, specs={"b": spec("b")}), "workspaces/a.yaml")
    held = proposed(before, replace(before, specs={}), "workspaces/a.yaml", "workspaces/b.yaml")

    loss = Loss("ada@example.com", ADDED_AT, DEADLINE, {"gcp:Bucket": 1}, "acme-a")
    assert [loss] == [each.loss for each in gone.changes]
    assert (("a",), ("a", "b")) == (gone.removed, held.removed)
    assert all(isinstance(each.change, Keep) and each.loss for each in held.changes)
    assert [Code.NO_SPECS] == [refusal.code for refusal in held.refusals]


def test_a_refusal_is_the_branch_s_only_where_it_holds_more_for_it() -> None:
    """Seven removals are too many, and two of them are this branch's. What waits on main anyway is not."""
    before = fleet_of(*FIVE, "x", specs={name: spec(name) for name in ("x", "f", "g")})
    more = proposed(before, replace(before, specs={"x": spec("x")}), "workspaces/f.yaml", "workspaces/g.yaml")
    full = fleet_of(*FIVE, "x", specs={"x": spec("x")})
    beside = proposed(full, replace(full, specs={"x": spec("x"), "new": spec("new")}), "workspaces/new.yaml")

    assert ([Code.TOO_MANY], False) == ([refusal.code for refusal in more.refusals], more.ok)
    assert "workspaces/f.yaml" == more.path_of(more.refusals[0].names)
    assert ({"new": "create"}, True) == (names(beside), beside.ok)
    assert SETTINGS == beside.path_of(("nobody",))


def test_a_pause_is_nobody_s_fault() -> None:
    """While the fleet is paused nothing is applied, and every check would be red."""
    paused = fleet_of("a", fleet=replace(fleet_of().fleet, paused=True))
    found = proposed(paused, replace(paused, specs={"a": spec("a"), "b": spec("b")}), "workspaces/b.yaml")

    assert (True, {"b": "keep"}) == (found.ok, names(found))


def test_a_gap_that_the_branch_tears_is_its_own() -> None:
    """Renaming the fleet holds every deletion, so it is red even where nothing is to be deleted."""
    before = fleet_of("a")
    found = proposed(before, replace(before, gaps=("the fleet was renamed",)), SETTINGS)
    torn = replace(before, gaps=("a record is away",))

    assert ([Code.INCOMPLETE_OBSERVATION], (SETTINGS,)) == ([each.code for each in found.refusals], found.beside)
    assert proposed(torn, torn, "README.md").ok


def test_errors_of_others_are_not_the_branch_s() -> None:
    """Somebody's broken file is on main already; the one that the branch breaks is its own."""
    broken = InvalidSpec("old", "workspaces/old.yaml", "x", (Issue("workspaces/old.yaml", 1, 1, "", "is broken"),))
    before = fleet_of("a", specs={"a": spec("a"), "old": broken})
    own = InvalidSpec("a", "workspaces/a.yaml", "y", (Issue("workspaces/a.yaml", 2, 1, "", "is wrong"),))
    found = proposed(before, replace(before, specs={"a": own, "old": broken}), "workspaces/a.yaml")

    assert ["workspaces/a.yaml:2:1: is wrong"] == [str(issue) for issue in found.issues]


@pytest.mark.parametrize(
    ("after", "says"),
    [
        (spec("a", blob="new", expiry=NOW - timedelta(days=1)), "has passed"),
        (spec("a", blob="new", backend="other", fields={"backend": "other"}), "The file names another backend"),
    ],
)
def test_what_no_pass_would_ever_do_is_an_error(after: Spec, says: str) -> None:
    """A valid file that asks for what has passed, or for what cannot be, is red before it is merged."""
    before = fleet_of("a", "b")
    found = proposed(before, replace(before, specs={"a": after, "b": spec("b")}), "workspaces/a.yaml")

    (issue,) = found.issues
    assert (says in issue.sentence, "workspaces/a.yaml") == (True, issue.path)


def test_a_passed_deadline_that_the_branch_does_not_touch_is_not_its_fault() -> None:
    """Somebody else's file has expired, and expire has not removed it yet."""
    old = spec("old", expiry=NOW - timedelta(days=1))
    before = fleet_of("a", specs={"a": spec("a"), "old": old})

    assert proposed(before, replace(before, specs={"a": spec("a"), "old": old}), "README.md").ok


def test_a_move_is_shown_and_changes_nothing() -> None:
    """The same file in another folder is the same workspace, and the reader is told so."""
    before = fleet_of("a")
    moved = replace(before, specs={"a": spec("a", path="workspaces/team/a.yaml")})
    found = proposed(before, moved, "workspaces/a.yaml", "workspaces/team/a.yaml")
    (change,) = found.changes

    assert ("keep", True, ()) == (change.change.kind, found.ok, found.beside)
    assert "moves from workspaces/a.yaml to workspaces/team/a.yaml" in change.note
    assert "workspaces/team/a.yaml" == change.path


def test_a_file_that_nobody_parsed_again_is_in_step() -> None:
    """A branch that puts a file back as its record has it changes nothing."""
    before = fleet_of("a")
    same = replace(before, specs={"a": NotParsed("a", "workspaces/a.yaml", "blob-a")})

    assert {"a": "keep"} == names(proposed(before, same, "workspaces/a.yaml"))
    assert {} == names(proposed(before, same, "workspaces/README.md"))


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ([FileChange(f"workspaces/{n}.yaml", "b", 1) for n in range(MOST_FILES)], ""),
        ([FileChange(f"workspaces/{n}.yaml", "b", 1) for n in range(MOST_FILES + 1)], "201 files"),
        ([FileChange("a", "b", MOST_BYTES)], ""),
        ([FileChange("a", "b", MOST_BYTES), FileChange("b", "b", 1)], "5.0 MiB"),
    ],
)
def test_what_is_too_big_is_not_planned(files: list[FileChange], says: str) -> None:
    """At the bound it is planned; one file or byte beyond it is not, and the sentence says what to do."""
    assert (says in too_big(files), bool(says)) == (True, bool(too_big(files)))


def test_what_holds_main_already_holds_nothing_more_against_a_branch() -> None:
    """Main was rewritten: everything is held by that one refusal, and the branch's own change is no second one."""
    before = fleet_of("a", descends=False)
    found = proposed(before, replace(before, specs={"a": spec("a"), "b": spec("b")}), "workspaces/b.yaml")

    assert (True, {"b": "keep"}) == (found.ok, names(found))


def test_what_lives_beyond_its_written_end_may_be_edited() -> None:
    """It ended on Tuesday at 11:00, outside working hours, and lives until Wednesday. A new one is refused as ever."""
    hours = WorkingHours(("wed",), timedelta(hours=8), timedelta(hours=18), UTC)
    written = NOW - timedelta(hours=1)
    known = record("a", deadline=NOW + timedelta(hours=20), written=written)
    before = fleet_of("a", specs={"a": spec("a", expiry=written)}, records={"a": known})
    before = replace(before, fleet=replace(before.fleet, working_hours=hours))
    edited = {"a": spec("a", expiry=written, blob="edited", description="A demo")}
    found = proposed(before, replace(before, specs=edited), "workspaces/a.yaml")
    new = replace(before, specs={**before.specs, "n": spec("n", expiry=written)})

    assert ({"a": "update"}, ()) == (names(found), found.issues)
    refused = proposed(before, new, "workspaces/n.yaml").issues
    assert ["expiry 2026-11-24T11:00:00Z has passed; write a later date, or leave it out"] == [
        issue.sentence for issue in refused
    ]
