"""What `helium why` says of a name: its change, and the facts behind that."""

from __future__ import annotations

import pytest

from helium.core.drift import Drift
from helium.core.log_line import LogLine
from helium.core.record import CorruptRecord
from helium.errors import NotFoundError
from helium.ports.repo import Commit
from helium.reconcile.explanation import explained
from tests.builders import NOW, decided, fleet_of, record


def test_a_change_is_told_with_what_is_behind_it() -> None:
    """The newest commit of its file, its last outcome, and how it drifted."""
    plan = decided(fleet_of("a"))
    commits = [Commit("c2" * 20, NOW, "Bob <bob@example.com>", "Extend a"), Commit("c1" * 20, NOW, "Ada", "Add a")]
    lines = [LogLine(NOW, "a", "created", "created"), LogLine(NOW, "a", "updated", "updated in 2 s")]
    known = record(drift=Drift(NOW, NOW, ("Deployment/app is gone",)))

    facts = explained(plan, "a", record=known, commits=commits, lines=lines)

    assert ("a", "keep", "in-step") == (facts.name, facts.kind, facts.code)
    assert "c2c2c2c2c2 Extend a (Bob <bob@example.com>)" == facts.commit
    assert facts.last_outcome.endswith(" updated in 2 s")
    assert ("ready", "Deployment/app is gone", "") == (facts.phase, facts.drift, facts.refused)


def test_what_nobody_knows_is_empty() -> None:
    """No commit, no outcome, and a record that cannot be read."""
    facts = explained(decided(fleet_of("a")), "a", record=CorruptRecord("a", "a.json", "is torn"), commits=(), lines=())

    assert ("", "", "", "") == (facts.commit, facts.last_outcome, facts.phase, facts.drift)


def test_a_name_that_the_plan_does_not_have_is_not_found() -> None:
    """Nothing is said of what nobody knows."""
    with pytest.raises(NotFoundError):
        explained(decided(fleet_of("a")), "b", record=None, commits=(), lines=())
