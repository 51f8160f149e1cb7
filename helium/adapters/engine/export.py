"""What one stack's exported state says: its ownership, what it holds, what a killed run left pending.

It reads `pulumi stack export` and nothing else. Secrets in it stay encrypted.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import msgspec

from helium.adapters.engine.events import NAMESPACE, OWNERSHIP, STACK
from helium.core.digest import Json
from helium.core.stack import StackId
from helium.core.workspace import Ownership
from helium.errors import EngineError

LOST_CREATE = "helium: its create failed, and it was not looked for yet"
PROVIDERS = "pulumi:providers:"


@dataclass(frozen=True, slots=True)
class State:
    """An export. `pending` are Pulumi's own entries: `{"type": "creating", "resource": {…}}`."""

    stack: StackId
    document: Mapping[str, Json] = field(default_factory=dict)

    @property
    def is_initialized(self) -> bool:
        """Whether `stack init` came to its end.

        It writes twice: first a stack without a deployment, then one with its secrets provider.
        """
        return self.document.get("deployment") is not None

    @property
    def _deployment(self) -> Mapping[str, Json]:
        return self.document.get("deployment") or {}

    @property
    def resources(self) -> tuple[Mapping[str, Json], ...]:
        """Everything that the stack holds, including its own resource, its ownership and its providers."""
        return tuple(self._deployment.get("resources") or ())

    @property
    def pending(self) -> tuple[Mapping[str, Json], ...]:
        """What a killed run began and did not end."""
        return tuple(self._deployment.get("pending_operations") or ())

    @property
    def everything(self) -> tuple[Mapping[str, Json], ...]:
        """What it holds, and what a killed run began on."""
        return (*self.resources, *(each["resource"] for each in self.pending))

    @property
    def creating(self) -> tuple[Mapping[str, Json], ...]:
        """Resources that may or may not exist: Pulumi's pending creates, and the engine's own lost creates."""
        pending = (each["resource"] for each in self.pending if each["type"] == "creating")
        return (*pending, *(_as_pending(each) for each in self.resources if _is_lost_create(each)))

    @property
    def certain(self) -> tuple[Mapping[str, Json], ...]:
        """The resources without the engine's own lost creates."""
        return tuple(each for each in self.resources if not _is_lost_create(each))

    @property
    def is_resolved(self) -> bool:
        """Whether nothing in it is in doubt."""
        return not self.pending and not self.creating

    @property
    def is_empty(self) -> bool:
        """Nothing there, nothing pending, and Pulumi says so in a deployment: a state without one proves nothing."""
        return self.is_initialized and not self.resources and not self.pending

    @property
    def is_bare(self) -> bool:
        """Whether it holds nothing, and has nothing pending, but the stack's own resource and providers."""
        return all(each["type"].startswith((STACK, PROVIDERS)) for each in self.everything)

    @property
    def left_by_a_destroy(self) -> tuple[str, ...]:
        """What a destroy would only forget, and call deleted, because the program asked for that."""
        retained = (each for each in self.certain if each.get("retainOnDelete") and not each.get("external"))
        return tuple(f"{_name_of(each)} ({each['type']})" for each in retained if each.get("custom"))


def parse(stack: StackId, text: str) -> State:
    """The state in an export's text. `EngineError` when it is not one."""
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        raise EngineError(str(stack), f"its export is not JSON (character {error.pos})") from None
    if not isinstance(document, dict) or not isinstance(document.get("deployment", ""), dict | None):
        raise EngineError(str(stack), "its export does not have a deployment")
    return State(stack, document)


def as_lost_create(resource: Mapping[str, Json], *, id: str) -> dict[str, Json]:
    """The resource as a state can keep it until it is looked for.

    `stack import` drops pending operations, so it is kept among the resources. It is marked external, so Pulumi would
    never delete it, even if nobody had looked.
    """
    return {**resource, "id": id, "outputs": {}, "external": True, "initErrors": [LOST_CREATE]}


def with_lost_creates(deployment: Mapping[str, Json], lost_creates: Sequence[Mapping[str, Json]]) -> dict[str, Json]:
    """The deployment with these added, except those that it holds already.

    A replacement stands beside the resource that it was to replace. Pulumi only allows that with a mark for deletion.
    """
    resources = list(deployment.get("resources") or [])
    known, ids = {each["urn"] for each in resources}, {(each["urn"], each.get("id")) for each in resources}
    new = [each for each in lost_creates if (each["urn"], each["id"]) not in ids]
    marked = [{**each, "delete": True} if each["urn"] in known else each for each in new]
    return {**deployment, "resources": [*resources, *marked]}


def ownership_of(state: State) -> Ownership | None:
    """The inputs of the component that the engine declared; `None` when there are none that can be read."""
    component = next((each for each in state.resources if each.get("type") == OWNERSHIP), None)
    if component is None:
        return None
    try:
        ownership = msgspec.convert(component.get("inputs") or {}, type=Ownership)
    except msgspec.ValidationError:
        return None
    # An instant without its zone cannot be compared with any other.
    instants = (ownership.added_at, ownership.deadline, ownership.written)
    return None if any(each is not None and each.tzinfo is None for each in instants) else ownership


def newest(stack: str, history: str) -> Mapping[str, Json]:
    """The newest entry of a history; empty if there is none yet."""
    try:
        lines = json.loads(history or "[]")
    except json.JSONDecodeError as error:
        raise EngineError(stack, f"its history is not JSON (character {error.pos})") from None
    return lines[0] if isinstance(lines, list) and lines else {}


def ended_well(entry: Mapping[str, Json]) -> bool:
    """Whether an entry of a history is an update that succeeded."""
    return (entry.get("kind"), entry.get("result")) == ("update", "succeeded")


def metadata_targets(state: State) -> tuple[str, ...]:
    """The URNs of stack, ownership and namespace: all that a metadata-only update touches."""
    metadata_only = {STACK, OWNERSHIP, NAMESPACE}
    return tuple(each["urn"] for each in state.resources if each.get("type") in metadata_only)


def provider_of(resource: Mapping[str, Json]) -> str:
    """The URN of its provider, without that one's id; empty for what has none."""
    return str(resource.get("provider") or "").rpartition("::")[0]


def _name_of(resource: Mapping[str, Json]) -> str:
    return str(resource["urn"].rpartition("::")[2])


def _is_lost_create(resource: Mapping[str, Json]) -> bool:
    return LOST_CREATE in (resource.get("initErrors") or ())


def _as_pending(lost_create: Mapping[str, Json]) -> dict[str, Json]:
    return {key: value for key, value in lost_create.items() if key not in {"external", "initErrors", "delete"}}
