"""Pulumi behind the port `Engine`. One listing observes a fleet; everything else is one stack's, in a worker.

What Pulumi does not say clearly is an `EngineError`, never a default.
"""

from __future__ import annotations

import json
import os
import shutil
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial

from helium.adapters.engine import charts, clusters, errors, export, lost_cluster, pulumi_home, removal, workdir
from helium.adapters.engine import listing as state_listing
from helium.adapters.engine.cluster_checks import found_in_cluster, refuse_wrong_cluster
from helium.adapters.engine.export import State
from helium.adapters.engine.jobs import Jobs, started
from helium.adapters.engine.outputs import built
from helium.adapters.engine.protocol import PROOF, Job, Reply, StackProgram
from helium.adapters.engine.redact import Redactor
from helium.adapters.engine.resolve_pending import QUIETLY, Scratch, resolve_pending
from helium.adapters.engine.settings import EngineSettings
from helium.core.digest import Json
from helium.core.drift import DriftLook
from helium.core.health import WorkspaceHealth
from helium.core.live import Doing
from helium.core.probes import Probe
from helium.core.stack import Listing, StackId
from helium.core.workspace import Ownership, Workspace
from helium.errors import EngineError, EngineInterruptedError, StackBusyError, StackMissingError
from helium.ports.engine import (
    AN_UP_FOLLOWS,
    NEW_STACK,
    NOTHING_TO_TOUCH,
    Built,
    LostCluster,
    Resolved,
    ResolveOptions,
    UpOptions,
)

IGNORE_PROTECT = {"PULUMI_OPTION_IGNORE_PROTECT": "true"}


