"""The real engine, the real program, a pretend cloud: what is stored, and what is gone at the end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pulumi
import pytest
from pulumi.automation import CommandError, PulumiCommand

from helium.core.workspace import Workspace
from helium.sandbox import Sandbox, resources, start
from tests.sandbox.program import PulumiRun
from tests.stacks.asked import SECRETS, TEXTS, workspace
from tests.stacks.gcp_namespace.resources import declared

USERS = {
    "global": {"postgresql": {"postgresqlPassword": {"fromSecret": "DB"}}},
    "pachd": {"resources": {"requests": {"cpu": 1}}, "logLevel": None},
}
ASKED = workspace(fields={"values": USERS})


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    """A pretend cloud with nothing in it."""
    with start(tmp_path / "cloud") as running:
        yield running


@pytest.fixture
def engine(pulumi_command: PulumiCommand, tmp_path: Path, sandbox: Sandbox) -> PulumiRun:
    """The real engine with an empty state."""
    return PulumiRun(pulumi_command, tmp_path / "engine", dict(sandbox.environment))


def program(asked: Workspace = ASKED) -> Callable[[], None]:
    """The program as a worker runs it, without the mark."""

    def run() -> None:
        for name, value in declared(asked, SECRETS).items():
            pulumi.export(name, value)

    return run


def everything_in(folder: Path) -> str:
    """All that is on disk there."""
    return "".join(path.read_text(errors="replace") for path in folder.rglob("*") if path.is_file())


def names_in(sandbox: Sandbox) -> set[str]:
    """What there is in the pretend cloud."""
    return {each.id for each in resources(sandbox.folder)}


def release(sandbox: Sandbox, name: str) -> dict[str, Any]:
    """The inputs of a release, as the cloud got them."""
    (found,) = [each for each in resources(sandbox.folder) if each.id == f"demo/{name}"]
    return dict(found.inputs)


def test_a_workspace_comes_up_and_stays(engine: PulumiRun, sandbox: Sandbox) -> None:
    """It can be previewed before anything is there; it comes up with its outputs; again is a no-op."""
    stack = engine.stack(program())
    stack.preview()
    result = stack.up()

    assert {"acme-demo", "demo", "demo/pach-demo", "demo/jh-demo"} <= names_in(sandbox)
    assert ("demo", "acme-demo") == (result.outputs["k8sNamespace"].value, result.outputs["bucket"].value)
    assert result.outputs["pachdIp"].value.startswith(("192.0.2.", "198.51.100.", "203.0.113."))
    assert [] == [name for name, output in result.outputs.items() if output.secret]
    assert {"same"} == set(stack.up().summary.resource_changes or {})


def test_no_secret_is_stored_in_clear(engine: PulumiRun, sandbox: Sandbox) -> None:
    """Neither in the exported state, nor in the state's files with their history, nor in the pretend cloud."""
    stack = engine.stack(program())
    said = stack.up().stdout
    work = stack.workspace
    exported = engine.command.run(["stack", "export", "--stack", "one"], work.work_dir, dict(work.env_vars)).stdout
    places = {
        "export": exported,
        "state": everything_in(engine.folder),
        "cloud": everything_in(sandbox.folder),
        "output": said,
    }

    assert [] == [(placement, name) for placement, text in places.items() for name, one in TEXTS.items() if one in text]
    # Three in Pachyderm's values (licence, connector, the user's own), two in JupyterHub's, in inputs and outputs.
    assert 10 <= exported.count('"ciphertext"')


def test_a_null_reaches_helm(engine: PulumiRun, sandbox: Sandbox) -> None:
    """A user's null is handed on, for Helm to take the chart's default away."""
    engine.stack(program()).up()

    pachd = release(sandbox, "pach-demo")["values"]["pachd"]

    assert ("logLevel" in pachd, pachd.get("logLevel")) == (True, None)
    assert 1 == pachd["resources"]["requests"]["cpu"]


def test_a_new_deadline_touches_the_namespace_alone(engine: PulumiRun) -> None:
    """With mark and namespace as targets, one label changes."""
    stack = engine.stack(program())
    stack.up()
    (namespace,) = [
        one["urn"]
        for one in (stack.export_stack().deployment or {})["resources"]
        if one["type"] == "kubernetes:core/v1:Namespace"
    ]
    later = workspace(fields={"values": USERS}, deadline=ASKED.deadline + timedelta(days=7))

    changes = engine.stack(program(later)).up(target=[namespace]).summary.resource_changes or {}

    assert {"update": 1} == {str(kind): count for kind, count in changes.items() if kind != "same"}


def test_what_holds_data_is_not_destroyed_by_accident(engine: PulumiRun, sandbox: Sandbox) -> None:
    """A plain destroy is refused by the engine itself; one that may ignore it leaves nothing behind."""
    stack = engine.stack(program())
    stack.up()

    with pytest.raises(CommandError, match="protect"):
        stack.destroy()
    assert {"acme-demo", "demo", "demo/pach-demo"} <= names_in(sandbox)

    engine.environment["PULUMI_OPTION_IGNORE_PROTECT"] = "true"
    engine.stack(program()).destroy()

    assert set() == names_in(sandbox)


def test_somebody_else_s_namespace_is_not_taken_over(engine: PulumiRun, sandbox: Sandbox) -> None:
    """A name that the cluster already has is an error, and what stands there stays as it is."""
    engine.stack(program(), name="first").up()
    other = workspace(owner="eve@example.com", placement={**ASKED.placement, "project": "acme-cloud"})

    with pytest.raises(CommandError, match="demo"):
        engine.stack(program(other), name="second").up()

    (namespace,) = [each for each in resources(sandbox.folder) if each.id == "demo" and "metadata" in each.inputs]
    assert "ada_at_example_com" == namespace.inputs["metadata"]["labels"]["owner"]
