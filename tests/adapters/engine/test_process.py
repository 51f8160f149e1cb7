"""Processes: what a program sees, and what is left when one is late, dies, is interrupted or loses its parent."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from helium.adapters.engine import EngineSettings, PulumiEngine
from helium.core.stack import StackId
from helium.errors import EngineError, EngineInterruptedError, StackBusyError
from helium.ports.engine import A_DESTROY_FOLLOWS, UpOptions
from helium.sandbox import Sandbox
from tests.adapters.engine.conftest import Make, Warm, destroy, workspace

ROOT = Path(__file__).resolve().parents[3]
Settings = Callable[..., EngineSettings]
DEAF = """#!/bin/sh
case "$*" in
  *" up "*) trap "" INT; sleep 60 & wait; sleep 60;;
  *) exec {pulumi} "$@";;
esac
"""


def waited(condition: Callable[[], object], seconds: float = 60) -> bool:
    """Whether the condition came true in time."""
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.05)
    return bool(condition())


def processes_in(folder: Path) -> list[str]:
    """Every process that works below the folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if str((process / "cwd").readlink()).startswith(str(folder)):
                found.append(f"{process.name}: {(process / 'cmdline').read_text()}")
        except OSError:
            continue
    return found


def locks_in(state: Path) -> list[Path]:
    """Pulumi's lock files."""
    return [path for path in state.rglob("*.json") if "locks" in path.parts]


@pytest.fixture
def slow(sandbox: Sandbox) -> Iterator[str]:
    """A name whose bucket takes a minute to make."""
    name = f"slow{time.monotonic_ns()}"
    faults = sandbox.folder / "faults"
    faults.write_text(f"slow before create bucket:Bucket named acme-{name} 60s\n")
    yield name
    faults.unlink()


def test_a_program_sees_only_what_is_listed(engine: Make, whole_environment: dict[str, str]) -> None:
    """No token of git, hosts or the API, no passphrase, no kubeconfig and no cloud credential reaches a backend."""
    built = engine(environment=whole_environment).up(workspace("a", description="environment"))

    seen = set(json.loads(built.outputs["environment"]))

    assert {"PATH", "HELIUM_CLIENT_SECRET"} <= seen
    assert set() == seen & (set(whole_environment) - {"PATH", "HOME"})
    assert [] == [name for name in seen if name.startswith("PULUMI_CONFIG")]


@pytest.fixture
def whole_environment() -> dict[str, str]:
    """A pass's whole environment, with everything that a backend must not see."""
    secret = ("HELIUM_TOKEN", "GIT_ASKPASS", "GITHUB_TOKEN", "GITEA_TOKEN", "AWS_SECRET_ACCESS_KEY", "KUBECONFIG")
    plain = {key: os.environ[key] for key in ("PATH", "HOME") if key in os.environ}
    return {**plain, **dict.fromkeys(secret, "hidden-value"), "PULUMI_ACCESS_TOKEN": "hidden-value"}


def test_a_worker_that_dies_is_replaced(engine: Make) -> None:
    """A backend that takes its process down ends as `Interrupted`, and the next stack comes up."""
    one = engine(workers=1)
    with pytest.raises(EngineInterruptedError, match=r"organization/acme\.plain/a: its worker died"):
        one.up(workspace("a", description="die"))

    built = one.up(workspace("b"))

    assert "https://b" == built.outputs["url"]


def test_a_late_stack_is_stopped(engine: Make, sandbox: Sandbox, slow: str, tmp_path: Path) -> None:
    """At its time limit Pulumi is told to stop, releases its lock, and leaves no process."""
    one = engine(providers=sandbox.environment, timeout=timedelta(seconds=8))

    with pytest.raises(EngineInterruptedError, match="took longer than its limit of 8 s"):
        one.up(workspace(slow, "cloud"))

    assert ([], []) == (locks_in(tmp_path / "state"), processes_in(tmp_path / "work"))


def test_a_program_that_sleeps_is_stopped(engine: Make, tmp_path: Path) -> None:
    """A backend that does nothing holds nobody up for longer than the limit."""
    one = engine(timeout=timedelta(seconds=4))

    with pytest.raises(EngineInterruptedError, match="took longer than its limit of 4 s"):
        one.up(workspace("a", description="sleep"))

    assert ([], []) == (locks_in(tmp_path / "state"), processes_in(tmp_path / "work"))


