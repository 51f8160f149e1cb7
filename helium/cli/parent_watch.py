"""Ends a command when the process that started it has ended, even if that one was killed and could end nothing.

It looks at who its parent is: when a process dies, the system gives its children another parent.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from typing import Any

import click

_LOOK_EVERY = 0.5


def _begin(_ctx: click.Context, _param: click.Parameter, parent: int | None) -> None:
    if parent is not None:
        threading.Thread(target=_watch, args=(parent,), name="parent-watch", daemon=True).start()


def _watch(parent: int) -> None:
    """End in good order, as by a supervisor's signal."""
    while os.getppid() == parent:
        time.sleep(_LOOK_EVERY)
    os.kill(os.getpid(), signal.SIGTERM)


def ends_with_parent(command: Any) -> Any:
    """Give a command the hidden option that names its parent; `helium up` and `make up` use it."""
    option = click.option("--parent", type=int, hidden=True, expose_value=False, callback=_begin)
    return option(command)
