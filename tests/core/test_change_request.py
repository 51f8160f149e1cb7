"""Requests that share a pull request: how each stands, in words, and which of them another one may join."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from helium.core.change_request import (
    ChangeRequest,
    RequestProgress,
    SharedPullRequest,
    SharedState,
    Verb,
    asked_for,
    askers_of,
    by_name,
    code,
    in_progress,
    key_is_used,
    new_owners,
    outdated,
    request_with,
    takes_more,
)
from helium.core.fleet import Defaults
from helium.core.status import StatusWord
from helium.core.summary import asked_summary
from tests.builders import NOW

MINUTE = timedelta(minutes=1)


def asked(name: str = "demo", *, id: str = "", verb: Verb = Verb.CREATE, **more: object) -> ChangeRequest:
    """Of Ada's."""
    given = {"by": "Ada <ada@example.com>", "owner": "ada@example.com", "message": f"Add {name}", "at": NOW, **more}
    return ChangeRequest(id=id or f"id-of-{name}", verb=verb, name=name, **given)  # type: ignore[arg-type]


def shared(*requests: ChangeRequest, **more: object) -> SharedPullRequest:
    """Number 7, open, with one request if none is given."""
    given = {"branch": "helium/requests-1", "base": "m", "head": "h", "opened_at": NOW, "head_at": NOW, "number": 7}
    given |= {"url": "u", **more}
    return SharedPullRequest(id=str(given.pop("id", "p")), requests=requests or (asked(),), **given)  # type: ignore[arg-type]


def test_its_title_and_text_tell_who_asked_for_what() -> None:
    """What a person wrote stays text: it is no markup, and calls nobody."""
    one = asked("one", by="`@everyone` <ada@example.com>")

    assert "Add one" == shared(one).title
    assert "Add one, and 1 other change" == shared(one, asked("two")).title
    assert "Add two, and 1 other change" == shared(replace(one, refused="no"), asked("two"), asked("three")).title
    assert "Add one" == shared(replace(one, refused="no")).title
    assert "* `Add one` for `'@everyone' <ada@example.com>`" in shared(one).body
    assert "`a b`" == code("a\nb")


def test_who_asks_for_each_name() -> None:
    """A request that ended asks for nothing, two people for one name are nobody, and another head is not theirs."""
    both = shared(asked("one"), asked("two", owner="Bob@example.com"), asked("three", refused="no"))
    more = shared(
        *both.requests, asked("one", id="x", owner="bob@example.com"), asked("two", id="y", owner="bob@example.com")
    )

    assert {"one": "ada@example.com", "two": "bob@example.com"} == both.askers
    assert {"one": "", "two": "bob@example.com"} == more.askers
    assert both.askers == askers_of([both], number=7, head="h")
    assert None is askers_of([both], number=7, head="another") is askers_of([both], number=8, head="h")


@pytest.mark.parametrize(
    ("one", "later", "takes"),
    [
        (shared(), MINUTE / 2, True),
        (shared(), MINUTE, False),
        (shared(), -MINUTE, False),
        (shared(number=0), MINUTE / 2, False),
        (shared(merging=True), MINUTE / 2, False),
        (shared().ended(SharedState.CLOSED, "", now=NOW), MINUTE / 2, False),
        (shared(*[asked(f"w-{number}") for number in range(50)]), MINUTE / 2, False),
    ],
)
def test_another_request_joins_one_that_is_young_open_and_small(
    one: SharedPullRequest, later: timedelta, takes: bool
) -> None:
    """Not one that Helium is about to merge: its head was judged."""
    assert takes == takes_more(one, now=NOW + later, interval=MINUTE)


def test_a_request_is_known_by_its_id_and_its_key() -> None:
    """The first half of an id is of the key alone."""
    first = shared(asked(id="aaaa1111", keyed=True))
    second = shared(asked(id="bbbb2222"), id="q", opened_at=NOW + MINUTE)
    known = (first, second)

    assert (first, second, None) == tuple(request_with(known, id) for id in ("aaaa1111", "bbbb2222", "cccc"))
    assert [False, True, False] == [key_is_used(known, id) for id in ("aaaa1111", "aaaa2222", "bbbb3333")]


