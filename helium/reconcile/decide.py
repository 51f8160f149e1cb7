"""What one round sees, and what it decides: load, diff, ask the stacks, diff again, guard.

It changes nothing. Names at work are left out of the plan, and counted by the guard all the same.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from helium.core.observation import Observation
from helium.core.plan import Code, Overrides, Plan
from helium.core.run import Clock
from helium.core.stack import Listing
from helium.ports import Ports
from helium.ports.ledger import Snapshot
from helium.reconcile.diff import diff
from helium.reconcile.guard import believed_time, clock_problem, guard
from helium.reconcile.load import Selection, load, opened
from helium.reconcile.load.unlisted import CALLED_ABSENT, with_unlisted


@dataclass(frozen=True, slots=True)
class Decided:
    """The guarded plan and what it rests on. `dated`: the time that is believed, where the clock is in doubt.

    `ahead`: by how much the remote's own clock says that this machine's is ahead. `trusted`: the time of this pass may
    be noted.
    """

    plan: Plan
    observed: Observation
    snapshot: Snapshot
    dated: datetime | None
    ahead: timedelta
    trusted: bool


def decide(
    ports: Ports,
    selection: Selection,
    *,
    overrides: Overrides,
    clock: Clock,
    known: Listing | None = None,
    at_work: frozenset[str] = frozenset(),
) -> Decided:
    """One round's plan. `known`: the stacks that this pass knows of, so that it need not list them again."""
    now = clock()
    # 1. Load. One commit of main and one reading of the clock, so that every decision below is about one moment.
    loaded = load(ports, selection, clock=clock, now=now, known=known)
    observed = replace(loaded.observed, at_work=at_work)
    # 2. Diff. Pure, and for every name at once: a name that nobody mentions any more is a decision as well.
    plan = _diff(observed, overrides, now=now)
    if known is not None and _rests_on_a_listing(plan):
        observed = replace(observed, listing=ports.engine.observe())
        plan = _diff(observed, overrides, now=now)
    # 3. Ask the stacks, and decide again. Only a stack itself can say whose it is, or that it is not there, and each
    #    question costs a process of Pulumi, so the first diff says which ones to ask.
    looked = with_unlisted(ports.engine, observed, plan=plan)
    # What nobody asked changed nothing, and a diff of ten thousand names takes as long as reading all their records.
    plan = plan if looked is observed else _diff(looked, overrides, now=now)
    observed = looked
    doubt = "" if overrides.clock_is_right else clock_problem(observed, now)
    believed = believed_time(observed, now) if doubt else now
    looked = opened(ports, observed, plan=plan, now=believed)
    plan = plan if looked is observed else _diff(looked, overrides, now=now)
    observed = looked
    # 4. Guard. It judges the whole fleet's plan, before `--only` picks names: a limit on a part limits nothing.
    plan = guard(plan, observed, overrides=overrides)
    ahead = now - believed if doubt and observed.remote_time else timedelta(0)
    trusted = not doubt and not _vouched_for_too_much(plan, observed)
    return Decided(plan, observed, loaded.snapshot, believed if doubt else None, ahead, trusted)


def _diff(observed: Observation, overrides: Overrides, *, now: datetime) -> Plan:
    """The plan, in which the stacks that a person named may replace what holds data."""
    may_replace = overrides.allow_replace & {stack.id.name for stack in observed.listing.stacks}
    return diff(observed, now).replacing(may_replace)


def _rests_on_a_listing(plan: Plan) -> bool:
    return bool(plan.may_delete) or any(change.code in CALLED_ABSENT for change in plan.changes)


def _vouched_for_too_much(plan: Plan, observed: Observation) -> bool:
    """Whether a clock in doubt still has too many deletes held. Noted now, it would let them all go next time."""
    return bool(clock_problem(observed, plan.now)) and any(each.code is Code.TOO_MANY for each in plan.refusals)
