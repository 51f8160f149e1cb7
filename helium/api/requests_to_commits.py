"""Where a request becomes a commit: one request is one commit of main, and the answer waits until the remote has it.

Read downwards: `create`, `change` and `remove` choose an edit (helium/edits), `_write` hands it to the commit queue, or
to what opens pull requests, where the fleet wants those, and `_response` answers as a read will from then on. Nothing
is written anywhere but on main and such branches; a pass does the rest.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass, replace
from typing import TypeVar

from helium import edits
from helium.api.auth import Caller
from helium.api.idempotency_keys import IdempotencyKeys
from helium.api.index import Indexer, IndexRow
from helium.api.parts import ApiParts
from helium.api.plan_cache import PlanCache
from helium.api.responses import WriteResponse
from helium.api.subjects import subject_of
from helium.api.tokens import Scope
from helium.core.change_request import ChangeRequest, SharedPullRequest, Verb, new_owners
from helium.core.deadlines import instant_text
from helium.core.digest import Json, digest
from helium.core.fleet import PULL_REQUEST
from helium.core.job_access import JobGrant
from helium.core.quota import QuotaStanding
from helium.core.spec import Addition
from helium.core.status import StatusWord
from helium.edits import EditContext, Editing, Requester
from helium.edits.naming import generated
from helium.edits.quota import book_of
from helium.edits.replaying import editing_of
from helium.errors import Issue, NotFoundError, NotSupportedError, RefusedError, SourceError, SpecError
from helium.ports.commit_queue import Request

T = TypeVar("T")
_HALF = 16
_READERS = 8


@dataclass(frozen=True, slots=True)
class WriteRequest:
    """What one call asks for. `id` becomes the commit's trailer; `key` is its first half when the caller gave a key.

    `blobs`: the spec that the caller saw, by `If-Match`; `updates`: whether an existing name may be updated.
    """

    id: str
    caller: Caller
    fields: Mapping[str, Json]
    key: str = ""
    blobs: Sequence[str] = ()
    updates: bool = False


@dataclass(frozen=True, slots=True)
class WrittenChange:
    """Where a request is now: in a commit of main, or in a pull request."""

    commit: str = ""
    shared: SharedPullRequest | None = None


def identified(key: str, caller: Caller, *, method: str, path: str, fields: Mapping[str, Json]) -> tuple[str, str]:
    """The id that an `Idempotency-Key` makes, and its first half, which is of the key and the caller alone.

    So any process finds on main whether a request was done (the whole id is there), or whether its key was used for
    another one (only the first half is).
    """
    first = digest([caller.token.name, caller.owner, key])[:_HALF]
    return first + digest([method, path, fields])[:_HALF], first


class WorkspaceWrites:
    """Takes the requests of all callers. One for the process."""

    def __init__(self, parts: ApiParts, indexer: Indexer) -> None:
        self._parts = parts
        self._indexer = indexer
        # Two pools, so that a hundred creates that wait for one push do not keep a read waiting.
        self._writers = ThreadPoolExecutor(parts.writers, thread_name_prefix="write")
        self._readers = ThreadPoolExecutor(_READERS, thread_name_prefix="read")
        self._keys = IdempotencyKeys()
        self.plans = PlanCache()

    async def written(self, work: Callable[[], T]) -> T:
        """Run what waits for a push."""
        return await asyncio.get_running_loop().run_in_executor(self._writers, work)

    async def read(self, work: Callable[[], T]) -> T:
        """Run what reads git or the disk."""
        return await asyncio.get_running_loop().run_in_executor(self._readers, work)

    def close(self) -> None:
        """Wait for what is being written; take nothing more."""
        self._writers.shutdown(wait=True)
        self._readers.shutdown(wait=True)

    def create(self, request: WriteRequest) -> WriteResponse:
        """A new workspace, or an update of one if the request allows that."""
        fields = dict(request.fields)
        # A generated name comes from the key, so that a request sent twice asks for one workspace and not for two.
        name, job = fields.pop("name", None), request.caller.job
        if job is not None:
            name = edits.named_by_job(name, (request.key or request.id)[:4], grant=job)
        name = name or generated(request.key or request.id)
        if not isinstance(name, str):
            name = str(name)[:80]
        if job is not None:
            return self._create_for_job(name, fields, request=request, grant=job)
        verb = Verb.PUT if request.updates or request.blobs else Verb.CREATE
        written = self._write(request, self._asked(request, verb, name=name, fields=fields, message=f"Add {name}"))
        return self._response(name, written)

    def _create_for_job(
        self, name: str, fields: Mapping[str, Json], *, request: WriteRequest, grant: JobGrant
    ) -> WriteResponse:
        """For a job of another repository, within what the settings grant it."""
        if self._indexer.look().fleet.write == PULL_REQUEST:
            raise NotSupportedError(
                "helium.yaml says write: pull-request, and a job cannot wait until somebody merges it. Let Helium's "
                "account push to main (write: direct)."
            )
        context, granted = self._context(request.caller.requester), edits.job_fields(fields, grant=grant)
        edit = edits.job_creation(name, granted, context=context, grant=grant)
        asked = self._asked(request, Verb.CREATE, name=name, fields=fields, message=f"Add {name}")
        return self._response(name, self._write(request, asked, edit=edit))

    def judged(self, request: WriteRequest) -> tuple[Issue, ...]:
        """What a creation would be refused for, with nothing written: for a form that has other errors already."""
        fields = dict(request.fields)
        name = str(fields.pop("name", None) or generated(request.id))
        try:
            context = self._context(request.caller.requester, by_pull_request=self._parts.change_requests is not None)
            edits.creation(name, fields, context=context)(self._parts.commit_queue.view())
        except SpecError as error:
            return error.issues
        except RefusedError as error:
            # One field was judged alone, so the others may be wrong as well.
            field = str(getattr(error, "field", "name"))
            rest = {key: value for key, value in request.fields.items() if key != field}
            others = self.judged(replace(request, fields=rest)) if field in request.fields else ()
            return (Issue("", 1, 1, f"/{field}", str(error)), *others)
        return ()

    def would_refuse(self, name: str, fields: Mapping[str, Json], *, caller: Caller) -> str:
        """Why a change of these fields would be refused now, as a sentence; nothing is written."""
        if not caller.token.may(Scope.WRITE):
            return "Your token may only read. Ask an admin for one that may write."
        by_pull_request = self._parts.change_requests is not None
        context = self._context(caller.requester, by_pull_request=by_pull_request)
        try:
            with edits.destroyed_is_told(self._parts.ledger, name):
                edits.update(name, fields, context=context)(self._parts.commit_queue.view())
        except SpecError as error:
            return "; ".join(issue.sentence for issue in error.issues)
        except RefusedError as error:
            return str(error)
        return ""

    def standing(self, requester: Requester) -> tuple[QuotaStanding, ...]:
        """How many workspaces this person and the fleet have, of how many; nothing where the settings set none."""
        fleet = self._indexer.look().fleet
        if not fleet.has_quota:
            return ()
        context = self._context(requester)
        return book_of(self._parts.commit_queue.view(), fleet=fleet, context=context).standing(requester.owner)

    def change(self, name: str, request: WriteRequest) -> WriteResponse:
        """Other fields for a workspace that is there, most often its deadline."""
        if not request.fields:
            raise SpecError((Issue("", 1, 1, "", 'The body is empty. Send what to change, like {"expiry": "+7d"}.'),))
        message = subject_of(Verb.UPDATE, name, fields=request.fields)
        asked = self._asked(request, Verb.UPDATE, name=name, fields=request.fields, message=message)
        with edits.destroyed_is_told(self._parts.ledger, name):
            return self._response(name, self._write(request, asked))

    def remove(self, name: str, request: WriteRequest) -> WriteResponse:
        """Take the file away. A workspace whose file is gone already, but not its record, counts as removed."""
        asked = self._asked(request, Verb.REMOVE, name=name, message=f"Remove {name}")
        try:
            written = self._write(request, asked)
        except NotFoundError:
            record = self._indexer.ledger().records.get(name)
            if record is None:
                raise
            edits.require_may_change(
                IndexRow(name, None, record).summary(self._parts.clock()), request.caller.requester
            )
            written = WrittenChange()
        answer = self._response(name, written)
        return answer if written.shared else replace(answer, Status=StatusWord.DELETING)

    def restore(self, name: str, request: WriteRequest) -> WriteResponse:
        """Put a removed file back as it was, unless a pass has begun to destroy the workspace."""
        # The file that it puts back is the one that the newest record saw.
        self._indexer.ledger()
        message = subject_of(Verb.RESTORE, name, fields=request.fields)
        asked = self._asked(request, Verb.RESTORE, name=name, message=message, fields=request.fields)
        with edits.destroyed_is_told(self._parts.ledger, name):
            return self._response(name, self._write(request, asked))

    def _asked(
        self, request: WriteRequest, verb: Verb, *, name: str, message: str, fields: Mapping[str, Json] | None = None
    ) -> ChangeRequest:
        """What is asked for, as data: a pull request may have to make it again on another main."""
        return ChangeRequest(
            id=request.id,
            verb=verb,
            name=name,
            by=request.caller.by,
            owner=request.caller.requester.owner,
            admin=request.caller.requester.admin,
            message=message,
            at=self._parts.clock(),
            fields=fields or {},
            blobs=tuple(request.blobs),
            keyed=bool(request.key),
        )

    def _context(self, requester: Requester, *, by_pull_request: bool = False) -> EditContext:
        return EditContext(
            specs=self._parts.specs,
            requester=requester,
            now=self._parts.clock(),
            records=self._indexer.snapshot.records,
            addition=self._addition,
            asked=lambda: self._new_owners(newest=by_pull_request),
            by_pull_request=by_pull_request,
            seen=self._indexer.snapshot.seen,
        )

    def _new_owners(self, *, newest: bool) -> Mapping[str, str]:
        """Whose new workspaces pull requests bring. `newest`: with what another process noted a moment ago."""
        snapshot = self._indexer.ledger() if newest else self._indexer.snapshot
        return new_owners(snapshot.pull_requests.values(), now=self._parts.clock())

    def _addition(self, name: str) -> Addition | None:
        """Called by an edit, so by main as it is then: the file may have come to main after the request did."""
        row = self._indexer.look().row(name)
        return row.addition if row else None

    def _write(self, request: WriteRequest, asked: ChangeRequest, *, edit: Editing | None = None) -> WrittenChange:
        """Once the remote has the commit, or the ledger the request. Whoever waits at the same time shares a push.

        `edit`: another one than the request's own.
        """
        change_requests = self._parts.change_requests if self._indexer.look().fleet.write == PULL_REQUEST else None
        context = self._context(request.caller.requester, by_pull_request=change_requests is not None)
        edit = edit or editing_of(asked, context=context, repo=self._parts.repo)
        with self._keys.held(request.key, request.id) if request.key else nullcontext():
            try:
                if change_requests is not None:
                    return WrittenChange(shared=change_requests.submit(asked, edit))
                queued = Request(request.id, asked.by, asked.message, edit, keyed=asked.keyed)
                written = WrittenChange(self._parts.commit_queue.submit(queued))
            except edits.HeldDeletionError as error:
                release = self.plans.release(error.name, self._indexer.look(), parts=self._parts)
                raise edits.HeldDeletionError(error.name, error.why, release=release or error.release) from None
        if asked.verb is not Verb.REMOVE:
            self._require_alive(asked.name)
        return written

    def _require_alive(self, name: str) -> None:
        """Raise when a pass began to destroy the workspace while the commit was on its way: the edit came too late.

        The context's records are from before the commit, so the ledger is read once more. If it is away now, the
        answer is that main has the commit, which is true.
        """
        try:
            record = self._indexer.ledger().records.get(name)
        except SourceError:
            return
        edits.require_not_deleting(name, record)

    def _response(self, name: str, written: WrittenChange) -> WriteResponse:
        if written.shared is not None:
            # Its line in the ledger is newer than what was read last.
            self._indexer.ledger()
        row = self._indexer.look().row(name)
        shared = written.shared
        answer = WriteResponse(name, Commit=written.commit, PullRequest=shared.url if shared else "")
        if row is None:
            return answer
        summary = row.summary(self._parts.clock())
        return replace(
            answer,
            Status=summary.status,
            Expiry=instant_text(summary.deadline),
            Path=row.reading.path if row.reading else "",
            UndoUntil=instant_text(summary.undo_until),
            MovedFrom=instant_text(summary.moved_from),
        )
