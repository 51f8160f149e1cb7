from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from helium.core.extend_command import ExtendCommand, extend_command, to_obey
from helium.core.obeyed import ObeyedComment, UnfinishedAnswer, is_first, still_remembered
from helium.core.pull_request import NewComment, PullRequestComment

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)


def comment(body: str, *, id: int = 1, edited: bool = False, at: datetime = NOW) -> NewComment:
    """Of ada, on pull request 7."""
    said = PullRequestComment(id=id, author="ada", body=body, url="", created_at=at, edited=edited)
    return NewComment(number=7, comment=said)


@pytest.mark.parametrize(
    ("body", "length", "name"),
    [
        ("/extend 7d", "7d", ""),
        ("/extend 12h demo", "12h", "demo"),
        ("/extend +2w\tdemo \r\nthanks", "+2w", "demo"),
        ("/extend 2026-12-24\nand more", "2026-12-24", ""),
    ],
)
def test_the_first_line_is_the_command(body: str, length: str, name: str) -> None:
    """What comes after it is for people."""
    assert ExtendCommand(length, name) == extend_command(comment(body))


@pytest.mark.parametrize(
    "body", ["", "please /extend 7d", " /extend 7d", "> /extend 7d", "/extended 7d", "\n/extend 7d"]
)
def test_nothing_else_is_a_command(body: str) -> None:
    """Nobody gets an answer who asked for nothing."""
    assert extend_command(comment(body)) is None


@pytest.mark.parametrize(
    "body",
    ["/extend", "/extend ", "/extend 7d demo now", "/extend 7d ../x", "/extend 7d De$(mo)", "/extend " + "7" * 99],
)
def test_what_is_wrong_is_said(body: str) -> None:
    """With how to write it."""
    command = extend_command(comment(body))

    assert command is not None
    assert "Write `/extend 7d`" in command.wrong


def test_an_edited_comment_counts_for_nothing() -> None:
    """Whoever may write can edit anybody's."""
    command = extend_command(comment("/extend 7d", edited=True))

    assert command is not None
    assert "edited" in command.wrong


def test_each_is_obeyed_once_and_while_it_is_young() -> None:
    """What the ledger remembers does not come again."""
    old, done, new = (
        comment("/extend 7d", id=1, at=NOW - timedelta(hours=24)),
        comment("/extend 7d", id=2),
        comment("/extend 7d", id=3),
    )
    obeyed = (ObeyedComment(2, NOW, "a"),)

    assert [(new, ExtendCommand("7d"))] == to_obey((old, done, comment("hello", id=4), new), obeyed=obeyed, now=NOW)


def test_of_two_who_obey_at_once_one_is_first() -> None:
    """And what could not come again is forgotten."""
    mine, theirs = ObeyedComment(1, NOW, "mine"), ObeyedComment(1, NOW, "theirs")
    old = replace(mine, id=9, at=NOW - timedelta(hours=48))

    assert (True, False) == (is_first((old, mine, theirs), mine), is_first((old, mine, theirs), theirs))
    assert not is_first((), mine)
    assert (mine,) == still_remembered((old, mine), now=NOW)


def test_an_answer_waits_for_a_pull_request_by_its_number() -> None:
    """As the host's address of it ends."""
    answer = UnfinishedAnswer(7, "@ada", "demo", "https://git.example.com/acme/fleet/pulls/12")

    assert 12 == answer.number
