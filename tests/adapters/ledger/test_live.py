"""The port `LiveStatus`: one suite for the fake, a file of one machine and a remote's ref; then each by itself."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest

from helium.adapters.ledger import GitLedger
from helium.adapters.ledger.live_file import LiveFile
from helium.adapters.ledger.live_ref import REF, LiveRef
from helium.core.fleet_record import FleetRecord, Lease
from helium.core.live import Doing, Live, LiveStack
from helium.errors import SourceError
from helium.ports.ledger import Ledger, Writes
from helium.ports.live import LiveStatus
from tests.adapters.git_repos import begun, git, land, new_repo, opened
from tests.adapters.ledger.ledgers import HERE, NOW, SHARED, lease, record
from tests.fakes import FakeLedger, FakeLive

STACK = LiveStack("a", "create", NOW, Doing("gcp:storage/bucket:Bucket", "data", done=2), of=5, usual=70.5)
LATER = replace(STACK, doing=Doing(done=3))


@dataclass(frozen=True, slots=True)
class Writer:
    """A pass: it shows what is going on, and writes the ledger."""

    live: LiveStatus
    ledger: Ledger

    def under(self, held: Lease | None) -> None:
        """Write the ledger with this lease."""
        if isinstance(self.live, FakeLive):
            self.live.under(held)
        before = self.ledger.read()
        counter = held.counter if held else 1
        self.ledger.write(Writes(fleet_record=FleetRecord("acme", lease=held, counter=counter)), on=before)


@pytest.fixture(params=["fake", "file", "ref"])
def pair(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Writer, LiveStatus]]:
    """A pass, and somebody who looks."""
    if request.param == "fake":
        fake = FakeLive()
        yield Writer(fake, FakeLedger()), fake
    elif request.param == "file":
        own = new_repo(tmp_path / "own")
        land(own, {"helium.yaml": b"x"})
        path = own / ".helium" / "live.json"
        file = LiveFile(path)
        yield Writer(file, GitLedger(opened(own), HERE, live=file)), LiveFile(path)
    else:
        with remote_pair(tmp_path) as (writer, reader):
            yield writer, reader


class remote_pair:  # noqa: N801 - reads as the function that it is
    """A pass in one clone, and somebody who looks from another."""

    def __init__(self, folder: Path, *, between: float = 0.0, seconds: float = 60.0) -> None:
        begun(folder, {}, clones=("one", "two"))
        self.live = LiveRef(opened(folder / "one", seconds=seconds), between=between)
        ledger = GitLedger(opened(folder / "one"), SHARED, wait=lambda _: None, live=self.live)
        self.writer, self.reader = Writer(self.live, ledger), LiveRef(opened(folder / "two"))

    def __enter__(self) -> tuple[Writer, LiveRef]:
        return self.writer, self.reader

    def __exit__(self, *_: object) -> None:
        self.live.close()


def soon(look: Callable[[], object], *, seconds: float = 10.0) -> bool:
    """Whether it becomes true."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if look():
            return True
        time.sleep(0.05)
    return False


def stacks(live: Live | None) -> tuple[LiveStack, ...]:
    """What is at work by the newest word."""
    return live.stacks if live else ()


def test_where_nothing_was_shown_nothing_is_read(pair: tuple[Writer, LiveStatus]) -> None:
    """It is no error, and neither is a pass that only took the lease."""
    writer, reader = pair
    assert reader.read() is None
    writer.under(lease("r-1"))
    writer.live.close()
    assert reader.read() is None


def test_what_is_shown_under_a_lease_is_seen_by_others(pair: tuple[Writer, LiveStatus]) -> None:
    """With all that it says, and with the lease that it was written under."""
    writer, reader = pair
    held = lease("r-1")
    writer.under(held)
    writer.live.show([STACK], now=NOW)
    assert soon(lambda: stacks(reader.read()))
    assert Live("r-1", 1, NOW, held.until, (STACK,)) == reader.read()
    writer.live.show([LATER], now=NOW + timedelta(seconds=1))
    assert soon(lambda: stacks(reader.read()) == (LATER,))


def test_without_a_lease_nothing_is_shown(pair: tuple[Writer, LiveStatus]) -> None:
    """A look changes nothing, and says nothing."""
    writer, reader = pair
    writer.live.show([STACK], now=NOW)
    writer.live.close()
    assert reader.read() is None


