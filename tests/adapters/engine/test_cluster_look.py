"""A look at a stack's pods: without secrets, and honest about what could not be seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from helium.adapters.engine.cluster_look import Looks
from helium.adapters.engine.clusters import Access
from helium.adapters.engine.export import State
from helium.adapters.engine.redact import Redactor
from helium.adapters.kubernetes.cluster_api import ClusterError
from helium.adapters.kubernetes.pods import Body, ClusterReads
from helium.core.health import LONGEST_LINE, MOST_LINES, WorkspaceHealth
from helium.core.stack import StackId
from helium.core.workspace import Ownership

NOW = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)
A = StackId.of("acme", "web", name="a")
SECRET = "hunter2-and-more"
LONG = "x" * 235
OWNERSHIP = Ownership("acme", "a", "web", "ada@example.com", "b", NOW, NOW, placement={"cluster": "ci"})
NAMESPACE = {"type": "kubernetes:core/v1:Namespace", "inputs": {"metadata": {"name": "a"}}}


@dataclass
class Pretended:
    """A cloud with one cluster, in which pods are not ready and say too much."""

    fails: Exception | None = None
    pod: Any = None

    def start(self) -> None:
        """It needs none."""

    def close(self) -> None:
        """It needs none."""

    def cluster(self, name: str) -> ClusterReads:
        """Itself, by that one name."""
        assert "ci" == name
        return self

    def pods(self, namespace: str) -> Sequence[Body]:
        """Nine of them."""
        if self.fails:
            raise self.fails
        said = f"cannot pull https://me:pw@example.com/x with {SECRET}"
        waits = {"state": {"waiting": {"reason": "ErrImagePull", "message": said}}}
        status = {"phase": "Pending", "containerStatuses": [waits]}
        return [self.pod or {"metadata": {"name": f"web-{number}"}, "status": status} for number in range(9)]

    def warnings(self, namespace: str) -> Sequence[Body]:
        """Nine of them; the secret is where a line is cut."""
        about = {"involvedObject": {"kind": "Pod", "name": "w"}, "reason": "R", "lastTimestamp": NOW.isoformat()}
        return [{**about, "message": f"{number} {LONG[:215]}{SECRET}"} for number in range(9)]


def looks(cloud: Pretended | None, *resources: Any, redactor: Redactor | None = None, **access: Any) -> Looks:
    """What looks at a stack whose state has these resources."""
    owner = {"type": "helium:index:Workspace", "inputs": _form(OWNERSHIP)}
    state = State(A, {"deployment": {"resources": [owner, *resources]}})
    return Looks(Access(**access), cloud, lambda _stack: state, lambda _stack: redactor)


def _form(one: Ownership) -> dict[str, Any]:
    import msgspec

    return dict(msgspec.to_builtins(one))


KNOWS = Redactor.of([SECRET])


def test_a_few_lines_without_secrets() -> None:
    """Cut after it was redacted: half a secret is not recognized."""
    seen = looks(Pretended(), NAMESPACE, redactor=KNOWS).look(A, now=NOW)

    assert seen
    assert (0, 9, MOST_LINES, MOST_LINES) == (seen.ready, seen.wanted, len(seen.unready), len(seen.warnings))
    assert "web-0: ErrImagePull: cannot pull https://example.com/x with [secret]" == seen.unready[0]
    text = repr(seen)
    assert not [part for part in (SECRET, SECRET[:6], "me:pw") if part in text]
    assert max(len(each.text) for each in seen.warnings) <= LONGEST_LINE


def test_without_the_stacks_secrets_no_word_is_kept() -> None:
    """Nobody could tell what may be; how many are not ready is told all the same."""
    seen = looks(Pretended(), NAMESPACE).look(A, now=NOW)

    assert seen
    assert ("web-0", (), {"Pending": 9}) == (seen.unready[0], seen.warnings, seen.pods)


def test_what_could_not_be_seen_is_said() -> None:
    """It is never "no pods"."""
    away = looks(Pretended(ClusterError("the cluster ci does not answer")), NAMESPACE).look(A, now=NOW)
    odd = looks(Pretended(pod={"status": {}}), NAMESPACE).look(A, now=NOW)
    unknown = looks(None, NAMESPACE, issues={"ci": "the cluster ci cannot be reached: no"}).look(A, now=NOW)

    assert [
        WorkspaceHealth(NOW, trouble="the cluster ci does not answer"),
        WorkspaceHealth(NOW, trouble="the cluster's answer cannot be read (KeyError)"),
        WorkspaceHealth(NOW, trouble="the cluster ci cannot be reached: no"),
    ] == [away, odd, unknown]


def test_a_cluster_that_does_not_answer_is_not_waited_for_by_each_workspace() -> None:
    """For half a minute, the others are told the same; what it refuses is asked again."""
    away, refuses = Pretended(ClusterError("the cluster ci does not answer")), Pretended(ClusterError("no", code=403))
    one, other = looks(away, NAMESPACE, redactor=KNOWS), looks(refuses, NAMESPACE, redactor=KNOWS)
    first, after = one.look(A, now=NOW), other.look(A, now=NOW)
    away.fails = refuses.fails = None

    assert first == one.look(A, now=NOW)
    assert after
    again = other.look(A, now=NOW)
    assert again
    assert ("no", "", 9) == (after.trouble, again.trouble, again.wanted)


def test_another_cluster_of_the_same_name_is_not_looked_at() -> None:
    """Its namespace `a` would be somebody else's."""
    found = looks(Pretended(), NAMESPACE, known={"ci": "https://b#2"})
    found.remember(A, Ownership(**{**_plain(OWNERSHIP), "cluster": "https://a#1"}), namespaces=["a"])
    seen = found.look(A, now=NOW)

    assert seen
    assert seen.trouble.startswith("it was created in the cluster ci at https://a#1")


def _plain(one: Ownership) -> dict[str, Any]:
    return {name: getattr(one, name) for name in Ownership.__dataclass_fields__}


def test_a_stack_without_a_namespace_or_a_cluster_has_no_pods_to_look_at() -> None:
    """That is no look at all."""
    assert None is looks(Pretended()).look(A, now=NOW)
    assert None is looks(None, NAMESPACE).look(A, now=NOW)
    bare = Looks(Access(), Pretended(), lambda stack: State(stack, {"deployment": {}}), lambda _stack: None)
    assert None is bare.look(A, now=NOW)
