"""Safeguards about one workspace: is enough known of it to destroy it?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from helium.core.deadlines import format_instant
from helium.core.fleet_record import FleetRecord
from helium.core.incarnations import same_incarnation
from helium.core.observation import Observation
from helium.core.plan import Code, Destroy, Refusal, Work
from helium.core.record import Phase, Record
from helium.core.spec import REQUESTED_VIA, Entry, InvalidSpec, NotParsed, Spec
from helium.core.stack import gone_for_ever
from helium.core.transitions import recorded_end
from helium.reconcile.guard.credibility import paused
from helium.reconcile.guard.guard_input import GuardInput, release_of

BACK = "run helium ledger rebuild to keep it, or helium orphans --destroy {} to destroy it"
REBUILD = "if the ledger is the older one, run helium ledger rebuild {}"
GIVE_UP = "restore its state, or give it up with helium ledger accept-loss {}"
DESTROY = "to destroy it, run helium orphans --destroy {}"


def valid_spec(given: GuardInput) -> Iterator[Refusal]:
    """A stack whose file cannot be read stays until the deadline of the last valid version.

    The accident: a tab in a YAML file, or a team's folder that became a link, so that no file in it is seen any more.
    """
    for change in given.plan.destroys:
        file, record = given.observed.specs.get(change.name), given.record(change.name)
        overdue = record is not None and recorded_end(record, given.observed.fleet.lifetimes).at <= given.plan.now
        if isinstance(file, NotParsed) or (isinstance(file, InvalidSpec) and not overdue):
            sentence = f"The file of {change.name} is not valid, or could not be read."
            yield Refusal(Code.INVALID_SPEC, (change.name,), sentence)
    for path in _hiding(given.observed):
        names = tuple(change.name for change in given.unrequested if change.blob is None)
        sentence = f"{path} is not a directory. It may have replaced a team's folder."
        yield Refusal(Code.INVALID_SPEC, names, sentence)


def _hiding(observed: Observation) -> Iterator[str]:
    """Links, submodules and files with a folder's name: the specs in that folder are not seen, and not removed."""
    invalid = (file.path for file in observed.specs.values() if isinstance(file, InvalidSpec))
    return (path for path in sorted(invalid) if "." not in path.rpartition("/")[2])


def proven_ownership(given: GuardInput) -> Iterator[Refusal]:
    """A stack goes only if it says itself that it is the workspace in the record: fleet, name, backend, incarnation.

    The accident: a restored ledger has a record of `demo` from last month. Today's `demo` is somebody else's.
    """
    for change in given.plan.may_delete:
        why = _not_proven(change, given.record(change.name), observed=given.observed)
        if why:
            yield Refusal(Code.NO_RECORD, (change.name,), f"{change.name}: {why}.")


def _not_proven(change: Work, record: Record | None, *, observed: Observation) -> str:
    if record is None:
        return "the ledger has no record of it"
    if change.stack not in observed.ownerships:
        return "its stack was not opened, so Helium does not know whose it is"
    ownership = observed.ownerships[change.stack]
    if ownership is None:
        # A create that was killed before it declared anything, or a destroy that was killed before its last step:
        # then the stack is bare, and there is nothing to lose.
        unfinished = record.phase in (Phase.DELETING, Phase.GONE) or record.spec_blob is None
        known = unfinished and change.stack in observed.bare
        return "" if known else f"its stack does not say whose it is; {GIVE_UP.format(record.name)}"
    if ownership.fleet != observed.fleet.name:
        return f"its stack belongs to the fleet {ownership.fleet}"
    if record.emptied is not None:
        return f"it was accepted as lost, or seen empty, and its stack is back; {BACK.format(record.name)}"
    if same_incarnation(record, ownership):
        return ""
    if ownership.name != record.name:
        return f"its stack is of another name, {ownership.name}; {GIVE_UP.format(record.name)}"
    todo = (DESTROY if change.blob is None else REBUILD).format(record.name)
    return f"its stack is of another incarnation than its record; {todo}"


def unprotected(given: GuardInput) -> Iterator[Refusal]:
    """What was protected when it was last applied is not destroyed.

    The accident: one commit sets `protected: false` and removes the file, and nobody sees that there were two steps.
    """
    for change in given.plan.may_delete:
        record, ownership = given.record(change.name), given.observed.ownerships.get(change.stack)
        # The stack is asked as well: a ledger that was restored from a backup forgets the protection.
        if (record is not None and record.protected) or (ownership is not None and ownership.protected):
            yield Refusal(Code.PROTECTED, (change.name,), f"{change.name} was protected when it was last applied.")


