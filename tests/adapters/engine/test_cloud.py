from __future__ import annotations

from collections.abc import Callable

import pytest

from helium.adapters.engine import PulumiEngine
from helium.core.stack import StackId
from helium.errors import EngineError
from helium.ports.engine import A_DESTROY_FOLLOWS, Resolved
from tests.adapters.engine.conftest import workspace


class NoCloud:
    """A cloud that cannot be started."""

    def __init__(self) -> None:
        self.closed = 0

    def start(self) -> None:
        """Refuses."""
        raise EngineError("", "no cloud today")

    def close(self) -> None:
        """Counted."""
        self.closed += 1


def test_a_cloud_is_started_for_an_operation_and_not_for_a_look(engine: Callable[..., PulumiEngine]) -> None:
    """Observing and the marker need no cloud; `up`, `destroy` and a search for lost resources do; `close` ends it."""
    cloud = NoCloud()
    pulumi = engine(cloud=cloud)
    stack = StackId.of("acme", "plain", name="a")

    pulumi.observe()
    pulumi.create_marker("ledger-1")
    pulumi.check_marker()
    for operation in (
        lambda: pulumi.up(workspace("a")),
        lambda: pulumi.destroy(Resolved(stack)),
        lambda: pulumi.resolve_pending(stack, A_DESTROY_FOLLOWS),
    ):
        with pytest.raises(EngineError, match="no cloud today"):
            operation()
    pulumi.close()
    assert 1 == cloud.closed
