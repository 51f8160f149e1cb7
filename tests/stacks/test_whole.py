"""The folder as Helium finds it, run by Helium's engine in its worker, on the pretend cloud."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from pulumi.automation import PulumiCommand

from helium.core.stack import StackId
from helium.errors import EngineError
from helium.ports.engine import A_DESTROY_FOLLOWS, UpOptions
from helium.sandbox import Sandbox, resources, start
from tests.fakes.charts import FakeCharts
from tests.stacks.engines import MakeEngine, engines
from tests.stacks.workspaces import PINS, TEXTS, workspace

LOST = {"chart": "oci://registry.example.com/pachyderm", "version": "2.4.0", "digest": f"sha256:{'f' * 64}"}


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    """A pretend cloud with nothing in it."""
    with start(tmp_path / "cloud") as running:
        yield running


@pytest.fixture
def engine(tmp_path: Path, pulumi_command: PulumiCommand, sandbox: Sandbox) -> Iterator[MakeEngine]:
    """Makes one engine, with the secrets that an environment has, and ends it."""
    with engines(tmp_path, pulumi_command, sandbox=sandbox, clusters={"ci-cluster": {"gke": True}}) as make:
        yield make


def test_a_whole_life(engine: MakeEngine, sandbox: Sandbox) -> None:
    """Up with secrets from the listed environment, a no-op, a new deadline, and gone without a rest."""
    users = {"values": {"global": {"postgresql": {"postgresqlPassword": {"fromSecret": "DB"}}}}}
    demo = workspace(fields=users)
    later = workspace(fields=users, deadline=demo.deadline + timedelta(days=7))
    stack = StackId.of("acme", "gcp-namespace", name="demo")
    pulumi = engine(TEXTS)

    built = pulumi.up(demo)
    assert "https://demo.ws.example.com" == built.outputs["consoleUrl"]
    assert 0 == pulumi.up(demo, UpOptions(resolved=pulumi.resolve_pending(stack))).changed
    metadata_only = pulumi.up(later, UpOptions(resolved=pulumi.resolve_pending(stack), metadata_only=True))
    assert ("2026-12-08T23:59:59Z", 2) == (metadata_only.outputs["expiry"], metadata_only.changed)
    pulumi.destroy(pulumi.resolve_pending(stack, A_DESTROY_FOLLOWS))

    assert pulumi.empty(stack)
    assert () == tuple(resources(sandbox.folder))


def test_a_missing_secret_reaches_the_person(engine: MakeEngine, sandbox: Sandbox) -> None:
    """The sentence names the variable, and nothing was made in the cloud."""
    pulumi = engine({"HELIUM_CLIENT_ID": "id"})

    with pytest.raises(EngineError, match="not set: HELIUM_CLIENT_SECRET, HELIUM_PACHYDERM_LICENSE"):
        pulumi.up(workspace())
    assert () == tuple(resources(sandbox.folder))


def test_a_chart_that_is_not_the_pinned_one_keeps_what_lives_and_destroys_what_ends(
    engine: MakeEngine, sandbox: Sandbox
) -> None:
    """Nothing is created of it or changed to it. A new deadline reaches its workspace, and a destroy goes through."""
    pulumi, demo = engine(TEXTS), workspace()
    charts = FakeCharts({each["digest"]: b"a package" for each in PINS["charts"].values()})
    pulumi.settings = replace(pulumi.settings, charts=charts)
    wanted = UpOptions(charts={"charts.pachyderm": "helmVersion", "charts.jupyterhub": ""})
    pulumi.up(demo, wanted)
    lost = workspace(pins={**PINS, "charts": {**PINS["charts"], "pachyderm": LOST}})
    resolved = pulumi.resolve_pending(demo.stack)
    with pytest.raises(EngineError, match="it is not there"):
        pulumi.up(lost, replace(wanted, resolved=resolved))
    later = replace(lost, deadline=demo.deadline + timedelta(days=7))
    metadata_only = pulumi.up(later, replace(wanted, resolved=resolved, metadata_only=True))

    assert ("2026-12-08T23:59:59Z", 2) == (metadata_only.outputs["expiry"], metadata_only.changed)
    pulumi.destroy(pulumi.resolve_pending(demo.stack, A_DESTROY_FOLLOWS))
    assert () == tuple(resources(sandbox.folder))
