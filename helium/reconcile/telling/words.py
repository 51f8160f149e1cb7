"""What messages say, in words a person likes to read. Pure, and plain text: each channel escapes it for its reader.

A warning says what is lost, and how to keep it. No link carries a right: a page asks, and whoever is signed in
confirms. It refuses to repeat what only connection strings may hold: no output of a workspace is in any message.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from helium.core.deadlines import format_instant, format_lifetime, time_left
from helium.core.digest import Json
from helium.core.excerpts import excerpt
from helium.core.message import Message, MessageKind
from helium.core.notify_settings import NotifySettings
from helium.core.plan import Code
from helium.core.quota import named
from helium.core.status import StatusWord
from helium.ports.channels import MessageText
from helium.reconcile.telling.facts import News, NewsOfWorkspace
from helium.reconcile.telling.still_wanted import is_of_quota

LONGEST_REASON = 300
"""Characters of a reason: the whole of it is on the page, and behind `helium why`."""
MOST_ROWS = 40
MORE_TIME = "7d"
UNKNOWN = "Why, the ledger does not say."


@dataclass(frozen=True, slots=True)
class Speaker:
    """Writes the messages of one turn. `comments`: whether `/extend` in a comment is obeyed here."""

    news: News
    settings: NotifySettings
    comments: bool
    now: datetime

    def text(self, message: Message) -> MessageText:
        """What it says now: a message that waited says how things stand by now."""
        lines = [one_line(each) for each in _SAYS[message.kind](self, shown(message))]
        return MessageText(self.title(message), tuple(filter(None, lines)), self._links(message))

    def title(self, message: Message) -> str:
        """Its first line, which is all that many people read."""
        name, left = message.name, self._left(message)
        return {
            MessageKind.READY: f"{name} is ready",
            MessageKind.FAILED: f"{name} failed",
            MessageKind.ENDS_SOON: f"{name} ends in {left}",
            MessageKind.GRACE: f"{name} is destroyed in {in_words(message.stale - self.now)}, unless you keep it",
            MessageKind.ENDED: f"{name} has ended",
            MessageKind.HELD: f"{name} waits for room" if is_of_quota(message) else f"{name} is held",
            MessageKind.GIVEN: f"{name} belongs to {message.owner} now",
            MessageKind.DIGEST: f"Workspaces this week: {message.said}",
            MessageKind.TEST: "A test message of Helium",
        }[message.kind]

    def of(self, message: Message) -> NewsOfWorkspace | None:
        """What is known of its workspace now, if it is still the same one."""
        one = self.news.workspaces.get(message.name)
        return one if one is not None and one.added_at == message.added_at else None

    def _left(self, message: Message) -> str:
        return in_words(message.deadline - self.now) if message.deadline else ""

    def _links(self, message: Message) -> dict[str, str]:
        page = self.settings.page_of(message.name) if message.name else self.settings.url
        if not page:
            return {}
        if message.kind is MessageKind.ENDS_SOON and message.deadline is not None:
            return {"Give it more time": self.settings.more_time_for(message.name, MORE_TIME, ends=message.deadline)}
        if message.kind is MessageKind.GRACE:
            return {"Undo": page}
        return {"Its page" if message.name else "All workspaces": page}

    def ready(self, message: Message) -> Iterable[str]:
        """How long it lives, and how to get in."""
        yield f"It belongs to {message.owner}, and it ends {self._ends(message)}."
        yield f"How to reach it: helium show {message.name}"

    def failed(self, message: Message) -> Iterable[str]:
        """Why, and what a person can do."""
        one = self.of(message)
        yield f"Why: {reason_of(one.reason)}" if one and one.reason else UNKNOWN
        yield f"It belongs to {message.owner}. What Pulumi and the cluster said: helium show {message.name} --log"
        yield "Helium tries again by itself, at growing intervals, and at once after its file has changed."

    def ends_soon(self, message: Message) -> Iterable[str]:
        """What is lost, and how to keep it."""
        yield f"It belongs to {message.owner}, and its deadline is {moment(message.deadline)}."
        then = f"It can be kept for {format_lifetime(self.news.grace)} after that; then" if self.news.grace else "Then"
        yield f"{then} it is destroyed, {_what_is_lost(self.of(message))}. Nothing of that can be brought back."
        ways = [f"helium extend {message.name} {MORE_TIME}"]
        ways += [f"a comment on its pull request: /extend {MORE_TIME} {message.name}"] if self.comments else []
        yield f"To keep it for longer: {', or '.join(ways)}. If you do not need it any more, do nothing."
        yield from self._paused()

    def _paused(self) -> Iterable[str]:
        if self.news.paused:
            yield "The fleet is paused now: it is destroyed once that is over."

    def grace(self, message: Message) -> Iterable[str]:
        """Why it is to go, what is lost, and how to take that back."""
        one = self.of(message)
        removed = one is not None and not one.has_file
        by = f" by {message.said}" if message.said else ""
        yield f"Its file was removed{by}." if removed else f"Its deadline, {moment(message.deadline)}, has passed."
        yield f"It is there until {moment(message.stale)}, and then it is destroyed, {_what_is_lost(one)}."
        way = f"helium restore {message.name}" if removed else f"helium extend {message.name} {MORE_TIME}"
        undo = ", or Undo on its page" if self.settings.url else ""
        yield f"To keep it: {way}{undo}. If you do not need it any more, do nothing."
        yield f"It belongs to {message.owner}."
        yield from self._paused()

    def given(self, message: Message) -> Iterable[str]:
        """From whom to whom, until when, and what to do with it."""
        by = f"{message.said} gave it to {message.owner}" if message.said else f"Now it belongs to {message.owner}"
        yield f"It belonged to {message.former}. {by}, with all that is in it."
        yield f"It ends {self._ends(message)}."
        one = self.of(message)
        if one is not None and one.word is not StatusWord.READY:
            why = f": {reason_of(one.reason)}" if one.reason else "."
            yield f"It is {one.word.value} now{why}"
        yield f"How to reach it: helium show {message.name}. For more time: helium extend {message.name} {MORE_TIME}"
        yield f"If you do not need it: helium delete {message.name}"

    def ended(self, message: Message) -> Iterable[str]:
        """Why, and who asked for it."""
        why = why_ended(message)
        yield f"It was destroyed with all that was in it, because {why}. It belonged to {message.owner}."
        yield f"Its history: helium history {message.name}"
        yield f"A new, empty one like it: helium restore {message.name} --empty"

    def held(self, message: Message) -> Iterable[str]:
        """What holds it."""
        one = self.of(message)
        if is_of_quota(message):
            yield from self._no_room(message, one)
            return
        yield f"A safeguard holds a change of it: {reason_of(one.held if one else '')}"
        yield f"It belongs to {message.owner}. Until somebody decides, it stays as it is: helium why {message.name}"

    def _no_room(self, message: Message, one: NewsOfWorkspace | None) -> Iterable[str]:
        """Which quota is full, which workspaces count, and what frees a place."""
        yield one.no_room if one else "A quota keeps it from being created."
        yield f"It is for {message.owner}. Nothing of it was created yet, and its file stays on main."
        own = [each.name for each in self.rows(replace(message, team="")) if each.word is not StatusWord.REQUESTED]
        # The bound of an owner names them already.
        if one and not all(each in one.no_room for each in own):
            yield f"Of {message.owner} there {'are' if len(own) > 1 else 'is'}: {named(own)}."
        yield "To free a place, delete what nobody needs any more: helium delete NAME. An admin can raise the number."

    def digest(self, message: Message) -> Iterable[str]:
        """A row for each workspace, what ends first on top."""
        rows = self.rows(message)
        yield from [_row(one, self.now) for one in rows[:MOST_ROWS]]
        if len(rows) > MOST_ROWS:
            yield f"… and {len(rows) - MOST_ROWS} more: helium list"
        yield f"To keep one for longer: helium extend NAME {MORE_TIME}"

    def rows(self, message: Message) -> Sequence[NewsOfWorkspace]:
        """The workspaces that a digest is about: those of its owner, or of its teams."""
        teams = tuple(filter(None, message.team.split(",")))
        found = [
            each
            for each in self.news.workspaces.values()
            if (not message.owner or each.owner == message.owner) and (not teams or each.team in teams)
        ]
        return sorted(found, key=lambda each: (each.deadline is None, each.deadline or self.now, each.name))

    def test(self, message: Message) -> Iterable[str]:
        """Who sent it."""
        yield f"If you can read this, Helium can tell you what becomes of workspaces. {message.said}"

    def _ends(self, message: Message) -> str:
        if message.deadline is None:
            return "when its file is removed"
        return f"in {self._left(message)}, on {moment(message.deadline)}"

    def document(self, message: Message) -> Mapping[str, Json]:
        """The same for programs, as `helium/reconcile/telling/webhook.schema.json` describes it."""
        text, one = self.text(message), self.of(message)
        facts = None
        if message.name:
            facts = {
                "name": message.name,
                "owner": message.owner,
                "team": message.team or None,
                "backend": (one.backend if one else "") or None,
                "status": one.word.value if one else "ended",
                "reason": reason_of(one.reason) if one and one.reason else None,
                "added_at": format_instant(message.added_at) if message.added_at else None,
                "deadline": format_instant(message.deadline) if message.deadline else None,
                "former_owner": message.former or None,
                "undo_until": format_instant(one.undo_until) if one and one.undo_until else None,
            }
        rows = self.rows(message) if message.kind is MessageKind.DIGEST else ()
        return {
            "version": 1,
            "event": message.kind.value,
            "at": format_instant(message.at),
            "fleet": self.news.fleet,
            "workspace": facts,
            "workspaces": [_as_row(each) for each in rows],
            "title": text.title,
            "text": "\n".join(text.lines),
            "links": [{"label": label, "url": url} for label, url in text.links.items()],
        }


def _as_row(one: NewsOfWorkspace) -> dict[str, Json]:
    return {
        "name": one.name,
        "owner": one.owner,
        "team": one.team or None,
        "status": one.word.value,
        "deadline": format_instant(one.deadline) if one.deadline else None,
    }


def _row(one: NewsOfWorkspace, now: datetime) -> str:
    left = f"ends in {time_left(one.deadline, now)}" if one.deadline and one.deadline > now else "has no time left"
    return f"{one.name} ({one.owner}): {one.word.value}, {left if one.deadline else 'has no deadline'}"


def _what_is_lost(one: NewsOfWorkspace | None) -> str:
    """With what is in it, as far as the last change counted it."""
    resources = (one.resources if one else None) or {}
    many = sum(resources.values())
    kinds = [kind.rpartition(":")[2] for kind, _ in sorted(resources.items(), key=lambda each: (-each[1], each[0]))]
    if not many:
        return "with all of it and the data in it"
    listed = f"({', '.join(kinds[:6])}{', …' if len(kinds) > 6 else ''})"
    return (
        f"with its {many} resources {listed} and the data in them"
        if many > 1
        else f"with its {kinds[0]} and the data in it"
    )


def why_ended(message: Message) -> str:
    """For which reason, and by whom, as the rest of a sentence."""
    why = "its deadline had passed" if message.of.partition(" ")[0] == Code.EXPIRED else "its file was removed"
    return f"{why} by {message.said}" if message.said else why


def shown(message: Message) -> Message:
    """The same, whoever did it: an author of a commit may have a name of any length, and no channel takes that."""
    return replace(message, said=excerpt(one_line(message.said), longest=LONGEST_REASON))


def reason_of(text: str) -> str:
    """A reason in one line, and not at any length."""
    return excerpt(one_line(text), longest=LONGEST_REASON) or UNKNOWN


def one_line(text: str) -> str:
    """Without line breaks and signs that move the cursor, whoever wrote it."""
    return " ".join("".join(each if each.isprintable() else " " for each in text).split())


def in_words(length: timedelta) -> str:
    """How long, in the two largest units, as people say it."""
    minutes = max(int(length.total_seconds()) // 60, 0)
    parts = ((minutes // 1440, "day"), (minutes % 1440 // 60, "hour"), (minutes % 60, "minute"))
    found = [f"{many} {unit}{'' if many == 1 else 's'}" for many, unit in parts if many]
    return " and ".join(found[:2]) or "less than a minute"


def moment(at: datetime | None) -> str:
    """An instant as people write it."""
    return f"{at:%A, %d %B %Y, %H:%M} UTC" if at else "not known"


_SAYS: Mapping[MessageKind, Callable[[Speaker, Message], Iterable[str]]] = {
    MessageKind.READY: Speaker.ready,
    MessageKind.FAILED: Speaker.failed,
    MessageKind.ENDS_SOON: Speaker.ends_soon,
    MessageKind.GRACE: Speaker.grace,
    MessageKind.ENDED: Speaker.ended,
    MessageKind.HELD: Speaker.held,
    MessageKind.GIVEN: Speaker.given,
    MessageKind.DIGEST: Speaker.digest,
    MessageKind.TEST: Speaker.test,
}
