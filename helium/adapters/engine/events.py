"""Reads the log of events that Pulumi's engine writes (`--event-log`), one JSON object a line.

It saves the runs of Pulumi with which the Automation API asks again what the `up` has just said. Pulumi masks secrets
in the log itself; a masked value is not shown as an output.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event

from helium.adapters.engine.protocol import EventSummary
from helium.core.digest import Json, canonical
from helium.core.live import Doing

STACK = "pulumi:pulumi:Stack"
OWNERSHIP = "helium:index:Workspace"
NAMESPACE = "kubernetes:core/v1:Namespace"
SECRET_SIGNATURE = "4dabf18193072939515e22adb298388d"
MASK = "[secret]"
GONE = frozenset(("delete", "delete-replaced", "discard", "discard-replaced", "remove-pending-replace"))
CREATES = frozenset(("create", "create-replacement"))
_COLOUR = re.compile(r"<\{%.*?%\}>|\x1b\[[0-9;]*m")
UNCOUNTED = frozenset(("same", "read", "refresh"))


def read(path: Path) -> EventSummary:
    """The log at `path`. One that was never begun, or whose last line was cut off, says what it can."""
    if not path.exists():
        return EventSummary()
    return fold(_events(path.read_text(errors="replace").splitlines()))


@dataclass(slots=True)
class EventsSoFar:
    """What the events say of an operation that is under way."""

    begun: dict[str, str] = field(default_factory=dict)
    ended: set[str] = field(default_factory=set)

    def take(self, event: Mapping[str, Json]) -> None:
        """One more event.

        Nothing is waited for in a component, and some never say that they ended: it is done when it begins.
        """
        if detail := event.get("resourcePreEvent"):
            metadata = detail["metadata"]
            if not counts(metadata["type"]):
                return
            if (metadata.get("new") or metadata.get("old") or {}).get("custom"):
                self.begun[metadata["urn"]] = metadata["type"]
            else:
                self.ended.add(metadata["urn"])
        elif detail := event.get("resOutputsEvent") or event.get("resOpFailedEvent"):
            metadata = detail["metadata"]
            self.begun.pop(metadata["urn"], None)
            if counts(metadata["type"]) and "resOutputsEvent" in event:
                self.ended.add(metadata["urn"])

    @property
    def doing(self) -> Doing:
        """The resource that was begun first and has not ended: that is what everything waits for."""
        urn, kind = next(iter(self.begun.items()), ("", ""))
        return Doing(kind, urn.rpartition("::")[2], len(self.ended))


def follow(path: Path, *, over: Event, tell: Callable[[Doing], None], every: float = 0.2) -> None:
    """Read the log at `path` while it is written, until `over`, and tell what is new, at most so often."""
    so_far, told, rest, offset = EventsSoFar(), Doing(), b"", 0
    last = False
    while not last:
        # Asked before reading: what was written by then is read once more.
        last = over.wait(every)
        new = _written(path, offset)
        rest, offset = rest + new, offset + len(new)
        whole, _, rest = rest.rpartition(b"\n")
        for event in _events(whole.decode(errors="replace").splitlines()):
            so_far.take(event)
        if so_far.doing != told:
            told = so_far.doing
            tell(told)


def _written(path: Path, offset: int) -> bytes:
    try:
        with path.open("rb") as log:
            log.seek(offset)
            return log.read()
    except OSError:
        return b""


def fold(events: Iterable[Mapping[str, Json]]) -> EventSummary:
    """All events of one operation as one value."""
    diagnostics: list[str] = []
    outputs: Mapping[str, Json] = {}
    kinds: dict[str, str] = {}
    changes: Mapping[str, int] = {}
    failed: list[Json] = []
    errors: dict[str, list[str]] = {}
    said: list[str] = []
    namespaces: dict[str, str] = {}
    for event in events:
        if detail := event.get("diagnosticEvent"):
            said += _said(detail)
            if detail.get("severity") == "error":
                diagnostics.append(detail.get("message", "").strip())
                errors.setdefault(detail.get("urn", ""), []).append(diagnostics[-1])
        elif detail := event.get("summaryEvent"):
            changes = detail.get("resourceChanges") or {}
        elif detail := event.get("resOpFailedEvent"):
            failed += _failed(detail["metadata"])
        elif detail := event.get("resourcePreEvent") or event.get("resOutputsEvent"):
            _count(detail["metadata"], kinds)
            namespaces |= _namespace(detail["metadata"])
            outputs = _outputs(detail["metadata"]) or outputs
    return EventSummary(
        diagnostics=tuple(diagnostics),
        outputs=outputs,
        resources=Counter(kind for kind in sorted(kinds.values()) if counts(kind)),
        changed=sum(number for op, number in changes.items() if op not in UNCOUNTED),
        said="\n".join(said),
        namespaces=tuple(sorted(name for urn, name in namespaces.items() if urn in kinds)),
        failed=tuple({**each, "error": "\n".join(errors.get(each["urn"], ()))} for each in failed),
    )


def _said(detail: Mapping[str, Json]) -> list[str]:
    """A diagnostic with what it is about. What Pulumi itself overwrites at a terminal is left out."""
    message = _COLOUR.sub("", detail.get("message", "")).strip()
    if not message or detail.get("ephemeral") or detail.get("severity") == "debug":
        return []
    kind, _, name = detail.get("urn", "").rpartition("::")
    about = f"{kind.rpartition('::')[2].rpartition('$')[2].rpartition(':')[2]} {name}: " if name else ""
    return [f"{detail.get('severity', 'info').partition('#')[0]}: {about}{message}"]


def counts(kind: str) -> bool:
    """Whether somebody pays for a resource of this type: not for a stack, an ownership or a provider."""
    return kind not in {STACK, OWNERSHIP} and not kind.startswith("pulumi:providers:")


def plain(outputs: Mapping[str, Json]) -> dict[str, Json]:
    """The outputs that neither are secrets nor contain one."""
    return {key: value for key, value in outputs.items() if SECRET_SIGNATURE not in canonical(value)}


def _events(lines: Iterable[str]) -> Iterable[Mapping[str, Json]]:
    for line in lines:
        try:
            yield json.loads(line)
        except json.JSONDecodeError:
            return


def _count(metadata: Mapping[str, Json], kinds: dict[str, str]) -> None:
    if metadata["op"] in GONE:
        kinds.pop(metadata["urn"], None)
    else:
        kinds[metadata["urn"]] = metadata["type"]


def _namespace(metadata: Mapping[str, Json]) -> dict[str, str]:
    """The name of a namespace by its URN, if that is what it is about."""
    if metadata["type"] != NAMESPACE:
        return {}
    meta = ((metadata.get("new") or {}).get("inputs") or {}).get("metadata") or {}
    return {metadata["urn"]: meta["name"]} if isinstance(meta.get("name"), str) else {}


def _failed(metadata: Mapping[str, Json]) -> list[Json]:
    new = metadata.get("new") or {}
    if metadata["op"] not in CREATES or not new.get("custom"):
        return []
    kept = {key: new[key] for key in ("urn", "type", "inputs", "parent", "provider") if new.get(key)}
    return [{**kept, "custom": True, "inputs": _unmasked(kept.get("inputs") or {})}]


def _unmasked(value: Json) -> Json:
    """Masked secrets as plain text: Pulumi would try to decrypt the mask."""
    if isinstance(value, dict):
        return MASK if SECRET_SIGNATURE in value else {key: _unmasked(inner) for key, inner in value.items()}
    return [_unmasked(inner) for inner in value] if isinstance(value, list) else value


def _outputs(metadata: Mapping[str, Json]) -> dict[str, Json]:
    if metadata["type"] != STACK:
        return {}
    return plain((metadata.get("new") or {}).get("outputs") or {})
