"""What one message says of many workspaces: who has twenty that end on Friday reads one mail, and not twenty. Pure.

A row for each, the most urgent first, up to `MOST_NAMED`; behind that, how many more there are, and the page of all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from helium.core.message import Message, MessageKind
from helium.ports.channels import MessageText
from helium.reconcile.telling.still_wanted import is_of_quota
from helium.reconcile.telling.words import MORE_TIME, Speaker, in_words, moment, one_line, reason_of, shown, why_ended

MOST_NAMED = 20
"""Rows: what a chat shows without a click."""


def text_of(messages: Sequence[Message], speaker: Speaker) -> MessageText:
    """What is sent for these, which are of one kind; a single one has its own words."""
    if len(messages) == 1:
        return speaker.text(messages[0])
    ordered = sorted(map(shown, messages), key=lambda each: (_when(each), each.name))
    kind = ordered[0].kind
    lines = (*_rows(ordered, speaker), *_AFTERWARDS[kind](ordered, speaker))
    url = speaker.settings.url
    title = f"{len(ordered)} workspaces {_HAVE[kind](ordered, speaker)}"
    return MessageText(title, tuple(one_line(each) for each in lines), {"All workspaces": url} if url else {})


def _when(message: Message) -> datetime:
    """What comes first is on top."""
    if message.kind is MessageKind.GRACE:
        return message.stale
    return message.deadline if message.kind is MessageKind.ENDS_SOON and message.deadline else message.at


def _rows(messages: Sequence[Message], speaker: Speaker) -> Iterator[str]:
    owners = {each.owner for each in messages}
    details = [_DETAIL[each.kind](each, speaker) for each in messages]
    same = details[0] if len(set(details)) == 1 else ""
    if len(owners) == 1:
        yield f"They belong to {messages[0].owner}."
    if same:
        yield f"The same for all: {same}"
    for message, detail in zip(messages[:MOST_NAMED], details, strict=False):
        whose = f" ({message.owner})" if len(owners) > 1 else ""
        yield f"{message.name}{whose}{'' if same or not detail else f': {detail}'}"
    if len(messages) > MOST_NAMED:
        yield f"… and {len(messages) - MOST_NAMED} more: helium list"


def _until(message: Message, speaker: Speaker) -> str:
    return f"until {moment(message.deadline)}" if message.deadline else "until its file is removed"


def _why_failed(message: Message, speaker: Speaker) -> str:
    one = speaker.of(message)
    return reason_of(one.reason if one else "")


def _why_held(message: Message, speaker: Speaker) -> str:
    one = speaker.of(message)
    return (one.no_room if is_of_quota(message) else reason_of(one.held)) if one else ""


def _whose_it_was(message: Message, speaker: Speaker) -> str:
    by = f" by {message.said}" if message.said else ""
    return f"given{by} to {message.owner}; it was of {message.former}"


_DETAIL: Mapping[MessageKind, Callable[[Message, Speaker], str]] = {
    MessageKind.READY: _until,
    MessageKind.FAILED: _why_failed,
    MessageKind.ENDS_SOON: lambda message, speaker: moment(message.deadline),
    MessageKind.GRACE: lambda message, speaker: f"until {moment(message.stale)}",
    MessageKind.ENDED: lambda message, speaker: why_ended(message),
    MessageKind.HELD: _why_held,
    MessageKind.GIVEN: _whose_it_was,
}


def _in(messages: Sequence[Message], speaker: Speaker, *, verb: str) -> str:
    """When, if all do at once; else that of the first."""
    first, last = (in_words(_when(each) - speaker.now) for each in (messages[0], messages[-1]))
    return f"{verb} in {first}" if first == last else f"{verb} soon, the first in {first}"


def _have_owners(messages: Sequence[Message], speaker: Speaker) -> str:
    owners = {each.owner for each in messages}
    return f"belong to {owners.pop()} now" if len(owners) == 1 else "belong to somebody else now"


_HAVE: Mapping[MessageKind, Callable[[Sequence[Message], Speaker], str]] = {
    MessageKind.READY: lambda messages, speaker: "are ready",
    MessageKind.FAILED: lambda messages, speaker: "failed",
    MessageKind.ENDS_SOON: lambda messages, speaker: _in(messages, speaker, verb="end"),
    MessageKind.GRACE: lambda messages, speaker: (
        f"{_in(messages, speaker, verb='are destroyed')}, unless you keep them"
    ),
    MessageKind.ENDED: lambda messages, speaker: "have ended",
    MessageKind.HELD: lambda messages, speaker: "wait for room" if is_of_quota(messages[0]) else "are held",
    MessageKind.GIVEN: _have_owners,
}


def _after_warning(messages: Sequence[Message], speaker: Speaker) -> Iterable[str]:
    yield "Then each is destroyed, with the data in it. Nothing of that can be brought back."
    comment = f", or a comment on its pull request: /extend {MORE_TIME} NAME" if speaker.comments else ""
    yield f"To keep one for longer: helium extend NAME {MORE_TIME}{comment}. What you do not need any more, just leave."
    yield from _paused(speaker)


def _paused(speaker: Speaker) -> Iterable[str]:
    if speaker.news.paused:
        yield "The fleet is paused now: they are destroyed once that is over."


def _after_grace(messages: Sequence[Message], speaker: Speaker) -> Iterable[str]:
    yield "Then each is destroyed, with the data in it."
    keep = f"helium restore NAME where its file was removed, helium extend NAME {MORE_TIME} after a deadline"
    undo = ", or Undo on its page" if speaker.settings.url else ""
    yield f"To keep one: {keep}{undo}."
    yield from _paused(speaker)


def _after_hold(messages: Sequence[Message], speaker: Speaker) -> Iterable[str]:
    if is_of_quota(messages[0]):
        yield "To free a place, delete what nobody needs any more: helium delete NAME. The oldest comes in first."
    else:
        yield "Until somebody decides, each stays as it is: helium why NAME"


_AFTERWARDS: Mapping[MessageKind, Callable[[Sequence[Message], Speaker], Iterable[str]]] = {
    MessageKind.READY: lambda messages, speaker: ("How to reach one: helium show NAME",),
    MessageKind.FAILED: lambda messages, speaker: (
        "What Pulumi and the cluster said: helium show NAME --log. Helium tries again by itself.",
    ),
    MessageKind.ENDS_SOON: _after_warning,
    MessageKind.GRACE: _after_grace,
    MessageKind.ENDED: lambda messages, speaker: (
        "The history of one: helium history NAME. An empty one like it: helium restore NAME --empty",
    ),
    MessageKind.HELD: _after_hold,
    MessageKind.GIVEN: lambda messages, speaker: (
        f"What is in them stays. How to reach one: helium show NAME. More time: helium extend NAME {MORE_TIME}",
    ),
}
