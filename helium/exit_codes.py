"""How a command ends: the codes that scripts and CI read."""

from __future__ import annotations

import enum


class ExitCode(enum.IntEnum):
    """How a command ends. `meaning`: what `helium --help` says of it."""

    meaning: str

    DONE = 0, "done"
    INTERNAL = 1, "a bug in Helium, or a problem with this machine (a full disk, a folder that cannot be written)"
    USAGE = 2, "the command or its settings are wrong; nothing was done"
    INVALID = 3, "a spec file or helium.yaml has errors"
    REFUSED = 4, "a safeguard refused something; the plan says how to override it"
    FAILED = 5, "Pulumi could not create, update or destroy a stack"
    SOURCE = 6, "git, the host of the repository, or a server of charts failed"
    LEASED = 7, "another pass is running"
    CHANGES = 10, "`plan --exit-code` found changes"
    NONCONFORMING = 11, "`backend check` found a rule that the backend does not keep"
    DRIFTED = 12, "`drift` found something that no longer is as it was made"
    WAITED = 13, "`--wait` came to the end of `--timeout` first; what was asked for goes on"
    INTERRUPTED = 130, "interrupted; everything it started has ended"

    def __new__(cls, value: int, meaning: str) -> ExitCode:
        """A number that knows what it stands for."""
        code = int.__new__(cls, value)
        code._value_ = value
        code.meaning = meaning
        return code