def test_a_pass_that_ended_leaves_nothing_that_says_at_work(pair: tuple[Writer, LiveStatus]) -> None:
    """With the commit of the ledger that gives the lease back, and at once."""
    writer, reader = pair
    writer.under(lease("r-1"))
    writer.live.show([STACK], now=NOW)
    assert soon(lambda: stacks(reader.read()))
    writer.under(None)
    assert () == stacks(reader.read())
    writer.live.close()
    assert () == stacks(reader.read())


def test_a_second_taking_of_the_lease_begins_with_nothing(pair: tuple[Writer, LiveStatus]) -> None:
    """What was at work under the first one has ended, and the second one shows again."""
    writer, reader = pair
    writer.under(lease("r-1"))
    writer.live.show([STACK], now=NOW)
    writer.under(None)
    writer.live.close()
    writer.under(lease("r-1", counter=2))
    assert () == stacks(reader.read())
    writer.live.show([LATER], now=NOW)
    assert soon(lambda: stacks(reader.read()) == (LATER,))
    writer.under(None)
    assert () == stacks(reader.read())


def test_a_renewed_lease_is_shown_with_its_new_end(pair: tuple[Writer, LiveStatus]) -> None:
    """Nothing new may happen for a long time, and it is still at work."""
    writer, reader = pair
    writer.under(lease("r-1"))
    writer.live.show([STACK], now=NOW)
    assert soon(lambda: stacks(reader.read()))
    writer.under(lease("r-1", hours=2))
    if not isinstance(writer.live, FakeLive):
        live = reader.read()
        assert live is not None
        assert (NOW + timedelta(hours=2), (STACK,)) == (live.until, live.stacks)


@pytest.fixture(params=["file", "ref"])
def parts(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[LiveStatus, ...]]:
    """Two machines that share a lease, and somebody who looks."""
    if request.param == "file":
        yield tuple(LiveFile(tmp_path / "live.json") for _ in range(3))
    else:
        begun(tmp_path, {}, clones=("one", "two", "three"))
        refs = [LiveRef(opened(tmp_path / name), between=0.0) for name in ("one", "two", "three")]
        yield tuple(refs)
        for ref in refs:
            ref.close()


def test_machines_that_share_a_lease_show_what_each_is_at(parts: tuple[LiveStatus, ...]) -> None:
    """None overwrites another one's word, and what is of an older lease is not mixed in."""
    one, two, reader = parts
    for number, live in enumerate((one, two), start=1):
        live.as_part(number)
        live.under(lease("r-1", counter=1))
        live.show([replace(STACK, name=f"old{number}")], now=NOW)
    assert soon(lambda: len(stacks(reader.read())) == 2)
    for number, live in enumerate((one, two), start=1):
        live.under(lease("r-2", counter=2))
        live.show([replace(STACK, name=f"s{number}")], now=NOW)
    assert soon(lambda: {stack.name for stack in stacks(reader.read())} == {"s1", "s2"})
    one.under(None)
    one.close()
    assert ["s2"] == [stack.name for stack in stacks(reader.read())]


# the file of one machine


@pytest.mark.parametrize(
    "data",
    [b"", b"{", b"[]", b'{"run": "x"}', b"\xff", b"[" * 200_000, b'{"run":"r","counter":1,"at":"2026-03-01T12:00:00"}'],
)
def test_a_text_that_cannot_be_read_is_nothing(tmp_path: Path, data: bytes) -> None:
    """Nobody depends on it, so nobody is stopped by it."""
    path = tmp_path / "live.json"
    path.write_bytes(data)
    assert LiveFile(path).read() is None


def test_times_without_a_zone_are_nothing(tmp_path: Path) -> None:
    """They could not be compared with the clock."""
    path = tmp_path / "live.json"
    file = LiveFile(path)
    file.under(lease("r-1"))
    file.show([STACK], now=NOW)
    assert file.read() is not None
    path.write_text(path.read_text().replace("12:00:00Z", "12:00:00"))
    assert file.read() is None


def test_the_file_is_whole_or_not_there(tmp_path: Path) -> None:
    """It is replaced: whoever reads sees one word or the next one, and no other file stays behind."""
    file = LiveFile(tmp_path / "f" / "live.json")
    file.under(lease("r-1"))
    for number in range(50):
        file.show([replace(STACK, doing=Doing(done=number))], now=NOW)
        assert file.read() is not None
    assert ["live.json"] == [path.name for path in (tmp_path / "f").iterdir()]
    file.close()
    assert [] == list((tmp_path / "f").iterdir())


