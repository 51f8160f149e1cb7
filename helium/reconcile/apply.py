"""Carrying out one change of a guarded plan that was announced: its last look, what is put back, what failed.

Nothing is decided here but the last look. The engine does not start on a name before the ledger says so, and a destroy
is believed only when an export shows nothing left. The one broad `except` of the program is here, per change, so that
one stack's failure never stops the others; it ends as an `Outcome` and a non-zero exit.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from time import monotonic, sleep

from helium.core.drift import DriftLook, noted
from helium.core.excerpts import excerpt
from helium.core.health import NOT_YET
from helium.core.log_line import LogLine
from helium.core.observation import Observation
from helium.core.plan import Code, Create, Destroy, Outcome, Update, Work
from helium.core.record import Record
from helium.core.run import Clock, Run
from helium.core.spec import RELEASED
from helium.core.transitions import emptied, failed, ready
from helium.errors import EngineError, HeliumError, StackBusyError, WouldReplaceError, WrongClusterError, unforeseen
from helium.ports import Ports
from helium.ports.engine import Built, Resolved, ResolveOptions, UpOptions
from helium.ports.progress import Progress
from helium.reconcile import drift_repair
from helium.reconcile.guard import changed_meanwhile, paused
from helium.reconcile.ledger_writer import LedgerWriter
from helium.reconcile.load import fleet_at
from helium.reconcile.looks import Looker
from helium.reconcile.outcome_lines import OutcomeLines
from helium.reconcile.stack_locks import superseded

NO_LEASE = "this pass no longer holds the lease"


@dataclass(frozen=True, slots=True)
class ApplyContext:
    """What every change needs: ports, run, observation, where it writes, `log` lines; `assume_absent` of overrides.

    `pause`: how a change waits. `looks_last`: creates and updates look at main once more, since they were announced
    before there was a slot for them.
    """

    ports: Ports
    writer: LedgerWriter
    run: Run
    progress: Progress
    clock: Clock
    observed: Observation
    parallel: int
    log: OutcomeLines
    assume_absent: frozenset[str] = frozenset()
    pause: Callable[[float], None] = sleep
    looks_last: bool = False

    @property
    def looker(self) -> Looker:
        """What looks into clusters, and notes what it saw."""
        return Looker(self.observed.fleet, self.ports.engine, self.writer, self.clock)


def one_change(change: Work, context: ApplyContext) -> Outcome:
    """Carry out a change that was announced. Its record and its line are in the writer when this returns."""
    context.progress.started(change)
    start = monotonic()
    try:
        outcome = _attempt(change, context)
    except Exception as error:  # noqa: BLE001 - one stack's failure never stops the others
        outcome = _failure(change, error, context=context)
    outcome = replace(outcome, seconds=round(monotonic() - start, 1))
    # The line of an end is written with the proof that it ended.
    lines = () if outcome.ok and isinstance(change, Destroy) else (_line(change, outcome, context=context),)
    context.writer.put(change.name, context.writer.record(change.name), *lines)
    context.progress.finished(change, outcome)
    return outcome


def _line(change: Work, outcome: Outcome, *, context: ApplyContext) -> LogLine:
    return context.log.of_outcome(change, outcome, record=context.writer.record(change.name), now=context.clock())


def _attempt(change: Work, context: ApplyContext) -> Outcome:
    """The change; a second time where only the lock of a run that this one has superseded was in the way."""
    try:
        return _carry_out(change, context)
    except StackBusyError as busy:
        before = context.observed.records.get(change.name)
        record = before if isinstance(before, Record) else None
        dead = superseded(busy, record, timeout=context.observed.fleet.limits.timeout, now=context.writer.believed_time)
        # Without the lease it is this run that was superseded, and the lock belongs to its successor.
        if not dead or not context.writer.lease_is_ours(context.ports.ledger.fleet_record()):
            raise
        context.progress.note(f"{change.name}: Breaking the lock that a superseded run on {busy.host} left behind.")
        context.ports.engine.unlock(change.stack)
        return _carry_out(change, context)


def _carry_out(change: Work, context: ApplyContext) -> Outcome:
    if isinstance(change, Destroy):
        return _destroy(change, context)
    if change.code is Code.DRIFTED:
        return _repair(change, context)
    built = _brought_up(change, context)
    return built if isinstance(built, Outcome) else _done(change, built, context=context)


def _brought_up(change: Create | Update, context: ApplyContext) -> Built | Outcome:
    """What an update has built; an outcome where it may not begin any more."""
    # The machine may be suspended while it resolves, and wake up when the stack is another pass's. So what takes long
    # comes first, and every check below comes after it.
    resolved = _resolved(change, context) if change.exists else None
    if outcome := _not_begun(change, context):
        return outcome
    recipe = context.observed.recipes.get(change.backend)
    options = UpOptions(
        folder=recipe.folder if recipe else "",
        resolved=resolved,
        metadata_only=change.metadata_only,
        allow_replace=change.replaces,
        charts=recipe.charts if recipe else {},
        commit=context.observed.commit,
    )
    return context.ports.engine.up(change.workspace, options)


def _repair(change: Create | Update, context: ApplyContext) -> Outcome:
    """Each thing is put back by itself; an update follows only where that is not enough."""
    if outcome := _not_begun(change, context):
        return outcome
    engine, fleet = context.ports.engine, context.observed.fleet
    recipe = context.observed.recipes.get(change.backend)
    left = drift_repair.put_back(change, engine=engine, fleet=fleet, recipe=recipe)
    if left is not None:
        return _done(change, None, context=context, left=left)
    built = _brought_up(change, context)
    if isinstance(built, Outcome):
        return built
    left = drift_repair.after_update(change, engine=engine, fleet=fleet)
    return _done(change, built, context=context, left=left)


def _not_begun(change: Create | Update, context: ApplyContext) -> Outcome | None:
    """Why it may not begin now, after what took long; `None` if it may."""
    # Whoever slept renews the lease first, or finds out that it is another's by now.
    context.writer.tick()
    fleet_record = context.ports.ledger.fleet_record()
    if why := paused(False, fleet_record, now=context.clock()):
        return put_back(change, context, code=Code.PAUSED, why=why)
    if not context.writer.may_begin(fleet_record):
        return put_back(change, context, code=Code.CHANGED_MEANWHILE, why=NO_LEASE)
    # Replacing deletes data, so it gets the last look of a destroy.
    if (change.replaces or context.looks_last) and (why := _last_look(change, context)):
        return put_back(change, context, code=Code.CHANGED_MEANWHILE, why=why)
    return None


def _resolved(change: Work, context: ApplyContext) -> Resolved:
    """The stack with nothing in doubt any more."""
    options = ResolveOptions(
        ends=isinstance(change, Destroy),
        assume_absent=change.name in context.assume_absent,
        renew=change.code is Code.ROLLED,
        lost=change.name in context.observed.lost_clusters,
        repair=context.observed.fleet.wanted_drift(change.backend) if change.code is Code.DRIFTED else None,
    )
    return context.ports.engine.resolve_pending(change.stack, options)


def _done(
    change: Create | Update, built: Built | None, *, context: ApplyContext, left: DriftLook | None = None
) -> Outcome:
    """`built`: nothing, where no update was needed. `left`: after a repair, what nothing puts right."""
    record, now = context.writer.record(change.name), context.clock()
    sentence = drift_repair.sentence(record) if left else "ready"
    if record is not None:
        built = built or Built(record.outputs, record.resources)
        new = ready(record, change.workspace, outputs=built.outputs, now=now)
        # Who only extends a workspace has put nothing right.
        before = record.drift if change.metadata_only else None
        drift = noted(left, before=None, now=now) if left else before
        new = replace(new, resources=built.resources, drift=drift)
        context.writer.put(change.name, new)
        if problem := context.looker.after_change(new):
            sentence = excerpt(f"{NOT_YET}{problem}")
    outputs = built.outputs if built else {}
    return Outcome(change.name, change.kind, change.code.value, ok=True, sentence=sentence, outputs=outputs)


def _destroy(change: Destroy, context: ApplyContext) -> Outcome:
    """The last look, the destroy, and its proof: an export with nothing in it, pushed before the stack's name goes."""
    engine = context.ports.engine
    resolved = _resolved(change, context)
    if why := _last_look(change, context):
        return put_back(change, context, code=Code.CHANGED_MEANWHILE, why=why)
    engine.destroy(resolved)
    # Pulumi's exit code is not enough: a provider may have said "deleted" of what it only forgot.
    if not engine.empty(change.stack):
        raise EngineError(
            str(change.stack), "Pulumi reported success, but the state still holds resources; the next pass tries again"
        )
    lost = change.name in context.observed.lost_clusters
    sentence = "destroyed, without what it had in its cluster, which is gone for ever" if lost else "destroyed"
    outcome = Outcome(change.name, change.kind, change.code.value, ok=True, sentence=sentence)
    record = context.writer.record(change.name)
    if record is not None:
        # Whenever this is killed, an end has one line: a pass that only removes what an earlier one emptied adds none.
        lines = () if record.emptied else (_line(change, outcome, context=context),)
        context.writer.put(change.name, emptied(record, now=context.clock()), *lines)
    # Pushed before the name goes. Killed in between, a ledger that did not know would call the stack lost.
    note = f"Note that {change.name} is empty"
    if context.writer.flush_in_turn(note, name=change.name, pause=context.pause):
        raise EngineError(
            str(change.stack),
            "its resources are gone, but somebody else changed its record, so the empty stack stays for now",
        )
    try:
        engine.remove(change.stack)
    except StackBusyError as busy:
        # Not `busy` to the caller, who would put the record back as if nothing had been destroyed.
        why = f"it is destroyed, but its empty stack is still there: {busy.what}"
        raise EngineError(str(change.stack), why) from busy
    return outcome


