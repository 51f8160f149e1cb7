"""The file of the sessions that ended, which several processes write."""

from __future__ import annotations

import fcntl
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread

from helium.api.pages.ended_sessions import MOST, EndedSessions

NOW = datetime.now(UTC)
SOON, LATE = int(NOW.timestamp()) + 10, int(NOW.timestamp()) + 10_000


def test_a_process_that_drops_what_is_over_keeps_what_another_wrote(tmp_path: Path) -> None:
    """Also in the moment between its look at the file and its turn to write it."""
    file = tmp_path / "ended-sessions"
    one, beside = EndedSessions(file), EndedSessions(file)
    before = EndedSessions(file)
    for each in range(300):
        before.end(f"short {each}", until=SOON, now=NOW)
    dropping = Thread(target=lambda: one.end("own", until=LATE, now=NOW + timedelta(minutes=1)))
    with file.with_name("ended-sessions.lock").open("a") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        dropping.start()
        # Long enough for its look at the file.
        dropping.join(0.5)
        lone = EndedSessions(tmp_path / "lone")
        lone.end("another", until=LATE, now=NOW)
        with file.open("a") as out:
            out.write((tmp_path / "lone").read_text())
    dropping.join(60)

    assert 2 == len(file.read_text().splitlines())
    for reader in (beside, EndedSessions(file)):
        assert [True, True, False] == [reader.has(each) for each in ("own", "another", "short 0")]


def test_one_person_does_not_make_it_long(tmp_path: Path) -> None:
    """Whoever ends very many ends all that they began until then, and nothing of others."""
    file = tmp_path / "ended-sessions"
    one, beside = EndedSessions(file), EndedSessions(file)
    one.end("bob's", until=LATE, now=NOW, whose="bob")
    for each in range(10 * MOST):
        one.end(f"ada {each}", until=LATE + each, now=NOW, whose="ada")

    assert len(file.read_text().splitlines()) <= MOST + 2
    for reader in (beside, EndedSessions(file)):
        assert all(reader.has(f"ada {each}", whose="ada", until=LATE + each) for each in range(10 * MOST))
        assert reader.has("one that was left open", whose="ada", until=LATE)
        assert not reader.has("a later one", whose="ada", until=LATE + 10 * MOST)
        assert reader.has("bob's", whose="bob", until=LATE)
        assert not reader.has("another of bob's", whose="bob", until=LATE)
        assert not reader.has("carol's", whose="carol", until=SOON)


def test_the_half_of_a_line_ends_nothing_else(tmp_path: Path) -> None:
    """Somebody was killed who wrote it, or is not done yet."""
    file = tmp_path / "ended-sessions"
    one, beside = EndedSessions(file), EndedSessions(file)
    one.end("first", until=LATE, now=NOW)
    with file.open("a") as out:
        out.write(f"{'0' * 32} 12")
    assert beside.has("first")
    one.end("second", until=LATE, now=NOW)

    assert [True, True] == [beside.has(each) for each in ("first", "second")]


def test_what_cannot_be_written_counts_here(tmp_path: Path) -> None:
    """And is written as soon as that is possible again."""
    file = tmp_path / "away" / "ended-sessions"
    one = EndedSessions(file)
    one.end("first", until=LATE, now=NOW, whose="ada")
    assert one.has("first", whose="ada", until=LATE)
    file.parent.mkdir()
    one.end("second", until=LATE, now=NOW)

    assert EndedSessions(file).has("second")
    assert EndedSessions(file).has("first", whose="ada", until=LATE)


def test_a_look_does_not_read_what_it_knows(tmp_path: Path) -> None:
    """A long file is read once, and not for each sign-out of somebody else."""
    file = tmp_path / "ended-sessions"
    file.write_text("".join(f"{each:032x} {LATE}\n" for each in range(200_000)))
    reader, writer = EndedSessions(file), EndedSessions(file)
    began = time.perf_counter()
    assert not reader.has("nobody's")
    whole = time.perf_counter() - began
    writer.end("first", until=LATE, now=NOW)
    looks = []
    for each in range(20):
        writer.end(f"{each}", until=LATE, now=NOW)
        began = time.perf_counter()
        assert reader.has(f"{each}")
        looks.append(time.perf_counter() - began)

    assert min(looks) < whole / 10
