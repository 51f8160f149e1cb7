"""What the next pass would do with one name, with the facts behind it: for `helium why`, and for the API."""

from __future__ import annotations

from collections.abc import Sequence

from helium.core.deadlines import format_instant
from helium.core.fleet_view import ChangeFacts
from helium.core.log_line import LogLine
from helium.core.plan import Plan
from helium.core.record import CorruptRecord, Record
from helium.errors import NotFoundError
from helium.ports.repo import Commit
from helium.reconcile import report


def explained(
    plan: Plan,
    name: str,
    *,
    record: Record | CorruptRecord | None,
    commits: Sequence[Commit],
    lines: Sequence[LogLine],
) -> ChangeFacts:
    """The change of that name. `commits`: of its file, newest first; `lines`: its log, oldest first.

    `NotFoundError` when the plan does not have it.
    """
    change = plan.of(name)
    if change is None:
        raise NotFoundError(name)
    known = record if isinstance(record, Record) else None
    return ChangeFacts(
        name=name,
        kind=change.kind,
        code=change.code.value,
        reason=change.reason,
        backend=change.backend,
        digest=change.digest,
        blob=change.blob,
        program=change.program,
        deadline=change.deadline,
        commit=f"{commits[0].id[:10]} {commits[0].subject} ({commits[0].author})" if commits else "",
        last_outcome=f"{format_instant(lines[-1].time)} {lines[-1].sentence}" if lines else "",
        phase=known.phase.value if known else "",
        drift="; ".join(known.drift.found) if known and known.drift else "",
        refused="; ".join(report.refusals_of(plan, name)),
    )
