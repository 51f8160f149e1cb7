"""`/extend 7d [NAME]`: more time, asked for in a comment. Pure: what a comment says, and what was obeyed already.

Only a new comment counts, whose first line is exactly that. It refuses what somebody edited.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from helium.core.obeyed import ObeyedComment
from helium.core.pull_request import NewComment
from helium.core.spec import NAME

GOOD_FOR = timedelta(hours=24)
"""A comment that is older is never obeyed."""
_WORDS = re.compile(r"/extend(?:[ \t]+(?P<length>\S{1,40})(?:[ \t]+(?P<name>\S{1,80}))?)?[ \t]*")
_BEGINS = re.compile(r"/extend([ \t]|$)")
USAGE = "Write `/extend 7d`, or `/extend 7d NAME`: a number and h, d or w, or a date. Nothing else on that line."


@dataclass(frozen=True, slots=True)
class ExtendCommand:
    """What a first line asks for. `wrong`: why it cannot be done, as it is written."""

    length: str = ""
    name: str = ""
    wrong: str = ""


def extend_command(comment: NewComment) -> ExtendCommand | None:
    """What it asks for; `None` for every comment that asks for nothing."""
    line = comment.comment.body.partition("\n")[0].rstrip("\r")
    if not _BEGINS.match(line):
        return None
    if comment.comment.edited:
        return ExtendCommand(wrong="A comment that was edited counts for nothing. Write a new one.")
    found = _WORDS.fullmatch(line)
    if found is None or found["length"] is None:
        return ExtendCommand(wrong=USAGE)
    name = found["name"] or ""
    if name and not NAME.fullmatch(name):
        return ExtendCommand(wrong=f"{name!r} cannot be a workspace's name. {USAGE}")
    return ExtendCommand(found["length"], name)


def to_obey(
    comments: Iterable[NewComment], *, obeyed: Sequence[ObeyedComment], now: datetime
) -> list[tuple[NewComment, ExtendCommand]]:
    """Those that ask for something, and that nobody has begun to carry out, oldest first."""
    known = {each.id for each in obeyed}
    young = (each for each in comments if now - each.comment.created_at < GOOD_FOR and each.comment.id not in known)
    return [(each, command) for each in young if (command := extend_command(each)) is not None]