def test_a_folder_that_takes_no_file_is_told_of_once(tmp_path: Path) -> None:
    """And the pass goes on."""
    (tmp_path / "f").write_text("a file")
    file = LiveFile(tmp_path / "f" / "live.json")
    file.under(lease("r-1"))
    file.show([STACK], now=NOW)
    file.show([LATER], now=NOW)
    assert "so nobody sees what goes on" in file.trouble()
    assert ("", None) == (file.trouble(), file.read())


# the ref of a remote


def objects(remote: Path) -> int:
    """How many the remote has, packed or not."""
    counts = dict(line.split(": ") for line in git(remote, "count-objects", "-v").splitlines())
    return int(counts["count"]) + int(counts["in-pack"])


def test_the_ref_goes_along_with_the_ledger_and_costs_one_object(tmp_path: Path) -> None:
    """In one push, as one blob, beside the four objects of a ledger's commit; and nothing where nothing changed."""
    with remote_pair(tmp_path, between=3600) as (writer, reader):
        writer.under(lease("r-1"))
        writer.live.show([STACK], now=NOW)
        assert soon(lambda: stacks(reader.read()))
        assert "blob" == git(tmp_path / "remote.git", "cat-file", "-t", REF).strip()
        before = objects(tmp_path / "remote.git")
        # Within the hour that the ref does not go by itself.
        writer.live.show([LATER], now=NOW)
        assert (STACK,) == stacks(reader.read())
        snapshot, _ = writer.ledger.write(Writes({"a": record("a")}), on=writer.ledger.read())
        assert (LATER,) == stacks(reader.read())
        # The commit, its tree, `records`, `records/ca`, the record; and one blob.
        assert 6 == objects(tmp_path / "remote.git") - before
        writer.ledger.write(Writes({"b": record("b")}), on=snapshot)
        assert 6 + 5 == objects(tmp_path / "remote.git") - before


def test_by_itself_the_ref_goes_at_most_every_so_often_and_only_with_news(tmp_path: Path) -> None:
    """Two hundred changes in a second are one or two pushes; the same again, an hour later, is none."""
    with remote_pair(tmp_path, between=1.0) as (writer, reader):
        writer.under(lease("r-1"))
        before = objects(tmp_path / "remote.git")
        for number in range(200):
            writer.live.show([replace(STACK, doing=Doing(done=number))], now=NOW)
        last = replace(STACK, doing=Doing(done=199))
        assert soon(lambda: stacks(reader.read()) == (last,))
        pushed = objects(tmp_path / "remote.git") - before
        assert pushed <= 3
        writer.live.show([last], now=NOW + timedelta(hours=1))
        time.sleep(1.5)
        assert pushed == objects(tmp_path / "remote.git") - before


def test_words_that_were_replaced_are_collected_as_garbage(tmp_path: Path) -> None:
    """A day of passes leaves one object, not thousands."""
    with remote_pair(tmp_path) as (writer, reader):
        writer.under(lease("r-1"))
        for number in range(5):
            shown = replace(STACK, doing=Doing(done=number))
            writer.live.show([shown], now=NOW)
            assert soon(lambda shown=shown: stacks(reader.read()) == (shown,))  # type: ignore[misc]
        writer.under(None)
    remote = tmp_path / "remote.git"
    git(remote, "gc", "-q", "--prune=now")
    blobs = [
        line
        for line in git(remote, "cat-file", "--batch-check", "--batch-all-objects").splitlines()
        if " blob " in line
    ]
    texts = [git(remote, "cat-file", "blob", line.split()[0]) for line in blobs]
    assert 1 == sum('"stacks"' in text for text in texts)


@pytest.mark.parametrize("hook", ["pre-receive", "update"])
def test_a_remote_that_refuses_the_ref_is_told_of_once_and_the_ledger_lands(tmp_path: Path, hook: str) -> None:
    """Whether it judges each ref or the push as a whole; afterwards it is not asked again."""
    refs = 'test "$1" = refs/helium/live' if hook == "update" else "grep -q refs/helium/live"
    with remote_pair(tmp_path, between=3600) as (writer, reader):
        path = tmp_path / "remote.git" / "hooks" / hook
        path.write_text(f"#!/bin/sh\nif {refs}; then echo 'only branches here' >&2; exit 1; fi\n")
        path.chmod(0o755)
        live = writer.live
        assert isinstance(live, LiveRef)
        writer.under(lease("r-1"))
        live._pushed_at = time.monotonic()
        live.show([STACK], now=NOW)
        snapshot, dropped = writer.ledger.write(Writes({"a": record("a")}), on=writer.ledger.read())
        assert (record("a"), frozenset()) == (snapshot.records["a"], dropped)
        assert snapshot.head == git(tmp_path / "remote.git", "rev-parse", "helium-ledger").strip()
        assert "origin does not take refs/helium/live" in (said := live.trouble())
        assert "only branches here" in said
        path.write_text("#!/bin/sh\ncat >> $0.seen\n" if hook == "pre-receive" else '#!/bin/sh\necho "$1" >> $0.seen\n')
        writer.ledger.write(Writes({"b": record("b")}), on=snapshot)
        live.show([LATER], now=NOW)
        live.close()
        assert ("", None) == (live.trouble(), reader.read())
        assert "refs/helium/live" not in path.with_name(f"{hook}.seen").read_text()


