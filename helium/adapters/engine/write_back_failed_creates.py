"""Creates that ended in an error, but may have happened all the same: the provider died, or its answer was lost.

Pulumi forgets them. So they are written back into the state as lost creates, and the next operation looks for each
of them in the cloud. The engine does this; if it was killed, the worker that it left behind does.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from helium.adapters.engine.export import as_lost_create, parse, with_lost_creates
from helium.adapters.engine.protocol import Job, Reply, RunJob
from helium.adapters.engine.resource_ids import fixed_id
from helium.core.digest import Json
from helium.core.stack import StackId


def write_back(stack: StackId, reply: Reply, *, run: RunJob) -> Reply | None:
    """Write back those that can be looked for. `run` returns failed replies too; if that write fails, so does this."""
    lost_creates = _lost_creates(reply)
    if not lost_creates:
        return None
    export = run(Job(stack, ("stack", "export", "--stack", str(stack))))
    if export.code:
        return None
    document = dict(parse(stack, export.stdout).document)
    document["deployment"] = with_lost_creates(document["deployment"], lost_creates)
    written = run(Job(stack, ("stack", "import", "--stack", str(stack)), data=json.dumps(document)))
    return written if written.code else None


def _lost_creates(reply: Reply) -> list[Mapping[str, Json]]:
    return [as_lost_create(each, id=id) for each in reply.seen.failed if (id := fixed_id(each["type"], each["inputs"]))]
