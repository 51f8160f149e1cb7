"""Creates that ended in an error may have happened all the same: the provider died, or its answer was lost.

Pulumi then forgets them. So they are written back into the state as suspects, and the next operation looks for each in
the cloud. The engine does that; where it was killed, the worker that it left behind does.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Protocol

from helium.adapters.engine.export import parse, suspected, with_suspects
from helium.adapters.engine.protocol import Reply
from helium.adapters.engine.resource_ids import fixed_id
from helium.core.digest import Json
from helium.core.stack import StackId


class RunPulumi(Protocol):
    """Runs Pulumi on one stack."""

    def __call__(self, args: tuple[str, ...], *, data: str = "") -> Reply:
        """Its reply, whatever became of it."""


def remember(stack: StackId, reply: Reply, *, run: RunPulumi) -> Reply | None:
    """Write those back that can be looked for; the reply of that, where it did not end well."""
    suspects = _suspects(reply)
    if not suspects:
        return None
    export = run(("stack", "export", "--stack", str(stack)))
    if export.code:
        return None
    document = dict(parse(stack, export.stdout).document)
    document["deployment"] = with_suspects(document["deployment"], suspects)
    back = run(("stack", "import", "--stack", str(stack)), data=json.dumps(document))
    return back if back.code else None


def _suspects(reply: Reply) -> list[Mapping[str, Json]]:
    return [suspected(each, id=id) for each in reply.seen.failed if (id := fixed_id(each["type"], each["inputs"]))]
