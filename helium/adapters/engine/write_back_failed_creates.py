"""Creates that ended in an error, but may have happened all the same: the provider died, or its answer was lost.

Pulumi forgets them. So they are written back into the state as suspects, and the next operation looks for each of them
in the cloud. The engine does this; if it was killed, the worker that it left behind does.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from helium.adapters.engine.export import parse, suspected, with_suspects
from helium.adapters.engine.protocol import Job, Reply, RunJob
from helium.adapters.engine.resource_ids import fixed_id
from helium.core.digest import Json
from helium.core.stack import StackId


def write_back(stack: StackId, reply: Reply, *, run: RunJob) -> Reply | None:
    """Write back those that can be looked for. `run` returns failed replies too; if that write fails, so does this."""
    suspects = _suspects(reply)
    if not suspects:
        return None
    export = run(Job(stack, ("stack", "export", "--stack", str(stack))))
    if export.code:
        return None
    document = dict(parse(stack, export.stdout).document)
    document["deployment"] = with_suspects(document["deployment"], suspects)
    written = run(Job(stack, ("stack", "import", "--stack", str(stack)), data=json.dumps(document)))
    return written if written.code else None


def _suspects(reply: Reply) -> list[Mapping[str, Json]]:
    return [suspected(each, id=id) for each in reply.seen.failed if (id := fixed_id(each["type"], each["inputs"]))]
