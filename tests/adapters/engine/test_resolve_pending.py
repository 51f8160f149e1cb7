"""Killed in the middle: what was left pending is looked for, adopted when it is ours, and converges."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from helium.adapters.engine import EngineSettings, PulumiEngine
from helium.adapters.engine.command import kill
from helium.adapters.engine.resource_ids import labels_of
from helium.core.stack import StackId
from helium.errors import EngineError, HeliumError
from helium.ports.engine import ResolveOptions, UpOptions
from helium.sandbox import Sandbox, put_object, resources, set_faults, start
from tests.adapters.engine.conftest import NOW, Make, Warm, destroy, update, workspace
from tests.adapters.engine.test_process import ROOT, locks_in, processes_in, waited

Settings = Callable[..., EngineSettings]


@contextmanager
def faulty(sandbox: Sandbox, *lines: str) -> Iterator[None]:
    """The sandbox with some faults."""
    set_faults(sandbox.folder, *lines)
    try:
        yield
    finally:
        set_faults(sandbox.folder)  # a test that fails leaves none of them to the next


def cut_short(warm: Warm, name: str, *, pending: tuple[str, ...], acted: Callable[[], bool] = lambda: True) -> None:
    """Bring a workspace up, and kill -9 worker and Pulumi once these are being made, as the state says."""
    errors: list[HeliumError] = []

    def bring_up() -> None:
        try:
            warm.engine.up(workspace(name, "cloud"))
        except HeliumError as error:
            errors.append(error)

    thread = threading.Thread(target=bring_up)
    thread.start()
    file = stack_file(warm, name)
    try:
        assert waited(lambda: set(pending) <= {urn.rpartition("::")[2] for urn in pending_in(file)})
        assert waited(acted)
    finally:
        kill_busy(warm.engine, thread)
    assert ["EngineInterruptedError"] == [type(error).__name__ for error in errors]


def kill_busy(engine: PulumiEngine, thread: threading.Thread) -> None:
    """Kill -9 the workers that have something to do, with their Pulumi; then look at the state, as the next pass does.

    That look is what makes the state legible again if Pulumi was killed in the blink in which it writes a state file's
    attributes. Without it, whatever comes next may fail with `failed to load checkpoint: EOF`.
    """
    assert engine._jobs is not None
    for worker in engine._jobs.pool.busy:
        kill(worker.process.pid)
    thread.join()
    engine.observe()


def stack_file(warm: Warm, name: str, *, backend: str = "cloud") -> Path:
    """Where the state of a workspace is."""
    return warm.state / ".pulumi" / "stacks" / f"acme.{backend}" / f"{name}.json"


def in_cloud(folder: Path, word: str) -> bool:
    """Whether anything in the pretend cloud has the word in its identity."""
    return any(word in str(path) for path in (folder / "resources").rglob("*.json"))


def in_state(state: Path, text: str) -> bool:
    """Whether any file of the state holds the text."""
    return any(text in path.read_text(errors="replace") for path in state.rglob("*") if path.is_file())


def pending_in(file: Path) -> list[str]:
    """The URNs that the state file calls pending."""
    try:
        latest = json.loads(file.read_text())["checkpoint"].get("latest") or {}
    except (OSError, ValueError):
        return []
    return [each["resource"]["urn"] for each in latest.get("pending_operations") or []]


@pytest.mark.parametrize(
    ("faults", "pending", "created"),
    [
        (("after create bucket:Bucket", "before create Namespace"), ("bucket", "namespace"), {"bucket"}),
        pytest.param(
            ("after create BucketIAMMember", "after create Secret"),
            ("member", "secret"),
            {"member", "secret"},
            marks=pytest.mark.slow,
        ),
    ],
)
def test_killed_in_a_create_it_converges(
    warm: Warm, sandbox: Sandbox, faults: tuple[str, ...], pending: tuple[str, ...], created: set[str]
) -> None:
    """Before or after the cloud acted: resolved, brought up, destroyed, and nothing is left in the cloud."""
    one, name = warm.engine, f"cut-{pending[0]}"
    stack = StackId.of("acme", "cloud", name=name)
    places = {"bucket": f"acme-{name}", "member": f"b/acme-{name}", "secret": f"{name}/one"}

    def acted() -> bool:
        there = [each.id for each in resources(sandbox.folder)]
        return all(any(id.startswith(places[each]) for id in there) for each in created)

    with faulty(sandbox, *(f"slow {fault} 30s" for fault in faults)):
        cut_short(warm, name, pending=pending, acted=acted)

    resolved = one.resolve_pending(stack)
    in_clear = [form for form in ("battery staple", "YmF0dGVyeSBzdGFwbGU") if in_state(warm.state, form)]
    built = one.up(workspace(name, "cloud"), UpOptions(resolved=resolved))
    destroy(one, stack)

    assert ([], 4) == (in_clear, sum(built.resources.values()))
    assert one.empty(stack)
    assert not in_cloud(sandbox.folder, name)


@pytest.mark.slow
def test_killed_in_a_create_it_is_destroyed(warm: Warm, sandbox: Sandbox) -> None:
    """A destroy straight after the kill takes away what only the cloud knew of."""
    one, stack = warm.engine, StackId.of("acme", "cloud", name="gone")
    with faulty(sandbox, "slow after create bucket:Bucket 30s"):
        cut_short(warm, "gone", pending=("bucket",), acted=lambda: in_cloud(sandbox.folder, "acme-gone"))

    destroy(one, stack)

    assert one.empty(stack)
    assert not in_cloud(sandbox.folder, "acme-gone")


@pytest.mark.slow
def test_killed_in_a_delete_it_converges(warm: Warm, sandbox: Sandbox) -> None:
    """A pending delete is asked about, and the next destroy ends well."""
    one, stack = warm.engine, StackId.of("acme", "cloud", name="half")
    one.up(workspace("half", "cloud"))
    with faulty(sandbox, "slow after delete bucket:Bucket 30s"):
        thread = threading.Thread(target=swallowed, args=(lambda stack: destroy(one, stack), stack))
        thread.start()
        gone = waited(lambda: not in_cloud(sandbox.folder, "acme-half"))
        kill_busy(one, thread)
    assert gone
    assert pending_in(stack_file(warm, "half"))

    destroy(one, stack)

    assert one.empty(stack)


def swallowed(call: Callable[[StackId], object], stack: StackId) -> None:
    """The call, whose failure is what the test is after."""
    try:
        call(stack)
    except EngineError:
        return


@pytest.mark.slow
def test_somebody_elses_is_not_adopted(warm: Warm, sandbox: Sandbox) -> None:
    """A bucket of that name with other labels is refused, and stays; what is pending stays pending."""
    one, stack = warm.engine, StackId.of("acme", "cloud", name="taken")
    with faulty(sandbox, "slow before create bucket:Bucket 30s"):
        cut_short(warm, "taken", pending=("bucket",))
    one.up(replace(workspace("taken", "rival"), added_at=NOW - timedelta(days=9)))

    with pytest.raises(EngineError, match="Bucket acme-taken already exists and does not belong to this workspace"):
        one.resolve_pending(stack)

    assert in_cloud(sandbox.folder, "acme-taken")
    assert pending_in(stack_file(warm, "taken"))


def test_the_former_owners_bucket_never_reaches_the_next_one(warm: Warm, sandbox: Sandbox) -> None:
    """The state of the earlier workspace was lost and given up. Its bucket is not adopted, in however many passes."""
    one, stack = warm.engine, StackId.of("acme", "rival", name="heir")
    one.up(replace(workspace("heir", "rival"), added_at=NOW - timedelta(days=9)))
    put_object(sandbox.folder, "acme-heir", key="of-the-former-owner")
    for file in stack_file(warm, "heir", backend="rival").parent.glob("heir.json*"):
        file.unlink()

    with pytest.raises(EngineError, match="already exists"):
        one.up(workspace("heir", "rival"))
    with pytest.raises(EngineError, match="an earlier workspace of that name"):
        one.resolve_pending(stack)

    # Whoever gives the name up takes nothing of the former owner along.
    destroy(one, stack)
    assert one.empty(stack)
    assert in_cloud(sandbox.folder, "of-the-former-owner")


def test_everything_that_takes_labels_says_whose_it_is(warm: Warm, sandbox: Sandbox) -> None:
    """The backend itself sets none, or others; the engine adds fleet, workspace and incarnation."""
    ours = {
        "helium-fleet": "acme",
        "helium-workspace": "signed",
        "helium-incarnation": str(int(NOW.timestamp())),
    }
    warm.engine.up(workspace("signed", "cloud"))

    found = {each.identity.kind: labels_of(each.inputs) for each in resources(sandbox.folder) if "signed" in each.id}
    destroy(warm.engine, StackId.of("acme", "cloud", name="signed"))

    assert {"storage.Bucket", "Namespace", "Secret"} <= {kind.rpartition(":")[2] for kind in found}
    assert all(ours.items() <= labels.items() for kind, labels in found.items() if "Member" not in kind)
    assert [True] == [labels.get("workspace") == "signed" for kind, labels in found.items() if kind.endswith("Bucket")]


def test_what_cannot_be_looked_for_is_never_called_gone(warm: Warm, sandbox: Sandbox) -> None:
    """The answer to the create of an account was lost. Its name does not tell its id, so a person has to look."""
    one, stack = warm.engine, StackId.of("acme", "account", name="lost")
    with faulty(sandbox, "fail after create serviceaccount/account: connection reset"), pytest.raises(EngineError):
        one.up(workspace("lost", "account"))

    for ends in (False, True):
        with pytest.raises(EngineError, match="--assume-absent lost"):
            one.resolve_pending(stack, ResolveOptions(ends=ends))
    assert not one.empty(stack)

    resolved = one.resolve_pending(stack, ResolveOptions(ends=True, assume_absent=True))
    one.destroy(resolved)
    assert one.empty(stack)


def test_what_the_cloud_refused_to_create_needs_nobody_to_look(warm: Warm, sandbox: Sandbox) -> None:
    """A clear no is not a lost answer: the next pass simply tries again."""
    stack = StackId.of("acme", "account", name="denied")
    no = "fail before create serviceaccount/account: googleapi: Error 403: Permission denied"
    with faulty(sandbox, no), pytest.raises(EngineError):
        warm.engine.up(workspace("denied", "account"))

    update(warm.engine, workspace("denied", "account"))
    destroy(warm.engine, stack)
    assert warm.engine.empty(stack)


@pytest.mark.slow
def test_a_provider_that_dies_converges(engine: Make, settings: Settings, tmp_path: Path) -> None:
    """The cloud acted and its provider died before it could answer: the next pass makes it whole."""
    stack = StackId.of("acme", "cloud", name="widow")
    with start(tmp_path / "cloud", faults=("die after create bucket:Bucket",)) as dying:
        one = engine(providers=dying.environment)
        with pytest.raises(EngineError):
            one.up(workspace("widow", "cloud"))
        one.close()

    with start(tmp_path / "cloud") as healthy:
        again = engine(providers=healthy.environment)
        built = update(again, workspace("widow", "cloud"))
        destroy(again, stack)

        assert 4 == sum(built.resources.values())
        assert again.empty(stack)
        assert not in_cloud(tmp_path / "cloud", "widow")


@pytest.mark.parametrize("ends", ["engine", pytest.param("sandbox", marks=pytest.mark.slow)])
def test_what_was_created_while_nobody_was_left_to_hear_of_it_is_known(
    engine: Make, settings: Settings, tmp_path: Path, ends: str
) -> None:
    """The engine is killed, and the answer to a create is lost: the worker that is left behind writes it down."""
    given, state = settings(), tmp_path / "state"
    with start(tmp_path / "cloud", faults=("slow after create bucket:Bucket 60s",)) as cloud:
        caller = subprocess.Popen(
            [
                *(sys.executable, "-m", "tests.adapters.engine.caller", given.state, given.work, given.pulumi),
                *(cloud.environment["PULUMI_DEBUG_PROVIDERS"], "orphan"),
            ],
            cwd=ROOT,
        )
        assert waited(lambda: in_cloud(tmp_path / "cloud", "acme-orphan"))
        caller.kill()
        caller.wait()
        if ends == "engine":
            assert waited(lambda: not processes_in(tmp_path / "work"))
    assert waited(lambda: not processes_in(tmp_path / "work"))
    assert [] == locks_in(state)

    with start(tmp_path / "cloud") as healthy:
        again = engine(work=tmp_path / "again", providers=healthy.environment)
        destroy(again, stack := StackId.of("acme", "cloud", name="orphan"))

        assert again.empty(stack)
        assert not in_cloud(tmp_path / "cloud", "orphan")


def test_what_holds_data_is_not_replaced(warm: Warm) -> None:
    """Refused by Pulumi itself, allowed by name, and never in the way of a destroy."""
    one, stack = warm.engine, StackId.of("acme", "cloud", name="moved")
    one.up(workspace("moved", "cloud"))
    moved = workspace("moved", "cloud", placement={"location": "EU"})

    with pytest.raises(EngineError, match="refused to delete a resource that holds data") as refused:
        update(one, moved)
    built = update(one, moved, allow_replace=True)
    destroy(one, stack)

    assert "WouldReplaceError" == type(refused.value).__name__
    assert (True, True) == (built.changed > 0, one.empty(stack))


def test_secrets_are_nowhere_in_clear(warm: Warm, sandbox: Sandbox) -> None:
    """Neither in the state, nor in outputs, nor in an error of a provider or of a program that shows them."""
    one = warm.engine
    built = one.up(workspace("quiet", "cloud"))
    with faulty(sandbox, "echo secret create Secret"), pytest.raises(EngineError) as of_provider:
        one.up(workspace("loud", "cloud"))
    with pytest.raises(EngineError) as of_program:
        one.up(workspace("told", description="tell"))

    assert not in_state(warm.folder, "battery staple")
    assert "battery staple" not in f"{built} {of_provider.value} {of_program.value}"
    assert "it is [secret]" in str(of_program.value)


def test_a_destroy_needs_no_program(engine: Make, warm: Warm, sandbox: Sandbox) -> None:
    """Neither the backend's folder nor its secrets: what the state holds is enough."""
    stack = StackId.of("acme", "cloud", name="old")
    warm.engine.up(workspace("old", "cloud"))

    state = warm.engine.settings.state
    later = engine(state=state, providers=sandbox.environment, backends={}, secret_environment={})
    destroy(later, stack)

    assert later.empty(stack)


def test_a_metadata_only_update_leaves_the_rest(warm: Warm) -> None:
    """Only ownership and namespace are touched: a changed location of the bucket does not even come up."""
    one, stack = warm.engine, StackId.of("acme", "cloud", name="light")
    one.up(workspace("light", "cloud"))
    later = workspace("light", "cloud").added_at.replace(year=2027)

    moved = workspace("light", "cloud", deadline=later, placement={"location": "EU"})
    built = update(one, moved, metadata_only=True)

    ownership = one.ownership(stack)
    assert (2, "2027-11-24") == (built.changed, built.outputs["expiry"])
    assert later == (ownership.deadline if ownership else None)
