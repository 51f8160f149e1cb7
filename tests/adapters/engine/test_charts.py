"""Charts are in a program's working folder before Pulumi starts, and nothing but an `up` of everything needs one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from helium.adapters.engine import PulumiEngine
from helium.core.chart import chosen
from helium.core.workspace import Workspace
from helium.errors import EngineError
from helium.ports.engine import UpOptions
from tests.adapters.engine.conftest import Make, destroy, workspace
from tests.fakes.charts import FakeCharts

PODINFO = {"chart": "charts/podinfo", "version": "6.14.1", "digest": f"sha256:{'a' * 64}"}
PLACES = {"charts.podinfo": ""}
CHARTS: dict[str, bytes] = {PODINFO["digest"]: b"a package"}


def charted(**changes: str) -> Workspace:
    """A workspace whose pins name a chart."""
    return workspace("a", pins={"charts": {"podinfo": {**PODINFO, **changes}}})


def up(engine: PulumiEngine, asked: Workspace, **options: Any) -> None:
    """Bring it up at the commit c1, as a pass does."""
    engine.up(asked, UpOptions(charts=PLACES, commit="c1", **options))


def test_a_chart_is_where_the_program_s_release_looks_for_it(engine: Make) -> None:
    """In the folder in which Pulumi and its providers run. It is fetched once, at the pass's commit."""
    charts = FakeCharts(dict(CHARTS))
    one = engine(charts=charts)
    up(one, charted())
    up(one, charted(), resolved=one.resolve_pending(charted().stack))

    folder = one.settings.work / "acme.plain" / "a"
    assert b"a package" == (folder / chosen(PODINFO).file).read_bytes()
    assert [("chart podinfo 6.14.1 at charts/podinfo", "c1")] == charts.asked


@pytest.mark.parametrize(
    ("packages", "changes", "said"),
    [
        ({}, {}, "chart podinfo 6.14.1 at charts/podinfo: it is not there"),
        (CHARTS, {"digest": ""}, r"charts\.podinfo has no digest; run helium chart pin"),
        (CHARTS, {"chart": ""}, r"charts\.podinfo names no chart"),
    ],
)
def test_without_its_chart_nothing_is_declared(
    engine: Make, packages: Mapping[str, bytes], changes: Mapping[str, str], said: str
) -> None:
    """A stack that has a bucket and waits for its chart is half a workspace: there is no stack at all."""
    one = engine(charts=FakeCharts(dict(packages)))
    with pytest.raises(EngineError, match=said):
        up(one, charted(**changes))

    one.create_marker("ledger-1")
    assert () == one.observe().stacks


def test_an_engine_that_fetches_none_says_so(engine: Make) -> None:
    """Rather than let Helm search the internet."""
    with pytest.raises(EngineError, match="nothing fetches the chart podinfo"):
        up(engine(), charted())


def test_neither_a_new_deadline_nor_a_destroy_needs_a_chart(engine: Make) -> None:
    """The server of charts may be away for ever: people keep their workspaces, and those that end are destroyed."""
    charts = FakeCharts(dict(CHARTS))
    one = engine(charts=charts)
    up(one, charted())
    stack, charts.packages = charted().stack, {}
    charts.asked.clear()
    up(one, charted(digest=""), resolved=one.resolve_pending(stack), metadata_only=True)
    destroy(one, stack)

    assert one.empty(stack)
    assert [] == charts.asked
