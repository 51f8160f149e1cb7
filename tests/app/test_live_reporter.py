"""What a pass says of itself while it works: to whoever ran it, and to everybody who looks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from helium.adapters.ledger import GitLedger
from helium.app.live_reporter import LiveReporter
from helium.core.live import Doing, LiveStack
from helium.core.plan import Change, Outcome
from helium.core.stack import StackId
from helium.ports.ledger import Writes
from tests.adapters.git_repos import land, new_repo, opened
from tests.adapters.ledger.ledgers import HERE, NOW, lease, line, record, sharded
from tests.fakes import FakeLive

CREATE, DESTROY = sharded("r-1").creates[0], sharded("r-1").destroys[0]
BUCKET = Doing("gcp:storage/bucket:Bucket", "data", done=2)
NEW = StackId.of("acme", "gcp-namespace", name="new")


class HeardProgress:
    """All that whoever ran the pass hears."""

    def __init__(self) -> None:
        self.heard: list[object] = []

    def planned(self, changes: Sequence[Change]) -> None:
        """What is about to start."""
        self.heard.append(("planned", len(changes)))

    def started(self, change: Change) -> None:
        """One starts."""
        self.heard.append(("started", change.name))

    def doing(self, stack: LiveStack) -> None:
        """What it is at."""
        self.heard.append(stack)

    def finished(self, change: Change, outcome: Outcome) -> None:
        """One has ended."""
        self.heard.append(("finished", change.name))

    def note(self, sentence: str) -> None:
        """A sentence."""
        self.heard.append(sentence)


class RefusedLive(FakeLive):
    """Nobody else sees it."""

    said = "origin does not take it"

    def trouble(self) -> str:
        """Once."""
        said, self.said = self.said, ""
        return said


@pytest.fixture
def ledger(tmp_path: Path) -> GitLedger:
    """A ledger with two workspaces of five resources, whose creates took 60 and 80 seconds."""
    own = new_repo(tmp_path / "own")
    land(own, {"helium.yaml": b"x"})
    ledger = GitLedger(opened(own), HERE)
    known = {name: replace(record(name), resources={"b:B": 5}) for name in ("a", "b")}
    took = tuple(replace(line("a"), kind="create", backend="gcp-namespace", seconds=each) for each in (60.0, 80.0))
    ledger.write(Writes(known, log=took), on=ledger.read())
    return ledger


def at_work(live: FakeLive) -> tuple[LiveStack, ...]:
    """What others see."""
    assert live.live is not None
    return live.live.stacks


def test_everybody_sees_what_each_name_is_at(ledger: GitLedger) -> None:
    """From its start to its end, with how many resources others of its backend have, and how long it usually takes."""
    live, progress = FakeLive(), HeardProgress()
    live.under(lease("r-1"))
    reporter = LiveReporter(ledger, progress, live=live, clock=lambda: NOW)
    reporter.planned([CREATE, DESTROY])
    reporter.started(CREATE)
    begun = LiveStack("new", "create", NOW, of=5, usual=70)
    assert (begun,) == at_work(live)
    reporter.started(DESTROY)
    reporter.tell(NEW, BUCKET)
    assert (replace(begun, doing=BUCKET), LiveStack("gone", "destroy", NOW, of=5)) == at_work(live)
    reporter.finished(CREATE, Outcome("new", "create", "new-file", ok=True, sentence="ready"))
    assert ["gone"] == [stack.name for stack in at_work(live)]
    reporter.end()
    assert [
        ("planned", 2),
        ("started", "new"),
        begun,
        ("started", "gone"),
        LiveStack("gone", "destroy", NOW, of=5),
        replace(begun, doing=BUCKET),
        ("finished", "new"),
    ] == progress.heard


def test_what_is_not_at_work_is_not_shown(ledger: GitLedger) -> None:
    """The marker's stack, and a last word that comes after the end."""
    live, progress = FakeLive(), HeardProgress()
    live.under(lease("r-1"))
    reporter = LiveReporter(ledger, progress, live=live, clock=lambda: NOW)
    reporter.tell(StackId.marker("acme"), BUCKET)
    reporter.started(CREATE)
    reporter.finished(CREATE, Outcome("new", "create", "new-file", ok=False, sentence="no"))
    reporter.tell(NEW, BUCKET)
    assert () == at_work(live)
    assert [("started", "new"), ("finished", "new")] == [each for each in progress.heard if isinstance(each, tuple)]


def test_where_nobody_else_sees_it_is_one_sentence(ledger: GitLedger) -> None:
    """To whoever ran the pass, which goes on."""
    live, progress = RefusedLive(), HeardProgress()
    reporter = LiveReporter(ledger, progress, live=live, clock=lambda: NOW)
    reporter.started(CREATE)
    reporter.tell(NEW, BUCKET)
    reporter.note("a note")
    reporter.end()
    assert ["origin does not take it", "a note"] == [each for each in progress.heard if isinstance(each, str)]
