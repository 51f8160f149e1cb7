"""Bad luck, on real repositories, disks and the real Pulumi: a sentence and a code each time, never a traceback."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from helium.errors import ExitCode
from tests.cli.conftest import CommandLineFleet


def stderr_of(fleet: CommandLineFleet, *args: str, code: int, env: dict[str, str] | None = None) -> str:
    """What a command says when it fails: without a traceback, in a line or a few."""
    result = fleet(*args, code=code, env=env)
    text = result.stderr

    assert "Traceback" not in result.output
    assert text.strip()
    return text


def test_no_repository(tmp_path: Path, fleet: CommandLineFleet) -> None:
    """A folder in no repository is told how to become a fleet."""
    (tmp_path / "empty").mkdir()

    assert "helium init" in stderr_of(CommandLineFleet(tmp_path / "empty", fleet.env), "list", code=ExitCode.SOURCE)


def test_no_folder(tmp_path: Path, fleet: CommandLineFleet) -> None:
    """`-C` with a folder that is not there is a usage error."""
    assert "There is no folder" in stderr_of(
        CommandLineFleet(tmp_path / "nowhere", fleet.env), "plan", code=ExitCode.USAGE
    )


def test_a_repository_without_workspaces(fleet: CommandLineFleet) -> None:
    """A fleet without the folder `workspaces/` has no workspace, and says so calmly."""
    fleet.land("workspaces/.gitkeep", None)

    assert "no workspace" in fleet("plan").stdout
    assert "no workspaces yet" in fleet("list").stdout
    fleet("validate")


def test_settings_that_nobody_committed(fleet: CommandLineFleet) -> None:
    """`helium.yaml` on disk only: the sentence says to commit it."""
    fleet.git("rm", "--quiet", "--cached", "helium.yaml")
    fleet.git("commit", "--quiet", "--message", "Drop the settings")

    assert "Commit it" in stderr_of(fleet, "plan", code=ExitCode.SOURCE)


def test_a_detached_clone_still_knows_main(fleet: CommandLineFleet) -> None:
    """A detached HEAD changes nothing: main is the branch, not what is checked out."""
    fleet("new", "alpha")
    fleet.git("checkout", "--quiet", "--detach", "HEAD~1")

    assert ["alpha"] == [change["name"] for change in fleet.json("plan")["changes"]]


def test_a_shallow_clone(fleet: CommandLineFleet, tmp_path: Path) -> None:
    """A clone without the history that says when a file was added is refused, with what to do."""
    fleet("new", "alpha")
    fleet("new", "beta")
    clone = tmp_path / "shallow"
    fleet.git("clone", "--quiet", "--depth", "1", f"file://{fleet.folder}", str(clone))

    assert "shallow" in stderr_of(CommandLineFleet(clone, fleet.env), "plan", code=ExitCode.SOURCE)


def test_a_remote_that_is_not_there(fleet: CommandLineFleet, tmp_path: Path) -> None:
    """A remote that cannot be reached ends the command with git's sentence."""
    fleet.git("remote", "add", "origin", str(tmp_path / "gone.git"))

    assert "gone.git" in stderr_of(fleet, "list", code=ExitCode.SOURCE)


def test_no_pulumi(fleet: CommandLineFleet, tmp_path: Path) -> None:
    """Without Pulumi the sentence says where it was looked for, and who knows more."""
    bare = fleet.with_pulumi
    bare("new", "alpha")
    missing = {"HELIUM_PULUMI": str(tmp_path / "no-pulumi")}

    assert "helium doctor" in stderr_of(bare, "reconcile", code=ExitCode.FAILED, env=missing)
    assert "HELIUM_PULUMI" in bare("doctor", code=ExitCode.INTERNAL, env=missing).stdout


@pytest.mark.parametrize(
    "words",
    [("plan",), ("plan", "--ref", "branch"), ("reconcile", "--dry-run"), ("orphans",), ("expire",), ("why", "alpha")],
    ids=" ".join,
)
def test_what_only_looks_needs_no_pulumi(fleet: CommandLineFleet, tmp_path: Path, words: tuple[str, ...]) -> None:
    """Git, the ledger and the state's own folder say all of it. Whoever reviews has no Pulumi on the PATH."""
    bare = fleet.with_pulumi
    bare("new", "alpha")
    bare.git("branch", "branch")
    path = tmp_path / "bin"
    path.mkdir()
    for program in ("git", "sh"):
        (path / program).symlink_to(str(shutil.which(program)))
    nothing = {"HELIUM_PULUMI": "", "PATH": str(path), "HELIUM_CACHE": str(tmp_path / "cache")}
    assert "Pulumi cannot be started" in stderr_of(bare, "reconcile", code=ExitCode.FAILED, env=nothing)

    bare(*words, env=nothing)


