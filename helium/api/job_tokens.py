"""CI jobs of other repositories: a token that their issuer signed, exchanged once for one of Helium's.

Helium's is good for an hour, for the workspaces of that one run, and for nothing else. It says so itself, signed, so
each process with the same session key takes it. Refuses a job's token that was exchanged here before, and for now one
that may have been exchanged before this process began, since nobody knows any more.
"""

from __future__ import annotations

import asyncio
import math
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock

from helium.api.auth import Caller, Connection
from helium.api.http_methods import method_of
from helium.api.parts import ApiParts
from helium.api.problems import Problem, problem
from helium.api.signed_grants import PREFIX, SignedGrant, opened, signed
from helium.api.tokens import Scope, Token, hashed
from helium.core.fleet import SETTINGS
from helium.core.job_access import LEEWAY, JobClaims, JobGrant, JobSettings, grant_for
from helium.core.job_errors import JobTokenError
from helium.edits import settings_text
from helium.errors import BrokenFileError, QueueBusyError, SpecError

GOOD_FOR = timedelta(hours=1)
MOST = 10_000
_AT_ONCE, _MOST_WAIT = 4, 64
"""Exchanges at the same moment, and those that wait with them."""
_CALLS = re.compile(r"(GET|HEAD|DELETE) /v1/api/workspace/([^/]+)|(GET|HEAD) /v1/api/workspace/([^/]+)/(log|expired)")
_ONLY = "The token of a CI job may create, read and delete the workspaces of its own run, and nothing else."


@dataclass(frozen=True, slots=True)
class JobToken:
    """What a job gets: the text of its token, until when it is good, and what it may do."""

    text: str = field(repr=False)
    expires: datetime
    grant: JobGrant


class JobTokens:
    """Those of this process. Several threads may call."""

    def __init__(self, parts: ApiParts) -> None:
        self._parts = parts
        self._began = parts.clock()
        self._turn = Lock()
        self._threads = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="job")
        self._waiting = 0
        self._used: dict[tuple[str, str], datetime] = {}

    async def exchange(self, text: str) -> JobToken:
        """As `exchanged`, in a thread. Whoever waits for an issuer keeps nobody waiting who has another token."""
        if self._waiting >= _MOST_WAIT:
            raise QueueBusyError
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, self.exchanged, text)
        finally:
            self._waiting -= 1

    def exchanged(self, text: str) -> JobToken:
        """A token for the job that this text proves. It blocks while the issuer's keys are fetched.

        `JobTokenError`, `JobRefusedError`, or `UnreachableError` while nobody can know.
        """
        now, settings = self._parts.clock(), self._settings()
        if settings is None or self._parts.jobs is None:
            raise problem(404, "helium.yaml on main has no `jobs:`, so no token of a CI job is taken here.")
        claims = self._parts.jobs.claims(text, settings=settings, now=now)
        grant = grant_for(claims, settings)
        with self._turn:
            self._use(claims, now=now)
        ends = now + GOOD_FOR
        own = signed(SignedGrant(grant, now, ends), session_key=self._parts.session_key)
        return JobToken(own, ends, grant)

    def caller(self, connection: Connection, text: str) -> Caller | None:
        """Whoever calls with a token of this kind; raises a problem for what it does not open. `None`: another kind."""
        if not text.startswith(PREFIX):
            return None
        given = opened(text, session_key=self._parts.session_key, now=self._parts.clock())
        if given is None:
            header = {"WWW-Authenticate": 'Bearer realm="helium"'}
            raise problem(401, "This job's token has ended. Exchange another one at /v1/api/job-token.", headers=header)
        grant = given.grant
        if not _may(connection, grant):
            raise problem(403, _ONLY)
        name, owner = f"CI job {grant.claims.run}", grant.rule.owner
        token = Token(name, owner, Scope.WRITE, hashed(text), given.begins, given.ends)
        return Caller(token, token.owner, job=grant)

    def _settings(self) -> JobSettings | None:
        """As main has them now."""
        try:
            return self._parts.specs.fleet(settings_text(self._parts.commit_queue.view())).jobs
        except SpecError as error:
            raise BrokenFileError(SETTINGS, error.issues) from None

    def _use(self, claims: JobClaims, *, now: datetime) -> None:
        """Once: whoever reads a token somewhere and sends it again gets nothing."""
        self._used = {key: ends for key, ends in self._used.items() if ends > now}
        key = claims.issuer, claims.token_id
        if key in self._used:
            raise JobTokenError("it was exchanged before; each token is good for one exchange, so ask for another")
        if claims.issued_at < self._began + LEEWAY:
            raise self._too_early(claims)
        if len(self._used) >= MOST:
            raise QueueBusyError
        self._used[key] = claims.expires_at + timedelta(minutes=1)

    def _too_early(self, claims: JobClaims) -> Problem:
        """What is wrong passes: a token that is issued after this wait is taken, by the issuer's own clock."""
        missing = self._began + LEEWAY - claims.issued_at
        wait = min(math.ceil(missing.total_seconds()), 2 * int(LEEWAY.total_seconds()))
        detail = (
            "This Helium began a moment ago and does not know which tokens were exchanged before. Try again in "
            f"{wait} seconds, with another token of the job."
        )
        return problem(503, detail, headers={"Retry-After": str(wait)})


def _may(connection: Connection, grant: JobGrant) -> bool:
    method, path = method_of(connection.scope), connection.scope["path"]
    if (method, path) == ("POST", "/v1/api/workspace"):
        return not connection.query_params and "if-match" not in connection.headers
    found = _CALLS.fullmatch(f"{method} {path}")
    return found is not None and (found[2] or found[4]).startswith(grant.own)
