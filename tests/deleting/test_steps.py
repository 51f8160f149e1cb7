"""The steps of the proof on the harness, one by one: what is believed only after it was seen."""

from __future__ import annotations

import pytest

from helium.core.record import Phase
from helium.core.stack import StackId
from helium.errors import EngineError
from tests.fakes import FakeEngine
from tests.reconcile.harness import Stage, summary

PLAIN = "expiry: 2026-12-24\n"


@pytest.fixture
def grown() -> Stage:
    """A fleet with `a` and `b`, ready; the file of `a` is gone."""
    stage = Stage()
    stage.land({"a.yaml": PLAIN, "b.yaml": PLAIN})
    stage.go()
    stage.land({"a.yaml": None})
    return stage


def test_a_record_leaves_only_when_a_later_listing_lacks_its_stack(grown: Stage) -> None:
    """`stack rm` said yes and the state holds it still: it is not gone, and the next pass tries again."""

    class Lying(FakeEngine):
        """Says that it removed, and did not."""

        def remove(self, stack: StackId) -> None:
            """Nothing."""

    grown.engine.__class__ = Lying
    grown.go()
    assert grown.phases() == {"a": "gone", "b": "ready"}
    assert "gone" not in [line.code for line in grown.ledger.lines]

    grown.engine.__class__ = FakeEngine
    grown.go()
    assert (grown.stacks(), grown.phases()) == (["b"], {"b": "ready"})
    assert [line.code for line in grown.ledger.lines].count("file-removed") == 1


def test_that_it_is_empty_is_pushed_before_its_name_goes(grown: Stage) -> None:
    """Killed between the two, the next pass knows that this stack was not lost but emptied."""
    seen: list[Phase] = []

    class Watching(FakeEngine):
        """Looks at the ledger when its stack is removed."""

        def remove(self, stack: StackId) -> None:
            """Tells what everybody can read just then."""
            record = grown.record(stack.name)
            assert record is not None
            seen.append(record.phase)
            super().remove(stack)

    grown.engine.__class__ = Watching
    grown.go()

    assert seen == [Phase.GONE]


def test_a_pass_that_refuses_the_state_begins_no_ledger() -> None:
    """A marker without a ledger: nothing is written, or the next pass would take the fleet for a new one."""
    stage = Stage()
    stage.engine.marker = True
    stage.land({"a.yaml": PLAIN})

    assert stage.go().plan.refusals[0].code.value == "foreign-state"
    assert stage.ledger.writes == []
    assert stage.go().plan.refusals[0].code.value == "foreign-state"


def test_a_record_of_deleting_without_a_stack_was_emptied_or_is_lost(grown: Stage) -> None:
    """A stack that vanished while `deleting` was never seen empty: it is lost, not gone, until a person says so."""
    grown.engine.errors["destroy", "a"] = EngineError("a", "the cloud is away")
    grown.go()
    del grown.engine.stacks[grown.stack("a")]
    change = grown.go().plan.of("a")

    assert change is not None
    assert change.code.value == "lost-stack"
    assert grown.phases()["a"] == "deleting"


def test_what_expired_goes_though_its_file_stays(grown: Stage) -> None:
    """And what was read long ago is read again before it goes: an unread file is never destroyed for."""
    grown.land({"a.yaml": "expiry: 2026-11-25\n"})
    grown.go()
    grown.now = grown.now.replace(day=26)

    assert summary(grown.go()) == [("destroy", "a", "expired", True)]