def test_no_provider(fleet: CommandLineFleet, tmp_path: Path) -> None:
    """`doctor` names the provider of a real cloud that Pulumi would not find, and the command that installs it."""
    bare = fleet.with_pulumi
    # No test asks strangers: nothing listens on this port of this machine.
    settings = (fleet.folder / "helium.yaml").read_text().replace("https://tenant.example.com/", "https://127.0.0.1:9/")
    fleet.land("helium.yaml", settings.replace("domain: workspaces.example.com", "domain: workspaces.invalid"))
    nobody = {"PULUMI_HOME": str(tmp_path), "HELIUM_SANDBOX": "kubernetes"}
    here = tmp_path / "plugins" / f"resource-gcp-v{version('pulumi-gcp')}"

    assert f"resource gcp v{version('pulumi-gcp')}" in bare("doctor", code=ExitCode.INTERNAL, env=nobody).stdout
    here.mkdir(parents=True)
    said = bare("doctor", "--json", code=ExitCode.INTERNAL, env=nobody).stdout
    assert "plugin install" not in said
    assert {"dns workspaces.invalid", "issuer https://127.0.0.1:9/"} == {
        each["what"] for each in json.loads(said) if not each["ok"]
    }


def test_doctor_goes_on_after_a_look_that_fails(fleet: CommandLineFleet) -> None:
    """What cannot be looked at is a red row with its reason, and the rows after it are there as well."""
    (fleet.folder / ".helium").mkdir(exist_ok=True)
    (fleet.folder / ".helium" / "passphrase").write_text("")
    rows = {row["what"]: row for row in fleet.json("doctor", code=ExitCode.INTERNAL)}

    assert "passphrase is empty" in rows["clusters"]["sentence"]
    assert {"state", "ledger"} <= set(rows)


def test_an_old_pulumi(fleet: CommandLineFleet, tmp_path: Path) -> None:
    """A Pulumi that is too old is named with its version, also when it lacks what is asked of it."""
    fake = tmp_path / "pulumi"
    fake.write_text('#!/bin/sh\n[ "$1" = version ] && echo v3.1.0 && exit 0\necho "unknown flag" >&2; exit 255\n')
    fake.chmod(0o755)

    assert "Pulumi 3.1.0 is too old" in stderr_of(
        fleet.with_pulumi, "reconcile", code=ExitCode.FAILED, env={"HELIUM_PULUMI": str(fake)}
    )


def test_a_wrong_passphrase(light_up: CommandLineFleet) -> None:
    """A passphrase that is not the fleet's applies nothing, and no stack is made that nobody can destroy."""
    light_up("new", "gamma")
    shown = stderr_of(light_up, "reconcile", code=ExitCode.FAILED, env={"HELIUM_PASSPHRASE": "hunter2"})

    assert "passphrase" in shown
    assert "hunter2" not in shown
    assert "requested" == light_up.statuses()["gamma"]


def test_a_passphrase_that_is_gone(up: CommandLineFleet) -> None:
    """The file with the passphrase is missed, and no new one is made over what is there."""
    (up.folder / ".helium" / "passphrase").unlink()
    up("extend", "plain", "+1d")

    assert "put the old file back" in stderr_of(up, "reconcile", code=ExitCode.USAGE)
    assert not (up.folder / ".helium" / "passphrase").exists()


def test_a_state_that_is_not_there(light_up: CommandLineFleet, tmp_path: Path) -> None:
    """A state backend that cannot be found ends the pass: nothing is listed, nothing made, no folder either."""
    (light_up.folder / ".helium" / "state").rename(tmp_path / "state")

    assert "the state does not exist" in stderr_of(light_up, "reconcile", code=ExitCode.FAILED)
    assert not (light_up.folder / ".helium" / "state").exists()


def test_a_corrupt_state_file(light_up: CommandLineFleet) -> None:
    """A state file that was cut off is named, and spoils no other workspace."""
    state = next((light_up.folder / ".helium" / "state").rglob("plain.json"))
    state.write_bytes(state.read_bytes()[:100])
    plan = {change["name"]: change for change in light_up.json("plan")["changes"]}

    assert ("corrupt-stack", True) == (plan["plain"]["code"], str(state) in plan["plain"]["reason"])
    assert "in-step" == plan["rich"]["code"]


def test_a_corrupt_record(up: CommandLineFleet) -> None:
    """A record that cannot be read keeps its workspace, names it, and spoils nothing else."""
    up.git("worktree", "add", "--quiet", "../ledger", "helium-ledger")
    next((up.folder.parent / "ledger" / "records").glob("*/plain.json")).write_text('{"name": "pl')
    CommandLineFleet(up.folder.parent / "ledger", up.env).git("commit", "--quiet", "--all", "--message", "Spoil")
    up.land("workspaces/plain.yaml", None)
    up.land("workspaces/rich.yaml", (up.folder / "workspaces/rich.yaml").read_text() + "description: Mine\n")
    plan = {change["name"]: change for change in up.json("plan")["changes"]}

    assert ("keep", "corrupt-record") == (plan["plain"]["kind"], plan["plain"]["code"])
    assert "update" == plan["rich"]["kind"]
    assert ["rich"] == [each["name"] for each in up.json("reconcile", code=ExitCode.REFUSED)["outcomes"]]
    assert "cannot be read" in up("doctor", code=ExitCode.INTERNAL).stdout


