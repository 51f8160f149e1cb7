"""What one workspace's life adds to the ledger's branch, and what one write costs where the day's log is long.

Record and log lines are those of a workspace that the real Pulumi made in the sandbox, under other names and with other
digests. A life is four writes: it is announced, ready, announced to be destroyed, gone; two of them add a line to the
log. The same lives are written one by one and ten at a time, in a fleet of 1,000, and packed as `git gc` packs. Two
sizes give two unknowns: the bytes of a life, and the bytes of a commit.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench.passes import SEED, seeded
from helium.adapters.git_repo import open_clone
from helium.adapters.ledger import GitLedger
from helium.app.open_fleet import open_fleet
from helium.core.fleet import Fleet
from helium.core.fleet_record import FleetRecord
from helium.core.log_line import LogLine
from helium.core.record import Phase, Record
from helium.ports.ledger import Writes
from helium.settings import Settings

FLEET = 1000
LIVES = 200
AT_ONCE = 10
LINES = (0, 1_000, 10_000, 60_000)
"""How long the day's log is when a write is measured. A thousand: an hour of a day with 10,000."""
GIT = ("git", "-c", "user.name=Bench", "-c", "user.email=bench@example.com")


@dataclass(frozen=True, slots=True)
class Life:
    """What a real pass left of one workspace."""

    record: Record
    line: LogLine

    def recorded(self, name: str, phase: Phase) -> Record:
        """Its record under another name. Digests do not pack, so each name has its own."""
        stack, blob = self.record.stack.replace(SEED, name), _digest("blob", name)[:40]
        spec, commit = _digest("spec", name)[: len(self.record.spec_digest or "")], _digest("commit", name)[:40]
        like = replace(self.record, seen_blob=blob, spec_blob=blob, spec_digest=spec, commit=commit)
        return replace(like, name=name, stack=stack, phase=phase)

    def told(self, name: str, code: str, *, time: datetime) -> LogLine:
        """Its line under another name."""
        commit, digest = _digest("commit", name)[:40], _digest(code, name)[: len(self.line.digest)]
        return replace(self.line, name=name, code=code, time=time, commit=commit, digest=digest)


def run(*, pulumi: Path) -> Mapping[str, float]:
    """Bytes and seconds by name, and a few lines on the terminal."""
    with tempfile.TemporaryDirectory(prefix="helium-bench-") as name:
        folder = Path(name)
        life = _real_life(seeded(folder / "fleet", pulumi))
        alone = _grown_by(folder / "alone", life, at_once=1)
        together = _grown_by(folder / "together", life, at_once=AT_ONCE)
        writes = {lines: _written(folder / f"pushed-{lines}", life, lines=lines) for lines in LINES}
    commits = 4 * LIVES
    per_commit = (alone - together) / (commits - commits / AT_ONCE)
    per_life = (alone - commits * per_commit) / LIVES
    line = len(json.dumps(_document(life.line)))
    print(f"one life in the ledger: {per_life:.0f} bytes packed, and {per_commit:.0f} for each commit")
    print(f"  one line of the log, as it is written: {line} bytes")
    for lines, (spent, sent) in writes.items():
        print(f"  a write, pushed, with {lines} lines in the log of the day: {spent:.2f} s, {sent / 1000:.1f} kB")
    return {
        "life.bytes": per_life,
        "commit.bytes": per_commit,
        "line.bytes": line,
        **{f"write.{lines}": spent for lines, (spent, _) in writes.items()},
        **{f"pushed.{lines}": sent for lines, (_, sent) in writes.items()},
    }


def _digest(*words: str) -> str:
    return hashlib.sha256("/".join(words).encode()).hexdigest()


def _document(line: LogLine) -> Mapping[str, str]:
    return {name: str(getattr(line, name)) for name in line.__slots__}


def _real_life(fleet: Path) -> Life:
    opened = open_fleet(fleet, Settings.from_env(os.environ))
    record = opened.ledger.read().records[SEED]
    line = next(iter(opened.ledger.log(since=datetime.now(UTC) - timedelta(days=1))))
    if not isinstance(record, Record):
        raise SystemExit(f"the seed is not ready: {record}")
    return Life(record, line)


