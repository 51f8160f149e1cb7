"""When a pass is late."""

from __future__ import annotations

MINUTE = 60.0
