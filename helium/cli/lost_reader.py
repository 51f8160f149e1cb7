"""Output that nobody reads any more: what is left of it is dropped, and the command goes on.

`helium reconcile | head` means the head of what is printed, and not half a pass. What prints for ever asks
`nobody_reads`, and ends. It refuses to hide a full disk: what cannot be written to a file is an error, except on
standard error, where nobody could be told.
"""

from __future__ import annotations

import io
import os
import sys
from typing import TextIO

OUT, ERR = 1, 2
_DROPPED: set[int] = set()
_REPLACED: list[TextIO] = []
"""They share their buffers with what replaced them, and would close those at their own end."""


class OutlivesItsReader(io.TextIOWrapper):
    """What is printed, to a descriptor whose reader may leave."""

    def write(self, text: str, /) -> int:
        """All of it is taken, also where nobody is left to take it."""
        try:
            return super().write(text)
        except OSError as error:
            self._drop(error)
            return len(text)

    def flush(self) -> None:
        """The same."""
        try:
            super().flush()
        except OSError as error:
            self._drop(error)

    def _drop(self, error: OSError) -> None:
        # Said once: what is still held must not become another error at exit.
        number, nowhere = self.fileno(), os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, number)
        os.close(nowhere)
        _DROPPED.add(number)
        if number != ERR and not isinstance(error, BrokenPipeError):
            raise error


def nobody_reads() -> bool:
    """Whether standard output lost its reader."""
    return OUT in _DROPPED


def outlive_readers() -> None:
    """From now on, whoever stops reading this process's output stops nothing else."""
    sys.stdout, sys.stderr = _outliving(sys.stdout), _outliving(sys.stderr)


def _outliving(stream: TextIO) -> TextIO:
    if not isinstance(stream, io.TextIOWrapper):
        return stream
    _REPLACED.append(stream)
    # A letter that the terminal's encoding does not have is printed by its number.
    return OutlivesItsReader(
        stream.buffer, encoding=stream.encoding, errors="backslashreplace", line_buffering=stream.line_buffering
    )