def _repository(folder: Path, *, remote: bool) -> GitLedger:
    """A ledger of a new fleet, pushed to a remote by its path or not."""
    folder.mkdir()
    own = folder / "own"
    _git(folder, "init", "-q", "-b", "main", str(own))
    _git(own, "commit", "-q", "--allow-empty", "-m", "Begin")
    if remote:
        _git(folder, "init", "-q", "--bare", "-b", "main", "remote.git")
        _git(own, "remote", "add", "origin", str(folder / "remote.git"))
        _git(own, "push", "-q", "origin", "main")
    state = "gs://bench" if remote else "file://.helium/state"
    return GitLedger(open_clone(own, environ=os.environ), Fleet(name="bench", state=state))


def _filled(ledger: GitLedger, life: Life, *, lines: int = 0) -> None:
    """The records of a fleet, and so many lines in the log of today."""
    now = datetime.now(UTC)
    records = {f"old-{n}": life.recorded(f"old-{n}", Phase.READY) for n in range(FLEET)}
    log = tuple(life.told(f"gone-{n}", "expired", time=now) for n in range(lines))
    ledger.write(Writes(records, FleetRecord(fleet="bench"), log, message="Begin"), on=ledger.read())


def _grown_by(folder: Path, life: Life, *, at_once: int) -> int:
    """By how many packed bytes the repository grows, for all lives."""
    ledger = _repository(folder, remote=False)
    _filled(ledger, life)
    before = _packed(folder / "own")
    now = datetime.now(UTC)
    for first in range(0, LIVES, at_once):
        names = [f"w-{number}" for number in range(first, first + at_once)]
        for step, phase in enumerate((Phase.CREATING, Phase.READY, Phase.DELETING, None)):
            now += timedelta(seconds=10)
            code = {Phase.READY: "new-file", None: "expired"}.get(phase)
            records = {name: life.recorded(name, phase) if phase else None for name in names}
            log = tuple(life.told(name, code, time=now) for name in names) if code else ()
            fleet_record = FleetRecord(fleet="bench", counter=first * 4 + step)
            ledger.write(Writes(records, fleet_record, log, message="Note outcomes"), on=ledger.read())
    return _packed(folder / "own") - before


def _written(folder: Path, life: Life, *, lines: int) -> tuple[float, int]:
    """Of one write of five outcomes that is pushed: seconds, and bytes that go over the wire; the middle of five."""
    ledger = _repository(folder, remote=True)
    _filled(ledger, life, lines=lines)
    spent, sent = [], []
    for turn in range(5):
        names = [f"w-{turn}-{number}" for number in range(5)]
        log = tuple(life.told(name, "new-file", time=datetime.now(UTC)) for name in names)
        records = {name: life.recorded(name, Phase.READY) for name in names}
        fleet_record = FleetRecord(fleet="bench", counter=turn)
        snapshot = ledger.read()
        began = time.perf_counter()
        new, _ = ledger.write(Writes(records, fleet_record, log, message="Note outcomes"), on=snapshot)
        spent.append(time.perf_counter() - began)
        sent.append(_sent(folder / "own", f"{new.head}\n^{snapshot.head}\n"))
    return sorted(spent)[len(spent) // 2], sorted(sent)[len(sent) // 2]


def _sent(repository: Path, commits: str) -> int:
    """Bytes of the pack that a push of these commits sends: what the remote has is named in it, and not sent."""
    words = (*GIT, "pack-objects", "--revs", "--thin", "--delta-base-offset", "--stdout", "--quiet")
    return len(subprocess.run(words, cwd=repository, input=commits.encode(), check=True, capture_output=True).stdout)


def _packed(repository: Path) -> int:
    """Bytes of all packs, packed again."""
    _git(repository, "gc", "--quiet", "--prune=now")
    return sum(each.stat().st_size for each in (repository / ".git/objects/pack").glob("*.pack"))


def _git(folder: Path, *words: str) -> None:
    subprocess.run([*GIT, *words], cwd=folder, check=True, capture_output=True)