class PulumiEngine:
    """The real engine. Threads may call it at once; `close` ends it for all of them."""

    def __init__(self, settings: EngineSettings) -> None:
        self.settings = settings = replace(settings, work=settings.work.resolve())
        try:
            settings.work.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._folder_lock: int | None = workdir.lock(settings.work)
            pulumi_home.create(settings.home, settings.environment, built=settings.plugins)
        except OSError as error:
            raise EngineError("", f"cannot use the work folder {settings.work}: {error.strerror}") from None
        self._redact = Redactor.of(settings.known_secrets)
        self._access = clusters.Access()
        self._start_lock = threading.Lock()
        self._jobs: Jobs | None = None
        self._closed = False
        self._said: frozenset[str] = frozenset()
        self._listens: Callable[[StackId, Doing], None] = lambda _stack, _doing: None

    def observe(self) -> Listing:
        """The state's folder is read, or Pulumi run directly: a pass with nothing to do starts no worker."""
        listed = state_listing.listing(self.settings, redact=self._redact)
        said, self._said = self._said, self._said | {listed.note}
        return replace(listed, note="") if listed.note in said else listed

    def ownership(self, stack: StackId) -> Ownership | None:
        """From one export."""
        return export.ownership_of(self._export(stack))

    def wrong_cluster(self, ownership: Ownership) -> str:
        """By today's kubeconfig alone: no cluster is contacted."""
        self._started()
        return self._access.wrong_cluster(ownership)

    def lost_cluster(self, stack: StackId) -> LostCluster:
        """Asks the cluster once, for its version."""
        state = self._export(stack)
        return lost_cluster.lost_cluster(state, self._access)

    def check_marker(self) -> str | None:
        """Has Pulumi decrypt the marker's secret output."""
        marker = StackId.marker(self.settings.fleet)
        if issues := state_listing.problems(self.settings, marker):
            raise EngineError(str(marker), issues[0])
        reply = self._run(Job(marker, ("stack", "output", "--json", "--show-secrets", "--stack", str(marker))))
        proof = (json.loads(reply.stdout or "{}") or {}).get(PROOF)
        return None if proof is None else str(proof)

    def create_marker(self, ledger: str) -> None:
        """A marker that exists is updated, so that a killed `create_marker` can be repeated."""
        marker = StackId.marker(self.settings.fleet)
        self._bring_up(Job(marker, program=StackProgram(init=True, secrets=self.settings.secrets, ledger=ledger)))

    def drift(self, stack: StackId, *, ignored: Sequence[str] = ()) -> DriftLook:
        """One export, dry runs in its cluster, and a preview of a refresh for what is in none."""
        self._start_cloud()
        self._started()
        return self._drifts.found(stack, ignored).look

    def put_back(self, stack: StackId, *, ignored: Sequence[str] = ()) -> DriftLook:
        """Looks, applies objects of its cluster, and looks again."""
        self._start_cloud()
        self._started()
        return self._drifts.put_back(stack, ignored)

    def resolve_pending(self, stack: StackId, options: ResolveOptions = AN_UP_FOLLOWS) -> Resolved:
        """Looks in the cloud for what a killed run left pending; the state alone says what that is."""
        self._start_cloud()
        try:
            state, held_up = self._resolved(stack, options)
        except StackMissingError:
            # Another pass may have removed it. The caller's last look explains that better than Pulumi does.
            return Resolved(stack)
        return Resolved(stack, state.document, held_up)

    def up(self, workspace: Workspace, options: UpOptions = NEW_STACK) -> Built:
        """A stack that exists although it was not to exist yet is resolved first, then updated."""
        self._start_cloud()
        stack = workspace.stack
        folder = workdir.program_folder(self.settings, workspace, given=options.folder)
        # Before Pulumi starts: a provider waits for minutes for a cluster that does not answer, and in another cluster
        # of the same name it would create everything a second time.
        self._started()
        refuse_wrong_cluster(stack, workspace.ownership, access=self._access)
        state = None if options.resolved is None else _state(options.resolved)
        targets = export.metadata_targets(state) if state and options.metadata_only else ()
        if options.metadata_only and not targets:
            # Without a target Pulumi takes all of them, and a changed expiry would bring today's program along.
            raise EngineError(str(stack), NOTHING_TO_TOUCH)
        if not options.metadata_only:
            if options.resolved and options.resolved.held_up:
                raise StackBusyError(str(stack), options.resolved.held_up)
            # Before Pulumi starts, so that nothing is declared that cannot be installed as it was reviewed.
            charts.put(self.settings, workspace, options=options)
        program = StackProgram(
            str(folder),
            workspace,
            init=state is None or not state.is_initialized,
            secrets=self.settings.secrets,
            targets=targets,
            cluster=self._access.known_by(workspace.ownership),
        )
        # Without this Pulumi itself refuses to replace or delete what a backend marked `protect`.
        environment = IGNORE_PROTECT if options.allow_replace else {}
        with self._looks.explained(stack, workspace.ownership):
            reply = self._bring_up(Job(stack, program=program, environment=environment))
        self._looks.remember(stack, workspace.ownership, namespaces=reply.seen.namespaces)
        return built(reply, redact=self._redact)

    def destroy(self, resolved: Resolved) -> None:
        """Runs no program: what the state holds is all that is needed."""
        self._start_cloud()
        stack, state = resolved.stack, _state(resolved)
        if not state.is_initialized:
            # Killed inside `stack init`, so it never held anything. Pulumi cannot destroy what has no deployment.
            return
        removal.refuse_what_would_stay(state)
        args = ("destroy", *QUIETLY, "--run-program=false", "--stack", str(stack))
        self._started()
        with self._looks.explained(stack, export.ownership_of(state), state=state):
            self._run(Job(stack, args, environment=IGNORE_PROTECT))

    def empty(self, stack: StackId) -> bool:
        """After a good destroy Pulumi's state holds nothing at all, not even the stack's own resource."""
        state = self._export(stack)
        if state.is_initialized:
            return state.is_empty
        # Half of `stack init`, which never held anything. If its backup holds something, it was written over a stack
        # that was there. Where nobody can look, its history tells: `stack init` writes none.
        held = state_listing.written_over(self.settings, stack)
        return not (self._newest(stack) if held is None else held)

    def bare(self, stack: StackId) -> bool:
        """The ownership is created first and deleted last; only the stack and its providers outlive it."""
        return self._export(stack).is_bare

    def look(self, stack: StackId, *, now: datetime, probe: Probe | None = None) -> WorkspaceHealth | None:
        """By the API of its cluster, in the namespaces that its last `up` or its state names."""
        self._started()
        return self._looks.look(stack, now=now, probe=probe)

    def succeeded(self, stack: StackId) -> bool:
        """By the newest line of its history."""
        return export.ended_well(self._newest(stack))

    def remove(self, stack: StackId) -> None:
        """Pulumi itself refuses while the stack holds anything."""
        removal.remove(self._started(), stack)

    def forget(self, stack: StackId) -> None:
        """What a killed `remove` left. If that is nothing, no worker is started."""
        if state_listing.leaves_something(self.settings, stack):
            removal.forget(self._started(), stack)

    def set_aside(self, stack: StackId, *, readable: bool = False) -> tuple[str, ...]:
        """Anything else than what Pulumi cannot read, or a person names, ends by a destroy with its proof."""
        opens = partial(removal.can_be_read, self._run, stack)
        return removal.set_aside(self.settings, stack, opens=(lambda: False) if readable else opens)

    def unlock(self, stack: StackId) -> None:
        """`pulumi cancel`, after each Pulumi of this machine that holds the lock was killed."""
        self._started().unlock(stack)

    def report_to(self, listens: Callable[[StackId, Doing], None]) -> None:
        """From Pulumi's own events, as they are written."""
        self._listens = listens

    def close(self) -> None:
        """Ends workers, then the cloud that they may still need, and removes the work directories."""
        with self._start_lock:
            self._closed = True
        if self._jobs is not None:
            self._jobs.close()
        if self.settings.cloud is not None:
            self.settings.cloud.close()
        shutil.rmtree(self.settings.work, ignore_errors=True)
        if self._folder_lock is not None:
            os.close(self._folder_lock)
            self._folder_lock = None

    def _start_cloud(self) -> None:
        """Only here, before what changes or searches a cloud: looking at the state needs none."""
        if self.settings.cloud is not None:
            self.settings.cloud.start()

    def _resolved(self, stack: StackId, options: ResolveOptions = AN_UP_FOLLOWS) -> tuple[State, str]:
        """The stack's state with nothing in doubt, and why an update has to wait."""
        state = self._export(stack)
        self._started()
        with found_in_cluster(state, self._access, options=options) as (found, held_up):
            found = found if options.repair is None else self._drifts.added(found, stack, ignored=options.repair)
            if state.is_resolved and not found:
                return state, held_up
            folder = self.settings.work / "scratch" / stack.project / stack.name
            scratch = Scratch(folder, self.settings.secrets, self._run)
            resolve_pending(state, scratch=scratch, options=options, found=found)
        return self._export(stack), held_up

    def _newest(self, stack: StackId) -> Mapping[str, Json]:
        args = ("stack", "history", "--json", "--page-size", "1", "--page", "1", "--stack", str(stack))
        return export.newest(str(stack), self._run(Job(stack, args)).stdout)

    def _export(self, stack: StackId, *flags: str) -> State:
        reply = self._run(Job(stack, ("stack", "export", *flags, "--stack", str(stack))))
        return export.parse(stack, reply.stdout)

    def _bring_up(self, job: Job) -> Reply:
        program, jobs = job.program, self._started()
        reply = jobs.attempt(job)
        # Killed after `stack init`, or created by another pass since the listing: then it is an update after all, and
        # what the killed run left pending has to be resolved first.
        if program is not None and program.init and errors.exists_already(reply):
            if self._resolved(job.stack)[0].is_initialized:
                job = replace(job, program=replace(program, init=False))
            else:
                # Half of `stack init`: it has no secrets provider, so an update would choose its own. Pulumi removes
                # no stack that holds something, and none that another pass initializes at this moment.
                removal.remove_uninitialized(jobs, job.stack)
            reply = jobs.attempt(job)
        return jobs.require_success(job.stack, reply)

    def _run(self, job: Job) -> Reply:
        return self._started().run(job)

    def _started(self) -> Jobs:
        """The pool of workers, started at the first job: a pass that only lists needs none of it."""
        with self._start_lock:
            if self._closed:
                raise EngineInterruptedError("", "the engine is closed; nothing more is started")
            if self._jobs is None:
                # Not by a pass that has nothing to do: these load HTTP, and all that reads objects of a cluster.
                from helium.adapters.engine.cluster_look import Looks
                from helium.adapters.engine.drift import DriftFinder, previewed

                self._jobs = jobs = started(self.settings, self._redact, tell=self._tell)
                self._access, self._redact = jobs.access, jobs.redact
                self._looks = Looks(jobs.access, self.settings.cloud, self._export, jobs.knowing)
                self._drifts = DriftFinder(jobs.access, self._export, partial(previewed, jobs))
            return self._jobs

    def _tell(self, stack: StackId, doing: Doing) -> None:
        self._listens(stack, doing)


def _state(resolved: Resolved) -> State:
    if resolved.document is None:
        raise StackMissingError(str(resolved.stack), "the state has no such stack")
    return State(resolved.stack, resolved.document)
