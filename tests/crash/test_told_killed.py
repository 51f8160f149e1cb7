"""Those who tell people are killed with SIGKILL, again and again and several at once, while there is much to tell.

Real processes on two clones of a real remote, a real receiver on a socket. Only how long a claim holds is shorter than
in the product, where it is five minutes.
"""

from __future__ import annotations

import os
import random
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from helium.adapters.git_repo.read import entries
from helium.adapters.ledger import GitLedger
from helium.core.fleet import Fleet
from helium.core.fleet_record import FleetRecord, LastPass
from helium.core.log_line import LogLine
from helium.core.record import Phase, Record
from helium.ports.ledger import Writes
from tests.adapters.git_repos import begun, git, opened
from tests.adapters.notify.receivers import KEY, Receiver, receiver
from tests.adapters.notify.test_mail import Inbox, mail_server

pytestmark = pytest.mark.slow
SENDER = """
import sys, time
from datetime import timedelta
from pathlib import Path
from helium.reconcile.telling import claims, turn
claims.CLAIMED_FOR, turn._MARGIN = timedelta(seconds=6), timedelta(seconds=1)
from helium.app.open_fleet import open_fleet
from helium.app.telling_people import tell
from helium.errors import HeliumError
from helium.settings import Settings
while True:
    try:
        fleet = open_fleet(Path(sys.argv[1]), Settings.here())
        while True:
            tell(fleet, seconds=3)
            time.sleep(0.05)
    except HeliumError as error:
        print(error, file=sys.stderr)
"""
EACH = 4
"""Workspaces of each sort."""
KILLING = 15.0
"""Seconds of kills."""
LONGEST = 180.0
SUBJECTS = {" ready": "ready", " failed": "failed", " ended": "ended", " in ": "ends-soon"}


@dataclass(slots=True)
class Flow:
    """What happens in the fleet while people are told."""

    ledger: GitLedger
    folder: Path
    at: Receiver
    inbox: Inbox
    mail_at: str
    wanted: set[tuple[str, str]] = field(default_factory=set)

    def begin(self) -> None:
        """The files of all of them, and a first pass."""
        for sort in ("ready", "failed", "ended", "soon"):
            for number in range(EACH):
                path = self.folder / "workspaces" / f"{sort}-{number}.yaml"
                path.parent.mkdir(exist_ok=True)
                path.write_text(f"expiry: {_date(sort)}\nowner: ada@example.com\n")
        git(self.folder, "add", "--all")
        git(self.folder, "commit", "-qm", "Land")
        git(self.folder, "push", "-q", "origin", "main")
        last = LastPass(_now(), git(self.folder, "rev-parse", "HEAD").strip(), 1.0)
        record = FleetRecord("acme", marker="created", accepted=last.commit, seen=last.commit, last_pass=last, id="f-1")
        self.ledger.write(Writes({}, record, message="Begin"), on=self.ledger.read())
        first = _sender(self.folder, self.mail_at)
        until = time.monotonic() + LONGEST
        while self.ledger.read().channels is None:
            assert first.poll() is None, (self.folder / ".git" / "told.log").read_text()
            assert time.monotonic() < until
            time.sleep(0.1)
        first.kill()
        first.wait()

    def step(self, sort: str) -> None:
        """All workspaces of a sort become what their names say, at once: mails tell of several."""
        blob = {each.path: each.blob for each in entries(self.ledger.clone.repository, self._main())}
        names = [f"{sort}-{number}" for number in range(EACH)]
        records = {name: self._record(name, sort, blob[f"workspaces/{name}.yaml"]) for name in names}
        self.ledger.write(Writes(records), on=self.ledger.read())
        self.wanted |= {("failed" if sort == "failed" else "ready", name) for name in names}
        if sort == "soon":
            self.wanted |= {("ends-soon", name) for name in names}

    def _record(self, name: str, sort: str, blob: str) -> Record:
        phase = Phase.FAILED if sort == "failed" else Phase.READY
        return Record(
            name=name,
            backend="gcp-namespace",
            phase=phase,
            added_at=_now() - timedelta(days=9),
            deadline=_deadline(sort),
            owner="ada@example.com",
            created_at=_now(),
            updated_at=_now(),
            seen_blob=blob,
            spec_blob=None if phase is Phase.FAILED else blob,
            error="no room" if phase is Phase.FAILED else "",
            observed_at=_now(),
        )

    def end(self, number: int) -> bool:
        """It is destroyed, once it was told that it is ready."""
        name = f"ended-{number}"
        if ("ready", name) not in self.got() or ("ended", name) in self.wanted:
            return False
        known = self.ledger.read()
        record = known.records[name]
        assert isinstance(record, Record)
        line = LogLine(_now(), name, "expired", "destroy: done", added_at=record.added_at, kind="destroy")
        self.ledger.write(Writes({name: None}, log=(line,)), on=known)
        self.wanted.add(("ended", name))
        return True

    def got(self) -> set[tuple[str, str]]:
        """What the receiver got, of which workspace."""
        return {(call.document["event"], call.document["workspace"]["name"]) for call in list(self.at.calls)}

    def mailed(self) -> dict[tuple[str, str], set[str]]:
        """What mails told of which workspace, and under which ids."""
        found: dict[tuple[str, str], set[str]] = {}
        for mail in list(self.inbox.mails):
            kind = next(kind for words, kind in SUBJECTS.items() if words in mail["Subject"])
            for name in re.findall(r"\b(?:ready|failed|ended|soon)-[0-9]\b", f"{mail['Subject']} {mail.get_content()}"):
                found.setdefault((kind, name), set()).add(mail["Message-ID"])
        return found

    def _main(self) -> str:
        return git(self.folder, "rev-parse", "HEAD").strip()


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


