"""A command that another process started ends with it, also when that one is killed and can end nothing.

By looking who the parent is: when it dies, the system gives its children to another.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from typing import Any

import click

_LOOK_EVERY = 0.5


def _begin(*told: Any) -> None:
    """Click tells the context, the option, and what was given for it."""
    if (parent := told[-1]) is not None:
        threading.Thread(target=_watch, args=(parent,), name="leash", daemon=True).start()


def _watch(parent: int) -> None:
    """End in good order, as by a supervisor's signal."""
    while os.getppid() == parent:
        time.sleep(_LOOK_EVERY)
    os.kill(os.getpid(), signal.SIGTERM)


def on_leash(command: Any) -> Any:
    """Give a command the option that names its parent; for `helium up` and `make up`, and shown to nobody."""
    option = click.option("--parent", type=int, hidden=True, expose_value=False, callback=_begin)
    return option(command)
