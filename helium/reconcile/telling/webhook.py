"""What a webhook's JSON looks like, as a JSON Schema: for who writes a receiver, and for the tests. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from helium.core.digest import Json
from helium.core.message import MessageKind
from helium.core.status import StatusWord


def _may_be(kind: str, says: str) -> dict[str, Json]:
    return {"description": says, "type": [kind, "null"]}


def _all_of(says: str, properties: Mapping[str, Json]) -> dict[str, Json]:
    return {
        "description": says,
        "type": "object",
        "additionalProperties": False,
        "required": list(properties),
        "properties": dict(properties),
    }


_ROW = {
    "name": {"description": "Its name.", "type": "string"},
    "owner": {"description": "The e-mail address of its owner.", "type": "string"},
    "team": _may_be("string", "The folder of its file below workspaces/."),
    "status": {"description": "How it stands when this is sent.", "enum": [*StatusWord, "ended"]},
    "deadline": _may_be("string", "When it ends, as RFC 3339 in UTC."),
}
SCHEMA: Mapping[str, Json] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "what Helium's webhooks say",
    **_all_of(
        "The body of one call. New keys may come with the same version; a reader leaves what it does not know.",
        {
            "version": {"description": "Of this form.", "const": 1},
            "delivery": {
                "description": "The same each time that this message is sent through this channel.",
                "type": "string",
                "pattern": "^[0-9a-f]{32}$",
            },
            "event": {"description": "What it is about.", "enum": list(MessageKind)},
            "at": {"description": "Since when it is so, as RFC 3339 in UTC.", "type": "string"},
            "fleet": {"description": "The fleet's name.", "type": "string"},
            "workspace": {
                "anyOf": [
                    {"type": "null"},
                    _all_of(
                        "The workspace; null in a digest and a test.",
                        {
                            **_ROW,
                            "backend": _may_be("string", "The backend that it runs on."),
                            "reason": _may_be("string", "Why it stands so, at most 300 characters."),
                            "added_at": _may_be("string", "When its file came to main."),
                            "former_owner": _may_be("string", "Whose it was; in `given` alone."),
                            "undo_until": _may_be("string", "Until when it can be kept; while a grace runs."),
                        },
                    ),
                ]
            },
            "workspaces": {
                "description": "The rows of a digest; empty in everything else.",
                "type": "array",
                "items": _all_of("One workspace.", _ROW),
            },
            "title": {"description": "The message in a few words, as plain text.", "type": "string"},
            "text": {"description": "The message in sentences, as plain text.", "type": "string"},
            "links": {
                "description": "Pages to look at. None of them carries a right.",
                "type": "array",
                "items": _all_of(
                    "One link.",
                    {
                        "label": {"description": "Its words.", "type": "string"},
                        "url": {"description": "Its address.", "type": "string"},
                    },
                ),
            },
        },
    ),
}
