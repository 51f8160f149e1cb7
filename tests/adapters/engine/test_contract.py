"""What any `Engine` does, on the fake and on Pulumi."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from helium.core.live import Doing
from helium.core.stack import StackId
from helium.errors import EngineError, EngineInterruptedError, StackMissingError
from helium.ports.engine import Built, Engine, UpOptions
from tests.adapters.engine.conftest import NOW, Make, Warm, destroy, update, workspace
from tests.fakes import FakeEngine

A = StackId.of("acme", "plain", name="a")


@pytest.fixture(params=["fake", "real"])
def port(request: pytest.FixtureRequest) -> Engine:
    """The fake, or Pulumi with an empty state."""
    if request.param == "fake":
        return FakeEngine()
    warm: Warm = request.getfixturevalue("warm")
    return warm.engine


@pytest.fixture(params=["fake", "real"])
def port_a(request: pytest.FixtureRequest) -> Engine:
    """The fake, or Pulumi, with `a` up in its state."""
    if request.param == "fake":
        fake = FakeEngine()
        fake.up(workspace("a"))
        return fake
    warm: Warm = request.getfixturevalue("warm_a")
    return warm.engine


def test_a_new_state_has_nothing(port: Engine) -> None:
    """Neither marker nor stack: a new fleet."""
    listing = port.observe()

    assert (False, (), ()) == (listing.marker, listing.stacks, listing.foreign)


def test_one_life(port: Engine) -> None:
    """Up, listed, owned, destroyed, seen empty, removed, gone."""
    built = port.up(workspace("a"))
    listed = port.observe()
    ownership, full = port.ownership(A), port.empty(A) or port.bare(A)
    destroy(port, A)
    emptied = port.empty(A) and port.bare(A)
    port.remove(A)

    assert Built(outputs=built.outputs, resources={"test:index:Thing": 1}, changed=built.changed) == built
    assert "https://a" == built.outputs["url"]
    assert [A] == [stack.id for stack in listed.stacks]
    assert (workspace("a").ownership, False, True) == (ownership, full, emptied)
    assert () == port.observe().stacks


def test_what_is_done_is_told_as_it_happens(port: Engine) -> None:
    """Of an `up` and of a destroy, how many of the resources that count are done; the ownership is none of them."""
    told: list[tuple[StackId, Doing]] = []
    port.report_to(lambda stack, doing: told.append((stack, doing)))
    port.up(workspace("a"))
    up, told[:] = list(told), []
    destroy(port, A)

    assert (A, 1) == (up[-1][0], up[-1][1].done)
    assert (A, 1) == (told[-1][0], told[-1][1].done)


def test_an_update_moves_the_ownership(port_a: Engine) -> None:
    """A second up on the same stack is an update, and the ownership says what it was given."""
    update(port_a, workspace("a", pins={"program": "2"}))

    ownership = port_a.ownership(A)

    assert {"program": "2"} == (ownership.pins if ownership else None)


def test_a_stack_without_a_cluster_has_nothing_to_look_at(port_a: Engine) -> None:
    """That is no look, and no trouble."""
    assert None is port_a.look(A, now=NOW)


def test_a_failed_up_leaves_its_ownership(port: Engine) -> None:
    """Whose a stack is stands in it even when the backend failed."""
    if isinstance(port, FakeEngine):
        port.errors["up", "a"] = EngineError(str(A), "the backend was told to fail")

    with pytest.raises(EngineError, match="the backend was told to fail"):
        port.up(workspace("a", description="fail"))

    ownership = port.ownership(A)
    assert "ada@example.com" == (ownership.owner if ownership else None)


def test_a_stack_that_holds_something_is_not_removed(port_a: Engine) -> None:
    """`remove` never forces."""
    with pytest.raises(EngineError, match="still has resources"):
        port_a.remove(A)

    assert [A] == [stack.id for stack in port_a.observe().stacks]


def test_removing_what_is_gone_is_a_success(port: Engine) -> None:
    """A killed pass may have removed it already."""
    port.remove(A)

    assert () == port.observe().stacks


@pytest.mark.parametrize(
    "ask",
    [
        lambda port: port.ownership(A),
        lambda port: port.empty(A),
        lambda port: destroy(port, A),
    ],
)
def test_a_missing_stack_is_missing(port: Engine, ask: Callable[[Engine], object]) -> None:
    """What is asked of a stack that is not there is `StackMissing`, never a guess."""
    with pytest.raises(StackMissingError, match=r"organization/acme\.plain/a: the state has no such stack"):
        ask(port)


def test_the_marker(port: Engine) -> None:
    """Missing until it is created; created twice, it does no harm; then it is in the listing and can be decrypted."""
    with pytest.raises(StackMissingError):
        port.check_marker()
    port.create_marker("ledger-1")
    port.create_marker("ledger-2")
    assert port.check_marker() == "ledger-2"

    listing = port.observe()

    assert (True, ()) == (listing.marker, listing.stacks)


def test_a_metadata_only_update_touches_only_the_ownership(port_a: Engine) -> None:
    """It keeps what the stack has, and says so."""
    built = update(port_a, workspace("a", deadline=workspace("a").added_at), metadata_only=True)

    ownership = port_a.ownership(A)
    assert {"test:index:Thing": 1} == built.resources
    assert workspace("a").added_at == (ownership.deadline if ownership else None)


def test_a_metadata_only_update_of_nothing_is_an_error(port: Engine) -> None:
    """Never a full one: it would bring a program along that nobody asked for."""
    with pytest.raises(EngineError, match="helium reconcile --roll brings it up as a whole"):
        port.up(workspace("a"), UpOptions(metadata_only=True))
    assert () == port.observe().stacks


def test_a_closed_engine_starts_nothing(engine: Make) -> None:
    """After Ctrl-C no further stack is begun."""
    for port in (FakeEngine(), engine()):
        port.close()

        with pytest.raises(EngineInterruptedError):
            port.up(workspace("a"))


def test_foreign_stacks_are_told_apart(engine: Make, tmp_path: Path) -> None:
    """Another fleet's stacks in the same state are listed as foreign, and are nobody's here."""
    other = engine(fleet="other", work=tmp_path / "other")
    other.create_marker("ledger-1")

    listing = engine().observe()

    assert (False, (), ("organization/other.marker/marker",)) == (listing.marker, listing.stacks, listing.foreign)
