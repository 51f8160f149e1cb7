from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import grpc
import pytest

from helium.sandbox import SandboxError, resources, start
from helium.sandbox.store import Store
from tests.sandbox.client import BUCKET, Client, client

ROOT = Path(__file__).parents[2]


def gone(pid: int) -> bool:
    """Whether a process has ended, a zombie included."""
    try:
        return "(zombie)" in Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return True


def within(seconds: float, true: Callable[[], bool]) -> bool:
    """Whether something comes true in time."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if true():
            return True
        time.sleep(0.02)
    return False


def test_environment_names_the_port(tmp_path: Path) -> None:
    """A running sandbox gives the settings with which an engine finds it, for the packages asked for."""
    with start(tmp_path / "cloud", packages=("gcp",)) as running:
        assert {
            "PULUMI_DEBUG_PROVIDERS": f"gcp:{running.port}",
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        } == running.environment


def test_it_ends_with_its_block(tmp_path: Path) -> None:
    """No process is left behind when the block ends, also by an error."""

    def broken() -> int:
        with start(tmp_path / "cloud") as running:
            pids.append(running.pid)
            raise KeyError

    pids: list[int] = []
    with pytest.raises(KeyError):
        broken()

    assert gone(pids[0])


def test_it_does_not_outlive_its_parent(tmp_path: Path) -> None:
    """A parent that is killed leaves no sandbox behind."""
    code = (
        "import sys, time; from pathlib import Path; from helium.sandbox import start\n"
        "with start(Path(sys.argv[1])) as running:\n    print(running.pid, flush=True)\n    time.sleep(60)"
    )
    parent = subprocess.Popen([sys.executable, "-c", code, str(tmp_path / "cloud")], stdout=subprocess.PIPE, cwd=ROOT)
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())
    parent.kill()
    parent.communicate()

    assert within(120, lambda: gone(pid))


@pytest.mark.parametrize("by", ["input", "signal"])
def test_the_command_ends(tmp_path: Path, by: str) -> None:
    """By hand it runs until its input ends or it is told to, says one line, and ends well."""
    process = subprocess.Popen(
        [sys.executable, "-m", "helium.sandbox", "--folder", str(tmp_path / "cloud")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=ROOT,
    )
    assert process.stdout is not None
    assert process.stdin is not None
    ready = json.loads(process.stdout.readline())
    if by == "signal":
        process.send_signal(signal.SIGTERM)
        assert 0 == process.wait(timeout=120)
    process.stdin.close()

    assert 0 == process.wait(timeout=120)
    assert {"sandbox", "port", "pid"} == ready.keys()
    assert b"" == process.stdout.read()
    process.stdout.close()


def test_the_command_lists(tmp_path: Path) -> None:
    """With `--list` it prints a line for each resource, and ends."""
    with start(tmp_path / "cloud") as running, client(running.port) as cloud:
        cloud.bucket("listed")
    command = [sys.executable, "-m", "helium.sandbox", "--folder", str(tmp_path / "cloud"), "--list"]

    assert b"gcp:storage/bucket:Bucket  listed  global\n" == subprocess.check_output(command, cwd=ROOT)


def test_port_that_is_taken(tmp_path: Path) -> None:
    """A port that is taken is a sentence, not a traceback."""
    with (
        start(tmp_path / "one") as running,
        pytest.raises(SandboxError, match=f"port {running.port}"),
        start(tmp_path / "two", port=running.port),
    ):
        pass


@pytest.mark.parametrize(
    ("head", "piece"), [('{"format": 2, "salt": ""}', "format 2"), ("{", "damaged"), ("[]", "format None")]
)
def test_folder_of_another_version(tmp_path: Path, head: str, piece: str) -> None:
    """A folder that another version wrote is refused with a sentence, and nothing in it is touched."""
    (tmp_path / "sandbox.json").write_text(head)

    with pytest.raises(SandboxError, match=piece), start(tmp_path):
        pass
    assert ["sandbox.json"] == [path.name for path in tmp_path.iterdir()]
    assert head == (tmp_path / "sandbox.json").read_text()


def test_folder_of_somebody_else(tmp_path: Path) -> None:
    """A folder with other things in it is not made a sandbox."""
    (tmp_path / "thesis.txt").write_text("years of work")

    with pytest.raises(SandboxError, match=r"holds thesis\.txt"):
        Store.open(tmp_path)
    assert ["thesis.txt"] == [path.name for path in tmp_path.iterdir()]


def test_damaged_file_is_named(tmp_path: Path) -> None:
    """A resource's file that cannot be read is an error that names it, not a resource that is gone."""
    with start(tmp_path / "cloud") as running, client(running.port) as cloud:
        cloud.bucket("damaged")
        (path,) = (tmp_path / "cloud" / "resources").rglob("*damaged.json")
        path.write_text("{")

        with pytest.raises(grpc.RpcError, match=r"damaged\.json is damaged"):
            cloud.read(BUCKET, "damaged")


def test_several_processes_share_a_folder(tmp_path: Path) -> None:
    """Of two sandboxes on one folder, exactly one makes each of a hundred buckets."""
    folder = tmp_path / "cloud"

    def make(port: int) -> int:
        with client(port) as cloud:
            return sum(_made(cloud, f"shared-{number:03}") for number in range(100))

    with start(folder) as one, start(folder) as other, ThreadPoolExecutor(2) as pool:
        created = list(pool.map(make, (one.port, other.port)))

    assert 100 == sum(created)
    assert 100 == len(resources(folder))


def _made(cloud: Client, bucket: str) -> bool:
    try:
        return bool(cloud.bucket(bucket))
    except grpc.RpcError:
        return False


def test_kill_at_any_moment_tears_nothing(tmp_path: Path) -> None:
    """Killed again and again while it writes, every file is whole, and what was acknowledged is there."""
    folder, acknowledged = tmp_path / "cloud", set[str]()
    for turn in range(4):
        with start(folder) as running, client(running.port) as cloud, ThreadPoolExecutor(1) as pool:
            for number in range(10_000):
                if number == 1:
                    killed = pool.submit(_kill_after, running.pid, 0.02 + turn * 0.013)
                name = f"turn-{turn}-{number}"
                if not _made(cloud, name):
                    break
                acknowledged.add(name)
            killed.result()

    assert acknowledged <= {each.id for each in resources(folder)}
    assert acknowledged


def _kill_after(pid: int, seconds: float) -> None:
    time.sleep(seconds)
    os.kill(pid, signal.SIGKILL)
