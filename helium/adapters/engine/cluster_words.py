"""What the cluster itself says of a failure, where Pulumi only knows that something took too long.

A pod that nobody can place, a quota that is full, an image that cannot be pulled: each is a warning in its namespace. A
namespace that does not go says which finalizer it waits for. It refuses to fail: where the cluster says nothing, the
error stays as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta

from helium.adapters.engine.export import NAMESPACE, State
from helium.adapters.kubernetes.cluster_api import ClusterApi, ClusterError, ObjectRef
from helium.core.digest import Json
from helium.errors import EngineError

SKEW = timedelta(seconds=30)
"""By so much the cluster's clock may be behind ours."""
LONGEST = 240
"""Characters of one warning: a scheduler names every node."""
_WAITS = ("NamespaceFinalizersRemaining", "NamespaceContentRemaining", "NamespaceDeletionContentFailure")
Body = Mapping[str, Json]


@contextmanager
def explained(api: ClusterApi | None, state: Callable[[], State]) -> Iterator[None]:
    """Add the cluster's words to an `EngineError` of the block. `state`: the stack's, asked only then."""
    began = datetime.now(UTC)
    try:
        yield
    except EngineError as error:
        if api is None or type(error) is not EngineError or not (words := _words(api, state, since=began - SKEW)):
            raise
        said = "\n".join((*words, *filter(None, [error.diagnostics])))
        raise EngineError(error.stack, f"{error.what}; the cluster says: {words[0]}", diagnostics=said) from None


def _words(api: ClusterApi, state: Callable[[], State], *, since: datetime) -> tuple[str, ...]:
    found: list[str] = []
    with suppress(ClusterError, EngineError):
        for name in namespaces_in(state()):
            found += _why_it_stays(api, name)
            found += warnings(api, name, since=since)
    return tuple(found)


def namespaces_in(state: State) -> Iterator[str]:
    """The namespaces that a stack has made."""
    for resource in state.certain:
        meta = (resource.get("inputs") or {}).get("metadata")
        if resource["type"] == NAMESPACE and isinstance(meta, Mapping) and isinstance(meta.get("name"), str):
            yield meta["name"]


def warnings(api: ClusterApi, namespace: str, *, since: datetime) -> list[str]:
    """The warnings in a namespace since then, each once, the newest first. `ClusterError`."""
    events = api.bodies(ObjectRef("v1", "Event", "", namespace), fields="type=Warning")
    dated = sorted(((_time_of(each), each) for each in events), key=lambda pair: pair[0], reverse=True)
    return list(dict.fromkeys(_warning(each) for when, each in dated if when >= since))


def _why_it_stays(api: ClusterApi, namespace: str) -> Iterator[str]:
    """What a namespace that is being deleted waits for."""
    for body in api.bodies(ObjectRef("v1", "Namespace", ""), fields=f"metadata.name={namespace}"):
        conditions = (body.get("status") or {}).get("conditions") or ()
        said = {each["type"]: each["message"] for each in conditions if each["status"] == "True"}
        waits = [said[kind] for kind in _WAITS if kind in said]
        if waits and "deletionTimestamp" in body["metadata"]:
            yield f"the namespace {namespace} cannot go: {' '.join(waits)}"


def _warning(event: Body) -> str:
    what, message = event.get("involvedObject") or {}, " ".join(str(event.get("message") or "").split())
    short = message if len(message) <= LONGEST else f"{message[: LONGEST - 1].rstrip()}…"
    return f"{what.get('kind')} {what.get('name')}: {event.get('reason')}: {short}"


def _time_of(event: Body) -> datetime:
    """When it happened last: an event has one of four fields for that."""
    series = event.get("series") or {}
    text = series.get("lastObservedTime") or event.get("lastTimestamp") or event.get("eventTime")
    return datetime.fromisoformat(text or event["metadata"]["creationTimestamp"])
