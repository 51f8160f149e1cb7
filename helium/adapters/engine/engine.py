"""Pulumi behind the port `Engine`. One listing observes a fleet; everything else is one stack's, in a worker.

Refuses to guess: what Pulumi does not say clearly is an `EngineError`, never a default.
"""

from __future__ import annotations

import shutil
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace

from helium.adapters.engine import clusters, observe, states, translate
from helium.adapters.engine.locks import is_dead, locks_in
from helium.adapters.engine.pool import Died, Pool, Stopped
from helium.adapters.engine.redact import Redactor
from helium.adapters.engine.settings import EngineSettings
from helium.adapters.engine.settle import QUIETLY, settle
from helium.adapters.engine.states import State
from helium.adapters.engine.wire import Hello, Job, Program, Reply
from helium.core.digest import canonical
from helium.core.stack import Listing, StackId
from helium.core.workspace import Mark, Workspace
from helium.errors import EngineError, Interrupted, StackMissing
from helium.reconcile.ports import Built

IGNORE_PROTECT = {"PULUMI_OPTION_IGNORE_PROTECT": "true"}


class PulumiEngine:
    """The real engine. Threads may call it at once; `close` ends it for all of them."""

    def __init__(self, settings: EngineSettings) -> None:
        settings.work.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._settings = settings
        self._redact = Redactor.of(settings.known_secrets)
        self._access = clusters.Access()
        self._starting = threading.Lock()
        self._known: set[StackId] = set()
        self._pool: Pool | None = None

    def observe(self) -> Listing:
        """One `pulumi stack ls --all`, run directly: a pass with nothing to do starts no worker."""
        listing = observe.listing(self._settings, redact=self._redact)
        self._known = {stack.id for stack in listing.stacks}
        return listing

    def mark(self, stack: StackId) -> Mark | None:
        """From one export."""
        return states.mark_of(self._export(stack))

    def check_marker(self) -> None:
        """Has Pulumi decrypt the marker's secret output."""
        marker = StackId.marker(self._settings.fleet)
        self._run(Job(marker, ("stack", "output", "--json", "--show-secrets", "--stack", str(marker))))

    def make_marker(self) -> None:
        """Made anew where it is there already, so that a killed `make_marker` can be repeated."""
        marker = StackId.marker(self._settings.fleet)
        self._bring_up(marker, Program(init=True, secrets=self._settings.secrets))

    def settle(self, stack: StackId, workspace: Workspace | None) -> None:
        """Looks in the cloud for what a killed run left pending; the state alone says what that is."""
        self._settled(stack)

    def up(self, workspace: Workspace, *, light: bool = False, allow_replace: bool = False) -> Built:
        """A stack that the last listing lacks is made; any other is exported, and settled, first."""
        stack = StackId.of(workspace.fleet, workspace.backend, workspace.name)
        folder = self._settings.backends.get(workspace.backend)
        if folder is None or not (folder / "resources.py").is_file():
            raise EngineError(str(stack), f"there is no backend {workspace.backend} with a resources.py")
        self._reachable(stack, workspace.mark)
        program = Program(str(folder), workspace, secrets=self._settings.secrets)
        if stack in self._known:
            state = self._settled(stack)
            program = replace(program, targets=states.light_targets(state) if light else ())
        else:
            program = replace(program, init=True)
        environment = IGNORE_PROTECT if allow_replace else {}
        return self._built(self._bring_up(stack, program, environment=environment))

    def destroy(self, stack: StackId) -> None:
        """With no program: what the state holds is all that is needed."""
        self._reachable(stack, states.mark_of(self._settled(stack)))
        args = ("destroy", *QUIETLY, "--run-program=false", "--stack", str(stack))
        self._run(Job(stack, args, environment=IGNORE_PROTECT))

    def empty(self, stack: StackId) -> bool:
        """After a good destroy Pulumi's state holds nothing at all, not even the stack's own resource."""
        return self._export(stack).is_empty

    def remove(self, stack: StackId) -> None:
        """Pulumi itself refuses while the stack holds anything."""
        with suppress(StackMissing):
            self._run(Job(stack, ("stack", "rm", str(stack), "--yes")))
        self._known.discard(stack)

    def unlock(self, stack: StackId) -> None:
        """`pulumi cancel`."""
        self._run(Job(stack, ("cancel", str(stack), "--yes")))

    def close(self) -> None:
        """Ends workers, and removes the work directories."""
        if self._pool is not None:
            self._pool.close()
        shutil.rmtree(self._settings.work, ignore_errors=True)

    def _bring_up(self, stack: StackId, program: Program, *, environment: Mapping[str, str] | None = None) -> Reply:
        job = Job(stack, program=program, environment=environment or {})
        reply = self._call(job)
        if program.init and translate.exists_already(reply):
            self._settled(stack)
            reply = self._call(replace(job, program=replace(program, init=False)))
        self._known.add(stack)
        return self._good(stack, reply)

    def _reachable(self, stack: StackId, mark: Mark | None) -> None:
        """`EngineError` when the cluster that the stack lives in cannot be reached today."""
        self._workers()
        fault = self._access.faults.get(str(mark.place.get("cluster", ""))) if mark else None
        if fault:
            raise EngineError(str(stack), fault)

    def _built(self, reply: Reply) -> Built:
        outputs = {
            key: self._redact(value if isinstance(value, str) else canonical(value))
            for key, value in reply.seen.outputs.items()
        }
        return Built(outputs=outputs, resources=reply.seen.resources, changed=reply.seen.changed)

    def _export(self, stack: StackId) -> State:
        reply = self._run(Job(stack, ("stack", "export", "--stack", str(stack))))
        return states.parse(str(stack), reply.stdout)

    def _settled(self, stack: StackId) -> State:
        """The stack's state with nothing pending in it."""
        state = self._export(stack)
        if not state.pending:
            return state
        scratch = self._settings.work / "scratch" / stack.project / stack.name
        settle(stack, state, scratch=scratch, secrets=self._settings.secrets, run=self._run)
        return self._export(stack)

    def _run(self, job: Job) -> Reply:
        """Runs a job that must end well."""
        return self._good(job.stack, self._call(job))

    def _call(self, job: Job) -> Reply:
        """Runs a job; a dead lock is broken, once."""
        stack = str(job.stack)
        pool = self._workers()
        job = replace(job, environment={**self._access.environment, **job.environment})
        try:
            reply = pool.call(job)
            if translate.is_locked(reply) and all(is_dead(lock) for lock in locks_in(reply.stderr)):
                pool.call(Job(job.stack, ("cancel", stack, "--yes")))
                reply = pool.call(job)
        except Stopped as stop:
            if stop.killed:
                observe.release(self._settings, job.stack)
            limit = int(self._settings.timeout.total_seconds())
            late = f"it took longer than its limit of {limit} s, and was stopped"
            closed = "it was stopped; the next pass goes on from where it stands"
            raise Interrupted(stack, late if stop.late else closed) from None
        except Died as death:
            words = translate.shorten(self._redact(str(death)))
            raise Interrupted(stack, f"its worker died{f': {words}' if words else ''}") from None
        return reply

    def _good(self, stack: StackId, reply: Reply) -> Reply:
        if reply.code:
            raise translate.error_of(str(stack), reply, redact=self._redact)
        return reply

    def _workers(self) -> Pool:
        with self._starting:
            if self._pool is None:
                hello = Hello(
                    pulumi=str(self._settings.pulumi),
                    version=observe.version(self._settings),
                    work=str(self._settings.work),
                    environment=self._settings.command_environment,
                    grace=self._settings.grace.total_seconds(),
                )
                self._access = clusters.access(self._settings)
                self._redact = self._redact.with_secrets(self._access.secrets)
                self._pool = Pool(self._settings, hello)
            return self._pool
