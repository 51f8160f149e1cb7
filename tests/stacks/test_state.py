"""The real engine, the real program, a pretend cloud: what is stored, and what is gone at the end."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pulumi
import pytest
from pulumi.automation import CommandError, OutputMap, PulumiCommand, UpResult

from helium.core.workspace import Workspace
from helium.sandbox import Sandbox, resources, start
from tests.sandbox.program import PulumiRun
from tests.stacks.gcp_namespace.resources import declared
from tests.stacks.workspaces import SECRETS, TEXTS, workspace

USERS = {
    "global": {"postgresql": {"postgresqlPassword": {"fromSecret": "DB"}}},
    "pachd": {"resources": {"requests": {"cpu": 1}}, "logLevel": None},
}
DEMO = workspace(fields={"values": USERS})


def program(demo: Workspace = DEMO) -> Callable[[], None]:
    """The program as a worker runs it, without the mark."""

    def run() -> None:
        for name, value in declared(demo, SECRETS).items():
            pulumi.export(name, value)

    return run


@dataclass(frozen=True, slots=True)
class GrownWorkspace:
    """The workspace `demo`, brought up after a preview: its engine with the state, its cloud, and what `up` said.

    Its outputs are read with it.
    """

    engine: PulumiRun
    sandbox: Sandbox
    result: UpResult
    outputs: OutputMap


@pytest.fixture(scope="module")
def grown(tmp_path_factory: pytest.TempPathFactory, pulumi_command: PulumiCommand) -> Iterator[GrownWorkspace]:
    """To bring it up is most of the work. Look at it and leave it as it is; `copied` is for what changes it."""
    folder = tmp_path_factory.mktemp("grown")
    with start(folder / "cloud") as sandbox:
        engine = PulumiRun(pulumi_command, folder / "engine", dict(sandbox.environment))
        stack = engine.stack(program())
        stack.preview()
        result = stack.up()
        yield GrownWorkspace(engine, sandbox, result, stack.read_outputs())


@pytest.fixture
def copied(grown: GrownWorkspace, tmp_path: Path) -> Iterator[GrownWorkspace]:
    """The same state on the same cloud, in folders of the test's own."""
    shutil.copytree(grown.engine.folder, tmp_path / "engine")
    shutil.copytree(grown.sandbox.folder, tmp_path / "cloud")
    with start(tmp_path / "cloud") as sandbox:
        engine = PulumiRun(grown.engine.command, tmp_path / "engine", dict(sandbox.environment))
        yield GrownWorkspace(engine, sandbox, grown.result, grown.outputs)


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


def test_a_democomes_up_and_stays(grown: GrownWorkspace) -> None:
    """It can be previewed before anything is there; it comes up with its outputs; again is a no-op."""
    outputs = grown.outputs

    assert {"acme-demo", "demo", "demo/pach-demo", "demo/jh-demo"} <= names_in(grown.sandbox)
    assert ("demo", "acme-demo") == (outputs["k8sNamespace"].value, outputs["bucket"].value)
    assert outputs["pachdIp"].value.startswith(("192.0.2.", "198.51.100.", "203.0.113."))
    assert [] == [name for name, output in outputs.items() if output.secret]
    assert {"same"} == set(grown.engine.stack(program()).up().summary.resource_changes or {})


def test_no_secret_is_stored_in_clear(grown: GrownWorkspace) -> None:
    """Neither in the exported state, nor in the state's files with their history, nor in the pretend cloud."""
    engine = grown.engine
    work = engine.stack(program()).workspace
    exported = engine.command.run(["stack", "export", "--stack", "one"], work.work_dir, dict(work.env_vars)).stdout
    places = {
        "export": exported,
        "state": everything_in(engine.folder),
        "cloud": everything_in(grown.sandbox.folder),
        "output": grown.result.stdout,
    }

    assert [] == [(placement, name) for placement, text in places.items() for name, one in TEXTS.items() if one in text]
    # Three in Pachyderm's values (licence, connector, the user's own), two in JupyterHub's, in inputs and outputs.
    assert 10 <= exported.count('"ciphertext"')


