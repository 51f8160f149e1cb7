"""Usage from the log: when cost begins and ends, what is doubtful, and three months that were computed by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest

from helium.core.amounts import Amounts
from helium.core.log_line import LogLine, UsageNote
from helium.core.rates import Rates
from helium.core.record import CorruptRecord, Phase, Record
from helium.core.usage import Lifetimes, lifetimes
from helium.core.usage_report import MonthUsage, UsageReport, as_json, csv_rows, month_usage, table
from helium.core.usage_sums import Month, summed

NOVEMBER = Month(2026, 11)
RATES = Rates("USD", {"vCPU": Decimal("0.04")}, {"storageGiB": Decimal("0.10")})
ONE: Amounts = {"vCPU": Decimal(1)}


def at(day: int, clock: str = "00:00:00", *, month: int = 11) -> datetime:
    """An instant of 2026 in UTC."""
    return datetime.fromisoformat(f"2026-{month:02d}-{day:02d}T{clock}+00:00")


def said(
    time: datetime, began: datetime | None, *, name: str = "demo", added: datetime | None = None, **note: Any
) -> LogLine:
    """A line that says so; by default it is Ada's, and takes one vCPU."""
    whole: dict[str, Any] = {"owner": "ada@example.com", "amounts": ONE, **note}
    note_of = UsageNote(began, **whole)
    return LogLine(time, name, "c", "s", added_at=added or began, backend="gcp-namespace", usage=note_of)


def month_of(lived: Lifetimes, month: Month, **how: Any) -> MonthUsage:
    """What a month says."""
    return month_usage(UsageReport.of(lived, month, **how))


def record(name: str, began: datetime, **changes: object) -> Record:
    """The record of one that lives."""
    whole = Record(name, "gcp-namespace", Phase.READY, began, began, "ada@example.com", began, began, "blob")
    return replace(whole, **changes)  # type: ignore[arg-type]


def hours(lived: Lifetimes, *, now: datetime, month: Month = NOVEMBER) -> dict[str, float]:
    """By workspace."""
    return {row.key: row.minutes / 60 for row in summed(lived.spans, month, by="workspace", now=now)}


def test_by_hand_a_workspace_of_three_days() -> None:
    """Begun at 09:00:40 on the 3rd, gone at 15:30:20 on the 6th: 78 h 30 min; 2 vCPU at 0.04 are 6.28 USD."""
    begun, gone = at(3, "09:00:40"), at(6, "15:30:20")
    taken = {"vCPU": Decimal(2)}
    lines = [said(at(3, "09:07:12"), begun, amounts=taken), said(gone, begun, amounts=taken, ended=True)]
    report = month_of(lifetimes(lines, {}), NOVEMBER, by="owner", now=at(30), rates=RATES)
    (row,) = report.rows
    assert (1, 78 * 60 + 30, 0) == (row.workspaces, row.minutes, row.unknown)
    assert ["157.00", "6.28"] == list(table(report)[1][0][3:])


def test_by_hand_one_that_grows_and_changes_hands_over_a_months_end() -> None:
    """In November: 24 h of 1 vCPU for Ada, then 36 h of 3 vCPU for Bob, who has 10 GiB: 0.96 USD, and 4.32 + 0.05."""
    begun, grew, gone = at(29), at(30), at(1, "12:00:00", month=12)
    more: Amounts = {"vCPU": Decimal(3), "storageGiB": Decimal(10)}
    lines = [
        said(at(29, "00:05:00"), begun),
        said(grew, begun, owner="bob@example.com", amounts=more),
        said(gone, begun, owner="bob@example.com", amounts=more, ended=True),
    ]
    lived = lifetimes(lines, {})
    costs: dict[tuple[str, str], str] = {}
    for month in (NOVEMBER, NOVEMBER.after):
        report = month_of(lived, month, by="owner", now=at(31, month=12), rates=RATES)
        costs |= {(str(month), row["owner"]): row["cost"] for row in as_json(report)["rows"]}
    # 24 h of November's end: 3 x 0.04 x 24 = 2.88, and 10 x 0.1 / 730 x 24 = 0.0329; half of that on December 1.
    assert {
        ("2026-11", "ada@example.com"): "0.96",
        ("2026-11", "bob@example.com"): "2.91",
        ("2026-12", "bob@example.com"): "1.46",
    } == costs


