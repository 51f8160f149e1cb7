from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import jsonschema
import pytest

from helium.core.message import Message, MessageKind
from helium.core.status import StatusWord
from helium.ports.channels import MessageText
from helium.reconcile.telling.facts import News
from helium.reconcile.telling.many import text_of
from helium.reconcile.telling.rendering import chat, markdown, plain
from helium.reconcile.telling.webhook import SCHEMA
from helium.reconcile.telling.words import LONGEST_REASON, MOST_ROWS, Speaker, in_words
from tests.builders import ADDED_AT, NOW
from tests.reconcile.telling.world import HOUR, news, settings, workspace

RESOURCES = {"gcp:storage/bucket:Bucket": 1, "kubernetes:core/v1:Namespace": 1, "kubernetes:apps/v1:Deployment": 3}


LOST = (
    "Then it is destroyed, with its 5 resources (Deployment, Bucket, Namespace) and the data in them. "
    "Nothing of that can be brought back."
)
KEEP = (
    "To keep it for longer: helium extend a 7d, or a comment on its pull request: /extend 7d a. "
    "If you do not need it any more, do nothing."
)


def message(kind: MessageKind, **changes: object) -> Message:
    """One about `a`."""
    plain = Message(
        kind=kind,
        name="a",
        of="",
        at=NOW,
        noted=NOW,
        stale=NOW,
        added_at=ADDED_AT,
        owner="ada@example.com",
        deadline=NOW + 24 * HOUR,
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def said(kind: MessageKind, seen: News | None = None, *, comments: bool = True, **changes: object) -> MessageText:
    """What it says."""
    return Speaker(seen or news(workspace()), settings(), comments, NOW).text(message(kind, **changes))


def test_what_is_ready_says_for_how_long_and_how_to_get_in() -> None:
    """And leads to its page, where the connection strings are; none of them is in the message."""
    text = said(MessageKind.READY)
    assert "a is ready" == text.title
    assert (
        "It belongs to ada@example.com, and it ends in 1 day, on Wednesday, 25 November 2026, 12:00 UTC.",
        "How to reach it: helium show a",
    ) == text.lines
    assert {"Its page": "https://helium.example.com/workspace/a"} == text.links
    assert "when its file is removed" in said(MessageKind.READY, deadline=None).lines[0]


def test_a_warning_says_what_is_lost_and_how_to_keep_it() -> None:
    """The link leads to a page that asks; the command and the comment are there for everybody else."""
    text = said(MessageKind.ENDS_SOON, news(workspace(resources=RESOURCES)))
    assert "a ends in 1 day" == text.title
    assert (
        "It belongs to ada@example.com, and its deadline is Wednesday, 25 November 2026, 12:00 UTC.",
        LOST,
        KEEP,
    ) == text.lines
    page = "https://helium.example.com/workspaces/a/extend?by=7d&ends=2026-11-25T12:00:00Z"
    assert {"Give it more time": page} == text.links


def test_a_warning_offers_no_comment_where_none_is_obeyed() -> None:
    """Without `people`, nobody is known by their comments."""
    text = "\n".join(said(MessageKind.ENDS_SOON, news(), comments=False, deadline=None).lines)
    assert "/extend" not in text
    assert "with all of it and the data in it" in text
    assert "its deadline is not known" in text


def test_a_warning_in_a_paused_fleet_says_so() -> None:
    """Nothing is destroyed while it is paused."""
    text = said(MessageKind.ENDS_SOON, news(workspace(), paused=True))
    assert "The fleet is paused now: it is destroyed once that is over." == text.lines[-1]
    assert text.lines[-1] == said(MessageKind.GRACE, news(workspace(), paused=True), stale=NOW + HOUR).lines[-1]


def test_many_kinds_of_resources_are_not_all_named() -> None:
    """Six are enough to know what it is."""
    many = {f"x:index:Kind{number}": 1 for number in range(9)}
    assert "its 9 resources (Kind0, Kind1, Kind2, Kind3, Kind4, Kind5, …)" in " ".join(
        said(MessageKind.ENDS_SOON, news(workspace(resources=many))).lines
    )


def test_a_failure_says_why_and_what_to_look_at() -> None:
    """In one line, whatever Pulumi wrote, and not at any length."""
    one = workspace(word=StatusWord.FAILED, reason="quota \x1b[31mexceeded\nin us-east1 " + "x" * 999)
    text = said(MessageKind.FAILED, news(one))
    assert "Why: quota [31mexceeded in us-east1 xx" in text.lines[0]
    assert LONGEST_REASON == len(text.lines[0].removeprefix("Why: "))
    assert "helium show a --log" in text.lines[1]
    assert "Why, the ledger does not say." == said(MessageKind.FAILED, news()).lines[0]


def test_an_end_says_why_and_who_asked() -> None:
    """By its deadline, or by a person."""
    assert "because its deadline had passed. It" in said(MessageKind.ENDED, of="expired 2026-11-24T12:00:00Z").lines[0]
    removed = said(MessageKind.ENDED, of="file-removed", said="Bob <bob@example.com>").lines[0]
    assert "because its file was removed by Bob <bob@example.com>. It belonged to ada@example.com." in removed


def test_what_is_held_says_by_what() -> None:
    """And what to ask next."""
    text = said(MessageKind.HELD, news(workspace(held="too many deletes", held_since=NOW)))
    assert "A safeguard holds a change of it: too many deletes" == text.lines[0]
    assert "helium why a" in text.lines[1]
    assert "does not say" in said(MessageKind.HELD, news()).lines[0]


def test_a_digest_has_a_row_for_each_and_what_ends_first_on_top() -> None:
    """Those of its owner, or of its teams."""
    seen = news(
        workspace("later"),
        workspace("sooner", deadline=NOW + HOUR),
        workspace("never", deadline=None),
        workspace("over", deadline=NOW),
        workspace("others", owner="bob@example.com", team="ml"),
    )
    text = said(MessageKind.DIGEST, seen, name="", said="2026, week 48", added_at=None)
    assert "Workspaces this week: 2026, week 48" == text.title
    assert [
        "over (ada@example.com): ready, has no time left",
        "sooner (ada@example.com): ready, ends in 1h 0m",
        "later (ada@example.com): ready, ends in 2d 0h",
        "never (ada@example.com): ready, has no deadline",
        "To keep one for longer: helium extend NAME 7d",
    ] == list(text.lines)
    assert {"All workspaces": "https://helium.example.com"} == text.links
    team = said(MessageKind.DIGEST, seen, name="", owner="", team="ml", added_at=None)
    assert "others (bob@example.com): ready, ends in 2d 0h" == team.lines[0]


def test_a_long_digest_says_how_many_more_there_are() -> None:
    """Nobody reads a hundred rows."""
    seen = news(*(workspace(f"w{number:03}") for number in range(MOST_ROWS + 5)))
    assert "… and 5 more: helium list" == said(MessageKind.DIGEST, seen, name="", added_at=None).lines[-2]


@pytest.mark.parametrize("kind", [MessageKind.ENDED, MessageKind.GIVEN, MessageKind.GRACE])
def test_who_did_it_has_no_name_of_any_length(kind: MessageKind) -> None:
    """It is an author's in git, and a host takes no comment of 70,000 signs: its people would hear nothing."""
    by = f"{'x' * 70_000}\n <mallory@example.com>"
    one, two = (message(kind, name=name, said=by, former="bob@example.com") for name in "ab")
    speaker = Speaker(news(workspace("a", has_file=False), workspace("b", has_file=False)), settings(), True, NOW)

    for text in (speaker.text(one), text_of((one, two), speaker)):
        assert all(len(line) < 2 * LONGEST_REASON for line in text.lines)
        assert kind is MessageKind.GRACE or any("xxx…" in line for line in text.lines)


def test_a_test_says_who_asked() -> None:
    """And that it is one."""
    text = said(MessageKind.TEST, name="", said="Ann asked for it.", added_at=None)
    assert ("A test message of Helium", True) == (text.title, text.lines[0].endswith("Ann asked for it."))


def test_without_pages_there_are_no_links() -> None:
    """Nobody serves any."""
    said_by = replace(settings(), url="")
    assert {} == Speaker(news(workspace()), said_by, True, NOW).text(message(MessageKind.READY)).links


@pytest.mark.parametrize("kind", MessageKind)
def test_every_kind_has_words_and_a_document_of_the_schema(kind: MessageKind) -> None:
    """The document is what `webhook.schema.json` describes, and nothing else."""
    about = "" if kind in (MessageKind.DIGEST, MessageKind.TEST) else "a"
    one = message(kind, name=about, added_at=ADDED_AT if about else None)
    for seen in (news(workspace(reason="because")), news(workspace(deadline=None, team="")), news()):
        document = Speaker(seen, settings(), True, NOW).document(one)
        jsonschema.validate({"delivery": "ab" * 16, **document}, SCHEMA)
        assert (kind.value, "acme") == (document["event"], document["fleet"])


def test_another_incarnations_facts_are_not_told() -> None:
    """The name is in use again by the time that the message goes out."""
    seen = news(workspace(added_at=NOW, reason="of the new one"))
    document = Speaker(seen, settings(), True, NOW).document(message(MessageKind.ENDED))
    assert ("ended", None) == (document["workspace"]["status"], document["workspace"]["reason"])


HOSTILE = MessageText(
    "a <b>", ("@everyone <!channel> [x](http://evil) `rm` *b* <img src=x>",), {"Its page": "https://h"}
)


def test_text_stays_text_in_a_comment() -> None:
    """No markup, no mention, no picture."""
    shown = markdown(HOSTILE)
    assert "**a &lt;b&gt;**" in shown
    assert all(bad not in shown for bad in ("@everyone", "<img", "[x](", "`rm`", "*b* "))
    assert "[Its page](https://h)" in shown


def test_nobody_is_called_in_a_chat() -> None:
    """Neither by a mention nor by a link of somebody's own."""
    shown = chat(HOSTILE)
    assert all(bad not in shown for bad in ("@everyone", "<", ">", "`", "*", "](", "]["))
    assert "[x]\u200b(http://evil)" in shown
    assert ("\u200b# a\n", "\u200b-# a\n") == (chat(MessageText("t", ("# a",))), chat(MessageText("t", ("-# a",))))
    assert "Its page: https://h" in shown
    assert "of ada@example.com, (@\u200bhere)\n" == chat(MessageText("t", ("of ada@example.com, (@here)",)))


def test_mail_is_plain() -> None:
    """What is written is what is read."""
    assert "@everyone <!channel> [x](http://evil) `rm` *b* <img src=x>\n\nIts page: https://h\n" == plain(HOSTILE)
    assert "x\n" == plain(MessageText("t", ("x",)))


def test_a_day_is_a_day() -> None:
    """The title of the nearest warning."""
    assert "a ends in 1 hour" == said(MessageKind.ENDS_SOON, deadline=NOW + timedelta(hours=1)).title


def test_what_is_given_says_by_whom_and_until_when_and_what_to_do() -> None:
    """To both: one reads that it is theirs, the other that it is gone."""
    by: dict[str, Any] = {"former": "bob@example.com", "said": "Ann <ann@example.com>"}
    text = said(MessageKind.GIVEN, **by)
    assert "a belongs to ada@example.com now" == text.title
    assert (
        "It belonged to bob@example.com. Ann <ann@example.com> gave it to ada@example.com, with all that is in it.",
        "It ends in 1 day, on Wednesday, 25 November 2026, 12:00 UTC.",
        "How to reach it: helium show a. For more time: helium extend a 7d",
        "If you do not need it: helium delete a",
    ) == text.lines
    bad = said(MessageKind.GIVEN, news(workspace(word=StatusWord.FAILED, reason="no room")), **{**by, "said": ""})
    assert "Now it belongs to ada@example.com, with" in bad.lines[0]
    assert "It is failed now: no room" == bad.lines[2]
    assert "It is creating now." == said(MessageKind.GIVEN, news(workspace(word=StatusWord.CREATING)), **by).lines[2]


IT_GOES = (
    "It is there until Tuesday, 24 November 2026, 13:00 UTC, and then it is destroyed, "
    "with its 2 resources (Pod) and the data in them."
)


def test_what_can_still_be_kept_says_until_when_and_how() -> None:
    """After a removal by a restore, after a deadline by an extension."""
    wait: dict[str, Any] = {"stale": NOW + HOUR, "said": "Bob <bob@example.com>"}
    gone = news(workspace(word=StatusWord.DELETING, has_file=False, resources={"x:y:Pod": 2}))
    text = said(MessageKind.GRACE, gone, **wait)
    assert "a is destroyed in 1 hour, unless you keep it" == text.title
    assert (
        "Its file was removed by Bob <bob@example.com>.",
        IT_GOES,
        "To keep it: helium restore a, or Undo on its page. If you do not need it any more, do nothing.",
        "It belongs to ada@example.com.",
    ) == text.lines
    assert {"Undo": "https://helium.example.com/workspace/a"} == text.links
    late = said(MessageKind.GRACE, deadline=NOW, **wait)
    assert "Its deadline, Tuesday, 24 November 2026, 12:00 UTC, has passed." == late.lines[0]
    assert "helium extend a 7d" in late.lines[2]


def test_a_warning_says_how_long_it_can_be_kept_after_the_deadline() -> None:
    """Where the fleet waits with what is to go."""
    lines = said(MessageKind.ENDS_SOON, news(workspace(), grace=HOUR)).lines
    assert "It can be kept for 1h after that; then it is destroyed" in lines[1]


def test_what_has_no_room_says_which_workspaces_count_and_what_frees_a_place() -> None:
    """By the sentence of the safeguard, with those that its owner has."""
    full = workspace(word=StatusWord.REQUESTED, no_room="There is no room: The team sales has 2 of 2.")
    text = said(MessageKind.HELD, news(full, workspace("b"), workspace("c", team="ml")), of="quota ada@example.com")
    assert "a waits for room" == text.title
    assert (
        "There is no room: The team sales has 2 of 2.",
        "It is for ada@example.com. Nothing of it was created yet, and its file stays on main.",
        "Of ada@example.com there are: b, c.",
        "To free a place, delete what nobody needs any more: helium delete NAME. An admin can raise the number.",
    ) == text.lines
    alone = said(MessageKind.HELD, news(), of="quota ada@example.com").lines
    assert ("A quota keeps it from being created.", 3) == (alone[0], len(alone))


def test_one_resource_is_not_counted() -> None:
    """Its kind says more."""
    lines = said(MessageKind.ENDS_SOON, news(workspace(resources={"kubernetes:core/v1:Namespace": 1}))).lines
    assert "Then it is destroyed, with its Namespace and the data in it." in lines[1]


def test_without_pages_nobody_is_sent_to_one() -> None:
    """What can be kept is kept by a command."""
    one = replace(message(MessageKind.GRACE), stale=NOW + HOUR)
    lines = Speaker(news(), replace(settings(), url=""), True, NOW).text(one).lines
    assert "To keep it: helium extend a 7d. If" in lines[2]


def test_who_has_as_many_as_they_may_reads_their_names_once() -> None:
    """The bound of an owner names them, that of a team or the fleet does not."""
    mine = workspace(word=StatusWord.REQUESTED, no_room="There is no room: ada@example.com has 1 of 1 workspaces: bee.")
    lines = said(MessageKind.HELD, news(mine, workspace("bee")), of="quota ada@example.com").lines
    assert (3, False) == (len(lines), any("there is" in each for each in lines))
    other = replace(mine, no_room="There is no room: The fleet has 1 of 1.")
    lines = said(MessageKind.HELD, news(other, workspace("bee")), of="quota ada@example.com").lines
    assert "Of ada@example.com there is: bee." == lines[2]


@pytest.mark.parametrize(
    ("length", "words"),
    [
        (24 * HOUR, "1 day"),
        (51 * HOUR, "2 days and 3 hours"),
        (HOUR * 1.5, "1 hour and 30 minutes"),
        (HOUR / 60, "1 minute"),
        (24 * HOUR + HOUR / 2, "1 day and 30 minutes"),
        (HOUR * 0, "less than a minute"),
        (-HOUR, "less than a minute"),
    ],
)
def test_a_length_is_as_people_say_it(length: timedelta, words: str) -> None:
    """In two units at most."""
    assert words == in_words(length)
