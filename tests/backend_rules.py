"""The rules of the built-in backend for those who read specs without its folder."""

from __future__ import annotations

import json

from helium.adapters.backends import find
from helium.adapters.backends.manifest import SPEC_SCHEMA
from helium.adapters.specs import Rules

GCP = Rules(schema=json.loads((find.built_in()["gcp-namespace"] / SPEC_SCHEMA).read_bytes()))
"""What a spec of gcp-namespace may say; nothing of it is locked."""