def known_backend(given: GuardInput) -> Iterator[Refusal]:
    """While its file is there, a stack stays until it expires, when its backend is unknown or the file names another.

    The accident: somebody renames a backend in `helium.yaml`, and all its workspaces look as if they had to move.
    """
    for change in (change for change in given.plan.destroys if change.code is not Code.EXPIRED):
        file = given.observed.specs.get(change.name)
        if file is not None and change.backend not in given.observed.recipes:
            sentence = f"{change.name}: this fleet does not have the backend {change.backend}."
            yield Refusal(Code.BACKEND_UNKNOWN, (change.name,), sentence)
        elif isinstance(file, Spec) and file.names_backend and file.backend != change.backend and not change.again:
            sentence = f"{change.name}: its file names another backend, {file.backend}."
            yield Refusal(Code.BACKEND_CHANGED, (change.name,), sentence)


def same_cluster(given: GuardInput) -> Iterator[Refusal]:
    """A stack stays while the name of its cluster points to a different cluster than the one it was created in.

    The accident: `ci` now names a new, empty cluster. It has nothing to delete there, reports success, and the
    workspace in the old cluster runs on for ever. A person may say, by name, that the old one is gone for ever: then
    nothing is asked of either.
    """
    for change in given.plan.may_delete:
        why = given.observed.wrong_cluster.get(change.stack)
        if why and change.name not in given.observed.lost_clusters:
            way_out = f" {gone_for_ever(change.name)}." if isinstance(change, Destroy) else ""
            sentence = f"{change.name}: {why}.{way_out}"
            yield Refusal(Code.CLUSTER_CHANGED, (change.name,), sentence)


def recorded_deadline(given: GuardInput) -> Iterator[Refusal]:
    """A workspace has expired only if an earlier pass recorded that deadline while it was still in the future.

    The accident: somebody shortens the default lifetime, and half the fleet would have expired last week.
    """
    for change in given.plan.destroys:
        record = given.record(change.name)
        lifetimes = given.observed.fleet.lifetimes
        if change.code is Code.EXPIRED and (record is None or recorded_end(record, lifetimes).at > given.plan.now):
            sentence = f"{change.name}: no earlier pass recorded this deadline while it was in the future."
            yield Refusal(Code.DEADLINE_MOVED, (change.name,), sentence)


def agreed_deadline(given: GuardInput) -> Iterator[Refusal]:
    """What its stack says to live longer goes only if the ledger knows the file that the stack is of, or by request.

    The accident: the repository moved to another host, and a job of the old one still runs. There the deadline has
    passed, or somebody tidied up and removed the file; here it was extended, and the stack itself says so.
    """
    extended = tuple(change for change in given.plan.destroys if _stack_says_later(change, given))
    names = tuple(change.name for change in extended)
    if given.allows(names):
        return
    for change in extended:
        ownership = given.observed.ownerships[change.stack]
        until = format_instant(ownership.deadline) if ownership else ""
        sentence = (
            f"{change.name}: its stack says that it lives until {until}, by a file that this ledger does not know. "
            "Another copy of this repository may be at work on the same state."
        )
        yield Refusal(Code.OTHER_DEADLINE, (change.name,), sentence, release_of(names))


def _stack_says_later(change: Destroy, given: GuardInput) -> bool:
    ownership, record = given.observed.ownerships.get(change.stack), given.record(change.name)
    if ownership is None or change.origin in REQUESTED_VIA:
        return False
    if ownership.deadline <= max(given.plan.now, record.deadline if record else given.plan.now):
        return False
    # A shortened workspace whose update failed: its stack has the older file, and the ledger knows the newer one.
    known = (record.spec_blob, record.seen_blob) if record else ()
    return ownership.blob not in known


def changed_meanwhile(
    change: Work,
    *,
    planned: Iterable[Entry],
    entries: Iterable[Entry],
    fleet_record: FleetRecord | None,
    by_settings: bool,
    now: datetime,
) -> str:
    """Why a change is dropped at its last look, or nothing: its file came back, changed or went, or a pause began.

    The accident: the plan is an hour old, since other stacks were slow. Meanwhile you noticed, and put the file back.
    Not one of `SAFEGUARDS`: `apply` asks it right before each destroy and each replacement. `planned` are the entries
    that the plan saw: an expired workspace may have a second file beside its own, and that one did not come back.
    """
    before, blobs = ({entry.blob for entry in each if entry.name == change.name} for each in (planned, entries))
    if blobs - before:
        return "its file came back or changed in the meantime"
    if not isinstance(change, Destroy) and not blobs:
        return "its file was removed in the meantime"
    return paused(by_settings, fleet_record, now=now)
