"""The API on real remotes, by several processes, with kills: whatever is acknowledged is there, once."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from helium.core.fleet_record import FleetRecord
from helium.core.log_line import LogLine
from helium.ports.ledger import Writes
from tests.adapters.git_repos import begun, git
from tests.api.in_process import in_process
from tests.api.process import real
from tests.api.serving import ADA, client, visitor
from tests.builders import NOW

ROOT = Path(__file__).parents[2]
FLEET = b"fleet: acme\nstate: gs://acme-state\nbackends:\n  gcp-namespace: {}\n"


@pytest.fixture
def remote(tmp_path: Path) -> Path:
    """A bare repository with a fleet in it."""
    return begun(tmp_path, {"helium.yaml": FLEET, "workspaces/.gitkeep": b""})


def names(remote: Path) -> list[str]:
    """The workspaces on the remote's main."""
    listed = git(remote, "ls-tree", "-r", "--name-only", "main", "workspaces/").split()
    return sorted(Path(path).stem for path in listed if path.endswith(".yaml"))


def added(remote: Path) -> list[str]:
    """What was ever added to the remote's main, each as often as it was."""
    subjects = git(remote, "log", "--format=%s", "main").splitlines()
    return sorted(each.removeprefix("Add ") for each in subjects if each.startswith("Add "))


@dataclass(frozen=True)
class ApiProcess:
    """One process of the API, and its address."""

    running: subprocess.Popen[bytes]
    address: str

    def kill(self) -> None:
        """As the kernel does when memory is short."""
        self.running.send_signal(signal.SIGKILL)
        self.running.wait()


@contextmanager
def started(remote: Path, folder: Path, *, count: int) -> Iterator[Sequence[ApiProcess]]:
    """Processes on one remote, each ready; they share the folder of mirrors."""
    processes = []
    try:
        for _ in range(count):
            port = _free_port()
            command = [sys.executable, "-m", "tests.api.process", str(remote), str(folder), str(port)]
            running = subprocess.Popen(command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)})
            processes.append(ApiProcess(running, f"http://127.0.0.1:{port}"))
        for process in processes:
            _wait(process)
        yield processes
    finally:
        for process in processes:
            process.kill()


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _wait(process: ApiProcess) -> None:
    with visitor(process.address) as caller:
        for _ in range(600):
            assert process.running.poll() is None, "the process ended"
            with suppress(httpx.TransportError):
                if caller.get("/readyz").status_code == 200:
                    return
            time.sleep(0.05)
    raise AssertionError("the process was not ready in half a minute")


def test_each_write_is_a_commit_on_the_remote(remote: Path, tmp_path: Path) -> None:
    """By the time of the answer, with who asked and the request's id."""
    with real(remote, tmp_path / "mirrors") as deps, in_process(deps) as address, client(address, ADA) as caller:
        created = caller.post("/workspace", json={"name": "demo"})
        there = git(remote, "show", "main:workspaces/demo.yaml")
        caller.request("PATCH", "/workspace/demo", json={"expiry": "+1d"})
        history = caller.get("/workspace/demo/history").json()
        gone = caller.delete("/workspace/demo")

    assert [202, 202] == [created.status_code, gone.status_code]
    assert "owner: ada@example.com" in there
    assert created.json()["Commit"] == history["Commits"][1]["Commit"]
    log = git(
        remote, "log", "--reverse", "--format=%an <%ae> %s %(trailers:key=Helium-Request,valueonly,separator=%x2C)"
    )
    assert f"ada <ada@example.com> Add demo {created.headers['X-Request-Id']}" == log.splitlines()[1]
    assert [] == names(remote)


def test_a_refusing_remote_is_reported_with_its_sentence(remote: Path, tmp_path: Path) -> None:
    """A hook that says no is a 502, and the list does not show what was not made."""
    hook = remote / "hooks" / "pre-receive"
    hook.write_text("#!/bin/sh\necho main is frozen until Monday >&2\nexit 1\n")
    hook.chmod(0o755)
    with real(remote, tmp_path / "mirrors") as deps, in_process(deps) as address, client(address, ADA) as caller:
        answer, listed = caller.post("/workspace"), caller.get("/workspaces").json()

    assert (502, True, {"IDs": []}) == (answer.status_code, "frozen until Monday" in answer.text, listed)


def test_a_remote_that_is_away(remote: Path, tmp_path: Path) -> None:
    """Writes say when to come back; reads go on."""
    with real(remote, tmp_path / "mirrors") as deps, in_process(deps) as address, client(address, ADA) as caller:
        caller.post("/workspace", json={"name": "demo"})
        remote.rename(tmp_path / "elsewhere")
        answer, read = caller.post("/workspace"), caller.get("/workspace/demo")

    assert (503, "5", 200) == (answer.status_code, answer.headers.get("Retry-After"), read.status_code)


