from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from helium.core.fleet import Fleet, RoutineAmounts
from helium.core.routine import FileSide, PersonNeeded, TouchedSpec, amounts_by, merger, people_needed
from helium.core.spec import Spec

ADA, ANN = "ada@example.com", "ann@example.com"
FLEET = Fleet("acme", admins=("ops@example.com",), routine=RoutineAmounts(adds=1, edits=1, removes=1))


def spec(name: str = "demo", **said: Any) -> Spec:
    """Ada's, unless it says otherwise."""
    fields = {"owner": ADA, **said}
    whole = Spec(name, f"workspaces/{name}.yaml", "b", "gcp-namespace", fields=fields)
    return replace(whole, **fields)


def side(name: str = "demo", *, mode: str = "100644", **said: Any) -> FileSide:
    """A plain file."""
    return FileSide(mode, spec(name, **said))


def touched(
    before: FileSide | None, after: FileSide | None, *, path: str = "workspaces/demo.yaml", asker: str = ADA
) -> TouchedSpec:
    """As ada asks."""
    return TouchedSpec(path=path, asker=asker, before=before, after=after)


def why(*changes: TouchedSpec, fleet: Fleet = FLEET, used: RoutineAmounts | None = None) -> list[str]:
    """The sentences."""
    had = {ADA: used} if used else {}
    return [str(each) for each in people_needed(changes, fleet=fleet, used=had)]


ADDED, EDITED = touched(None, side()), touched(side(), side(description="x"))
GONE = touched(side(), None)


@pytest.mark.parametrize("change", [ADDED, EDITED, GONE, replace(EDITED, asker="Ada@EXAMPLE.com")])
def test_what_is_one_s_own_is_routine(change: TouchedSpec) -> None:
    """Mails are the same in any case."""
    assert [] == why(change)


@pytest.mark.parametrize(
    "path",
    [
        "helium.yaml",
        "stacks/x/resources.py",
        ".github/w.yml",
        "workspaces/README.md",
        "workspaces/a/b/demo.yaml",
        "workspaces/demo.yaml.txt",
        "schema/fleet.schema.json",
    ],
)
def test_only_workspaces_files_are_routine(path: str) -> None:
    """Whatever lies beside them needs a person, and it is named."""
    assert [f"{ADA} must ask ops@example.com: {path} is not a workspace's file"] == why(
        touched(None, side(), path=path)
    )


@pytest.mark.parametrize("mode", ["120000", "100755", "160000"])
def test_only_plain_files_are_routine(mode: str) -> None:
    """On either side: a link may point anywhere."""
    for change in (touched(side(mode=mode), side()), touched(side(), side(mode=mode)), touched(None, side(mode=mode))):
        (said,) = why(change)
        assert "not a plain file" in said


def test_what_cannot_be_read_needs_a_person() -> None:
    """On either side, and where there is no side at all."""
    for sides in ((FileSide("100644", None), side()), (side(), FileSide("100644", None)), (None, None)):
        (said,) = why(touched(*sides))
        assert "cannot be read" in said


def test_whose_it_is_the_file_on_main_says() -> None:
    """An edit that names oneself as the owner first is no way in, and without an owner it is nobody's."""
    taken = touched(side(owner=ANN), side(owner=ADA))

    assert [
        f"{ADA} must ask {ANN}: demo belongs to {ANN}",
        f"{ADA} must ask ops@example.com: the owner of demo changes",
    ] == why(taken)
    assert [f"{ADA} must ask {ANN}: demo belongs to {ANN}"] == why(touched(side(owner=ANN), None))
    assert "names no owner" in why(touched(side(owner=""), side(owner="")))[0]


