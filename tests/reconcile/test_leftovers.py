"""A record of what is gone stays until nothing of its stack is left in the state."""

from __future__ import annotations

from helium.core.stack import StackId
from helium.errors import EngineError
from tests.fakes import FakeEngine
from tests.reconcile.harness import Stage

PLAIN = "expiry: 2026-12-24\n"


class CutShort(FakeEngine):
    """The name goes, and then Pulumi is killed."""

    def remove(self, stack: StackId) -> None:
        """Not to its end."""
        self.stacks.pop(stack)
        raise EngineError(str(stack), "Pulumi was killed")


def emptied() -> Stage:
    """The file of `a` is gone, and the next pass destroys its stack but does not come to the end of it."""
    stage = Stage()
    stage.land({"a.yaml": PLAIN, "b.yaml": PLAIN})
    stage.go()
    stage.land({"a.yaml": None})
    stage.engine.__class__ = CutShort
    return stage


def killed_at_the_end() -> Stage:
    """The pass that destroyed `a` could not remove the rest of it either."""
    stage = emptied()
    stage.engine.errors["forget", "a"] = EngineError("a", "Pulumi was killed")
    stage.go()
    assert stage.phases() == {"a": "gone", "b": "ready"}
    stage.engine.errors.clear()
    stage.engine.calls.clear()
    return stage


def test_the_record_leaves_when_all_of_its_stack_is_gone() -> None:
    """The next pass removes what is left, and drops the record; the end has its one line already."""
    stage = killed_at_the_end()
    stage.go()

    assert (["a"], {"b": "ready"}) == (stage.calls_of("forget"), stage.phases())
    assert [line.sentence for line in stage.ledger.lines if line.name == "a"].count("destroy: destroyed") == 1


def test_the_record_stays_while_something_of_its_stack_is_left() -> None:
    """Or nobody would know of it: the next pass tries again."""
    stage = killed_at_the_end()
    stage.engine.errors["forget", "a"] = EngineError("a", "the state is away")
    stage.go()
    assert {"a": "gone", "b": "ready"} == stage.phases()
    del stage.engine.errors["forget", "a"]
    stage.go()

    assert {"b": "ready"} == stage.phases()


def test_nothing_is_forgotten_of_what_was_never_proven_empty() -> None:
    """A create that never made a stack left nothing that this fleet may remove."""
    stage = Stage()
    stage.engine.errors["up", "a"] = EngineError("a", "the cloud is away")
    stage.land({"a.yaml": PLAIN})
    # One plan: a later round would list the stack, and it would be lost.
    stage.go(once=True)
    stage.engine.stacks.pop(stage.stack("a"), None)
    stage.land({"a.yaml": None})
    stage.go()

    assert ([], None) == (stage.calls_of("forget"), stage.record("a"))


def test_a_removal_that_was_cut_short_is_ended_by_the_same_pass() -> None:
    """Where Pulumi alone was killed, nobody has to wait for the next one."""
    stage = emptied()
    stage.go()

    assert (["a"], {"b": "ready"}) == (stage.calls_of("forget"), stage.phases())
