"""What one stack's exported state says: its mark, what it holds, what a killed run left pending.

Reads `pulumi stack export` and nothing else; secrets in it stay encrypted.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec

from helium.adapters.engine.events import MARK, STACK
from helium.core.digest import Json
from helium.core.stack import StackId
from helium.core.workspace import Mark
from helium.errors import EngineError

NAMESPACE = "kubernetes:core/v1:Namespace"


@dataclass(frozen=True, slots=True)
class State:
    """An export. `pending` are Pulumi's own entries: `{"type": "creating", "resource": {…}}`."""

    stack: StackId
    document: Mapping[str, Json] = field(default_factory=dict)

    @property
    def resources(self) -> tuple[Mapping[str, Json], ...]:
        """Everything that the stack holds, the stack's own resource, mark and providers too."""
        return tuple(self.document.get("deployment", {}).get("resources") or ())

    @property
    def pending(self) -> tuple[Mapping[str, Json], ...]:
        """What a killed run had begun and did not end."""
        return tuple(self.document.get("deployment", {}).get("pending_operations") or ())

    @property
    def is_empty(self) -> bool:
        """Nothing there, nothing pending."""
        return not self.resources and not self.pending


def parse(stack: StackId, text: str) -> State:
    """An export's text; `EngineError` when it is no such thing."""
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        raise EngineError(str(stack), f"its export is not JSON (character {error.pos})") from None
    if not isinstance(document, dict) or not isinstance(document.get("deployment"), dict):
        raise EngineError(str(stack), "its export holds no deployment")
    return State(stack, document)


def mark_of(state: State) -> Mark | None:
    """The inputs of the component that the engine declared; `None` when there is none that can be read."""
    found = next((each for each in state.resources if each.get("type") == MARK), None)
    if found is None:
        return None
    try:
        return msgspec.convert(found.get("inputs") or {}, type=Mark)
    except msgspec.ValidationError:
        return None


def light_targets(state: State) -> tuple[str, ...]:
    """The URNs of stack, mark and namespace: all that a light update touches."""
    light = {STACK, MARK, NAMESPACE}
    return tuple(each["urn"] for each in state.resources if each.get("type") in light)
