"""How you reach a workspace, as the list that command line, API and page show: a label, a kind, and a text.

An instance says in `connect:` what it wants to show; every other workspace shows its five strings. What is filled in
may come from a spec or a cloud, and you paste the result into a shell or a browser: a text with anything in it that a
shell could act on is left empty, and in a URL it is encoded. What nobody knows yet is empty as well.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from urllib.parse import quote

from helium.core import blanks, fields
from helium.core.connection import Connection, connection, has_notebooks
from helium.core.deadlines import format_instant
from helium.core.digest import Json
from helium.core.fleet import Fleet
from helium.core.record import Record
from helium.core.summary import Summary
from helium.core.workspace_facts import place_of

URL, TEXT = "url", "text"
"""Kinds: what a browser opens, and what is read or pasted."""
_HARMLESS = re.compile(r"[\w .:@/+,=%-]*")
_WEB = re.compile(r"https?://[^\s<>\"'`\\]+")
_LONGEST = 4000


@dataclass(frozen=True, slots=True)
class ConnectionText:
    """One line of it; the text is empty while it is not known."""

    label: str
    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class ReachableWorkspace:
    """What is known of a workspace. `said`: its spec's fields, `None` where its file was not read or has errors."""

    name: str
    fleet: str
    backend: str
    owner: str
    added_at: datetime | None
    deadline: datetime | None
    placement: Mapping[str, Json] = field(default_factory=dict)
    outputs: Mapping[str, str] = field(default_factory=dict)
    said: Mapping[str, Json] | None = None


def reachable(
    row: Summary, *, fleet: Fleet, record: Record | None, said: Mapping[str, Json] | None
) -> ReachableWorkspace:
    """What its row, its record and its file say."""
    return ReachableWorkspace(
        row.name,
        fleet.name,
        row.backend,
        row.owner,
        row.added_at,
        row.deadline,
        placement=record.placement if record else {},
        outputs=record.outputs if record else {},
        said=said,
    )


@dataclass(frozen=True, slots=True)
class WaysIn:
    """How to reach a workspace: the five strings that all have, and the list that people are shown."""

    strings: Connection
    listed: tuple[ConnectionText, ...]


def ways_in(
    row: Summary,
    *,
    fleet: Fleet,
    record: Record | None,
    said: Mapping[str, Json] | None,
    placement: Mapping[str, Json],
) -> WaysIn:
    """Both, of one workspace. `said`: its file's fields; `placement`: the record's, or what a new one would get."""
    outputs = record.outputs if record else {}
    strings = connection(row.name, placement, outputs=outputs)
    if not (notebooks := has_notebooks(said, outputs)):
        strings = replace(strings, notebooks="")
    one, entry = reachable(row, fleet=fleet, record=record, said=said), fleet.backends.get(row.backend, {})
    return WaysIn(strings, connections(one, entry, strings=strings, has_notebooks=notebooks))


def connections(
    one: ReachableWorkspace, entry: Mapping[str, Json], *, strings: Connection, has_notebooks: bool
) -> tuple[ConnectionText, ...]:
    """The list. `entry`: what `helium.yaml` says of its backend today, so another label is seen at once."""
    wanted = entry.get("connect")
    where = (ConnectionText("Cluster", TEXT, strings.kubernetes), ConnectionText("Namespace", TEXT, strings.namespace))
    if isinstance(wanted, list | tuple):
        known = _known(one, entry)
        own = tuple(_filled(each, known) for each in wanted if isinstance(each, Mapping))
        return (*own, *(each for each in where if each.text))
    notebooks = (ConnectionText("Notebooks", URL, strings.notebooks),) if has_notebooks else ()
    return (
        ConnectionText("Console", URL, strings.console),
        *notebooks,
        ConnectionText("pachctl", TEXT, strings.pachctl),
        *where,
    )


def _known(one: ReachableWorkspace, entry: Mapping[str, Json]) -> blanks.Known:
    """By root; what is not known is not in it, so that no text shows half of an address."""
    facts: dict[str, Json] = {"name": one.name, "namespace": one.name, "fleet": one.fleet, "backend": one.backend}
    facts |= {"owner": one.owner} if one.owner else {}
    facts |= {"deadline": format_instant(one.deadline)} if one.deadline else {}
    if one.added_at is not None:
        # Before there is a placement, it will be what the entry says.
        host = one.placement.get("host", entry.get("host"))
        facts |= place_of(one.name, fleet=one.fleet, added_at=one.added_at, host=host)
    said: dict[str, Json] = {}
    if one.said is not None:
        facts |= {"access": one.said.get("access", "owner"), "description": one.said.get("description", "")}
        said = fields.values_of(fields.pinned(entry.get("fields")), one.said)
    return {blanks.WORKSPACE: facts, blanks.FIELDS: said, blanks.OUTPUTS: {k: v for k, v in one.outputs.items() if v}}


def _filled(each: Mapping[str, Json], known: blanks.Known) -> ConnectionText:
    label, kind = str(each.get("label", "")), URL if URL in each else TEXT
    try:
        text = blanks.text(blanks.filled(each.get(kind), _safe(known, kind)))
    except KeyError:
        return ConnectionText(label, kind, "")
    fits = len(text) <= _LONGEST and (kind == TEXT or _WEB.fullmatch(text) is not None)
    return ConnectionText(label, kind, text if fits else "")


def _safe(known: blanks.Known, kind: str) -> blanks.Known:
    """What may be filled in. For a shell it is left out whole: half of it would be another command."""
    texts = {root: {name: blanks.text(value) for name, value in names.items()} for root, names in known.items()}
    if kind == URL:
        return {
            root: {name: quote(text, safe=":/@+,=~.-") for name, text in names.items()} for root, names in texts.items()
        }
    return {
        root: {name: text for name, text in names.items() if _HARMLESS.fullmatch(text)} for root, names in texts.items()
    }
