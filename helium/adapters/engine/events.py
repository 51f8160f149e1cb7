"""Reads the log of events that Pulumi's engine writes (`--event-log`), one JSON object a line.

It saves the runs of Pulumi with which the Automation API asks again what the `up` has just said. Pulumi masks secrets
in the log itself; a masked value is not shown as an output.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

from helium.adapters.engine.protocol import EventSummary
from helium.core.digest import Json, canonical

STACK = "pulumi:pulumi:Stack"
OWNERSHIP = "helium:index:Workspace"
SECRET_SIGNATURE = "4dabf18193072939515e22adb298388d"
MASK = "[secret]"
GONE = frozenset(("delete", "delete-replaced", "discard", "discard-replaced", "remove-pending-replace"))
CREATES = frozenset(("create", "create-replacement"))
UNCOUNTED = frozenset(("same", "read", "refresh"))


def read(path: Path) -> EventSummary:
    """The log at `path`. One that was never begun, or whose last line was cut off, says what it can."""
    if not path.exists():
        return EventSummary()
    return fold(_events(path.read_text(errors="replace").splitlines()))


def fold(events: Iterable[Mapping[str, Json]]) -> EventSummary:
    """All events of one operation as one value."""
    diagnostics: list[str] = []
    outputs: Mapping[str, Json] = {}
    kinds: dict[str, str] = {}
    changes: Mapping[str, int] = {}
    failed: list[Json] = []
    errors: dict[str, list[str]] = {}
    for event in events:
        if detail := event.get("diagnosticEvent"):
            if detail.get("severity") == "error":
                diagnostics.append(detail.get("message", "").strip())
                errors.setdefault(detail.get("urn", ""), []).append(diagnostics[-1])
        elif detail := event.get("summaryEvent"):
            changes = detail.get("resourceChanges") or {}
        elif detail := event.get("resOpFailedEvent"):
            failed += _failed(detail["metadata"])
        elif detail := event.get("resourcePreEvent") or event.get("resOutputsEvent"):
            _count(detail["metadata"], kinds)
            outputs = _outputs(detail["metadata"]) or outputs
    return EventSummary(
        diagnostics=tuple(diagnostics),
        outputs=outputs,
        resources=Counter(kind for kind in sorted(kinds.values()) if counts(kind)),
        changed=sum(number for op, number in changes.items() if op not in UNCOUNTED),
        failed=tuple({**each, "error": "\n".join(errors.get(each["urn"], ()))} for each in failed),
    )


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