@pytest.mark.parametrize(
    ("one", "progress", "words", "status"),
    [
        (shared(), "requested", "pull request 7 waits until somebody merges it", "requested"),
        (shared(number=0), "requested", "its pull request waits until somebody merges it", "requested"),
        (shared(why="ann must look"), "requested", "ann must look", "requested"),
        (shared(merging=True), "merging", "Helium merges pull request 7 as soon as its checks are green", "merging"),
        (shared(state=SharedState.MERGED), "merged", "pull request 7 was merged", "requested"),
        (shared(state=SharedState.CLOSED), "closed", "pull request 7 was closed", "failed"),
        (shared(state=SharedState.CLOSED, why="too late"), "closed", "pull request 7 was closed: too late", "failed"),
        (shared(asked(refused="taken")), "refused", "taken", "failed"),
    ],
)
def test_how_a_request_stands(one: SharedPullRequest, progress: str, words: str, status: str) -> None:
    """A word, a sentence, and the row of a workspace that has neither file nor record."""
    (each,) = in_progress([one])
    row = asked_summary(each, defaults=Defaults())

    assert (progress, words) == (each.progress, each.sentence)
    assert (progress in ("requested", "merging")) == each.waits
    assert (StatusWord(status), words, "ada@example.com", "gcp-namespace") == (
        row.status,
        row.reason,
        row.owner,
        row.backend,
    )


def test_a_row_has_the_backend_that_is_asked_for() -> None:
    """By its new name."""
    (each,) = in_progress([shared(asked(fields={"backend": "jupyterhub"}))])

    assert "jupyterhub" == asked_summary(each, defaults=Defaults()).backend


def test_the_newest_request_for_a_workspace_counts() -> None:
    """One that was merged only until everybody has fetched that main; an extension makes no row."""
    old = shared(id="a").ended(SharedState.MERGED, "", now=NOW)
    new = shared(asked(id="x"), id="b", opened_at=NOW + MINUTE, why="waits")
    both = by_name([old, new])["demo"]

    assert ["b", "a"] == [each.shared.id for each in both]
    newest = asked_for(both, now=NOW)
    assert newest is not None
    assert RequestProgress.REQUESTED is newest.progress
    merged = by_name([old])["demo"]
    assert (True, False) == tuple(asked_for(merged, now=NOW + wait) is not None for wait in (MINUTE / 2, MINUTE))
    assert None is asked_for(by_name([replace(old, ended_at=None)])["demo"], now=NOW)
    assert None is asked_for(by_name([shared(asked(verb=Verb.UPDATE))])["demo"], now=NOW)


def test_what_ended_is_kept_for_a_week() -> None:
    """Then nobody needs to read it."""
    ended = shared(id="a").ended(SharedState.CLOSED, "x", now=NOW)

    assert ("closed", "x", False) == (ended.state, ended.why, ended.merging)
    assert ((), ("a",)) == tuple(outdated([ended, shared(id="b")], now=NOW + timedelta(days=days)) for days in (7, 8))


def test_another_head_is_pushed_over_the_one_that_it_has() -> None:
    """And has to be judged again."""
    moved = shared(merging=True, why="x").moved("new", base="main-2", requests=[asked("two")], now=NOW)

    assert ("h", "new", "main-2", False, "", "two") == (
        moved.before,
        moved.head,
        moved.base,
        moved.merging,
        moved.why,
        moved.requests[0].name,
    )


def test_whose_new_workspaces_are_about_to_come() -> None:
    """Those that wait, and those that were merged a moment ago; of what was asked first, where that is the question."""
    later = asked("later", at=NOW + MINUTE)
    waiting = shared(asked("one"), asked("two", verb=Verb.PUT), asked("more", verb=Verb.UPDATE), later)
    again = shared(asked("empty", verb=Verb.RESTORE, fields={"empty": True}), asked("back", verb=Verb.RESTORE), id="e")
    merged = shared(asked("just"), id="m", state=SharedState.MERGED, ended_at=NOW)
    closed = shared(asked("never"), id="c", state=SharedState.CLOSED, ended_at=NOW)
    refused = shared(asked("no", refused="no"), asked("again"), id="r")
    known = (waiting, again, merged, closed, refused)

    assert {"one", "two", "later", "just", "again", "empty"} == set(new_owners(known, now=NOW))
    assert {"one", "two", "later", "again", "empty"} == set(new_owners(known, now=NOW + MINUTE))
    assert {"ada@example.com"} == set(new_owners(known, now=NOW).values())
    assert "later" not in new_owners(known, now=NOW, before=later)
    assert "two" in new_owners(known, now=NOW, before=later)
