"""What an `up` built, by what Pulumi's events said of it. Outputs are texts, without any known secret."""

from __future__ import annotations

from helium.adapters.engine.protocol import Reply
from helium.adapters.engine.redact import Redactor
from helium.core.digest import canonical
from helium.ports.engine import Built


def built(reply: Reply, *, redact: Redactor) -> Built:
    """Of an `up` that ended well."""
    outputs = {
        key: redact(value if isinstance(value, str) else canonical(value)) for key, value in reply.seen.outputs.items()
    }
    return Built(outputs=outputs, resources=reply.seen.resources, changed=reply.seen.changed)