def test_a_remote_that_refuses_the_ref_by_itself_is_told_of_once(tmp_path: Path) -> None:
    """The push of the ref alone says so as well."""
    with remote_pair(tmp_path) as (writer, _):
        writer.under(lease("r-1"))
        path = tmp_path / "remote.git" / "hooks" / "pre-receive"
        path.write_text("#!/bin/sh\necho 'only branches here' >&2; exit 1\n")
        path.chmod(0o755)
        writer.live.show([STACK], now=NOW)
        said: list[str] = []

        def told() -> str:
            said.append(writer.live.trouble())
            return said[-1]

        assert soon(told)
        writer.live.show([LATER], now=NOW)
        writer.live.close()
        assert ("", True) == (writer.live.trouble(), "only branches here" in said[-1])


def test_a_refused_ledger_is_refused_in_its_own_words(tmp_path: Path) -> None:
    """What goes along hides nothing of why the ledger did not land."""
    with remote_pair(tmp_path, between=3600) as (writer, _):
        writer.under(lease("r-1"))
        assert isinstance(writer.live, LiveRef)
        writer.live._pushed_at = time.monotonic()
        writer.live.show([STACK], now=NOW)
        path = tmp_path / "remote.git" / "hooks" / "pre-receive"
        path.write_text("#!/bin/sh\necho 'the ledger is protected' >&2; exit 1\n")
        path.chmod(0o755)
        with pytest.raises(SourceError, match="the ledger is protected"):
            writer.ledger.write(Writes({"a": record("a")}), on=writer.ledger.read())
        path.unlink()
        writer.ledger.write(Writes({"a": record("a")}), on=writer.ledger.read())


def test_a_remote_that_is_away_stops_nothing(tmp_path: Path) -> None:
    """Neither whoever shows nor whoever looks; when it is back, the newest word is seen."""
    with remote_pair(tmp_path) as (writer, reader):
        writer.under(lease("r-1"))
        (tmp_path / "remote.git").rename(tmp_path / "away.git")
        writer.live.show([STACK], now=NOW)
        time.sleep(0.3)
        assert (None, "") == (reader.read(), writer.live.trouble())
        (tmp_path / "away.git").rename(tmp_path / "remote.git")
        writer.live.show([LATER], now=NOW)
        assert soon(lambda: stacks(reader.read()) == (LATER,))


def test_a_remote_that_never_answers_stops_nothing(tmp_path: Path) -> None:
    """It takes the connection and says nothing. Once it answers again, the newest word is seen."""
    with socket.create_server(("127.0.0.1", 0)) as silent, remote_pair(tmp_path, seconds=2.0) as (writer, reader):
        writer.under(lease("r-1"))
        url = git(tmp_path / "one", "remote", "get-url", "origin").strip()
        git(tmp_path / "one", "remote", "set-url", "origin", f"git://127.0.0.1:{silent.getsockname()[1]}/fleet")
        writer.live.show([STACK], now=NOW)
        assert (None, "") == (writer.live.read(), writer.live.trouble())
        git(tmp_path / "one", "remote", "set-url", "origin", url)
        writer.live.show([LATER], now=NOW)
        assert soon(lambda: stacks(reader.read()) == (LATER,))


def test_a_lost_race_for_the_ledger_is_lost_with_it_beside(tmp_path: Path) -> None:
    """Somebody wrote first: the write is made again on theirs, as without the ref."""
    with remote_pair(tmp_path, between=3600) as (writer, reader):
        writer.under(lease("r-1"))
        writer.live.show([STACK], now=NOW)
        mine = writer.ledger.read()
        other = GitLedger(opened(tmp_path / "two"), SHARED)
        other.write(Writes({"b": record("b")}), on=other.read())
        after, dropped = writer.ledger.write(Writes({"a": record("a")}), on=mine)
        assert (["a", "b"], frozenset()) == (sorted(after.records), dropped)
        assert (STACK,) == stacks(reader.read())
