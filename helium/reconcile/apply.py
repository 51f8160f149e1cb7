"""Carrying out a guarded plan: the order of steps, and what becomes of each change.

Nothing is decided here but the last look before a destroy. The engine does not start on a name before the ledger says
so; a destroy is believed only when an export shows nothing left. The one broad `except` of the program is here, per
change, so that one stack's failure never stops the others; it ends as an `Outcome` and a non-zero exit.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from time import monotonic

from helium.core.facts import Facts
from helium.core.life import begun, deleting, emptied, excerpt, failed, ready, same_life
from helium.core.plan import Code, Create, Destroy, Outcome, Update, Work
from helium.core.record import Record
from helium.errors import Astray, EngineError, HeliumError, StackBusy, WouldReplace, unforeseen
from helium.reconcile.book import Book, Clock, Run
from helium.reconcile.guard import moved, paused
from helium.reconcile.lines import Teller
from helium.reconcile.load import Ports, fleet_at
from helium.reconcile.locks import LOCK_GRACE, superseded
from helium.reconcile.ports import Built, Progress

NO_LEASE = "this pass no longer holds the lease"


@dataclass(frozen=True, slots=True)
class Site:
    """Where the work is done: the ports, the pen, who runs, whom to tell, the clock, and the facts behind the plan."""

    ports: Ports
    book: Book
    run: Run
    progress: Progress
    clock: Clock
    facts: Facts
    parallel: int
    teller: Teller


def announce(work: Sequence[Work], site: Site, *, now: datetime) -> None:
    """Put `creating`, `updating` and `deleting` into the book; the caller flushes before anything starts."""
    for change in work:
        record = site.book.record(change.name)
        site.book.put(change.name, _announced(change, record, site=site, now=now))


def _announced(change: Work, record: Record | None, *, site: Site, now: datetime) -> Record | None:
    if isinstance(change, Destroy):
        new = None if record is None else deleting(record, now=now)
    else:
        # What a killed pass only announced may have come back as another life, of which its mark will tell.
        same = record if record and not record.emptied and same_life(record, change.workspace.mark) else None
        lifetime = site.facts.fleet.defaults.lifetime
        new = begun(change.workspace, record=same, now=now, lifetime=lifetime, light=change.light)
    if new is None:
        return None
    return replace(
        new,
        commit=site.facts.commit,
        code=change.code.value,
        reason=change.reason,
        host=site.run.host,
        run_url=site.run.url,
    )


def apply(work: Sequence[Work], *, site: Site) -> tuple[Outcome, ...]:
    """Creates, then updates, then destroys, `parallel` at once; a roll goes first alone. Ctrl-C ends what runs."""
    outcomes: list[Outcome] = []
    with ThreadPoolExecutor(site.parallel, thread_name_prefix="stack") as pool:
        for wave in waves(work):
            if any(not outcome.ok and outcome.code == Code.ROLLED for outcome in outcomes) and _rolls(wave):
                outcomes += [_skipped(change, "the first roll failed") for change in wave]
                continue
            outcomes += _wave(wave, site=site, pool=pool)
    return tuple(outcomes)


def waves(work: Sequence[Work]) -> tuple[tuple[Work, ...], ...]:
    """Which changes may run side by side, in which order: of several rolls, one goes ahead of the rest."""
    rolls = [change for change in work if change.code is Code.ROLLED]
    rest = rolls[1:]
    first = tuple(change for change in work if not isinstance(change, Destroy) and change not in rest)
    last = tuple(change for change in work if isinstance(change, Destroy))
    return tuple(wave for wave in (first, tuple(rest), last) if wave)


def _rolls(wave: Sequence[Work]) -> bool:
    return all(change.code is Code.ROLLED for change in wave)


def _skipped(change: Work, why: str) -> Outcome:
    return Outcome(change.name, change.kind, change.code.value, ok=False, sentence=f"not started: {why}")


def _wave(wave: Sequence[Work], *, site: Site, pool: ThreadPoolExecutor) -> list[Outcome]:
    futures = [pool.submit(_one, change, site) for change in wave]
    try:
        _watch(futures, site.book)
    except KeyboardInterrupt:
        try:
            site.progress.note("interrupted: ending what runs, so that no lock and no process is left behind")
        finally:
            # Whoever was to read that may be gone.
            for future in futures:
                future.cancel()
            site.ports.engine.close()
            wait(futures)
        raise
    return [future.result() for future in futures]


def _watch(futures: Sequence[Future[Outcome]], book: Book) -> None:
    pending = set(futures)
    while pending:
        _, pending = wait(pending, timeout=1)
        book.tick()


def _one(change: Work, site: Site) -> Outcome:
    site.progress.started(change)
    start = monotonic()
    try:
        outcome = _tried(change, site)
    except Exception as error:  # noqa: BLE001 - one stack's failure never stops the others
        outcome = _failure(change, error, site=site)
    outcome = replace(outcome, seconds=round(monotonic() - start, 1))
    record = site.book.record(change.name)
    site.book.put(change.name, record, site.teller.outcome(change, outcome, record=record, now=site.clock()))
    site.progress.finished(change, outcome)
    return outcome


def _tried(change: Work, site: Site) -> Outcome:
    """The change; once more where all that was in its way is the lock of a run that this one has superseded."""
    try:
        return _do(change, site)
    except StackBusy as busy:
        found = site.facts.records.get(change.name)
        record = found if isinstance(found, Record) else None
        dead = superseded(busy, record, timeout=site.facts.fleet.limits.timeout, now=site.clock())
        if not dead or not site.book.holds(site.ports.ledger.register()):
            raise
        site.progress.note(f"{change.name}: breaking the lock that a superseded run on {busy.host} left behind")
        site.ports.engine.unlock(change.stack)
        return _do(change, site)


def _do(change: Work, site: Site) -> Outcome:
    # What takes long comes before the last look: a pass may fall asleep in it, and wake when all is another's.
    site.ports.engine.settle(change.stack, ends=isinstance(change, Destroy))
    if isinstance(change, Destroy):
        return _destroy(change, site)
    register = site.ports.ledger.register()
    why = paused(False, register, now=site.clock())
    if why:
        return _put_back(change, site, code=Code.PAUSED, why=why)
    if not site.book.holds(register):
        return _put_back(change, site, code=Code.MOVED, why=NO_LEASE)
    why = _last_look(change, site) if change.replaces else ""
    if why:
        return _put_back(change, site, code=Code.MOVED, why=why)
    built = site.ports.engine.up(change.workspace, light=change.light, allow_replace=change.replaces)
    return _up(change, built, site=site)


def _up(change: Create | Update, built: Built, *, site: Site) -> Outcome:
    record = site.book.record(change.name)
    if record is not None:
        new = ready(record, change.workspace, outputs=built.outputs, now=site.clock())
        site.book.put(change.name, replace(new, resources=built.resources))
    return Outcome(change.name, change.kind, change.code.value, ok=True, sentence="ready", outputs=built.outputs)


def _destroy(change: Destroy, site: Site) -> Outcome:
    """The last look, the destroy, the proof: an export with nothing in it, pushed before the stack's name goes."""
    why = _last_look(change, site)
    if why:
        return _put_back(change, site, code=Code.MOVED, why=why)
    engine = site.ports.engine
    engine.destroy(change.stack)
    if not engine.empty(change.stack):
        raise EngineError(str(change.stack), "the destroy ended well, but the state still holds resources")
    record = site.book.record(change.name)
    if record is not None:
        site.book.put(change.name, emptied(record, now=site.clock()))
    if change.name in site.book.flush(f"Note that {change.name} is empty"):
        raise EngineError(
            str(change.stack), "it is empty, but somebody else changed its record: its name stays for now"
        )
    engine.remove(change.stack)
    return Outcome(change.name, change.kind, change.code.value, ok=True, sentence="destroyed")


