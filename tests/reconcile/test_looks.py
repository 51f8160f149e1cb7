"""Looks into clusters: after each change, again while something is not well, and never in anybody's way."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from helium.core.fleet import Fleet
from helium.core.fleet_record import Lease
from helium.core.health import ProbeAnswer, WorkspaceHealth
from helium.core.probes import Probe
from helium.core.record import Phase
from helium.errors import EngineError, EngineInterruptedError
from helium.reconcile.ledger_writer import LedgerWriter
from helium.reconcile.looks import MOST, Looker, due_looks
from tests.builders import NOW, record
from tests.reconcile.harness import START, Stage

WELL = WorkspaceHealth(START, {"Running": 1}, 1, 1)
LACKS = WorkspaceHealth(START, {"Pending": 1}, 0, 1, ("web-1: Unschedulable: no node",))
SPEC = "expiry: 2026-12-01\nowner: ada@example.com\n"


@pytest.fixture
def stage() -> Stage:
    """A fleet with `a`, whose pods are not ready, and `b`, whose are."""
    stage = Stage()
    stage.engine.looks = {"a": LACKS, "b": WELL}
    stage.land({"a.yaml": SPEC, "b.yaml": SPEC})
    stage.go()
    return stage


def health_of(stage: Stage, name: str) -> WorkspaceHealth:
    """What its record says."""
    known = stage.record(name)
    assert known
    assert known.health
    return known.health


def test_a_pass_looks_at_what_it_has_changed(stage: Stage) -> None:
    """What was seen is in the record, with its time. The phase is that of the change, which ended well."""
    assert {"a": "ready", "b": "ready"} == stage.phases()
    assert (LACKS.unready, stage.now) == (health_of(stage, "a").unready, health_of(stage, "a").at)
    assert WELL.pods == health_of(stage, "b").pods
    assert ["a", "b"] == stage.calls_of("look")


def test_what_is_not_well_is_not_called_ready() -> None:
    """The outcome says what is missing; the change ended well all the same."""
    stage = Stage()
    stage.engine.looks = {"a": LACKS, "b": WELL}
    stage.land({"a.yaml": SPEC, "b.yaml": SPEC})
    outcomes = {each.name: (each.ok, each.sentence) for each in stage.go().outcomes}

    said = "not ready yet: 1 of 1 pod not ready: web-1: Unschedulable: no node"
    assert {"a": (True, said), "b": (True, "ready")} == outcomes


def test_only_what_was_not_well_is_looked_at_again(stage: Stage) -> None:
    """By a pass that has nothing else to do, when it is due; once it is well, by no pass at all."""
    commits = stage.ledger.snapshot.head
    stage.now -= timedelta(seconds=30)
    stage.go()
    assert ["a", "b"] == stage.calls_of("look"), "the first look is not due for a minute"

    stage.engine.looks["a"] = WELL
    stage.go()
    assert (["a", "b", "a"], WELL.pods) == (stage.calls_of("look"), health_of(stage, "a").pods)
    assert commits != stage.ledger.snapshot.head
    for _ in range(3):
        stage.now += timedelta(hours=2)
        stage.go()
    assert ["a", "b", "a"] == stage.calls_of("look")
    assert ["a", "b"] == stage.calls_of("up"), "a look changes nothing"


def test_what_stays_unready_waits_longer_each_time(stage: Stage) -> None:
    """One minute, two, four."""
    for looks in (2, 3, 4):
        stage.now = health_of(stage, "a").next_at or stage.now
        stage.go()
        assert looks == health_of(stage, "a").looks
    known = stage.record("a")
    assert known
    assert (Phase.READY, 0) == (known.phase, known.attempts)
    assert ["a", "b"] == stage.stacks()


def test_looks_end_with_their_time(stage: Stage) -> None:
    """What was not looked at is looked at by the next pass, and nobody has waited for it."""
    before, snapshot = stage.record("a"), stage.ledger.snapshot
    assert snapshot.fleet_record
    stage.now += timedelta(hours=1)
    clock, run = partial(getattr, stage, "now"), stage.pass_().run
    writer = LedgerWriter(stage.ledger, snapshot, fleet_record=snapshot.fleet_record, run=run, clock=clock)
    Looker(Fleet("acme"), stage.engine, writer, clock, budget=-1.0).again(["a", "b", "never"])

    assert (["a", "b"], before) == (stage.calls_of("look"), writer.record("a"))


def test_a_failure_is_looked_at_as_well() -> None:
    """Of what failed, a person wants to see the pods most."""
    stage = Stage()
    stage.engine.looks = {"a": LACKS}
    stage.engine.errors["up", "a"] = EngineError("a", "it took too long")
    stage.land({"a.yaml": SPEC})
    stage.go(once=True)

    assert ({"a": "failed"}, LACKS.unready) == (stage.phases(), health_of(stage, "a").unready)


def test_a_look_that_fails_is_noted_and_fails_nothing(stage: Stage) -> None:
    """The change ended well all the same."""
    stage.engine.errors["look", "b"] = EngineError("b", "its export is not JSON")
    stage.land({"b.yaml": f"{SPEC}description: another\n"})
    stage.go()

    assert ("ready", "its export is not JSON") == (stage.phases()["b"], health_of(stage, "b").trouble)
    assert {} == health_of(stage, "b").pods


def test_a_look_that_was_stopped_says_nothing(stage: Stage) -> None:
    """Whoever ends the pass has not seen the cluster."""
    before = health_of(stage, "a")
    stage.engine.errors["look", "a"] = EngineInterruptedError("a", "the engine is closed")
    stage.go()

    assert before == health_of(stage, "a")


def test_what_has_nothing_in_a_cluster_any_more_is_not_asked_for_ever(stage: Stage) -> None:
    """Its look is dropped."""
    del stage.engine.looks["a"]
    stage.go()
    known = stage.record("a")

    assert known
    assert None is known.health


PROBED = b"""fleet: acme
sandbox: [gcp]
clusters: {ci: {kubeconfig: here}}
backends: {gcp-namespace: {ready: {probe: {url: "https://${workspace.name}.example.com/up", status: 204}}}}
"""
UP = Probe("https://a.example.com/up", 204, loopback=True)


def test_an_address_that_does_not_answer_is_asked_again_and_changes_nothing() -> None:
    """The change has ended well; the next passes ask, ever less often, and nothing is made, rolled or destroyed."""
    stage = Stage()
    stage.repo.land({"helium.yaml": PROBED}, time=stage.now)
    bad = ProbeAnswer(UP.url, "answered 503, and not 204", ok=False)
    stage.engine.looks = {"a": replace(WELL, answer=bad), "b": WELL}
    stage.land({"a.yaml": SPEC, "b.yaml": SPEC})
    stage.go()
    assert ({"a": "ready", "b": "ready"}, UP) == (stage.phases(), stage.engine.probes["a"])
    for looks in (2, 3):
        stage.now = health_of(stage, "a").next_at or stage.now
        stage.go()
        assert (looks, str(bad)) == (health_of(stage, "a").looks, health_of(stage, "a").problem)

    stage.engine.looks["a"] = WELL
    stage.now = health_of(stage, "a").next_at or stage.now
    stage.go()
    assert ("", None) == (health_of(stage, "a").problem, health_of(stage, "a").next_at)
    assert (["a", "b"], [], ["a", "b"]) == (stage.calls_of("up"), stage.calls_of("destroy"), stage.stacks())


def test_what_has_failed_is_not_asked() -> None:
    """It is not expected to answer."""
    stage = Stage()
    stage.repo.land({"helium.yaml": PROBED}, time=stage.now)
    stage.engine.errors["up", "a"] = EngineError("a", "it took too long")
    stage.land({"a.yaml": SPEC})
    stage.go(once=True)

    assert {"a": None} == stage.engine.probes


def test_the_lease_of_another_pass_is_respected(stage: Stage) -> None:
    """Only its holder writes, so nobody else looks either."""
    before = health_of(stage, "a")
    known = stage.ledger.snapshot.fleet_record
    assert known
    lease = Lease("of-another", known.counter + 1, "elsewhere", 7, "boot", stage.now + timedelta(minutes=20))
    theirs = replace(known, lease=lease, counter=lease.counter)
    stage.ledger.snapshot = replace(stage.ledger.snapshot, fleet_record=theirs)
    stage.go()

    assert before == health_of(stage, "a")


def test_due_is_what_waits_longest_and_not_what_goes() -> None:
    """What is being deleted is proven by its end, and too much at once would hold up the end of a pass."""
    unwell = replace(LACKS, next_at=NOW)
    many = [record(f"n{number:02}", health=unwell) for number in range(MOST + 5)]
    first = record("z", health=replace(unwell, next_at=NOW - timedelta(hours=1)), phase=Phase.FAILED)
    others = [
        record("going", health=unwell, phase=Phase.DELETING),
        record("later", health=replace(unwell, next_at=NOW + timedelta(seconds=1))),
        record("well", health=WELL),
        record("never"),
    ]

    due = due_looks([*many, *others, first], NOW)
    assert (["z", "n00", "n01"], MOST) == ([each.name for each in due[:3]], len(due))
