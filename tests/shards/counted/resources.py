"""A backend without a cloud that waits as a cloud would, and counts. `description`: for how long, and in which file.

The file gets a line whenever a create is begun, whoever begins it. So it tells what no record can: work done twice.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pulumi

from helium.core.workspace import Workspace


class CountedThing(pulumi.ComponentResource):
    """Something that costs nothing."""


def declare(workspace: Workspace) -> Mapping[str, Any]:
    """One write is one line, also where several machines write at once."""
    seconds, _, starts = workspace.spec.description.partition(" ")
    file = os.open(Path(starts), os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(file, f"{workspace.name}\n".encode())
    os.close(file)
    CountedThing("test:index:Counted", workspace.name)
    time.sleep(float(seconds))
    return {}
