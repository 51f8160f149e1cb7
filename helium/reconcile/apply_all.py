"""Carrying out all of a plan's work that was announced, several stacks at once, until nothing is at work any more."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial

from helium.core.plan import Code, Outcome, Work
from helium.errors import SourceError
from helium.ports.engine import Engine
from helium.ports.progress import Progress
from helium.reconcile.apply import ApplyContext, one_change, put_back
from helium.reconcile.work_queue import WorkQueue
from helium.reconcile.workers import Workers


def apply_all(work: Sequence[Work], *, context: ApplyContext, workers: Workers) -> tuple[Outcome, ...]:
    """All of this work, which was announced, `parallel` at once. Ctrl-C ends what runs, and is raised again."""
    queue = WorkQueue(workers, slots=context.parallel)
    rolls = [change for change in work if change.code is Code.ROLLED]
    later = rolls[1:]
    for change in work:
        if change not in later:
            queue.add(change, partial(one_change, change, context))
    refused: list[Outcome] = []
    with stopped(queue, context.ports.engine, progress=context.progress):
        # What has ended may not have been heard of yet, and the later rolls wait for it.
        while not queue.idle or later:
            queue.start()
            for outcome in queue.wait(1):
                if later and outcome.name == rolls[0].name:
                    refused += _after_first_roll(later, outcome, queue=queue, context=context)
                    later = []
            tick(context)
    order = {change.name: number for number, change in enumerate(work)}
    return tuple(sorted((*queue.outcomes, *refused), key=lambda outcome: order[outcome.name]))


def _after_first_roll(
    later: Sequence[Work], first: Outcome, *, queue: WorkQueue, context: ApplyContext
) -> list[Outcome]:
    """A chart that broke the first workspace would break the rest of them, so they are left as they were.

    A first roll that was busy or paused proves as little as one that failed.
    """
    if not first.ok:
        why = "the first roll did not succeed"
        return [put_back(change, context, code=Code.ROLLED, why=why) for change in later]
    for change in later:
        queue.add(change, partial(one_change, change, context))
    return []


def tick(context: ApplyContext) -> None:
    """Let outcomes reach the ledger while others still run. A remote that is away for a moment stops nothing."""
    try:
        context.writer.tick()
    except SourceError as error:
        context.progress.note(f"The ledger cannot be written now; this is tried again: {error}")


@contextmanager
def stopped(queue: WorkQueue, engine: Engine, *, progress: Progress) -> Iterator[None]:
    """Whatever is raised meanwhile, what is at work has ended by the time that it leaves here."""
    try:
        yield
    except KeyboardInterrupt:
        try:
            if not queue.idle:
                progress.note("Interrupted. Stopping what runs, so that no lock and no process is left behind.")
        finally:
            # In `finally`: the terminal may be gone, and the note fails with it.
            engine.close()
        raise
    finally:
        queue.give_up()
