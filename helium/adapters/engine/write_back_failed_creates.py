"""Creates that ended in an error, but may have happened all the same: the provider died, or its answer was lost.

Pulumi forgets them. So they are written back into the state as lost creates, and the next operation looks for each of
them in the cloud. One that cannot be looked for is written back too, unless the cloud clearly refused to create it:
then a person has to look. The engine does this; if it was killed, the worker that it left behind does.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from helium.adapters.engine.export import as_lost_create, parse, with_lost_creates
from helium.adapters.engine.protocol import Job, Reply, RunJob
from helium.adapters.engine.resource_ids import fixed_id
from helium.core.digest import Json
from helium.core.stack import StackId

_REFUSED = re.compile(r"Error 4(00|01|03|04|12|22)\b|is forbidden|is invalid|\b[Ii]nvalid (argument|value)")
"""How a cloud says that it did not create something. `already exists` is not among them: an answer may have been lost,
and the provider's own second attempt met what its first one had created."""
UNKNOWN_ID = "helium-unknown"
"""In the place of the id of what cannot be looked for. Pulumi keeps nothing without one."""


def write_back(stack: StackId, reply: Reply, *, run: RunJob) -> Reply | None:
    """Write back those that may exist. `run` returns failed replies too; if that write fails, so does this."""
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
    may_exist: list[Mapping[str, Json]] = []
    for failed in reply.seen.failed:
        resource = {key: value for key, value in failed.items() if key != "error"}
        id = fixed_id(resource["type"], resource["inputs"])
        if id or not _REFUSED.search(str(failed.get("error", ""))):
            may_exist.append(as_lost_create(resource, id=id or UNKNOWN_ID))
    return may_exist
