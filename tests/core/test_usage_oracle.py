"""Usage beside an oracle that knows no log: at the end of each minute it looks who lives, and what that takes."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from helium.adapters.ledger.serialization import line_text, read_line
from helium.core.amounts import Amounts
from helium.core.log_line import LogLine, UsageNote
from helium.core.record import Phase, Record
from helium.core.usage import lifetimes
from helium.core.usage_sums import KEYS, Month, summed

START = datetime(2026, 10, 31, 22, tzinfo=UTC)
SECONDS = 4 * 3600
OWNERS = ("ada@example.com", "Ada@Example.com", "bob@example.com")
TEAMS = ("", "sales", "science")
AMOUNTS: tuple[Amounts | None, ...] = (None, {}, {"vCPU": Decimal("0.1")}, {"vCPU": Decimal(2), "gpu": Decimal(1)})


@dataclass(frozen=True, slots=True)
class LifeState:
    """Whose a workspace is and what it takes, from one moment on."""

    owner: str
    team: str
    amounts: Amounts | None


@dataclass(slots=True)
class LoggedWorld:
    """What really happens, second by second, and the log that Helium writes of it."""

    changes: dict[str, list[tuple[datetime, LifeState | None]]] = field(default_factory=dict)
    lines: list[LogLine] = field(default_factory=list)
    records: dict[str, Record] = field(default_factory=dict)


STATES = st.builds(LifeState, st.sampled_from(OWNERS), st.sampled_from(TEAMS), st.sampled_from(AMOUNTS))
STEPS = st.lists(
    st.tuples(st.integers(1, SECONDS // 4), st.sampled_from(("said", "failed", "gone", "held")), STATES), max_size=8
)
LIVES = st.lists(st.tuples(st.integers(0, SECONDS // 2), STATES, STEPS), max_size=3)


@st.composite
def worlds(draw: st.DrawFn) -> LoggedWorld:
    """Names that are created, tried again, changed, moved, given away, destroyed and created again; or held back."""
    world = LoggedWorld()
    for name in ("a", "b", "c"):
        at = START
        for wait, state, steps in draw(LIVES):
            at += timedelta(seconds=wait)
            at = live(world, name, state, at=at, steps=steps)
            if name in world.records:
                break
            at += timedelta(seconds=1)
    return world


def live(
    world: LoggedWorld, name: str, state: LifeState, *, at: datetime, steps: list[tuple[int, str, LifeState]]
) -> datetime:
    """One incarnation, up to its end, or to where the story stops."""
    told, began, changes = False, at, world.changes.setdefault(name, [])
    changes.append((at, state))
    for wait, what, new in steps:
        at += timedelta(seconds=wait)
        ended = what == "gone"
        if what == "said":
            # What is said first is how it was announced; later ones say what it is from then on.
            state = new if told else state
        told = told or what != "held"
        note = None if what == "held" else UsageNote(began, state.owner, state.team, state.amounts, ended)
        world.lines.append(LogLine(at, name, what, what, added_at=began, backend="gcp-namespace", usage=note))
        changes.append((at, None if ended else state))
        if ended:
            return at
    world.records[name] = Record(
        name, "gcp-namespace", Phase.READY, began, at, state.owner, began, at, "blob", team=state.team,
        amounts=state.amounts,
    )  # fmt: skip
    return at


def counted(world: LoggedWorld, month: Month, *, by: str, now: datetime) -> dict[str, tuple[int, int, Counter[str]]]:
    """Minute by minute: who lives at its end, in whose name, and with what."""
    sums: dict[str, tuple[int, int, Counter[str]]] = {}
    first, last = (int(each.timestamp()) // 60 for each in (max(month.begin, START), min(month.after.begin, now)))
    for name, changes in world.changes.items():
        steps = [(time.timestamp(), state) for time, state in reversed(changes)]
        for minute in range(first, last):
            end = 60 * (minute + 1)
            state = next((state for time, state in steps if time < end), None)
            if state is not None:
                key = {"owner": state.owner.lower(), "team": state.team, "workspace": name, "backend": "gcp-namespace"}
                minutes, unknown, taken = sums.setdefault(key[by], (0, 0, Counter()))
                taken.update({unit: int(each * 10**6) for unit, each in (state.amounts or {}).items()})
                sums[key[by]] = (minutes + 1, unknown + (state.amounts is None), taken)
    return sums


@given(worlds(), st.sampled_from(sorted(KEYS)), st.integers(0, 3 * SECONDS))
def test_each_sum_is_that_of_whoever_counts_every_minute(world: LoggedWorld, by: str, later: int) -> None:
    """In both months that a history touches, by each key, whatever became of the workspaces, through the log's text."""
    ends = [time for changes in world.changes.values() for time, _ in changes]
    now = max([START, *ends]) + timedelta(seconds=later % SECONDS)
    lived = lifetimes([read_line(line_text(line).strip()) for line in world.lines], world.records)
    assert () == lived.doubts
    for month in (Month(2026, 10), Month(2026, 11)):
        sums = {row.key: (row.minutes, row.unknown, +row.taken) for row in summed(lived.spans, month, by=by, now=now)}
        assert counted(world, month, by=by, now=now) == sums


@given(worlds(), st.data())
def test_a_log_that_lost_lines_never_counts_more_and_never_fails(world: LoggedWorld, data: st.DataObject) -> None:
    """Somebody rewrote it: what cannot be known is left out or named, and no workspace lives twice at once."""
    kept = [line for line in world.lines if data.draw(st.booleans())]
    now = START + timedelta(days=10)
    names = frozenset(data.draw(st.sets(st.sampled_from(("a", "b", "c")))))
    records = {name: record for name, record in world.records.items() if name not in names}
    for spans in (lifetimes(kept, records).spans, lifetimes(reversed(world.lines), records).spans):
        for name in ("a", "b", "c"):
            own = sorted((each for each in spans if each.name == name), key=lambda each: (each.begin, each.end or now))
            ends = [each.end or now for each in own]
            assert all(end <= after.begin for end, after in zip(ends, own[1:], strict=False))


def test_a_shuffled_log_says_the_same() -> None:
    """Shards write beside each other, so lines of one day stand in no order."""
    note = UsageNote(START, "ada@example.com", "", {"vCPU": Decimal(1)})
    lines = [LogLine(START + timedelta(hours=hour), "a", "ok", "ok", added_at=START, usage=note) for hour in (1, 2, 3)]
    lines[-1] = replace(lines[-1], usage=replace(note, ended=True))
    assert lifetimes(lines, {}) == lifetimes(reversed(lines), {})
