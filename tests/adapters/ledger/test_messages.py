"""The port `Messages`: the same suite on the fake, on a branch of this machine, and on a branch that is pushed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from helium.adapters.ledger import GitLedger
from helium.adapters.ledger.messages import GitMessages, message_path
from helium.adapters.ledger.serialization import CHANNELS
from helium.core.fleet_record import FleetRecord
from helium.core.message import ChannelState, ChannelStates, Delivery, Message, MessageBook, MessageKind
from helium.ports.channels import Messages, MessageSnapshot
from helium.ports.ledger import Writes
from tests.adapters.git_repos import new_repo, opened
from tests.adapters.ledger.ledgers import HERE, NOW, ledgers, line, record
from tests.fakes import FakeMessages

Pair = tuple[Messages, Messages]
STATES = ChannelStates({"hook": ChannelState(NOW, failing=NOW, why="no", tries=2, next_at=NOW, waiting=1)})


def book(id: str, **changes: object) -> MessageBook:
    """One with a message that has everything."""
    ways = (Delivery("hook"), Delivery("mail", "ada@example.com", tries=1, until=NOW, run="r", why="ü"))
    message = Message(
        MessageKind.READY, id, "x", NOW, NOW, NOW, NOW, "ada@example.com", "ml", NOW, "said", "bob@example.com", ways
    )
    return replace(MessageBook(id, "ada@example.com", "ml", "helm", NOW, NOW, (message,)), **changes)  # type: ignore[arg-type]


@pytest.fixture(params=["fake", "plain", "remote"])
def pair(request: pytest.FixtureRequest, tmp_path: Path) -> Pair:
    """Two who tell, of one fleet."""
    if request.param == "fake":
        fake = FakeMessages()
        return fake, fake
    one, two = ledgers(request.param, tmp_path)
    assert isinstance(one, GitLedger)
    assert isinstance(two, GitLedger)
    one.write(Writes({"a": record("a")}, FleetRecord("acme"), (line("a"),)), on=one.read())
    return GitMessages(one, wait=lambda _: None), GitMessages(two, wait=lambda _: None)


def test_at_first_nothing_was_told(pair: Pair) -> None:
    """A ledger without messages is empty."""
    assert ({}, {}, ChannelStates()) == _parts(pair[0].read())


def test_what_is_written_is_read_by_others(pair: Pair) -> None:
    """Books and channels come back as they were."""
    one, two = pair
    assert frozenset() == one.write({"a": book("a"), "b": book("b")}, on=one.read(), states=STATES)
    assert ({"a": book("a"), "b": book("b")}, STATES) == (two.read().books, two.read().states)
    assert frozenset() == two.write({"a": None, "none": None}, on=two.read())
    assert ({"b": book("b")}, STATES) == (one.read().books, one.read().states)


def test_who_comes_second_is_told_and_writes_nothing_of_it(pair: Pair) -> None:
    """Each book by itself: what nobody else changed is written."""
    one, two = pair
    mine, theirs = one.read(), two.read()
    one.write({"a": book("a")}, on=mine)
    assert frozenset({"a"}) == two.write({"a": book("a", team="x"), "b": book("b")}, on=theirs)
    assert {"a": book("a"), "b": book("b")} == one.read().books
    stale = one.read()
    two.write({"a": book("a", team="y")}, on=two.read())
    assert frozenset({"a"}) == one.write({"a": None}, on=stale)
    # The very same, by two who both believe that it is theirs: one of them must not.
    again = one.read()
    assert [frozenset(), frozenset({"b"})] == [each.write({"b": book("b", team="z")}, on=again) for each in (one, two)]


def test_a_pass_and_who_tells_are_in_nobodys_way(tmp_path: Path) -> None:
    """Each keeps what the other has written since it read, in the same branch."""
    one, two = ledgers("remote", tmp_path)
    assert isinstance(one, GitLedger)
    assert isinstance(two, GitLedger)
    first, _ = one.write(Writes({"a": record("a")}, FleetRecord("acme"), (line("a"),)), on=one.read())
    messages = GitMessages(two, wait=lambda _: None)
    known = messages.read()
    one.write(Writes({"b": record("b")}, FleetRecord("acme")), on=first)
    assert frozenset() == messages.write({"a": book("a")}, on=known, states=STATES)
    _, dropped = one.write(Writes({"c": record("c")}, FleetRecord("acme")), on=first)
    after = one.read()
    assert ([], ["a", "b", "c"], []) == (list(dropped), sorted(after.records), list(after.gaps))
    assert ({"a": book("a")}, STATES) == (messages.read().books, messages.known().states)


def test_where_no_pass_has_been_nothing_is_told(tmp_path: Path) -> None:
    """There is no branch, and no record to tell of."""
    messages = GitMessages(GitLedger(opened(new_repo(tmp_path / "own")), HERE))
    assert (MessageSnapshot(), ChannelStates()) == (messages.read(), messages.known().states)
    assert frozenset({"a"}) == messages.write({"a": book("a")}, on=messages.read(), states=STATES)


@pytest.mark.parametrize("text", [b"", b"{", b'{"id": "b"}', b'{"id": "a", "format": 99}', b"[" * 99_999])
def test_what_cannot_be_read_is_nobodys_and_is_written_again(text: bytes, tmp_path: Path) -> None:
    """Neither stops anybody from being told of the rest."""
    ledger, _ = ledgers("plain", tmp_path)
    assert isinstance(ledger, GitLedger)
    ledger.write(Writes({"a": record("a")}, FleetRecord("acme")), on=ledger.read())
    messages = GitMessages(ledger)
    messages.write({"a": book("a"), "b": book("b")}, on=messages.read(), states=STATES)
    _spoil(ledger, {message_path("a"): text, CHANNELS: text if b"id" not in text else b'{"format": 99}'})
    known = messages.read()
    assert ({"b": book("b")}, True, ChannelStates()) == (known.books, "a" in known.blobs, known.states)
    assert frozenset() == messages.write({"a": book("a")}, on=known, states=STATES)
    assert ({"a": book("a"), "b": book("b")}, STATES) == (messages.read().books, messages.known().states)


def _spoil(ledger: GitLedger, files: dict[str, bytes]) -> None:
    from helium.adapters.git_repo.commit_object import CommitParts, write_commit
    from helium.adapters.git_repo.read import tree_of
    from helium.adapters.git_repo.trees import edited

    clone, head = ledger.clone, ledger.known_tip()
    assert head is not None
    edits = {path: clone.repository.create_blob(text) for path, text in files.items()}
    tree = edited(clone.repository, tree_of(clone.repository, head), edits=edits)
    who = clone.committer()
    ledger.publish(write_commit(clone, CommitParts(str(tree), [head], who, who, "Spoil\n")), old=head)


def _parts(known: MessageSnapshot) -> tuple[object, object, object]:
    return dict(known.books), dict(known.blobs), known.states