def test_by_hand_a_team_of_two_one_of_which_failed_half_made() -> None:
    """What a failed create left costs until it is gone: 10 h. Beside one that still lives, since 20 h: 1.20 USD."""
    failed, lives = at(10, "02:00:00"), at(10)
    lines = [
        said(failed + timedelta(minutes=20), failed, name="broken", team="sales"),
        said(failed + timedelta(hours=10), failed, name="broken", team="sales", ended=True),
        said(lives + timedelta(minutes=5), lives, name="good", team="sales"),
    ]
    report = month_of(
        lifetimes(lines, {"good": record("good", lives)}), NOVEMBER, by="team", now=at(10, "20:00:59"), rates=RATES
    )
    (row,) = as_json(report)["rows"]
    assert {"team": "sales", "workspaces": 2, "minutes": 1800, "unknown_minutes": 0} == {
        key: row[key] for key in ("team", "workspaces", "minutes", "unknown_minutes")
    }
    assert ({"vCPU": "30.000000"}, "1.20") == (row["amounts"], row["cost"])


def test_what_is_announced_costs_before_the_log_says_anything() -> None:
    """A create that is at work, or that was killed, has a record and no line yet."""
    lived = lifetimes(
        [], {"demo": record("demo", at(2), amounts=ONE, team="sales"), "gone": record("gone", at(2), emptied=at(3))}
    )
    assert {"demo": 24.0} == hours(lived, now=at(3))
    assert "sales" == lived.spans[0].team


def test_what_was_never_begun_costs_nothing() -> None:
    """Put back, or gone before anything was made of it; and so does what only an older Helium wrote."""
    old = replace(said(at(2), at(1)), usage=None)
    nothing = [said(at(2), None, added=at(1)), said(at(3), None, added=at(1), ended=True), old]
    assert Lifetimes() == lifetimes(nothing, {})
    assert Lifetimes() == lifetimes([replace(said(at(2), at(1)), added_at=None)], {})


def test_a_line_that_says_nothing_changes_nothing() -> None:
    """An end that only names it ends it; any other line without a beginning leaves all as it was."""
    lines = [
        said(at(2), at(1)),
        said(at(3), None, added=at(1), amounts=None),
        said(at(4), None, added=at(1), ended=True),
    ]
    (first, *_, last) = lifetimes(lines, {}).spans
    assert (at(1), at(4), ONE) == (first.begin, last.end, last.amounts)
    assert {"demo": 72.0} == hours(lifetimes(lines, {}), now=at(30))


def test_an_end_that_nobody_noted_is_named_and_counts_to_the_last_line() -> None:
    """Somebody dropped the record, or the log lost a line: what is not known is not charged."""
    lived = lifetimes([said(at(2), at(1)), said(at(5), at(1))], {})
    assert {"demo": 96.0} == hours(lived, now=at(30))
    assert ("The log does not say when demo ended. It counts until 2026-11-05T00:00:00Z.",) == lived.doubts


def test_what_was_made_again_without_an_end_is_named_too() -> None:
    """The same file, made twice: the first one counts to its last line, the second from its own beginning."""
    lines = [said(at(2), at(1)), said(at(9), at(8), added=at(1), ended=True)]
    lived = lifetimes(lines, {})
    assert {"demo": 48.0} == hours(lived, now=at(30))
    assert ("The log does not say when demo ended. It counts until 2026-11-02T00:00:00Z.",) == lived.doubts


def test_a_record_that_cannot_be_read_still_lives() -> None:
    """Its workspace is kept, and so it costs."""
    corrupt = {"demo": CorruptRecord("demo", "records/00/demo.json", "damaged")}
    lived = lifetimes([said(at(2), at(1))], corrupt)
    assert ({"demo": 240.0}, ()) == (hours(lived, now=at(11)), lived.doubts)
    assert Lifetimes() == lifetimes([], corrupt)


def test_a_loss_that_was_accepted_ends_it_and_the_same_file_begins_again() -> None:
    """Two lifetimes of one incarnation; a line about the first that comes late counts for neither."""
    lines = [
        said(at(2), at(1)),
        said(at(3), at(1), ended=True),
        said(at(4), at(1), added=at(1)),
        said(at(6), at(5), added=at(1)),
    ]
    lived = lifetimes(lines, {"demo": record("demo", at(1), created_at=at(5))})
    assert ({"demo": 72.0}, ()) == (hours(lived, now=at(6)), lived.doubts)
    (row,) = summed(lived.spans, NOVEMBER, by="backend", now=at(6))
    assert 2 == row.workspaces


