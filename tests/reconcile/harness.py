"""A fleet in memory for the tests of a whole pass: the fakes of every port, the real specs, and a clock to move."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from helium.adapters.specs import YamlSpecs
from helium.core.live import LiveStack
from helium.core.observation import Recipe
from helium.core.plan import Change, Outcome, Overrides, Plan
from helium.core.record import Record
from helium.core.run import Run
from helium.core.stack import StackId
from helium.ports import Ports
from helium.reconcile.load import Selection
from helium.reconcile.loop import Pass, PassOptions, Result
from tests.backend_rules import GCP
from tests.fakes import FakeBackends, FakeEngine, FakeLedger, FakeRepo, FakeReviews

START = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
SETTINGS = b"fleet: acme\nsandbox: [gcp, kubernetes]\nbackends: {gcp-namespace: {}}\n"
RECIPE = Recipe("program-1", placement={"cluster": "ci"})


@dataclass(slots=True)
class RecordedProgress:
    """The port `Progress`: what a person was told, in order."""

    lines: list[str] = field(default_factory=list)
    at_start: Callable[[], object] | None = None

    def doing(self, stack: LiveStack) -> None:
        """Nobody looks."""

    def planned(self, changes: Sequence[Change]) -> None:
        """How much there is to do."""
        self.lines.append(f"planned {len(changes)}")

    def started(self, change: Change) -> None:
        """What begins; what was to happen just then happens once."""
        self.lines.append(f"started {change.kind} {change.name}")
        act, self.at_start = self.at_start, None
        if act is not None:
            act()

    def finished(self, change: Change, outcome: Outcome) -> None:
        """How it ended."""
        self.lines.append(f"finished {change.name}: {outcome.sentence}")

    def note(self, sentence: str) -> None:
        """Anything else."""
        self.lines.append(sentence)


class Stage:
    """The fleet, its ports, and one pass at a time."""

    def __init__(self) -> None:
        self.now = START
        self.repo = FakeRepo(start=START - timedelta(days=2))
        # The remote tells the time, so a test may let days pass. Tests of clocks take it away.
        self.repo.clock = lambda: self.now
        self.ledger = FakeLedger()
        self.engine = FakeEngine()
        self.backends = FakeBackends({"gcp-namespace": RECIPE})
        self.reviews: FakeReviews | None = None
        self.progress = RecordedProgress()
        self.shown: list[Plan] = []
        self.ids = 0
        self.repo.land({"helium.yaml": SETTINGS, "workspaces/.gitkeep": b""})

    def land(self, files: Mapping[str, str | None], **how: str) -> str:
        """Somebody pushes these specs (`None` removes one), now. The commit."""
        data = {f"workspaces/{path}": None if text is None else text.encode() for path, text in files.items()}
        return self.repo.land(data, time=self.now, author=how.get("author", "Ada <ada@example.com>"))

    def on_start(self, act: Callable[[], object]) -> None:
        """Let something happen in the world when the next change starts, before its last look."""
        self.progress.at_start = act

    def ports(self) -> Ports:
        """Every port of this fleet."""
        specs = YamlSpecs({"gcp-namespace": GCP})
        return Ports(self.repo, self.ledger, self.engine, specs, self.backends, self.reviews)

    def pass_(self, run: str | None = None) -> Pass:
        """A pass by a run of its own."""
        self.ids += 1
        me = Run(run or f"run-{self.ids}", "host-1", 100 + self.ids, "boot-1", gone=lambda pid: False)
        return Pass(self.ports(), me, self.progress, lambda: self.now, self.shown.append)

    def go(
        self,
        *only: str,
        overrides: Overrides | None = None,
        roll: frozenset[str] = frozenset(),
        dry: bool = False,
        once: bool = False,
        wait: timedelta = timedelta(0),
        lost: frozenset[str] = frozenset(),
    ) -> Result:
        """Run one pass, a minute after the last one. `once`: what it shows first, and nothing that it finds later."""
        self.now += timedelta(minutes=1)
        selection = Selection(names=frozenset(only), roll=roll, lost_clusters=lost)
        return self.pass_().go(
            PassOptions(selection, overrides or Overrides(), dry=dry, once=once, wait=wait, parallel=1)
        )

    def record(self, name: str) -> Record | None:
        """The record in the ledger."""
        record = self.ledger.snapshot.records.get(name)
        return record if isinstance(record, Record) else None

    def phases(self) -> dict[str, str]:
        """The phase of every record."""
        records = self.ledger.snapshot.records.values()
        return {record.name: record.phase.value for record in records if isinstance(record, Record)}

    def stacks(self) -> list[str]:
        """The names of all stacks."""
        return sorted(stack.name for stack in self.engine.stacks)

    def calls_of(self, method: str) -> list[str]:
        """Of which stacks the engine was asked to do this."""
        return [name for called, name in self.engine.calls if called == method]

    def stack(self, name: str) -> StackId:
        """The id of a name's stack."""
        return StackId.of("acme", "gcp-namespace", name=name)


def summary(result: Result) -> list[tuple[str, str, str, bool]]:
    """Kind, name, code and success of every outcome."""
    return [(outcome.kind, outcome.name, outcome.code, outcome.ok) for outcome in result.outcomes]
