"""After an end nothing of a name is left in the state, and what a killed `stack rm` left goes too."""

from __future__ import annotations

import json
import os
import shutil
import signal
from pathlib import Path

import pytest

from helium.adapters import processes
from helium.core.stack import StackId
from helium.errors import EngineError
from tests.adapters.engine.conftest import Make, Warm, destroy, update, workspace
from tests.adapters.engine.test_bucket import bucket, grown, on, s3
from tests.s3_server import S3Server

__all__ = ["bucket", "grown", "on", "s3"]

A = StackId.of("acme", "plain", name="a")


def of_a(state: Path) -> list[str]:
    """Files and folders of `a`, whatever they are."""
    found = (path.relative_to(state).as_posix() for path in state.rglob("*"))
    return sorted(each for each in found if "/a/" in f"{each}/" or each.rpartition("/")[2].startswith("a."))


def keys_of_a(s3: S3Server, bucket: str) -> list[str]:
    """The same in a bucket."""
    return sorted(key for key in s3.files(bucket) if "/acme.plain/a" in key)


def test_nothing_of_a_name_is_left_in_a_folder(warm_a: Warm) -> None:
    """Its state, backups, history, attributes, locks, and the folders of these; all of another name stays."""
    engine = warm_a.engine
    engine.up(workspace("b"))
    update(engine, workspace("a", description="an update more"))
    before = [each for each in of_a(warm_a.state) if "history" in each]
    destroy(engine, A)
    engine.remove(A)

    assert (len(before) > 4, of_a(warm_a.state)) == (True, [])
    assert ["b"] == [each.id.name for each in engine.observe().stacks]
    assert list((warm_a.state / ".pulumi" / "history" / "acme.plain" / "b").iterdir())
    assert engine.succeeded(StackId.of("acme", "plain", name="b"))


@pytest.mark.parametrize(
    "left", ["history backups", pytest.param("stacks/acme.plain/a.json.bak", marks=pytest.mark.slow)]
)
def test_what_a_killed_removal_left_in_a_folder_goes(warm_a: Warm, tmp_path: Path, left: str) -> None:
    """Pulumi removes the state first. A second `stack rm` would not find the stack any more."""
    engine, state = warm_a.engine, warm_a.state / ".pulumi"
    update(engine, workspace("a"))
    destroy(engine, A)
    shutil.copytree(state, tmp_path / "before")
    engine.remove(A)
    for each in left.split():
        target = state / each
        shutil.rmtree(target, ignore_errors=True)
        copy = shutil.copytree if (tmp_path / "before" / each).is_dir() else shutil.copy
        copy(tmp_path / "before" / each, target)
    assert of_a(warm_a.state)
    engine.forget(A)

    assert ([], ()) == (of_a(warm_a.state), engine.observe().stacks)
    engine.forget(A)
    engine.up(workspace("a"))


def test_a_stack_that_exists_is_not_forgotten(warm_a: Warm) -> None:
    """Neither one that holds something nor one that another pass has just created."""
    engine = warm_a.engine
    destroy(engine, A)
    engine.forget(A)
    engine.forget(StackId.of("acme", "plain", name="never"))

    assert ["a"] == [each.id.name for each in engine.observe().stacks]
    assert of_a(warm_a.state)


def test_backups_of_half_a_stack_stay(warm_a: Warm) -> None:
    """`stack init` was killed over a stack that was there, and a create begins again: a person may need them."""
    file = warm_a.state / ".pulumi" / "stacks" / "acme.plain" / "a.json"
    half = {"version": 3, "checkpoint": {"stack": str(A)}}
    file.write_text(json.dumps(half))
    backups = warm_a.state / ".pulumi" / "backups" / "acme.plain" / "a"
    before = sorted(backups.iterdir())
    warm_a.engine.up(workspace("a"))

    assert before == [each for each in sorted(backups.iterdir()) if each in before]
    assert before


def test_a_removal_that_is_killed_in_a_bucket_heals(on: Make, s3: S3Server, bucket: str, grown: bytes) -> None:
    """Pulumi is killed right after its state went: history, backups and its lock stay, until they are forgotten."""
    engine = on()
    destroy(engine, A)
    killed: list[int] = []

    def kill(method: str, path: str) -> None:
        if method == "DELETE" and path.endswith("/acme.plain/a.json") and not killed:
            killed.extend(pid for pid in processes.below(os.getpid()) if processes.name(pid) == "pulumi")
            for pid in killed:
                os.kill(pid, signal.SIGKILL)

    s3.after = kill
    with pytest.raises(EngineError):
        engine.remove(A)
    s3.after = None
    left = keys_of_a(s3, bucket)
    assert (bool(killed), any("history" in key for key in left), any("locks" in key for key in left)) == (True,) * 3
    assert () == engine.observe().stacks
    engine.forget(A)

    assert ([], ()) == (keys_of_a(s3, bucket), engine.observe().stacks)
    engine.up(workspace("a"))


@pytest.mark.slow
def test_nothing_of_a_name_is_left_in_a_bucket(on: Make, s3: S3Server, bucket: str, grown: bytes) -> None:
    """Its state, backups, history and locks."""
    engine = on()
    update(engine, workspace("a"))
    destroy(engine, A)
    engine.remove(A)

    assert [] == keys_of_a(s3, bucket)
