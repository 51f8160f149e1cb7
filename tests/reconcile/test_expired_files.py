from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from helium.core.fleet_record import LastPass, Pause
from helium.core.observation import Observation
from helium.core.plan import Overrides
from helium.core.record import CorruptRecord
from helium.core.spec import Addition, InvalidSpec, NotParsed
from helium.reconcile.expired_files import Expiry, expired, may_be_of_nothing
from helium.reconcile.guard import deletes_digest
from tests.builders import ADDED_AT, DEADLINE, NOW, fleet_of, fleet_record, record, spec

LATER = DEADLINE + timedelta(minutes=1)


def due(**changes: Any) -> Observation:
    """A fleet whose `a` is due and whose `b` lives longer; its last pass was just before."""
    observed = fleet_of(
        "a", "b", fleet_record=fleet_record(last_pass=LastPass(DEADLINE - timedelta(hours=1), "c0", 1.0))
    )
    long = DEADLINE + timedelta(days=1)
    observed = replace(
        observed,
        specs={"a": spec("a"), "b": spec("b", expiry=long)},
        records={"a": record("a"), "b": record("b", deadline=long)},
    )
    return replace(observed, **changes)


def expiry_of(observed: Observation, **overrides: Any) -> Expiry:
    """What a job would remove a minute after the deadline of `a`."""
    return expired(observed, LATER, overrides=Overrides(**overrides))


def test_the_file_of_a_passed_deadline_goes() -> None:
    """What is due is named with its path and the deadline that passed; what is not, is not."""
    going = expiry_of(due())

    assert {"a": "workspaces/a.yaml"} == going.paths
    assert {"a": "The deadline 2026-11-26T12:00:00Z passed 1m ago."} == going.reasons
    assert () == going.refusals
    assert {} == expired(due(), NOW, overrides=Overrides()).paths


def test_a_default_lifetime_ends_a_workspace_too() -> None:
    """A file without an expiry lives for the lifetime of the day it was added."""
    observed = due(specs={"a": spec("a", expiry=None)}, records={"a": record("a", lifetime="1d", deadline=NOW)})

    assert ["a"] == list(expiry_of(observed).paths)
    assert {} == expired(observed, ADDED_AT + timedelta(hours=23), overrides=Overrides(clock_is_right=True)).paths


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"on_main": False}, "history"),
        ({"descends": False}, "history"),
        ({"fleet_record": fleet_record(accepted=None)}, "history"),
        ({"remote_time": LATER - timedelta(hours=1)}, "untrusted-clock"),
        ({"fleet_record": fleet_record(last_pass=LastPass(NOW, "c0", 1.0))}, "untrusted-clock"),
        ({"fleet_record": fleet_record(pause=Pause("Ada", "moving", NOW)), "remote_time": LATER}, "paused"),
        ({"records": {"a": record("a", protected=True)}}, "protected"),
        ({"records": {"a": record("a", deadline=LATER + timedelta(days=1))}}, "deadline-moved"),
    ],
)
def test_a_safeguard_keeps_the_file(changes: dict[str, Any], code: str) -> None:
    """The safeguards that need no stack are asked before anything is removed."""
    going = expiry_of(due(**changes))

    assert {} == going.paths
    assert [code] == [refusal.code.value for refusal in going.refusals]


def test_a_person_may_say_that_the_clock_is_right() -> None:
    """Safeguard `trusted_clock` has its override. More than the limit on deletes go only by name."""
    observed = due(remote_time=LATER - timedelta(hours=1))
    limits = replace(observed.fleet.limits, deletes=0)
    few = replace(observed, fleet=replace(observed.fleet, limits=limits))

    assert ["a"] == list(expiry_of(observed, clock_is_right=True).paths)
    assert {} == expiry_of(few, clock_is_right=True).paths
    assert ["a"] == list(expiry_of(few, clock_is_right=True, allow_deletes=deletes_digest(["a"])).paths)


@pytest.mark.parametrize(
    "changes",
    [
        {"specs": {"a": InvalidSpec("a", "workspaces/a.yaml", "x", ())}},
        {"specs": {"a": NotParsed("a", "workspaces/a.yaml", "x")}},
        {"records": {}},
        {
            "specs": {"a": spec("a", blob="other", owner="bob@example.com")},
            "additions": {"a": Addition("a", NOW, "c1", "Bob <bob@example.com>", "other", blob_before="blob-a")},
        },
    ],
)
def test_missing_facts_remove_nothing(changes: dict[str, Any]) -> None:
    """A file that cannot be read, or of an incarnation that no pass has recorded, stays."""
    assert {} == expiry_of(due(**changes)).paths


def lapsed(**changes: Any) -> Observation:
    """A fleet whose `a` was never made, though a pass has seen its file, and whose deadline has passed."""
    observed = due(additions={"a": Addition("a", NOW, "c1", "Ada <ada@example.com>", "blob-a")}, records={})
    observed = replace(observed, specs={"a": spec("a")})
    return replace(observed, **changes)


def test_the_file_of_what_was_never_made_goes_once_a_pass_has_seen_it() -> None:
    """It holds nothing, and would lie there for ever. Without anybody who knows that, it stays."""
    observed = lapsed()

    assert ["a"] == list(may_be_of_nothing(observed, LATER))
    assert {} == expired(observed, LATER, overrides=Overrides()).paths
    going = expired(observed, LATER, overrides=Overrides(), never_made=frozenset({"a"}))
    assert {"a": "workspaces/a.yaml"} == going.paths
    assert {"a": "The deadline 2026-11-26T12:00:00Z passed 1m ago, before it was created."} == going.reasons
    assert {} == may_be_of_nothing(observed, NOW)


@pytest.mark.parametrize(
    "changes",
    [
        {"records": {"a": record("a")}},
        {"records": {"a": CorruptRecord("a", "x", "cut short")}},
        {"additions": {}},
        {"gaps": ("the log lacks lines",)},
        {"fleet_record": None},
        {"fleet_record": fleet_record(marker="pending")},
        {"specs": {"a": spec("a", protected=True)}},
        {"specs": {"a": InvalidSpec("a", "workspaces/a.yaml", "x", ())}},
        {"specs": {"a": spec("a", expiry=LATER + timedelta(days=1))}},
    ],
)
def test_where_something_may_have_been_made_nobody_is_asked(changes: dict[str, Any]) -> None:
    """A record, or a ledger that cannot say."""
    assert {} == may_be_of_nothing(lapsed(**changes), LATER)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"descends": False}, "history"),
        ({"remote_time": LATER - timedelta(hours=1)}, "untrusted-clock"),
        ({"fleet_record": fleet_record(pause=Pause("Ada", "moving", NOW)), "remote_time": LATER}, "paused"),
    ],
)
def test_a_safeguard_keeps_the_file_of_what_was_never_made(changes: dict[str, Any], code: str) -> None:
    """By a wrong clock every file is old."""
    going = expired(lapsed(**changes), LATER, overrides=Overrides(), never_made=frozenset({"a"}))

    assert ({}, [code]) == (going.paths, [refusal.code.value for refusal in going.refusals])