def test_a_repair_that_finds_it_again_counts_from_the_end_that_was_noted() -> None:
    """No hour is charged twice."""
    lines = [said(at(2), at(1)), said(at(3), at(1), ended=True)]
    lived = lifetimes(lines, {"demo": record("demo", at(1))})
    assert {"demo": 96.0} == hours(lived, now=at(5))


def test_a_clock_that_went_back_never_makes_time_negative() -> None:
    """A line that is older than the beginning it names counts from its own time."""
    lived = lifetimes([said(at(2), at(3)), said(at(4), at(3), ended=True)], {})
    assert {"demo": 48.0} == hours(lived, now=at(30))


def test_a_month_is_one_of_utc_whatever_clocks_do() -> None:
    """720 hours for November, 744 for October, in which Europe has a night of 25; `now` may be of any zone."""
    begun = at(1, month=9)
    lived = lifetimes([said(at(1, "01:00:00", month=9), begun)], {"demo": record("demo", begun)})
    now = datetime(2026, 12, 1, 5, tzinfo=timezone(timedelta(hours=5)))
    assert [{"demo": 744.0}, {"demo": 720.0}, {}] == [
        hours(lived, now=now, month=month) for month in (NOVEMBER.before, NOVEMBER, NOVEMBER.after)
    ]
    assert Month(2026, 12) == Month.of(datetime(2026, 12, 31, 23, 59, tzinfo=UTC))
    assert Month(2026, 12) == Month.of(datetime(2027, 1, 1, 1, tzinfo=timezone(timedelta(hours=2))))


def test_months_follow_each_other() -> None:
    """Over the year's end, too."""
    assert (Month(2027, 1), Month(2025, 12)) == (Month(2026, 12).after, Month(2026, 1).before)
    assert ("2026-01", NOVEMBER) == (str(Month(2026, 1)), Month.parse("2026-11"))


@pytest.mark.parametrize("text", ["", "2026", "2026-13", "2026-1", "0000-01", "9999-01", "November", "2026-11-01"])
def test_what_is_no_month_is_refused(text: str) -> None:
    """With an example."""
    with pytest.raises(ValueError, match="is not a month; write one like 2026-11"):
        Month.parse(text)


MIXED = lifetimes(
    [
        said(
            at(2), at(1), name="a", owner="Ada@example.com", amounts={"vCPU": Decimal(1), "gpu": Decimal(2)}, ended=True
        ),
        said(at(2), at(1), name="b", amounts=None, ended=True),
        said(at(2), at(1), name="c", owner="", team="", ended=True),
    ],
    {},
)


def test_without_rates_there_is_no_money_anywhere() -> None:
    """Amounts alone; what nobody knew is said."""
    report = month_of(MIXED, NOVEMBER, by="owner", now=at(30), rates=None)
    heads, rows = table(report)
    assert ("OWNER", "WORKSPACES", "HOURS", "gpu h", "vCPU h") == heads
    assert [
        ("(nobody known)", "1", "24.00", "0.00", "24.00"),
        ("ada@example.com", "2", "48.00", "48.00", "24.00"),
        ("total", "3", "72.00", "48.00", "48.00"),
    ] == rows
    assert ("Nothing is known of what workspaces took in 24.00 hours; that costs nothing here.",) == report.warnings
    plain = as_json(report)
    assert {"month", "until", "by", "rows", "total", "warnings"} == plain.keys()
    assert "cost" not in plain["total"]
    assert ("month", "owner", "workspaces", "minutes", "unknown_minutes", "gpu_hours", "vCPU_hours") == next(
        csv_rows(report)
    )


def test_a_unit_without_a_rate_is_named() -> None:
    """It costs nothing, and nobody must take that for a price."""
    report = month_of(MIXED, NOVEMBER, by="workspace", now=at(30), rates=RATES)
    assert ("gpu", "vCPU") == report.units
    assert "helium.yaml has no rate for gpu, so that costs nothing here." == report.warnings[-1]
    heads, row, *_ = csv_rows(report)
    assert ("cost", "currency") == heads[-2:]
    assert ("2026-11", "a", "1", "1440", "0", "48.000000", "24.000000", "0.96", "USD") == row
    assert "1.92" == as_json(report)["total"]["cost"]
    assert "COST (USD)" == table(report)[0][-1]


def test_only_what_counts_for_a_reader_is_summed() -> None:
    """A person may see less than all."""
    report = month_of(MIXED, NOVEMBER, by="team", now=at(30), rates=None, counts=lambda span: span.name == "c")
    assert ["(no team)", "total"] == [row[0] for row in table(report)[1]]
    assert 1 == report.total.workspaces
