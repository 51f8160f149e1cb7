"""What a CI job of another repository is refused, and why."""

from __future__ import annotations

from helium.errors import RefusedError


class JobRefusedError(RefusedError):
    """A CI job asks for what no rule under `jobs:` allows it."""

    def __init__(self, sentence: str) -> None:
        super().__init__("", sentence)


class JobTokenError(RefusedError):
    """What a CI job sent does not prove who it is."""

    def __init__(self, why: str) -> None:
        super().__init__("", f"The job's token is not accepted: {why}.")