def test_a_lock_that_another_run_holds(light_up: CommandLineFleet) -> None:
    """A stack that another machine has locked is `busy` with who holds it, the rest goes on, and unlock frees it."""
    stack = "organization/acme.light/plain"
    locks = light_up.folder / ".helium" / "state" / ".pulumi" / "locks" / stack
    locks.mkdir(parents=True, exist_ok=True)
    lock = {"pid": 4711, "username": "bob", "hostname": "elsewhere", "timestamp": "2026-11-24T10:00:00Z"}
    (locks / "0b1f0a0e-0000-4000-8000-000000000000.json").write_text(json.dumps(lock))
    for name in ("plain", "rich"):
        light_up("extend", name, "+1d")
    outcomes = {each["name"]: each for each in light_up.json("reconcile", code=ExitCode.FAILED)["outcomes"]}

    assert (False, True) == (outcomes["plain"]["ok"], outcomes["rich"]["ok"])
    assert "bob@elsewhere" in outcomes["plain"]["sentence"]
    light_up("unlock", "plain")
    light_up("reconcile")
    assert {"plain": "ready", "rich": "ready"} == light_up.statuses()


def test_a_sandbox_of_another_version(ready: CommandLineFleet) -> None:
    """A sandbox folder that another version wrote is left as it is, and named."""
    ownership = ready.folder / ".helium" / "sandbox" / "sandbox.json"
    ownership.write_text(json.dumps({**json.loads(ownership.read_text()), "format": 999}))
    text = (ready.folder / "workspaces/rich.yaml").read_text().replace("2.3.9", "2.4.0")
    ready.land("workspaces/rich.yaml", text)

    assert "sandbox" in stderr_of(ready, "reconcile", code=ExitCode.FAILED)
    assert 999 == json.loads(ownership.read_text())["format"]


def test_a_read_only_folder(fleet: CommandLineFleet, tmp_path: Path) -> None:
    """A place where nothing can be written ends with the path and the system's word."""
    shown = CommandLineFleet(tmp_path, fleet.env)("init", "/proc/acme", code=ExitCode.INTERNAL).stderr

    assert "/proc/acme" in shown
    (fleet.folder / ".helium").write_text("a file where a folder must be")
    fleet("new", "alpha")
    assert ".helium" in stderr_of(fleet, "reconcile", code=ExitCode.INTERNAL)


@pytest.mark.parametrize("room", [pytest.param(0, marks=pytest.mark.slow), 300])
def test_a_full_disk(light: CommandLineFleet, room: int) -> None:
    """When nothing more can be written, a pass ends with a sentence, and the next one goes on from there.

    What Pulumi itself was writing may be cut off, which is `test_a_corrupt_state_file`; so it is full before that.
    """
    light("new", "alpha")
    program = (
        "import resource, signal, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); "
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({room}, {room})); "
        "from helium.cli import main; sys.argv = ['helium', *sys.argv[1:]]; main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, "-C", str(light.folder), "reconcile"],
        env={**os.environ, **light.env, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode in {ExitCode.FAILED, ExitCode.SOURCE, ExitCode.INTERNAL}
    assert "Traceback" not in done.stderr
    assert "File too large" in done.stderr or "No usable temporary directory" in done.stderr
    light("reconcile", "--wait", "1m")
    assert {"alpha": "ready"} == light.statuses()


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("fleet: [", "helium.yaml:"),
        ("", "helium.yaml"),
        ("fleet: Acme\n", "helium.yaml:1:8"),
        ("flet: acme\n", "did you mean"),
    ],
)
def test_settings_with_errors(fleet: CommandLineFleet, text: str, sentence: str) -> None:
    """Every error of `helium.yaml` is told with its place, and no pass begins."""
    fleet.land("helium.yaml", text)

    assert sentence in stderr_of(fleet, "plan", code=3)


@pytest.mark.parametrize(
    ("arguments", "redirection", "code", "said"),
    [
        ("list", ">&-", 0, ""),
        ("list", ">&- 2>&- <&-", 0, ""),
        ("list", ">/dev/full", 1, "No space left on device"),
        ("--help", ">/dev/full", 1, "No space left on device"),
        ("--version", ">/dev/full", 1, "No space left on device"),
        ("new --help", ">/dev/full", 1, "No space left on device"),
    ],
)
def test_output_that_nobody_takes(
    fleet: CommandLineFleet, arguments: str, redirection: str, code: int, said: str
) -> None:
    """Closed, or on a full disk: quiet, or one sentence, and never a bug in Helium."""
    fleet("new", "alpha")
    program = Path(sys.executable).with_name("helium")
    line = f'exec "$0" -C "$1" {arguments} {redirection}'
    done = subprocess.run(
        ["sh", "-c", line, str(program), str(fleet.folder)],
        env={**os.environ, **fleet.env},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (code, True) == (done.returncode, said in done.stderr)
    assert "bug in Helium" not in done.stderr
