from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import grpc
import pytest

from helium.sandbox import FaultLineError, Sandbox, resources, set_faults, start
from helium.sandbox.fault_rules import read
from helium.sandbox.secrets import secret
from tests.sandbox.client import BUCKET, RELEASE, Client, client


@pytest.fixture
def running(sandbox: Sandbox) -> Iterator[Sandbox]:
    """The module's sandbox, with no faults left behind."""
    yield sandbox
    set_faults(sandbox.folder)


@pytest.fixture
def cloud(running: Sandbox) -> Iterator[Client]:
    """A connection to it."""
    with client(running.port, project="acme", context="ci") as connected:
        yield connected


def test_second_create_fails(running: Sandbox, cloud: Client) -> None:
    """`fail create 2nd` fails the second create, with the line in its sentence, and nothing is made by it."""
    set_faults(running.folder, "fail create 2nd")
    cloud.bucket("fault-a")
    with pytest.raises(grpc.RpcError, match="because of the fault rule “fail create 2nd”"):
        cloud.bucket("fault-b")
    cloud.bucket("fault-c")

    created = {each.id for each in resources(running.folder)}
    assert {"fault-a", "fault-c"} == created & {"fault-a", "fault-b", "fault-c"}


def test_faults_are_read_on_every_call(running: Sandbox, cloud: Client) -> None:
    """A line that appears works at once, with its own message, and one that is gone does not work any more."""
    set_faults(running.folder, "fail create bucket always: quota exceeded")
    with pytest.raises(grpc.RpcError, match="sandbox: quota exceeded"):
        cloud.bucket("quota")
    set_faults(running.folder)

    assert "quota" == cloud.bucket("quota")


def test_failed_after_it_acted(running: Sandbox, cloud: Client) -> None:
    """`fail after` makes the resource and answers that it failed, as a lost answer does."""
    set_faults(running.folder, "fail after create named lost-answer")
    with pytest.raises(grpc.RpcError):
        cloud.bucket("lost-answer")

    assert "lost-answer" == cloud.read(BUCKET, "lost-answer")[0]


def test_unreachable(running: Sandbox, cloud: Client) -> None:
    """`unreachable` answers nothing, neither reads nor writes; with a scope it is one cloud that is away."""
    set_faults(running.folder, "unreachable gcp:")
    for call in (
        lambda: cloud.bucket("away"),
        lambda: cloud.read(BUCKET, "away"),
        lambda: cloud.delete(BUCKET, "away"),
    ):
        with pytest.raises(grpc.RpcError) as caught:
            call()
        assert caught.value.code() is grpc.StatusCode.UNAVAILABLE

    assert "reached" == cloud.namespace("reached")


def test_echo_shows_what_was_sent(running: Sandbox, cloud: Client) -> None:
    """`echo secret` is the careless provider: its error shows the secret in plain text, for whoever must redact it."""
    set_faults(running.folder, "echo secret create Release")
    with pytest.raises(grpc.RpcError, match="hush-hush"):
        cloud.create(RELEASE, name="r", namespace="default", chart="c", values={"k": secret("hush-hush")})


def test_slow_waits_and_can_be_called_off(running: Sandbox, cloud: Client) -> None:
    """`slow` waits before the cloud acts; an engine that cancels is let go at once, and nothing was made."""
    later = "slow create named later 1st 600s"
    set_faults(running.folder, "slow create named late 200ms", later)
    begun = time.monotonic()
    cloud.bucket("late")
    assert time.monotonic() - begun >= 0.2

    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(cloud.bucket, "later")
        while not (running.folder / "counts" / read([later])[0].key).exists():
            time.sleep(0.02)
        cloud.cancel()
        with pytest.raises(grpc.RpcError, match="was cancelled"):
            waiting.result(timeout=120)

    assert "" == cloud.read(BUCKET, "later")[0]


def test_a_line_that_means_nothing_is_not_overlooked(running: Sandbox, cloud: Client) -> None:
    """A typing error in the file fails every call with a sentence; `set_faults` does not take it at all."""
    with pytest.raises(FaultLineError):
        set_faults(running.folder, "fail craete")
    (running.folder / "faults").write_text("fail craete\n")
    with pytest.raises(grpc.RpcError, match="unknown operation “craete”"):
        cloud.bucket("typing-error")


@pytest.mark.parametrize(("line", "created"), [("die before create 2nd", False), ("die after create 2nd", True)])
def test_death_around_a_create(tmp_path: Path, line: str, created: bool) -> None:
    """Killed before the cloud acted, nothing is there; killed after, all is, and the count goes on."""
    with start(tmp_path / "cloud") as first, client(first.port) as cloud:
        set_faults(tmp_path / "cloud", line)
        cloud.bucket("first")
        with pytest.raises(grpc.RpcError) as caught:
            cloud.bucket("second")
        assert caught.value.code() is grpc.StatusCode.UNAVAILABLE

    with start(tmp_path / "cloud") as second, client(second.port) as cloud:
        assert created == bool(cloud.read(BUCKET, "second")[0])
        assert "third" == cloud.bucket("third")


def test_faults_of_the_environment(tmp_path: Path) -> None:
    """Lines given at the start work like those of the file; one that means nothing stops the start."""
    with (
        start(tmp_path / "cloud", faults=("fail create 1st", "fail delete")) as running,
        client(running.port) as cloud,
    ):
        with pytest.raises(grpc.RpcError, match="fail create 1st"):
            cloud.bucket("one")
        with pytest.raises(grpc.RpcError, match="fail delete"):
            cloud.delete(BUCKET, "one")
        assert "one" == cloud.bucket("one")
