"""The sandbox behind the real engine and the real SDKs."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from pulumi.automation import CommandError, PulumiCommand, Stack

from helium.sandbox import Sandbox, put_object, remove, resources, set_faults, start
from tests.sandbox.program import SECRET, PulumiRun, PulumiWorkspace


@pytest.fixture
def engine(pulumi_command: PulumiCommand, tmp_path: Path, sandbox: Sandbox) -> Iterator[PulumiRun]:
    """The real engine with an empty state, on the module's sandbox."""
    yield PulumiRun(pulumi_command, tmp_path, dict(sandbox.environment))
    set_faults(sandbox.folder)


def ids(sandbox: Sandbox, name: str) -> set[str]:
    """The ids of what a workspace has in the sandbox."""
    return {each.id for each in resources(sandbox.folder) if name in each.id}


def changes(stack: Stack) -> dict[str, int]:
    """What an `up` did, by kind of step."""
    return {str(kind): count for kind, count in (stack.up().summary.resource_changes or {}).items()}


def pending_operations(stack: Stack) -> list[dict[str, Any]]:
    """What the state says was begun and has not ended."""
    return list((stack.export_stack().deployment or {}).get("pending_operations", ()))


def text_below(folder: Path) -> str:
    """All that is on disk there."""
    return "".join(path.read_text(errors="replace") for path in folder.rglob("*") if path.is_file())


@pytest.mark.slow
def test_life_of_a_stack(engine: PulumiRun, sandbox: Sandbox) -> None:
    """A workspace comes up, stays as it is, changes, is replaced where it must be, and goes without a rest."""
    stack = engine.stack(PulumiWorkspace("life"))
    result = stack.up()

    assert {"create": 8} == result.summary.resource_changes
    outputs = stack.read_outputs()
    assert "gs://life-bucket" == outputs["url"].value
    assert outputs["ip"].value.startswith(("192.0.2.", "198.51.100.", "203.0.113."))
    assert {"life-bucket", "life", "life/keys", "life/pachyderm", "life/pachd-lb"} <= ids(sandbox, "life")
    assert {"same": 8} == changes(stack)
    assert SECRET not in text_below(engine.folder / "state")
    assert SECRET not in text_below(sandbox.folder)

    another = PulumiWorkspace("life", label="two", secret="s3cr3t-another")
    assert {"same": 5, "update": 3} == changes(engine.stack(another))
    moved = engine.stack(PulumiWorkspace("life", label="two", location="EU"))
    assert 2 == changes(moved)["replace"]
    moved.destroy()

    assert set() == ids(sandbox, "life")


def test_what_was_done_by_hand_is_seen(engine: PulumiRun, sandbox: Sandbox) -> None:
    """A refresh misses what was removed by hand, `up` makes it again; a destroy stops at a bucket that was filled."""
    stack = engine.stack(PulumiWorkspace("changed"))
    stack.up()
    (secret,) = (each for each in resources(sandbox.folder) if each.id == "changed/keys")
    remove(sandbox.folder, secret.identity)

    assert {"delete": 1, "same": 8} == stack.refresh().summary.resource_changes
    assert 1 == changes(stack)["create"]
    put_object(sandbox.folder, "changed-bucket", key="a.txt")
    with pytest.raises(CommandError, match="sandbox: bucket changed-bucket still holds objects"):
        stack.destroy()
    assert "changed-bucket" in ids(sandbox, "changed")


@pytest.mark.slow
def test_killed_provider_leaves_an_object_without_an_entry(pulumi_command: PulumiCommand, tmp_path: Path) -> None:
    """After a provider's death the object is there, `up` says so for ever, and an import takes it back."""
    cloud = tmp_path / "cloud"
    with start(cloud) as first:
        set_faults(cloud, "die after create bucket 1st")
        with pytest.raises(CommandError):
            PulumiRun(pulumi_command, tmp_path, dict(first.environment)).stack(PulumiWorkspace()).up()
        assert "demo-bucket" in ids(first, "demo")

    with start(cloud) as second:
        engine = PulumiRun(pulumi_command, tmp_path, dict(second.environment))
        with pytest.raises(CommandError, match=r"sandbox: .*demo-bucket .*already exists"):
            engine.stack(PulumiWorkspace()).up()
        assert 1 == changes(engine.stack(PulumiWorkspace(imports={"bucket": "demo-bucket"})))["import"]
        engine.stack(PulumiWorkspace()).destroy()
        assert () == resources(cloud)


