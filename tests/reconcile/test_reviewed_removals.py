"""Passes in which a file is gone, beside what the git host knows of its pull request."""

from __future__ import annotations

import pytest

from helium.core.plan import Code
from helium.core.reviews import MergedPullRequest
from helium.core.spec import DIRECT, REVIEWED, UNREVIEWED
from tests.fakes import FakeReviews
from tests.reconcile.harness import Stage, summary


@pytest.fixture
def reviewed() -> tuple[Stage, FakeReviews]:
    """`a` and `b` are up, in a repository at a host."""
    stage = Stage()
    stage.land({"a.yaml": "{}\n", "b.yaml": "{}\n"})
    stage.go()
    stage.reviews = FakeReviews()
    return stage, stage.reviews


def merged(commit: str, *, shows: set[str]) -> MergedPullRequest:
    """The pull request that this commit came from."""
    return MergedPullRequest(
        number=7,
        url="https://host.example.com/pulls/7",
        by="ann@example.com",
        approved_by="bob@example.com",
        commits=frozenset({commit}),
        shows=frozenset(shows),
    )


def origin(stage: Stage, name: str) -> str:
    """How the file went, by the record; nothing while it is there."""
    record = stage.record(name)
    return record.removed.origin if record and record.removed else ""


def test_what_a_pull_request_showed_is_carried_out_with_who_asked(reviewed: tuple[Stage, FakeReviews]) -> None:
    """The log names who opened and who approved it."""
    stage, host = reviewed
    host.merged.append(merged(stage.land({"a.yaml": None}), shows={"a"}))
    result = stage.go()
    (line,) = stage.ledger.log(name="a", since=stage.now)

    assert [("destroy", "a", "file-removed", True)] == summary(result)
    assert (REVIEWED, "ann@example.com", "bob@example.com") == (line.origin, line.by, line.approved_by)


def test_what_it_did_not_show_is_held_and_named(reviewed: tuple[Stage, FakeReviews]) -> None:
    """Until a person allows it by name; then it goes, and nobody asks the host a second time."""
    stage, host = reviewed
    host.merged.append(merged(stage.land({"a.yaml": None}), shows={"z"}))
    result = stage.go()
    (refusal,) = result.plan.refusals

    assert ([], Code.UNREVIEWED_REMOVAL, ("a",)) == (summary(result), refusal.code, refusal.names)
    assert ({"a", "b"}, UNREVIEWED) == ({*stage.stacks()}, origin(stage, "a"))
    asked = len(host.asked)
    stage.go()
    assert len(host.asked) == asked


def test_while_the_host_is_away_nothing_is_destroyed_and_nothing_written_down(
    reviewed: tuple[Stage, FakeReviews],
) -> None:
    """The first pass after that asks again; what is made or edited meanwhile goes on."""
    stage, host = reviewed
    host.away = True
    commit = stage.land({"a.yaml": None, "c.yaml": "{}\n"})
    result = stage.go()

    assert [("create", "c", "new-file", True)] == summary(result)
    assert ["a", "b", "c"] == stage.stacks()
    assert "The host does not answer." in result.plan.refusals[0].sentence
    assert "" == origin(stage, "a")

    host.away = False
    host.merged.append(merged(commit, shows={"a"}))
    assert [("destroy", "a", "file-removed", True)] == summary(stage.go())


def test_a_file_that_goes_again_by_another_pull_request_is_another_removal(
    reviewed: tuple[Stage, FakeReviews],
) -> None:
    """Put back and removed in a pull request that shows it: that releases what was held."""
    stage, host = reviewed
    host.merged.append(merged(stage.land({"a.yaml": None}), shows=set()))
    stage.go()
    stage.land({"a.yaml": "{}\n"})
    host.merged.append(merged(stage.land({"a.yaml": None}), shows={"a"}))

    assert [("destroy", "a", "file-removed", True)] == summary(stage.go())


def test_a_direct_push_goes_on_as_before(reviewed: tuple[Stage, FakeReviews]) -> None:
    """It needs no showing, and counts against the limit of deletes."""
    stage, _ = reviewed
    stage.land({"a.yaml": None})
    result = stage.go()

    assert [("destroy", "a", "file-removed", True)] == summary(result)
    assert {DIRECT} == {line.origin for line in stage.ledger.log(name="a", since=stage.now)}


def test_a_quiet_pass_asks_the_host_nothing(reviewed: tuple[Stage, FakeReviews]) -> None:
    """Nor does one with creates and edits."""
    stage, host = reviewed
    stage.land({"c.yaml": "{}\n", "b.yaml": "pachdVersion: 2.3.9\n"})
    stage.go()
    stage.go()

    assert [] == host.asked
