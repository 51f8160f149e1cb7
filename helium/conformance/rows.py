"""Every row of the suite in its order: its key, and the rule that a backend keeps."""

from __future__ import annotations

from collections.abc import Mapping

RULES: Mapping[str, str] = {
    "folder": "its files can be used, and its settings are complete",
    "create": "a workspace comes up",
    "no-op": "bringing it up again changes nothing",
    "update": "an edit of the file reaches its resources",
    "destroy": "a removed file takes everything along",
}
