"""How a stack's name leaves the state: with history and backups, or the state would grow with every name ever used.

Pulumi removes the state first and the rest after it. Killed in between, it leaves what only another `stack rm` of the
same name removes. It is never forced: Pulumi refuses a stack that holds something.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from helium.adapters.engine import errors, listing, state_files
from helium.adapters.engine.export import State
from helium.adapters.engine.jobs import Jobs
from helium.adapters.engine.protocol import Job, Reply, init_args
from helium.adapters.engine.settings import EngineSettings
from helium.core.stack import StackId
from helium.errors import EngineError, EngineInterruptedError, StackBusyError, StackMissingError


def refuse_what_would_stay(state: State) -> None:
    """Pulumi would forget these and call that a success. They would go on, and nobody would know of them."""
    if left := state.left_by_a_destroy:
        raise EngineError(
            str(state.stack),
            f"its program tells Pulumi to keep {', '.join(left)} (retainOnDelete), so a destroy would lose track "
            "of it; delete it by hand, then run pulumi state delete for it",
        )


def remove(jobs: Jobs, stack: StackId) -> None:
    """A stack that is not there is a success."""
    with suppress(StackMissingError):
        jobs.run(Job(stack, ("stack", "rm", str(stack), "--yes", "--remove-backups")))
    if folder := listing.state_folder(jobs.settings):
        state_files.remove_empty_folders(folder, stack)


def forget(jobs: Jobs, stack: StackId) -> None:
    """Remove what is left of a stack that was proven empty. One that exists is left alone."""
    # Pulumi removes it only along with a stack, so one is created for that.
    reply = jobs.attempt(Job(stack, init_args(stack, secrets=jobs.settings.secrets)))
    if errors.exists_already(reply):
        return
    jobs.require_success(stack, reply)
    remove(jobs, stack)


def remove_uninitialized(jobs: Jobs, stack: StackId) -> None:
    """Its backups stay: they may be of a stack over which it was written."""
    with suppress(StackMissingError):
        jobs.run(Job(stack, ("stack", "rm", str(stack), "--yes")))


def can_be_read(run: Callable[[Job], Reply], stack: StackId) -> bool:
    """Whether Pulumi can read all of it: an export alone shows neither its resources nor its secrets to be whole."""
    for command in (("export",), ("--show-urns", "--show-secrets")):
        try:
            run(Job(stack, ("stack", *command, "--stack", str(stack))))
        except EngineError as error:
            if isinstance(error, EngineInterruptedError | StackBusyError) or not error.stack:
                raise
            return False
    return True


def set_aside(settings: EngineSettings, stack: StackId, *, opens: Callable[[], bool]) -> tuple[str, ...]:
    """Rename the files of a stack that cannot be opened; where they are now. Nothing for one that `opens`."""
    folder = listing.state_folder(settings)
    if folder is None:
        where = settings.state.partition("://")[0]
        raise EngineError(str(stack), f"its state is in a {where} bucket; remove its file there, then try again")
    if not listing.problems(settings, stack) and opens():
        return ()
    return tuple(str(path) for path in state_files.set_aside(folder, stack))
