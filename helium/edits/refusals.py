"""Refusals about a workspace whose file is gone, or that is gone itself: what happened to it, and the way to go on."""

from __future__ import annotations

from helium.errors import NotFoundError, RefusedError


class HeldDeletionError(RefusedError):
    """The file is gone from main, and a safeguard holds the deletion. `release`: the way to let it go, if known."""

    def __init__(self, name: str, why: str, *, release: str = "`helium plan` shows the command.") -> None:
        self.why, self.release = why, release
        is_command = release.startswith("`helium reconcile")
        todo = f"an admin runs {release}." if is_command else f"ask an admin. {release}"
        if is_command and "--allow-deletes" in release:
            todo += f" Or restore {name} and delete it on its page: that counts as requested."
        super().__init__(
            name,
            f"The file of {name} is gone from main, and its deletion is held: {why} "
            f"To keep {name}, put its file back: `helium restore {name}`, Restore on its page, "
            f"or POST /v1/api/workspace/{name}/restore. To let it go, {todo}",
        )


class RemovedError(RefusedError):
    """The file is gone from main, and no pass has begun to destroy the stack."""

    def __init__(self, name: str, until: str = "") -> None:
        when = f"the first pass after {until}" if until else "the next pass"
        super().__init__(
            name,
            f"The file of {name} is gone from main, and {when} destroys it. To keep it, put the file back "
            f"before that: `helium restore {name}`, Restore on its page, or POST /v1/api/workspace/{name}/restore.",
        )


class DestroyedError(NotFoundError):
    """It was destroyed, so nothing can be extended, changed or restored."""

    def __init__(self, name: str, when: str = "", *, has_file: bool = False) -> None:
        at = f" at {when}" if when else ""
        todo = "Delete its file, then ask" if has_file else "Ask"
        RefusedError.__init__(
            self,
            name,
            f"{name} was destroyed{at} with all its data, and nothing brings that back. {todo} for a new, empty one: "
            f"`helium restore {name} --empty` makes it from the same spec, and so does its page.",
        )


class TooLateError(RefusedError):
    """The deadline passed while the file was away, so putting it back would only let the next pass destroy it."""

    def __init__(self, name: str, deadline: str) -> None:
        super().__init__(
            name,
            f"The deadline of {name} passed at {deadline}, so the next pass would destroy it as soon as its file is "
            "back. While its deletion is held, it keeps running: save what you need, then ask an admin to let it go.",
        )


class NothingToRestoreError(RefusedError):
    """The file is there, or main's history has none that the record is of."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(name, f"There is nothing to restore for {name}: {why}")
