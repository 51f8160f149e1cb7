"""The file of the sessions that ended, which several processes write."""

from __future__ import annotations

import fcntl
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread

from helium.api.pages.ended_sessions import EndedSessions


def test_a_process_that_drops_what_is_over_keeps_what_another_wrote(tmp_path: Path) -> None:
    """Also in the moment between its look at the file and its turn to write it."""
    file, now = tmp_path / "ended-sessions", datetime.now(UTC)
    soon, late = int(now.timestamp()) + 10, int(now.timestamp()) + 10_000
    one = EndedSessions(file)
    for each in range(5):
        one.end(f"short {each}", until=soon, now=now)
    dropping = Thread(target=lambda: one.end("own", until=late, now=now + timedelta(minutes=1)))
    with file.open("a") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        dropping.start()
        # Long enough for its look at the file.
        dropping.join(0.5)
        beside = EndedSessions(tmp_path / "beside")
        beside.end("another", until=late, now=now)
        other.write((tmp_path / "beside").read_text())
    dropping.join(60)

    fresh = EndedSessions(file)
    assert [True, True, False] == [fresh.has(each) for each in ("own", "another", "short 0")]