def _removed(folder: Path, gone: Path) -> None:
    """All of it at once: somebody may be writing in it, and what is written meanwhile must not stop us."""
    folder.rename(gone)
    shutil.rmtree(gone, ignore_errors=True)


def _no_objects(mirror: Path) -> None:
    _removed(mirror / "objects", mirror.parents[1] / "gone")


def _no_head(mirror: Path) -> None:
    (mirror / "HEAD").unlink()


def _other_packs(mirror: Path) -> None:
    for path in (mirror / "objects" / "pack").iterdir():
        path.unlink()
        path.write_bytes(b"PACK and no more")


def _nothing(mirror: Path) -> None:
    _removed(mirror, mirror.parents[1] / "gone")


@pytest.mark.parametrize("damage", [_no_objects, _no_head, _other_packs, _nothing])
def test_a_mirror_that_is_damaged_while_it_is_served(
    remote: Path, tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    """Nothing hangs; a write has it cloned again, and whoever read from the old one reads all that was there."""
    reads = ("/workspaces", "/workspace/before", "/workspace/before/history")
    with real(remote, tmp_path / "mirrors") as deps, in_process(deps) as address, client(address, ADA) as caller:
        line = LogLine(NOW, "before", "new-file", "created in 1 s", NOW, "c0")
        deps.ledger.write(Writes(fleet_record=FleetRecord("acme"), log=(line,), message="Begin"), on=deps.ledger.read())
        caller.post("/workspace", json={"name": "before"})
        whole = caller.get(reads[2]).json()
        damage(tmp_path / "mirrors" / "1")
        during = [caller.get(path).status_code for path in reads * 3]
        body, key = {"name": "after"}, {"Idempotency-Key": "k"}
        written = (caller.post("/workspace", json=body, headers=key).status_code for _ in range(5))
        assert 202 in written
        after = [caller.get(path) for path in reads * 3]

    assert {200, 502, 503} >= set(during)
    assert [200] * 9 == [each.status_code for each in after]
    assert [{"IDs": ["after", "before"]}, whole] == [after[0].json(), after[2].json()]
    assert ["after", "before"] == names(remote) == added(remote)


@pytest.mark.slow
def test_two_processes_and_the_same_names(remote: Path, tmp_path: Path) -> None:
    """Every 202 is on the remote once, and every loser has a 409."""
    wanted = [f"demo-{n % 60:02}" for n in range(80)]
    with started(remote, tmp_path / "mirrors", count=2) as processes:

        def create(process: ApiProcess) -> list[int]:
            with client(process.address, ADA) as caller, ThreadPoolExecutor(40) as pool:
                return list(pool.map(lambda name: caller.post("/workspace", json={"name": name}).status_code, wanted))

        with ThreadPoolExecutor(2) as pool:
            codes = [code for each in pool.map(create, processes) for code in each]

    assert (60, 100) == (codes.count(202), codes.count(409))
    assert sorted(set(wanted)) == names(remote) == added(remote)


@pytest.mark.parametrize("rounds", [3, pytest.param(40, marks=pytest.mark.slow)])
def test_a_key_with_another_body_at_another_process(remote: Path, tmp_path: Path, rounds: int) -> None:
    """Sent to two processes at once, or one after the other: one of the two requests is done, the other is a 422."""
    with started(remote, tmp_path / "mirrors", count=2) as processes, ThreadPoolExecutor(2) as pool:

        def create(process: ApiProcess, key: str, *, name: str) -> int:
            with client(process.address, ADA) as caller:
                return caller.post("/workspace", json={"name": name}, headers={"Idempotency-Key": key}).status_code

        results = []
        for number in range(rounds):
            names = [f"{word}-{number}" for word in ("this", "that")]
            pairs = zip(processes, names, strict=True)
            racing = [pool.submit(create, process, f"k-{number}", name=name) for process, name in pairs]
            codes = [each.result() for each in racing]
            again = [create(process, f"k-{number}", name=names[codes.index(202)]) for process in processes]
            results.append((sorted(codes), again))

    assert [([202, 422], [202, 202])] * rounds == results
    assert rounds == len(added(remote))


@pytest.mark.slow
def test_a_killed_process_loses_nothing(remote: Path, tmp_path: Path) -> None:
    """The client's retry, with its key, at another process gives one workspace; nothing acknowledged is missing."""
    with started(remote, tmp_path / "mirrors", count=2) as (first, second):

        def create(number: int) -> str:
            if number == 60:
                first.kill()
            key = {"Idempotency-Key": f"key-{number}"}
            for process in (first, second, second):
                try:
                    with client(process.address, ADA) as caller:
                        answer = caller.post("/workspace", headers=key)
                except httpx.TransportError:
                    continue
                if answer.status_code == 202:
                    return str(answer.json()["ID"])
            return ""

        with ThreadPoolExecutor(20) as pool:
            ids = list(pool.map(create, range(120)))

    assert "" not in ids
    assert sorted(ids) == names(remote) == added(remote)
