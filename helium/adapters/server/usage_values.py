"""What a server says of a month's usage, as the value that the command line shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from helium.adapters.server import answers
from helium.core.deadlines import parse_deadline

if TYPE_CHECKING:
    from helium.core.usage_report import MonthUsage, UsageRow


def month_usage(answer: answers.UsageAnswer) -> MonthUsage:
    """All of it. `ValueError` for an instant that is none."""
    # Exact sums take a while to import, and no other command shows any.
    from helium.core.usage_report import MonthUsage

    return MonthUsage(
        month=answer.month,
        until=parse_deadline(answer.until),
        by=answer.by,
        currency=answer.currency,
        rows=tuple(map(_row, answer.rows)),
        total=_row(answer.total),
        warnings=answer.warnings,
    )


def _row(answer: answers.UsageRowAnswer) -> UsageRow:
    from helium.core.usage_report import UsageRow

    return UsageRow(answer.key, answer.workspaces, answer.minutes, answer.unknown_minutes, answer.amounts, answer.cost)