def test_a_pulumi_that_does_not_listen_is_killed(engine: Make, settings: Settings, tmp_path: Path) -> None:
    """Deaf to both signals, it is killed with all that it started."""
    deaf = tmp_path / "deaf"
    deaf.write_text(DEAF.format(pulumi=settings().pulumi))
    deaf.chmod(0o755)
    one = engine(pulumi=deaf, timeout=timedelta(seconds=3), grace=timedelta(seconds=1))

    with pytest.raises(EngineInterruptedError, match="took longer than its limit of 3 s"):
        one.up(workspace("a"))

    assert ([], []) == (locks_in(tmp_path / "state"), processes_in(tmp_path / "work"))


@pytest.mark.parametrize("number", [pytest.param(signal.SIGINT, marks=pytest.mark.slow), signal.SIGKILL])
def test_no_lock_and_no_orphan_is_left(
    settings: Settings, sandbox: Sandbox, slow: str, tmp_path: Path, number: signal.Signals
) -> None:
    """Ctrl-C, or kill -9 of the whole pass, in the middle of an `up`: Pulumi releases its lock and everything ends."""
    given = settings()
    caller = subprocess.Popen(
        [
            *(sys.executable, "-m", "tests.adapters.engine.caller", given.state, given.work, given.pulumi),
            *(sandbox.environment["PULUMI_DEBUG_PROVIDERS"], slow),
        ],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert waited(lambda: locks_in(tmp_path / "state"))
    caller.send_signal(number)
    said, _ = caller.communicate(timeout=600)

    assert waited(lambda: not processes_in(tmp_path / "work"))
    assert [] == locks_in(tmp_path / "state")
    assert ("EngineInterruptedError" in said) == (number == signal.SIGINT)


def test_two_stacks_at_once(warm: Warm) -> None:
    """Threads may call at once, and a third call waits for its turn."""
    one = warm.engine
    errors: list[EngineError] = []

    def bring_up(name: str) -> None:
        try:
            one.up(workspace(name))
        except EngineError as error:
            errors.append(error)

    threads = [threading.Thread(target=bring_up, args=(name,)) for name in "abc"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert ([], ["a", "b", "c"]) == (errors, [stack.id.name for stack in one.observe().stacks])


def test_a_pass_with_nothing_to_do_starts_no_worker(settings: Settings) -> None:
    """Observing is one run of Pulumi, and nothing else."""
    one = PulumiEngine(settings())

    one.observe()

    assert one._jobs is None


def test_what_slept_before_it_began_is_not_begun(engine: Make, warm_a: Warm) -> None:
    """By then the stack may be another's: the operation fails, and nothing has changed."""
    one = engine(begin=timedelta(seconds=3), state=warm_a.engine.settings.state)
    stack = StackId.of("acme", "plain", name="a")
    resolved = one.resolve_pending(stack, A_DESTROY_FOLLOWS)
    workers = [int(line.partition(":")[0]) for line in processes_in(one.settings.work) if "engine.worker" in line]
    for worker in workers:
        os.kill(worker, signal.SIGSTOP)
    threading.Timer(5, subprocess.run, [("kill", "-CONT", *map(str, workers))]).start()

    with pytest.raises(EngineError, match="was not started, because this machine was suspended"):
        one.destroy(resolved)

    assert workers
    assert not one.empty(stack)


def test_a_worker_that_died_while_it_was_idle_fails_no_job(warm_a: Warm) -> None:
    """Another one takes its place."""
    one, stack = warm_a.engine, StackId.of("acme", "plain", name="a")
    assert not one.empty(stack)
    workers = [int(line.partition(":")[0]) for line in processes_in(one.settings.work) if "engine.worker" in line]
    for worker in workers:
        os.kill(worker, signal.SIGKILL)
        # Until its last thread has gone, however long it has looked dead.
        os.waitid(os.P_PID, worker, os.WEXITED | os.WNOWAIT)

    destroy(one, stack)

    assert workers
    assert one.empty(stack)


def test_the_lock_of_a_dead_process_is_broken(warm_a: Warm) -> None:
    """A lock that names a process of this machine that is gone does not stop the next operation."""
    one = warm_a.engine
    _lock(warm_a.state, "a", pid=dead_pid(), host=os.uname().nodename)

    destroy(one, StackId.of("acme", "plain", name="a"))

    assert [] == locks_in(warm_a.state)


def test_a_dead_lock_without_a_stack_is_broken(warm: Warm) -> None:
    """Killed in `stack init`: Pulumi's own `cancel` does not see the lock, and nobody could make the stack again."""
    _lock(warm.state, "a", pid=dead_pid(), host=os.uname().nodename)

    built = warm.engine.up(workspace("a"))

    assert ("https://a", []) == (built.outputs["url"], locks_in(warm.state))


@pytest.mark.parametrize(
    "listed",
    [pytest.param(True, marks=pytest.mark.slow, id="listed"), pytest.param(False, id="created since the listing")],
)
def test_a_stack_whose_init_was_killed_is_initialized_again(warm: Warm, listed: bool) -> None:
    """`stack init` writes twice. Killed in between, it leaves a stack without a deployment and a secrets provider."""
    stack = StackId.of("acme", "plain", name="a")
    file = warm.state / ".pulumi" / "stacks" / "acme.plain" / "a.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps({"version": 0, "checkpoint": {"stack": str(stack)}}))

    resolved = warm.engine.resolve_pending(stack) if listed else None
    built = warm.engine.up(workspace("a"), UpOptions(resolved=resolved))

    assert "https://a" == built.outputs["url"]
    assert "passphrase" == json.loads(file.read_bytes())["checkpoint"]["latest"]["secrets_providers"]["type"]


def test_a_stack_whose_init_was_killed_can_be_destroyed(warm: Warm) -> None:
    """It never held anything: that is believed unless its backup holds something."""
    one, stack = warm.engine, StackId.of("acme", "plain", name="a")
    file = warm.state / ".pulumi" / "stacks" / "acme.plain" / "a.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps({"version": 0, "checkpoint": {"stack": str(stack)}}))

    assert (True, True) == (one.empty(stack), one.bare(stack))
    backup = file.with_name("a.json.bak")
    backup.write_text(json.dumps({"version": 3, "checkpoint": {"stack": str(stack), "latest": {"resources": [{}]}}}))
    assert not one.empty(stack)
    backup.unlink()
    destroy(one, stack)
    assert one.empty(stack)
    one.remove(stack)
    assert not file.exists()


def test_a_lock_of_another_machine_is_respected(warm_a: Warm) -> None:
    """It is `busy`, with who holds it and since when, until a person breaks it."""
    one, stack = warm_a.engine, StackId.of("acme", "plain", name="a")
    _lock(warm_a.state, "a", pid=dead_pid(), host="another")

    with pytest.raises(EngineError, match=r"it is locked by ada@another \(pid \d+\) since 2026-11-24T12:00:00Z"):
        destroy(one, stack)
    one.unlock(stack)
    destroy(one, stack)

    assert one.empty(stack)


@pytest.mark.parametrize(("called", "ended"), [("pulumi-asleep", True), ("somebody", False)])
def test_who_sleeps_with_a_lock_is_ended_when_it_is_broken(
    warm_a: Warm, tmp_path: Path, called: str, ended: bool
) -> None:
    """Awake, a superseded Pulumi would write over what came after; another program that has the pid by chance lives."""
    one, stack = warm_a.engine, StackId.of("acme", "plain", name="a")
    program = tmp_path / called
    shutil.copy("/bin/sleep", program)
    with subprocess.Popen([program, "60"]) as sleeper:
        sleeper.send_signal(signal.SIGSTOP)
        _lock(warm_a.state, "a", pid=sleeper.pid, host=os.uname().nodename, time=f"{datetime.now(UTC):%FT%TZ}")
        with pytest.raises(StackBusyError):
            destroy(one, stack)
        one.unlock(stack)
        over = waited(lambda: sleeper.poll() is not None, 20 if ended else 1)
        sleeper.kill()

    destroy(one, stack)
    assert (ended, True) == (over, one.empty(stack))


def dead_pid() -> int:
    """The pid of a process that has ended."""
    with subprocess.Popen(["true"]) as process:
        pass
    return process.pid


def _lock(state: Path, name: str, *, pid: int, host: str, time: str = "2026-11-24T12:00:00Z") -> None:
    folder = state / ".pulumi" / "locks" / "organization" / "acme.plain" / name
    folder.mkdir(parents=True, exist_ok=True)
    content = {"pid": pid, "username": "ada", "hostname": host, "timestamp": time}
    (folder / "0b0f9fae-0000-4000-8000-000000000000.json").write_text(json.dumps(content))
