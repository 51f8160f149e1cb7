"""The ways to reach a workspace, as its page shows them."""

from __future__ import annotations

from dataclasses import dataclass

from helium.api.responses import ConnectionEntry
from helium.core.connections import URL


@dataclass(frozen=True, slots=True)
class ConnectionLine:
    """One way to reach it, as the page shows it; `opens`: in a browser."""

    id: str
    label: str
    text: str
    opens: bool


_IDS = {
    "Console": "console",
    "Notebooks": "notebooks",
    "pachctl": "pachctl",
    "Cluster": "k8s",
    "Namespace": "namespace",
}


def connection_lines(entries: tuple[ConnectionEntry, ...]) -> tuple[ConnectionLine, ...]:
    """Each with an id of its own, whatever an instance calls them."""
    lines: dict[str, ConnectionLine] = {}
    for number, each in enumerate(entries):
        own = _IDS.get(each.Label, "")
        id = own if own and own not in lines else f"connection-{number}"
        lines[id] = ConnectionLine(id, each.Label, each.Text, each.Kind == URL)
    return tuple(lines.values())