@pytest.mark.slow
def test_killed_engine_leaves_pending_operations(engine: PulumiRun, sandbox: Sandbox) -> None:
    """Killed when the cloud has acted, an engine leaves a pending create; import and refresh settle it."""
    stack = engine.stack(PulumiWorkspace("pending"))
    set_faults(sandbox.folder, "slow after create bucket named pending-bucket 60s")
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(stack.up)
        wait_for("pending-bucket", sandbox)
        kill_between_writes(children_named("pulumi"), engine.folder)
        with pytest.raises(CommandError):
            running.result(timeout=600)
    set_faults(sandbox.folder)
    stack.cancel()
    pending = {each["resource"]["urn"].rsplit("::", 1)[1] for each in pending_operations(stack)}
    assert "bucket" in pending

    there = {
        "bucket": "pending-bucket",
        "namespace": "pending",
        "secret": "pending/keys",
        "release": "pending/pachyderm",
    }
    imports = {name: there[name] for name in pending & there.keys() if there[name] in ids(sandbox, "pending")}
    stack = engine.stack(PulumiWorkspace("pending", imports=imports))
    assert len(imports) == changes(stack)["import"]
    stack.refresh(clear_pending_creates=True)
    assert [] == pending_operations(stack)
    stack.destroy()
    assert set() == ids(sandbox, "pending")


def wait_for(resource_id: str, sandbox: Sandbox) -> None:
    """Until the sandbox has it; AssertionError after ten minutes."""
    until = time.monotonic() + 600
    while resource_id not in ids(sandbox, resource_id):
        assert time.monotonic() < until, resource_id
        time.sleep(0.05)


def kill_between_writes(pids: Iterable[int], folder: Path) -> None:
    """Kill them while their state is whole: a file that is torn is another accident."""
    while True:
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        if all(is_json(path) for path in folder.glob("state/.pulumi/stacks/**/*.json")):
            break
        for pid in pids:
            os.kill(pid, signal.SIGCONT)
        time.sleep(0.01)
    for pid in pids:
        os.kill(pid, signal.SIGKILL)


def is_json(path: Path) -> bool:
    """Whether a file is whole."""
    try:
        json.loads(path.read_bytes())
    except ValueError:
        return False
    return True


def children_named(name: str) -> list[int]:
    """The pids of this process's own children of that name."""
    found = (each.split() for task in Path("/proc/self/task").iterdir() for each in [(task / "children").read_text()])
    pids = [int(pid) for each in found for pid in each]
    return [pid for pid in pids if name in Path(f"/proc/{pid}/comm").read_text()]


@pytest.mark.slow
def test_all_can_be_imported(engine: PulumiRun, sandbox: Sandbox) -> None:
    """A workspace whose state is lost is taken back by the ids of its resources, its secrets included."""
    lost = engine.stack(PulumiWorkspace("lost"))
    lost.up()
    before = ids(sandbox, "lost")
    member = next(each for each in before if each.startswith("b/"))
    role, account = "roles/storage.admin", member.rpartition("/")[2]
    imports = {
        "bucket": "lost-bucket",
        "member": f"b/lost-bucket {role} {account}",
        "namespace": "lost",
        "secret": "lost/keys",
        "release": "lost/pachyderm",
    }
    again = PulumiRun(engine.command, engine.folder / "again", engine.environment)

    assert {"import": 5, "create": 3} == changes(again.stack(PulumiWorkspace("lost", imports=imports)))
    assert {"same": 8} == changes(again.stack(PulumiWorkspace("lost")))
    assert before == ids(sandbox, "lost")
    assert SECRET not in text_below(again.folder / "state")
    again.stack(PulumiWorkspace("lost")).destroy()
    assert set() == ids(sandbox, "lost")


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("fail create bucket always: quota exceeded", "sandbox: quota exceeded"),
        pytest.param("unreachable gcp:", "sandbox: the cloud cannot be reached", marks=pytest.mark.slow),
        pytest.param("echo secret create Secret", SECRET, marks=pytest.mark.slow),
    ],
)
def test_faults_reach_the_engine(engine: PulumiRun, sandbox: Sandbox, line: str, sentence: str) -> None:
    """A fault ends an `up` with its sentence, and the workspace comes up when it is taken away."""
    set_faults(sandbox.folder, line)
    stack = engine.stack(PulumiWorkspace("faulty"))
    with pytest.raises(CommandError) as caught:
        stack.up()
    assert sentence in str(caught.value)
    set_faults(sandbox.folder)
    stack.destroy()

    assert set() == ids(sandbox, "faulty")


@pytest.mark.slow
def test_two_clusters_at_once(engine: PulumiRun, sandbox: Sandbox) -> None:
    """One process serves stacks of two clusters at the same time and mixes nothing up."""
    here = engine.stack(PulumiWorkspace("both", server="https://192.0.2.1"), "here")
    there = engine.stack(PulumiWorkspace("both-2", server="https://192.0.2.9"), "there")
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda stack: stack.up(), (here, there)))
    where = {each.identity.where for each in resources(sandbox.folder) if each.id in ("both", "both-2")}

    assert {"https://192.0.2.1", "https://192.0.2.9"} == where
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda stack: stack.destroy(), (here, there)))
    assert set() == ids(sandbox, "both")
