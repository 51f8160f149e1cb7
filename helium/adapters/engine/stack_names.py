"""How Pulumi calls the files of a state, in a folder and in a bucket: which one is a stack, and which only lies beside.

Pure. It refuses to guess: what it does not know is an `UnknownLayoutError`, and then Pulumi lists the state.
"""

from __future__ import annotations

import re

META = b"version: 1"
"""The whole of `.pulumi/meta.yaml` in the only layout that Helium knows."""

_NAME = re.compile(r"[A-Za-z0-9_.-]{1,100}")
_STACK = re.compile(r"(?P<name>.+?)\.json(?:\.gz|\.zst)?")
_BESIDE = re.compile(r".+\.(?:bak|attrs|pulumi-tags)|.+\.json(?:\.gz|\.zst)?\.[0-9a-f]+(?:\.tmp)?")
"""What lies beside a state file: its backup, its attributes, its tags, and what a killed write or a person left."""


class UnknownLayoutError(Exception):
    """Something in the state is not as Helium knows it; the text says what."""


def is_project(name: str) -> bool:
    """Whether a folder may be a project's."""
    return _NAME.fullmatch(name) is not None


def stack_name(file: str, where: str) -> str | None:
    """The stack whose state is in this file; `None` for what lies beside a state. `where`: for the error."""
    if stack := _STACK.fullmatch(file):
        if not _NAME.fullmatch(stack["name"]):
            raise UnknownLayoutError(f"{where} is not a stack's name")
        return stack["name"]
    if not _BESIDE.fullmatch(file):
        raise UnknownLayoutError(f"{where} is not a state file")
    return None