def test_a_null_reaches_helm(grown: GrownWorkspace) -> None:
    """A user's null is handed on, for Helm to take the chart's default away."""
    pachd = release(grown.sandbox, "pach-demo")["values"]["pachd"]

    assert ("logLevel" in pachd, pachd.get("logLevel")) == (True, None)
    assert 1 == pachd["resources"]["requests"]["cpu"]


def drawn_in(world: GrownWorkspace) -> dict[str, str]:
    """What the chart would draw, as the state has it, in plain text."""
    work = world.engine.stack(program()).workspace
    command = ["stack", "export", "--show-secrets", "--stack", "one"]
    state = json.loads(world.engine.command.run(command, work.work_dir, dict(work.env_vars)).stdout)
    (found,) = [one["inputs"] for one in state["deployment"]["resources"] if one["urn"].endswith("::pachyderm")]
    whole = found["values"]
    # Pulumi seals the whole of it where a part is a secret of the provider's.
    pachd = (json.loads(whole["plaintext"]) if "plaintext" in whole else whole)["pachd"]
    sealed = {key: pachd[key] for key in ("clusterDeploymentID", "enterpriseSecret", "oauthClientSecret", "rootToken")}
    return {key: json.loads(value["plaintext"]) for key, value in sealed.items()}


def test_what_the_first_install_drew_stays(copied: GrownWorkspace) -> None:
    """Root token, client secrets and deployment id are drawn once. Each upgrade of the chart would draw others."""
    before = drawn_in(copied)
    users = {**USERS, "pachd": {"resources": {"requests": {"cpu": 2}}}}
    copied.engine.stack(program(workspace(fields={"values": users}))).up()

    assert 4 == len({*before.values()})
    assert [32] * 4 == [len(text) for text in before.values()]
    assert before == drawn_in(copied)
    assert [] == [text for text in before.values() if text in everything_in(copied.engine.folder)]
    rotated = {**USERS, "pachd": {"rootToken": {"fromSecret": "DB"}}}
    copied.engine.stack(program(workspace(fields={"values": rotated}))).up()
    assert {**before, "rootToken": TEXTS["HELIUM_SECRET_DB"]} == drawn_in(copied)


@pytest.mark.slow
def test_a_new_deadline_touches_the_namespace_alone(copied: GrownWorkspace) -> None:
    """With the ownership and the namespace as targets, one label changes."""
    stack = copied.engine.stack(program())
    (namespace,) = [
        one["urn"]
        for one in (stack.export_stack().deployment or {})["resources"]
        if one["type"] == "kubernetes:core/v1:Namespace"
    ]
    later = workspace(fields={"values": USERS}, deadline=DEMO.deadline + timedelta(days=7))

    changes = copied.engine.stack(program(later)).up(target=[namespace]).summary.resource_changes or {}

    assert {"update": 1} == {str(kind): count for kind, count in changes.items() if kind != "same"}


def test_what_holds_data_is_not_destroyed_by_accident(copied: GrownWorkspace) -> None:
    """A plain destroy is refused by the engine itself; one that may ignore it leaves nothing behind."""
    engine, sandbox = copied.engine, copied.sandbox

    with pytest.raises(CommandError, match="protect"):
        engine.stack(program()).destroy()
    assert {"acme-demo", "demo", "demo/pach-demo"} <= names_in(sandbox)

    engine.environment["PULUMI_OPTION_IGNORE_PROTECT"] = "true"
    engine.stack(program()).destroy()

    assert set() == names_in(sandbox)


def test_somebody_else_s_namespace_is_not_taken_over(copied: GrownWorkspace) -> None:
    """A name that the cluster already has is an error, and what stands there stays as it is."""
    other = workspace(owner="eve@example.com", placement={**DEMO.placement, "project": "acme-cloud"})

    with pytest.raises(CommandError, match="demo"):
        copied.engine.stack(program(other), name="second").up()

    found = [each for each in resources(copied.sandbox.folder) if each.id == "demo" and "metadata" in each.inputs]
    assert ["ada_at_example_com"] == [each.inputs["metadata"]["labels"]["owner"] for each in found]
