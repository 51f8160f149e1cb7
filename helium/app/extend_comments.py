"""Obeys `/extend 7d [NAME]` in comments, once each: the owner by main's file gets more time, and one comment answers.

Who asks is the account that wrote the comment, by `people:` on main. What they wrote is data. It refuses to obey what
the ledger cannot remember, and answers everybody with a sentence.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from helium.adapters.git_repo import merging
from helium.app.edit_context import edit_context
from helium.app.extend_answers import AnsweredComment, ends_now, finished, noted, put_answer
from helium.app.open_fleet import OpenFleet
from helium.app.run import clock
from helium.app.submit import Submitted, submit
from helium.core.extend_command import GOOD_FOR, ExtendCommand, to_obey
from helium.core.host_errors import HostAwayError, HostMissingError
from helium.core.obeyed import ObeyedComment, UnfinishedAnswer, is_first, still_remembered
from helium.core.pull_request import NewComment, Permission, PullRequestState
from helium.edits import Requester, destroyed_is_told, update
from helium.edits.extending import extension
from helium.errors import HeliumError, RefusedError
from helium.ports.host import Host
from helium.ports.ledger import Writes
from helium.reconcile.markdown import cell

MOST = 20
"""Comments that one turn obeys."""
MOST_STRANGERS = 3
"""Of them, those of accounts that `people:` does not name."""
MOST_NAMED = 10
_LONGEST = 1_000
"""Characters of an answer's sentence."""


_Waiting = tuple[NewComment, ExtendCommand]


def obey(fleet: OpenFleet, host: Host, *, since: datetime | None = None) -> Iterator[AnsweredComment]:
    """Carry out what waits. `since`: a moment up to which everything is known; by default all that is still good."""
    now = clock()
    known = fleet.ledger.fleet_record() if fleet.fleet.people else None
    if known is None:
        # Nothing could remember what was done, and nothing has been made that could end.
        return
    for each in known.obeyed:
        if each.unfinished:
            yield from finished(fleet, host, obeyed=each, answer=each.unfinished)
    comments = host.new_comments(since=max(since or now - GOOD_FOR, now - GOOD_FOR))
    ours = {host.account(), *host.place.job_accounts}
    waiting = [each for each in to_obey(comments, obeyed=known.obeyed, now=now) if each[0].comment.author not in ours]
    for comment, command in _chosen(waiting, fleet=fleet):
        # First what the host must say: if it is away now, the comment is obeyed in a later turn.
        asked = _asked(fleet, host, comment=comment, command=command)
        mine = ObeyedComment(comment.comment.id, now, secrets.token_hex(4))
        if _claimed(fleet, mine, now=now):
            yield _answered(fleet, host, comment=comment, asked=asked, mine=mine)


def _chosen(waiting: Sequence[_Waiting], *, fleet: OpenFleet) -> Sequence[_Waiting]:
    """Those of one turn. Strangers are answered as well, and cannot use up what the host lets us write."""
    known = [each for each in waiting if fleet.fleet.mail_of(each[0].comment.author)]
    strangers = [each for each in waiting if each not in known]
    return [*known[:MOST], *strangers[:MOST_STRANGERS]]


def _claimed(fleet: OpenFleet, mine: ObeyedComment, *, now: datetime) -> bool:
    """Have the ledger remember it before anything is done; whether it is ours to do."""
    snapshot = fleet.ledger.read()
    known = snapshot.fleet_record
    if known is None:
        return False
    noted = replace(known, obeyed=(*still_remembered(known.obeyed, now=now), mine))
    after, _ = fleet.ledger.write(Writes(fleet_record=noted, message=f"Obey comment {mine.id}"), on=snapshot)
    return after.fleet_record is not None and is_first(after.fleet_record.obeyed, mine)


@dataclass(frozen=True, slots=True)
class _ExtensionAsked:
    """Who wants which workspace extended, and how far; `why_not`: what is wrong with that."""

    mail: str = ""
    name: str = ""
    length: str = ""
    why_not: str = ""


def _asked(fleet: OpenFleet, host: Host, *, comment: NewComment, command: ExtendCommand) -> _ExtensionAsked:
    login = comment.comment.author
    mail = fleet.fleet.mail_of(login)
    try:
        if not mail or host.permission(login) < Permission.READ:
            why = f"helium.yaml on main does not say whose account {login} is, so Helium does nothing for it."
            return _ExtensionAsked(why_not=why)
        if command.wrong:
            return _ExtensionAsked(why_not=command.wrong)
        return _ExtensionAsked(mail, command.name or _only_name(fleet, host, number=comment.number), command.length)
    except HostAwayError:
        raise
    except HeliumError as error:
        return _ExtensionAsked(why_not=str(error))


def _answered(
    fleet: OpenFleet, host: Host, *, comment: NewComment, asked: _ExtensionAsked, mine: ObeyedComment
) -> AnsweredComment:
    written, to = Submitted(""), comment.comment
    try:
        if asked.why_not:
            raise RefusedError(to.author, asked.why_not)
        written = _extended(fleet, asked, login=to.author)
        later = f"{asked.name} is extended by {written.words}, once that is merged."
        said = later if written.pull_request else ends_now(fleet, asked.name, words=written.words)
    except HeliumError as error:
        # What a person did wrong, and what Helium cannot do now, are both one sentence in the answer.
        said = f"Not extended: {str(error)[:_LONGEST]}"
    link = f"[{cell(to.author)}]({to.url})" if to.url.startswith("http") else cell(to.author)
    put_answer(host, comment.number, id=to.id, to=link, said=said)
    if written.pull_request:
        unfinished = UnfinishedAnswer(comment.number, link, asked.name, written.pull_request)
        noted(fleet, mine, after=replace(mine, unfinished=unfinished))
    return AnsweredComment(comment.number, f"comment {to.id} by {to.author}: {said}", written.commit)


def _extended(fleet: OpenFleet, asked: _ExtensionAsked, *, login: str) -> Submitted:
    name, length = asked.name, asked.length
    context = edit_context(fleet, Requester(asked.mail, admin=fleet.fleet.is_admin(asked.mail)))
    change = update(name, {"expiry": length}, context=context)
    edit = extension(name, length, context=context, change=change)
    with destroyed_is_told(fleet.ledger, name):
        return submit(fleet, f"Extend workspace {name} to {length}", edit=edit, by=f"{login} <{asked.mail}>")


def _only_name(fleet: OpenFleet, host: Host, *, number: int) -> str:
    """The one workspace that a pull request touches."""
    names = _touched(fleet, host, number=number)
    if len(names) == 1:
        return names[0]
    if not names:
        raise RefusedError("", "No workspace's file is touched here. Say which one: `/extend 7d NAME`.")
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    listed = ", ".join(names[:MOST_NAMED])
    raise RefusedError("", f"Several are touched here: {listed}{more}. Say which one: `/extend 7d NAME`.")


def _touched(fleet: OpenFleet, host: Host, *, number: int) -> list[str]:
    try:
        pull = host.pull_request(number)
    except HostMissingError:
        # An issue touches nothing.
        return []
    merged = pull.state is PullRequestState.MERGED
    with merging.pull_request(fleet.clone, number, head=pull.head_commit):
        onto = f"{pull.merge_commit}^1" if merged else fleet.repo.head()
        base = fleet.clone.program.text("merge-base", onto, pull.head_commit)
        files = merging.changed(fleet.clone, since=base, commit=pull.head_commit)
    return sorted({file.name for file in files if file.is_spec})