def _last_look(change: Work, context: ApplyContext) -> str:
    """Why the change may no longer be made, or nothing: lease, record, file and pause are read once more."""
    repo, ledger = context.ports.repo, context.ports.ledger
    context.writer.tick()
    repo.fetch()
    head = repo.head()
    fleet_record = ledger.fleet_record()
    if change.name in context.writer.changed_by_others:
        return "somebody else changed its record"
    if not context.writer.may_begin(fleet_record):
        return NO_LEASE
    planned_at = context.observed.commit
    if change.blob is None and head != planned_at and change.name in repo.touched(head, since=planned_at):
        # Gone as before, by another removal, which may be a mistake that nobody has had the time to see.
        return "its file came back and went again in the meantime"
    by_settings = fleet_at(repo, context.ports.specs, commit=head).paused
    return changed_meanwhile(
        change,
        planned=repo.entries(planned_at),
        entries=repo.entries(head),
        fleet_record=fleet_record,
        by_settings=by_settings,
        now=context.clock(),
    )


def not_started(change: Work, code: Code, *, why: str) -> Outcome:
    """The outcome of what this pass did not do."""
    return Outcome(change.name, change.kind, code.value, ok=False, sentence=f"not started: {why}")


def put_back(change: Work, context: ApplyContext, *, code: Code, why: str) -> Outcome:
    """Nothing was done, so the record is again what it was before it was announced."""
    before = context.observed.records.get(change.name)
    before = before if isinstance(before, Record) else None
    if before and isinstance(change, Destroy) and change.origin == RELEASED:
        # What a person allowed by name stays allowed: the next pass tries again.
        before = replace(before, released=True)
    context.writer.put(change.name, before)
    if before is not None and before.emptied is not None:
        # An earlier attempt destroyed it. Only the name is left, and nobody must read that nothing was done.
        sentence = f"it is destroyed, but its empty stack is still there: {why}"
        return Outcome(change.name, change.kind, code.value, ok=False, sentence=sentence)
    return not_started(change, code, why=why)


