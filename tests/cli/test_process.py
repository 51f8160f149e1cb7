"""Helium as a process: signals, pipes, completion, and the words of `--help`."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from helium.cli import cli
from helium.errors import ExitCode
from tests.cli.conftest import CommandLineFleet
from tests.cli.terminals import plain, read_terminal

ROOT = Path(__file__).parents[2]
HELIUM = (sys.executable, "-m", "helium")
COMMANDS = (
    *("init", "new", "validate", "plan", "reconcile", "expire", "list", "show", "why", "extend", "delete", "history"),
    *("audit", "orphans", "pause", "unlock", "ledger", "demo", "doctor", "watch"),
)


def run(fleet: CommandLineFleet, *args: str, **more: str) -> subprocess.CompletedProcess[str]:
    """`helium` in a process of its own."""
    environ = {**os.environ, **fleet.env, **more}
    command = [*HELIUM, "-C", str(fleet.folder), *args]
    return subprocess.run(command, env=environ, capture_output=True, text=True, check=False)


BACKGROUND = ("sh", "-c", 'trap "" INT; exec "$@"', "sh")
"""How a shell starts what runs in the background: SIGINT is ignored, and children inherit that."""
TERMINAL = (
    *(sys.executable, "-c"),
    "import os, signal, sys; signal.signal(signal.SIGHUP, signal.SIG_DFL); os.execvp(sys.argv[1], sys.argv[1:])",
)
"""As a terminal starts a program. These tests may run under `nohup` themselves, and no shell stops to ignore a signal
that it was started with."""
NOHUP = ("sh", "-c", 'trap "" HUP; exec "$@"', "sh")
"""As `nohup` starts a program."""
MEMORY = (sys.executable, "-m", "tests.cli.memory")
"""`helium` in a process, with its stacks in memory."""


@pytest.mark.parametrize(
    ("starter", "number"),
    [
        pytest.param((), signal.SIGTERM, marks=pytest.mark.slow, id="terminal"),
        pytest.param(BACKGROUND, signal.SIGINT, id="background"),
    ],
)
def test_an_interrupted_pass_leaves_no_lock_and_no_process(
    light: CommandLineFleet, tmp_path: Path, starter: tuple[str, ...], number: signal.Signals
) -> None:
    """Cut short, a pass ends with 130, says where things stand, and the next pass brings up what was begun.

    Also where whoever started it ignores the signal, and so would Helium and its Pulumi.
    """
    slow = tmp_path / "slow"
    slow.touch()
    light("new", "alpha", "--description", str(slow))
    locks = light.folder / ".helium" / "state" / ".pulumi" / "locks"
    process = started(light, *starter, *HELIUM)
    until(lambda: bool(list(locks.rglob("alpha/*.json"))), process)
    process.send_signal(number)
    _, stderr = process.communicate(timeout=600)

    assert ExitCode.INTERRUPTED == process.returncode, stderr
    assert "0 of 1 changes were done; not done: alpha" in stderr
    assert not list(locks.rglob("*.json"))
    assert [] == _processes(light.folder)
    slow.unlink()
    light("reconcile", "--only", "alpha")
    assert {"alpha": "ready"} == light.statuses()


def started(fleet: CommandLineFleet, *command: str) -> subprocess.Popen[str]:
    """A pass in a process of its own."""
    return subprocess.Popen(
        [*command, "-C", str(fleet.folder), "reconcile"],
        env={**os.environ, **fleet.env, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def until(done: Callable[[], bool], process: subprocess.Popen[str]) -> None:
    """Wait for it while the process runs."""
    while not done():
        assert process.poll() is None, process.communicate()
        time.sleep(0.05)


def under_way(fleet: CommandLineFleet) -> bool:
    """Whether a pass has announced in the ledger that it creates `alpha`."""
    return "helium-ledger" in fleet.git("branch", "--list", "helium-ledger") and fleet.statuses() == {
        "alpha": "creating"
    }


def test_a_terminal_that_closes_ends_a_pass_in_good_order(fleet: CommandLineFleet, tmp_path: Path) -> None:
    """SIGHUP ends it as SIGTERM does: the lease is given back, so the next pass need not wait."""
    slow = tmp_path / "slow"
    slow.touch()
    fleet("new", "alpha", "--description", str(slow))
    process = started(fleet, *TERMINAL, *MEMORY)
    until(lambda: under_way(fleet), process)
    process.send_signal(signal.SIGHUP)
    _, stderr = process.communicate(timeout=600)

    assert ExitCode.INTERRUPTED == process.returncode, stderr
    assert "not done: alpha" in stderr
    assert fleet.json("ledger", "show")["fleet_record"]["lease"] is None


def test_under_nohup_a_closed_terminal_ends_nothing(fleet: CommandLineFleet, tmp_path: Path) -> None:
    """Whoever writes nohup means it: the pass goes on to its end."""
    slow = tmp_path / "slow"
    slow.touch()
    fleet("new", "alpha", "--description", str(slow))
    process = started(fleet, *NOHUP, *MEMORY)
    until(lambda: under_way(fleet), process)
    process.send_signal(signal.SIGHUP)
    slow.unlink()
    _, stderr = process.communicate(timeout=600)

    assert ExitCode.DONE == process.returncode, stderr
    assert {"alpha": "ready"} == fleet.statuses()


def _processes(folder: Path) -> list[str]:
    """The command lines of all processes that name the folder."""
    processes = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = path.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        processes += [line] if str(folder) in line else []
    return processes


def test_a_pipe_that_nobody_reads_is_no_error(fleet: CommandLineFleet) -> None:
    """`helium … | head -0` ends quietly."""
    command = f"{' '.join(HELIUM)} -C {fleet.folder} ledger show --json | head -c 0"
    done = subprocess.run(command, shell=True, env={**os.environ, **fleet.env}, capture_output=True, check=False)

    assert b"" == done.stderr


@pytest.mark.parametrize("reader", ["| head -1", "2>&1 | head -1", "2>&1 | head -7"])
def test_a_pass_whose_reader_leaves_is_carried_out(fleet: CommandLineFleet, reader: str) -> None:
    """Whoever reads only the beginning of what it says does not mean the beginning of a pass."""
    for name in ("alpha", "beta", "gamma"):
        fleet("new", name)
    command = f"{' '.join(MEMORY)} -C {fleet.folder} reconcile {reader}; echo code ${{PIPESTATUS[0]}}"
    environ = {**os.environ, **fleet.env, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(["bash", "-c", command], env=environ, capture_output=True, text=True, check=False)

    assert "code 0" == done.stdout.splitlines()[-1], done.stdout + done.stderr
    assert ["ready"] * 3 == [row["status"] for row in fleet.json("list")["workspaces"]]


def test_a_locale_without_all_letters_is_no_error(fleet: CommandLineFleet) -> None:
    """What it lacks is printed by its number; in JSON by an escape, so that a program reads it as it is."""
    fleet.land("workspaces/wrong.yaml", "expiry: \u6771\u4eac \U0001f600\n")
    environ = {**os.environ, **fleet.env, "PYTHONIOENCODING": "latin-1"}

    def said(*args: str) -> str:
        command = [*HELIUM, "-C", str(fleet.folder), *args]
        done = subprocess.run(command, env=environ, capture_output=True, check=False)
        assert b"" == done.stderr
        return done.stdout.decode("latin-1")

    assert "\\u6771\\u4eac \\U0001f600" in said("list")
    whole = json.loads(said("show", "wrong", "--json"))
    assert "\u6771\u4eac \U0001f600" in whole["file_errors"][0]


@pytest.mark.parametrize("term", ["dumb", "unknown"])
def test_a_terminal_that_cannot_redraw_gets_lines(fleet: CommandLineFleet, tmp_path: Path, *, term: str) -> None:
    """As in an editor's shell: a dated line when something begins, and no codes at all."""
    slow = tmp_path / "slow"
    slow.touch()
    fleet("new", "alpha", "--description", str(slow))
    parent, child = pty.openpty()
    environ = {**os.environ, **fleet.env, "TERM": term, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen([*MEMORY, "-C", str(fleet.folder), "reconcile"], env=environ, stdout=child, stderr=child)
    os.close(child)
    said = read_terminal(parent, until="creating alpha", then=slow.unlink)

    assert ExitCode.DONE == process.wait()
    assert re.search(r"\d\d:\d\d:\d\d ready alpha", said)
    assert "\x1b" not in said


@pytest.mark.parametrize("size", ["0", "100"])
def test_columns_of_the_environment(fleet: CommandLineFleet, size: str) -> None:
    """A CI may say that there are none; then the terminal itself is asked."""
    fleet("new", "alpha")
    parent, child = pty.openpty()
    environ = {**os.environ, **fleet.env, "TERM": "xterm", "COLUMNS": size, "LINES": size, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen([*MEMORY, "-C", str(fleet.folder), "reconcile"], env=environ, stdout=child, stderr=child)
    os.close(child)
    said = plain(read_terminal(parent))

    assert ExitCode.DONE == process.wait()
    assert re.search(r"alpha +ready +create +\d+\.\d s", said)


def test_on_a_terminal_each_stack_has_a_line_that_moves(fleet: CommandLineFleet, tmp_path: Path) -> None:
    """With a terminal, progress is a table with phase and time; without one, dated lines."""
    slow = tmp_path / "slow"
    slow.touch()
    fleet("new", "alpha", "--description", str(slow))
    parent, child = pty.openpty()
    process = subprocess.Popen(
        [*MEMORY, "-C", str(fleet.folder), "reconcile"],
        env={**os.environ, **fleet.env, "TERM": "xterm", "COLUMNS": "100", "PYTHONPATH": str(ROOT)},
        stdout=child,
        stderr=child,
    )
    os.close(child)
    shown = plain(read_terminal(parent, until="1 resource", then=slow.unlink))

    assert ExitCode.DONE == process.wait()
    assert "STATUS" in shown
    assert "creating" in shown
    assert "1 created" in shown


def test_progress_without_a_terminal_is_dated_lines(fleet: CommandLineFleet) -> None:
    """On standard error, one line for each beginning and end."""
    fleet("new", "alpha")
    stderr = fleet("reconcile", "--json").stderr

    assert re.search(r"^\d\d:\d\d:\d\d creating alpha$", stderr, re.MULTILINE)
    assert re.search(r"^\d\d:\d\d:\d\d ready alpha \(\d+\.\d s\)$", stderr, re.MULTILINE)


def test_in_a_ci_that_folds_each_name_is_a_group(fleet: CommandLineFleet) -> None:
    """GitHub and Gitea say so in the environment. How a name ended stands below its group, where it is not folded."""
    for name in ("alpha", "beta"):
        fleet("new", name, *(["--description", "fail"] if name == "beta" else []))
    stderr = fleet("reconcile", env={"GITHUB_ACTIONS": "true"}, code=ExitCode.FAILED).stderr
    lines = stderr.splitlines()
    first = lines.index("::group::alpha: create")
    end = lines.index("::endgroup::", first)

    assert all(re.match(r"\d\d:\d\d:\d\d creating for \d+s", line) for line in lines[first + 1 : end])
    assert lines[end - 1].endswith("creating for 0s, 1 resource")
    assert re.fullmatch(r"\d\d:\d\d:\d\d ready alpha \(\d+\.\d s\)", lines[end + 1])
    # Groups cannot overlap, and both were at work at once.
    marks = [line for line in lines if line.startswith("::")]
    assert ["::group::", "::endgroup::"] * (len(marks) // 2) == [re.sub(r"(group::).*", r"\1", line) for line in marks]
    assert {"::group::alpha: create", "::group::beta: create"} <= set(marks)
    assert "::" not in fleet("reconcile", "--dry-run", env={"GITHUB_ACTIONS": "true"}).stderr


def test_what_nobody_foresaw_is_one_sentence(fleet: CommandLineFleet) -> None:
    """A bug in Helium itself ends with 1 and how to report it; HELIUM_DEBUG shows where it was."""
    program = "import sys, helium.cli.process as p; p.root.invoke = None; sys.argv[1:] = ['list']; p.main()"
    environ = {**os.environ, **fleet.env}
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    shown = subprocess.run(command, env={**environ, "HELIUM_DEBUG": "1"}, capture_output=True, text=True, check=False)

    assert ExitCode.INTERNAL == done.returncode
    assert "Traceback" not in done.stderr
    assert "HELIUM_DEBUG=1" in done.stderr
    assert "Traceback" in shown.stderr


def test_a_pass_that_cannot_begin_leaves_no_folder_behind(up: CommandLineFleet, tmp_path: Path) -> None:
    """Where the passphrase is missing, nothing is made to work in."""
    room = tmp_path / "room"
    room.mkdir()
    (up.folder / ".helium" / "passphrase").unlink()

    assert ExitCode.USAGE == run(up, "reconcile", TMPDIR=str(room)).returncode
    assert [] == list(room.iterdir())


def test_debug_shows_where_an_error_came_from(fleet: CommandLineFleet) -> None:
    """HELIUM_DEBUG keeps the traceback of an error that Helium raised on purpose, too."""
    assert "Traceback" in run(fleet, "show", "ghost", HELIUM_DEBUG="1").stderr
    assert "Traceback" not in run(fleet, "show", "ghost").stderr


def test_every_command_is_there() -> None:
    """Every command is registered, except those that come with the API."""
    assert set(COMMANDS) <= set(cli.commands)


@pytest.mark.parametrize("name", COMMANDS)
def test_help_teaches_with_an_example(name: str) -> None:
    """`--help` of each command says what it does and shows one to copy."""
    command = cli.commands[name]
    commands = command.commands.values() if isinstance(command, click.Group) else [command]
    for each in commands:
        assert f"Example: helium {'ledger ' if name == 'ledger' else ''}{each.name}" in (each.help or "")
        assert all(option.help for option in each.params if isinstance(option, click.Option))


def test_an_unknown_command_or_option_is_a_usage_error(fleet: CommandLineFleet) -> None:
    """Misspelt words end with 2."""
    assert ExitCode.USAGE == CliRunner().invoke(cli, ["reconcle"]).exit_code
    fleet("plan", "--jsn", code=ExitCode.USAGE)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_knows_the_commands(shell: str) -> None:
    """Each shell gets a script, and the words that begin as what was typed."""
    environ = {**os.environ, "_HELIUM_COMPLETE": f"{shell}_source"}
    source = subprocess.run(HELIUM, env=environ, capture_output=True, text=True, check=False).stdout
    words = {"COMP_WORDS": "helium rec", "COMP_CWORD": "rec" if shell == "fish" else "1"}
    environ = {**os.environ, "_HELIUM_COMPLETE": f"{shell}_complete", **words}
    names = subprocess.run(HELIUM, env=environ, capture_output=True, text=True, check=False).stdout

    assert "_HELIUM_COMPLETE" in source
    assert "reconcile" in names


def test_options_can_come_from_the_environment(fleet: CommandLineFleet) -> None:
    """Each option has its variable, `HELIUM_COMMAND_OPTION`."""
    fleet("new", "alpha")
    fleet("plan", env={"HELIUM_PLAN_EXIT_CODE": "1"}, code=10)
