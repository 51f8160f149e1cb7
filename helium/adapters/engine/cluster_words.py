"""What the cluster itself says of a failure, where Pulumi only knows that something took too long.

A pod that nobody can place, a quota that is full, an image that cannot be pulled: each is a warning in its namespace. A
namespace that does not go says which finalizer it waits for. It refuses to fail: where the cluster says nothing, the
error stays as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta

from helium.adapters.engine.events import NAMESPACE
from helium.adapters.engine.export import State
from helium.adapters.engine.redact import Redactor
from helium.adapters.kubernetes.cluster_api import ClusterApi, ClusterError, ObjectRef
from helium.adapters.kubernetes.pods import RealCluster, warnings_of
from helium.core.health import line
from helium.errors import EngineError

SKEW = timedelta(seconds=30)
"""By so much the cluster's clock may be behind ours."""
_WAITS = ("NamespaceFinalizersRemaining", "NamespaceContentRemaining", "NamespaceDeletionContentFailure")


@contextmanager
def explained(
    api: ClusterApi | None, state: Callable[[], State], *, knowing: Callable[[], Redactor | None]
) -> Iterator[None]:
    """Add the cluster's words to an `EngineError` of the block, without secrets.

    `state`: the stack's; `knowing`: what knows its secrets, without which no word is added. Both are asked only then.
    """
    began = datetime.now(UTC)
    try:
        yield
    except EngineError as error:
        if api is None or type(error) is not EngineError or not (words := _words(api, state, since=began - SKEW)):
            raise
        if (redact := knowing()) is None:
            raise
        # Cut after it was redacted: half a secret is not recognized.
        words = tuple(line(redact(each)) for each in words)
        said = "\n".join((*words, *filter(None, [error.diagnostics])))
        raise EngineError(error.stack, f"{error.what}; the cluster says: {words[0]}", diagnostics=said) from None


def _words(api: ClusterApi, state: Callable[[], State], *, since: datetime) -> tuple[str, ...]:
    found: list[str] = []
    with suppress(ClusterError, EngineError):
        for name in namespaces_in(state()):
            found += _why_it_stays(api, name)
            found += [text for _, text in warnings_of(RealCluster(api), [name], since=since)]
    return tuple(found)


def namespaces_in(state: State) -> Iterator[str]:
    """The namespaces that a stack has made."""
    for resource in state.certain:
        meta = (resource.get("inputs") or {}).get("metadata")
        if resource["type"] == NAMESPACE and isinstance(meta, Mapping) and isinstance(meta.get("name"), str):
            yield meta["name"]


def _why_it_stays(api: ClusterApi, namespace: str) -> Iterator[str]:
    """What a namespace that is being deleted waits for."""
    for body in api.bodies(ObjectRef("v1", "Namespace", ""), fields=f"metadata.name={namespace}"):
        conditions = (body.get("status") or {}).get("conditions") or ()
        said = {each["type"]: each["message"] for each in conditions if each["status"] == "True"}
        waits = [said[kind] for kind in _WAITS if kind in said]
        if waits and "deletionTimestamp" in body["metadata"]:
            yield f"the namespace {namespace} cannot go: {' '.join(waits)}"