def _failure(change: Work, error: Exception, *, context: ApplyContext) -> Outcome:
    sentence = _sentence_of(error)
    # Pulumi never began on these two, so they do not count as failed attempts, and the next pass tries at once.
    if isinstance(error, StackBusyError):
        return put_back(change, context, code=Code.BUSY, why=sentence)
    if isinstance(error, WrongClusterError):
        return put_back(change, context, code=Code.CLUSTER_CHANGED, why=sentence)
    record = context.writer.record(change.name)
    if record is not None:
        new = failed(record, error=sentence, now=context.clock())
        context.writer.put(change.name, new)
        context.writer.put_diagnostics(change.name, error.diagnostics if isinstance(error, EngineError) else "")
        if isinstance(error, EngineError):
            context.looker.after_change(new)
    code = Code.WOULD_REPLACE if isinstance(error, WouldReplaceError) else change.code
    return Outcome(change.name, change.kind, code.value, ok=False, sentence=sentence)


def _sentence_of(error: Exception) -> str:
    """At most as long as a record keeps. The text of an error that nobody foresaw may hold a secret: it is left out."""
    if isinstance(error, EngineError):
        return excerpt(error.what)
    return excerpt(str(error)) if isinstance(error, HeliumError) else f"a bug in Helium: {unforeseen(error)}"
