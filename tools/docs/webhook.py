"""`schema/webhook.schema.json`: what Helium's webhooks say, for who writes a receiver."""

from __future__ import annotations

import json

from helium.reconcile.telling.webhook import SCHEMA


def page() -> str:
    """The whole file."""
    return f"{json.dumps(SCHEMA, indent=2)}\n"
