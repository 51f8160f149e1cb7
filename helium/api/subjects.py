"""The subject of a request's commit, which the history shows."""

from __future__ import annotations

from collections.abc import Mapping

from helium.core.change_request import Verb
from helium.core.digest import Json


def subject_of(verb: Verb, name: str, *, fields: Mapping[str, Json]) -> str:
    """In the words of whoever asked."""
    if verb is Verb.RESTORE:
        return f"Add {name} again, empty" if fields else f"Restore {name}"
    if set(fields) == {"owner"}:
        return f"Give {name} to {fields['owner']}"[:100]
    return f"Extend {name}" if set(fields) == {"expiry"} else f"Update {name}"