def _last_look(change: Work, site: Site) -> str:
    repo, ledger = site.ports.repo, site.ports.ledger
    repo.fetch()
    head = repo.head()
    register = ledger.register()
    if change.name in site.book.dropped:
        return "its record was changed by somebody else"
    if not site.book.holds(register):
        return NO_LEASE
    by_settings = fleet_at(repo, site.ports.specs, commit=head).paused
    return moved(change, entries=repo.entries(head), register=register, by_settings=by_settings, now=site.clock())


def _put_back(change: Work, site: Site, *, code: Code, why: str) -> Outcome:
    """Nothing was done: the record is again what it was before it was announced."""
    before = site.facts.records.get(change.name)
    site.book.put(change.name, before if isinstance(before, Record) else None)
    return Outcome(change.name, change.kind, code.value, ok=False, sentence=f"not started: {why}")


def _failure(change: Work, error: Exception, *, site: Site) -> Outcome:
    sentence = _said(error)
    if isinstance(error, StackBusy):
        return _put_back(change, site, code=Code.BUSY, why=sentence)
    if isinstance(error, Astray):
        return _put_back(change, site, code=Code.CLUSTER_CHANGED, why=sentence)
    record = site.book.record(change.name)
    if record is not None:
        site.book.put(change.name, failed(record, error=sentence, now=site.clock()))
    code = Code.WOULD_REPLACE if isinstance(error, WouldReplace) else change.code
    return Outcome(change.name, change.kind, code.value, ok=False, sentence=sentence)


def _said(error: Exception) -> str:
    """In Helium's own words where it has some, as long as a record keeps; of any other error not a word of its own."""
    if isinstance(error, EngineError):
        return excerpt(error.what)
    return excerpt(str(error)) if isinstance(error, HeliumError) else f"a fault in Helium: {unforeseen(error)}"


def lease_length(timeout: timedelta) -> timedelta:
    """How far each push moves the lease: no operation outlives its timeout, and five minutes more."""
    return timeout + LOCK_GRACE
