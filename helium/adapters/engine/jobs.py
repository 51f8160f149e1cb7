"""One job from its start to a reply or an error: run in a worker, dead locks broken, failed creates remembered."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import partial

from helium.adapters.engine import bucket_listing, clusters, errors, listing
from helium.adapters.engine.clusters import Access
from helium.adapters.engine.command import Command, folder_of
from helium.adapters.engine.listing import state_folder
from helium.adapters.engine.locks import Lock, end, is_dead, locks_in, locks_on, path_of, unowned
from helium.adapters.engine.pool import Pool, WorkerDiedError, WorkerStoppedError
from helium.adapters.engine.protocol import Hello, Job, Reply
from helium.adapters.engine.redact import Redactor, secrets_in
from helium.adapters.engine.settings import EngineSettings
from helium.adapters.engine.stack_names import UnknownLayoutError
from helium.adapters.engine.write_back_failed_creates import write_back
from helium.core.excerpts import excerpt
from helium.core.live import Doing
from helium.core.stack import StackId
from helium.errors import EngineError, EngineInterruptedError


@dataclass(slots=True)
class Jobs:
    """Runs jobs. `access`: how their Pulumi reaches clusters. `tell` gets what each stack is at.

    `locks_met`: by stack, the locks that its last job ran into. `unlock` ends who holds them.
    """

    settings: EngineSettings
    pool: Pool
    redact: Redactor
    tell: Callable[[StackId, Doing], None]
    access: Access
    locks_met: dict[StackId, tuple[Lock, ...]] = field(default_factory=dict, init=False)
    running: int = field(default=0, init=False)
    idle: threading.Condition = field(default_factory=threading.Condition, init=False)

    def run(self, job: Job) -> Reply:
        """Run a job that must succeed; `EngineError` otherwise."""
        return self.require_success(job.stack, self.attempt(job))

    def attempt(self, job: Job) -> Reply:
        """Run a job and return what Pulumi said, good or not.

        `EngineInterruptedError` when it was stopped or its worker died.
        """
        job = replace(job, environment={**self._environment(job), **job.environment})
        tell = partial(self.tell, job.stack)
        with self._counted():
            try:
                reply = self.pool.call(job, tell)
                # A lock whose process is gone stops the stack for ever, and is broken here. Anybody else's stays.
                broken = errors.is_locked(reply) and self._break_dead_locks(job.stack, locks_in(reply.stderr))
                reply = self.pool.call(job, tell) if broken else reply
            except WorkerStoppedError as stop:
                self._clean_up_after(stop, job.stack)
                raise EngineInterruptedError(str(job.stack), self._why_stopped(stop)) from None
            except OSError as error:
                raise EngineError(str(job.stack), f"this machine cannot run it: {error.strerror}") from None
            except WorkerDiedError as death:
                words = excerpt(self.redact(str(death)))
                raise EngineInterruptedError(
                    str(job.stack), f"its worker died{f': {words}' if words else ''}"
                ) from None
            self._write_back(job.stack, reply)
            return reply

    def require_success(self, stack: StackId, reply: Reply) -> Reply:
        """The reply, if Pulumi ended well; `EngineError` otherwise."""
        if reply.code:
            redact = self.knowing(stack) if reply.seen.said else self.redact
            if redact is None:
                # Without the stack's secrets nobody can tell what may be kept of all that was said.
                reply, redact = replace(reply, seen=replace(reply.seen, said="")), self.redact
            raise errors.error_of(str(stack), reply, redact=redact)
        return reply

    def knowing(self, stack: StackId) -> Redactor | None:
        """One that knows the secrets in the stack's state as well; `None` when that cannot be read."""
        reply = self._run_without_worker(Job(stack, ("stack", "export", "--show-secrets", "--stack", str(stack))))
        return None if reply.code else self.redact.with_secrets(secrets_in(json.loads(reply.stdout)))

    def unlock(self, stack: StackId) -> None:
        """Break a stack's locks. A Pulumi of this machine that holds one is killed first: it could resume later."""
        folder = state_folder(self.settings)
        for lock in self.locks_met.pop(stack, None) or (locks_on(stack, folder) if folder else ()):
            end(lock)
        self.run(_cancel(stack))

    def close(self) -> None:
        """Stop what runs, and wait until everything that it left is written down."""
        self.pool.close()
        with self.idle:
            self.idle.wait_for(lambda: not self.running, timeout=self.settings.grace.total_seconds())

    @contextmanager
    def _counted(self) -> Iterator[None]:
        """Count the job as running, so that `close` can wait for it."""
        with self.idle:
            self.running += 1
        try:
            yield
        finally:
            with self.idle:
                self.running -= 1
                self.idle.notify_all()

    def _break_dead_locks(self, stack: StackId, locks: tuple[Lock, ...]) -> bool:
        """Break the locks of a stack if every one is dead. Returns whether it did."""
        self.locks_met[stack] = locks
        if not locks or not all(is_dead(lock) for lock in locks):
            return False
        reply = self._run_without_worker(_cancel(stack))
        if errors.is_missing(reply):
            # Killed in `stack init` or `stack rm`: a lock without a stack, which `pulumi cancel` does not see.
            for lock in locks:
                if lock.url.startswith("file://"):
                    path_of(lock.url).unlink(missing_ok=True)
            if self.settings.state.startswith(bucket_listing.URLS):
                # Where Helium does not read the bucket, the lock stays, and the pass tells of it.
                with suppress(UnknownLayoutError):
                    bucket_listing.drop_dead_locks(self.settings, stack)
        return True

    def _clean_up_after(self, stop: WorkerStoppedError, stack: StackId) -> None:
        """Release what a stopped job has locked, or note which of its creates failed."""
        if stop.killed:
            reply = self._run_without_worker(_cancel(stack))
            folder = state_folder(self.settings)
            if folder and errors.is_missing(reply):
                # The lock of a killed `stack init` is not in the way of the next pass, but of whoever uses Pulumi.
                for file in unowned(folder):
                    file.unlink(missing_ok=True)
        elif stop.reply is not None:
            self._write_back(stack, stop.reply)

    def _why_stopped(self, stop: WorkerStoppedError) -> str:
        limit = int(self.settings.timeout.total_seconds())
        late = f"it took longer than its limit of {limit} s and was stopped"
        return late if stop.late else "it was stopped; the next pass continues"

    def _write_back(self, stack: StackId, reply: Reply) -> None:
        """Write the failed creates that can be looked for back into the state."""
        failure = write_back(stack, reply, run=self._run_without_worker)
        if failure is not None:
            why = errors.error_of(str(stack), failure, redact=self.redact).what
            raise EngineError(str(stack), f"a create failed, and could not be noted for the next pass: {why}")

    def _environment(self, job: Job) -> Mapping[str, str]:
        return self.access.environment(job.stack.name, looks=job.args[:1] == ("refresh",))

    def _run_without_worker(self, job: Job) -> Reply:
        """Run Pulumi directly, because there may be no worker left. Returns its reply, good or not."""
        limit = self.settings.timeout.total_seconds()
        command = Command(str(self.settings.pulumi), self.settings.command_environment, limit=limit)
        cwd = folder_of(self.settings.work, job.stack)
        return command.run(job.args, cwd=cwd, environment=self._environment(job), data=job.data)


def started(settings: EngineSettings, redact: Redactor, *, tell: Callable[[StackId, Doing], None]) -> Jobs:
    """What runs jobs, with warm workers and access to the clusters. `EngineError` where it cannot be started."""
    if settings.secrets == "passphrase" and not settings.passphrase:
        raise EngineError("", "the passphrase of the fleet's secrets is not set; set HELIUM_PASSPHRASE")
    hello = Hello(
        pulumi=str(settings.pulumi),
        work=str(settings.work),
        environment=settings.command_environment,
        grace=settings.grace.total_seconds(),
    )
    pool = Pool(settings, hello)
    with ExitStack() as otherwise:
        otherwise.callback(pool.close)
        # First, since the worker imports the SDK while Pulumi and the clusters are looked at.
        pool.warm()
        listing.version(settings)
        access = clusters.access(settings)
        otherwise.pop_all()
    return Jobs(settings, pool, redact.with_secrets(access.secrets), tell, access)


def _cancel(stack: StackId) -> Job:
    return Job(stack, ("cancel", str(stack), "--yes"))