def _deadline(sort: str) -> datetime:
    return _now().replace(minute=0, second=0) + (timedelta(hours=26) if sort != "soon" else timedelta(minutes=60))


def _date(sort: str) -> str:
    return f"{_deadline(sort):%Y-%m-%dT%H:%M:%SZ}"


@pytest.fixture
def flow(tmp_path: Path) -> Iterator[Flow]:
    """A fleet with a remote, two clones of it for those who tell, and one for what happens."""
    with receiver() as at, mail_server() as (inbox, url):
        settings = (
            f"fleet: acme\nsandbox: [gcp, kubernetes]\nstate: file://{tmp_path}/state\n"
            f"notify: {{channels: {{hook: {{kind: webhook, url: '{at.url}', secret: HELIUM_NOTIFY_HOOK}},"
            " mail: {kind: mail, from: helium@example.com, secret: HELIUM_NOTIFY_MAIL}}}\n"
        )
        begun(tmp_path, {"helium.yaml": settings.encode()}, clones=("one", "two", "own"))
        fleet = Fleet("acme", state=f"file://{tmp_path}/state")
        yield Flow(GitLedger(opened(tmp_path / "own"), fleet), tmp_path / "own", at, inbox, url)


def test_kills_lose_no_message_and_repeat_none_that_a_receiver_could_not_tell(flow: Flow, tmp_path: Path) -> None:
    """Each message comes, under one id; what comes twice comes under the same, and is signed each time."""
    flow.begin()
    chance, kills, heard = random.Random(7), 0, 0
    senders: list[tuple[subprocess.Popen[bytes], float]] = []
    todo = ["ready", "failed", "ended", "soon"]
    until = time.monotonic() + KILLING
    try:
        while time.monotonic() < until:
            # In the moment after a call, when the ledger does not know of it yet, kills are the worst.
            called, heard = heard < len(flow.at.calls), len(flow.at.calls)
            for process, dies in list(senders):
                if time.monotonic() >= dies or (called and chance.random() < 0.4):
                    os.kill(process.pid, signal.SIGKILL)
                    process.wait()
                    senders.remove((process, dies))
                    kills += 1
            while len(senders) < 3:
                lives = chance.uniform(2.0, 9.0)
                senders.append(
                    (_sender(tmp_path / chance.choice(("one", "two")), flow.mail_at), time.monotonic() + lives)
                )
            if todo and chance.random() < 0.02:
                flow.step(todo.pop(0))
            flow.end(chance.randrange(EACH))
            time.sleep(0.02)
    finally:
        for process, _ in senders:
            process.kill()
            process.wait()
    for each in todo:
        flow.step(each)
    _until_all_is_told(flow, _sender(tmp_path / "one", flow.mail_at))
    calls = list(flow.at.calls)
    ids = Counter(call.headers["X-Helium-Delivery"] for call in calls)
    about = {
        (call.document["event"], call.document["workspace"]["name"], call.headers["X-Helium-Delivery"])
        for call in calls
    }
    assert flow.wanted == flow.got()
    assert (len(flow.wanted), len(flow.wanted)) == (len(ids), len(about))
    assert all(call.signed for call in calls)
    _all_is_mailed(flow)
    assert kills > 2, f"{kills} kills, {len(calls)} calls, {len(calls) - len(ids)} of them repeated"


def _all_is_mailed(flow: Flow) -> None:
    """Each message in mails of one id, and some mails tell of several."""
    mailed = flow.mailed()
    assert flow.wanted == mailed.keys()
    assert {1} == {len(each) for each in mailed.values()}, mailed
    assert len({mail["Message-ID"] for mail in flow.inbox.mails}) < len(mailed), "no mail told of several"


def environ_of(flow: Flow) -> dict[str, str]:
    """What opens the channels of the fleet."""
    return _environ(flow.mail_at)


def _environ(mail_at: str) -> dict[str, str]:
    return {
        **{name: text for name, text in os.environ.items() if not name.startswith(("HELIUM_", "GITHUB_"))},
        "HELIUM_NOTIFY_HOOK": KEY,
        "HELIUM_NOTIFY_MAIL": mail_at,
        "HELIUM_NOTIFY_NETWORKS": "127.0.0.0/8",
        "PYTHONPATH": str(Path(__file__).resolve().parents[2]),
    }


def _sender(folder: Path, mail_at: str) -> subprocess.Popen[bytes]:
    with (folder / ".git" / "told.log").open("ab") as log:
        return subprocess.Popen((sys.executable, "-c", SENDER, str(folder)), env=_environ(mail_at), stderr=log)


def _until_all_is_told(flow: Flow, last: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + LONGEST
    try:
        while time.monotonic() < until:
            for number in range(EACH):
                flow.end(number)
            ended = {("ended", f"ended-{number}") for number in range(EACH)}
            if ended <= flow.wanted <= (flow.got() & flow.mailed().keys()):
                return
            time.sleep(0.2)
    finally:
        last.kill()
        last.wait()