def test_a_new_one_belongs_to_whoever_asks() -> None:
    """Another owner is asked, no owner is nobody, and a name that the ledger knows is not new."""
    assert [f"{ADA} must ask {ANN}: demo would belong to {ANN}"] == why(touched(None, side(owner=ANN)))
    assert "names no owner" in why(touched(None, side(owner="")))[0]
    assert "would be protected" in why(touched(None, side(protected=True)))[0]
    assert "the ledger has a workspace demo already" in why(replace(ADDED, recorded=True))[0]


@pytest.mark.parametrize(
    ("field", "value"), [("owner", ANN), ("access", "everyone"), ("protected", True), ("backend", "x")]
)
def test_some_fields_are_never_changed_as_routine(field: str, value: Any) -> None:
    """Not even by the owner."""
    assert [f"{ADA} must ask ops@example.com: the {field} of demo changes"] == why(
        touched(side(), side(**{field: value}))
    )


def test_a_protected_workspace_does_not_go_as_routine() -> None:
    """Its own owner asks as well."""
    assert [f"{ADA} must ask ops@example.com: demo is protected"] == why(touched(side(protected=True), None))


def test_a_file_that_moves_needs_a_person() -> None:
    """Into another folder, or under another name with the same words."""
    other = touched(None, side(), path="workspaces/team/demo.yaml")
    renamed = touched(None, side("new"), path="workspaces/new.yaml")
    different = touched(None, side("new", description="new"), path="workspaces/new.yaml")

    assert "workspaces/demo.yaml becomes workspaces/team/demo.yaml" in why(GONE, other)[0]
    assert "workspaces/demo.yaml becomes workspaces/new.yaml" in why(GONE, renamed)[0]
    assert [] == why(GONE, different)
    assert [] == [each for each in why(replace(GONE, before=FileSide("100644", None)), different) if "becomes" in each]


def test_there_are_bounds_for_one_pull_request() -> None:
    """A deadline that comes nearer counts as an end."""
    second = touched(None, side("two", description="2"), path="workspaces/two.yaml")
    sooner = replace(touched(side("two"), side("two")), path="workspaces/two.yaml", sooner=True)

    assert [f"{ADA} must ask ops@example.com: these are 2 new workspaces, and routine is 1 in one pull request"] == why(
        ADDED, second
    )
    assert "2 workspaces that end" in why(GONE, sooner)[0]
    assert [] == why(ADDED, replace(EDITED, path="workspaces/x.yaml"), replace(sooner, path="workspaces/y.yaml"))


def test_there_are_bounds_for_one_person_and_day() -> None:
    """What was merged before counts, of each kind by itself."""
    said = why(ADDED, used=RoutineAmounts(adds=1))

    assert [
        f"{ADA} must ask ops@example.com: with these there are 2 new workspaces within 24 hours, and routine is 1"
    ] == said
    assert [] == why(EDITED, used=RoutineAmounts(adds=1, removes=1))


def test_several_may_ask_in_one() -> None:
    """Each by the file that is theirs, and each with a share of their own."""
    anns = touched(side("hers", owner=ANN), None, path="workspaces/hers.yaml", asker=ANN)

    assert [] == why(ADDED, anns)
    assert {ADA: RoutineAmounts(adds=1), ANN: RoutineAmounts(removes=1)} == amounts_by((ADDED, anns))
    assert [] == why(ADDED, anns, used=RoutineAmounts(removes=1))


def test_without_the_setting_nothing_is_routine() -> None:
    """Nor is what changes nothing."""
    off = people_needed((ADDED,), fleet=replace(FLEET, routine=None), used={})

    assert (PersonNeeded("the author", "ops@example.com", "helium.yaml on main has no routine"),) == off
    assert ["the author must ask ops@example.com: it changes no workspace's file"] == why()


def test_an_admin_is_asked_or_whoever_may_merge() -> None:
    """Nobody is told to ask themselves."""
    assert "somebody who may merge" == merger(Fleet("acme"))
    assert "ops@example.com" == merger(FLEET, besides=ADA)
    assert "somebody who may merge" == merger(FLEET, besides="OPS@example.com")
