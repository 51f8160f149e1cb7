"""What a command imports before it does anything: `helium --help` and a key press must cost next to nothing."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from contextlib import ExitStack, closing
from importlib import import_module
from pathlib import Path
from time import monotonic

import click
import pytest

from helium.app.fleet_place import PlaceChoice
from helium.app.name_completion import names_at_server
from helium.cli import cli
from helium.cli.registry import ENTRIES
from tests.adapters.git_repos import ENVIRON, git, land, new_repo
from tests.adapters.server.test_transport import misbehaving
from tests.cli.conftest import CommandLineFleet

LATE = "import atexit, sys; atexit.register(lambda: sys.stderr.write(' '.join(sys.modules)))"
START = f"{LATE}; from helium.cli import main; sys.argv = ['helium', *sys.argv[1:]]; main()"
NOT_FOR_HELP: tuple[str, ...] = ("helium.core", "helium.ports", "helium.reconcile", "helium.adapters", "helium.app")
NOT_FOR_HELP += (
    "rich",
    "jsonschema",
    "msgspec",
    "pygit2",
    "yaml",
    "urllib.request",
    "pulumi",
    "grpc",
    "litestar",
    "uvicorn",
    "asyncio",
)
NOT_FOR_READS = (
    "helium.adapters.engine",
    "helium.sandbox",
    "helium.api",
    "helium.cli.run_pass",
    "helium.reconcile.loop",
    "pulumi",
    "grpc",
    "litestar",
    "uvicorn",
    "jinja2",
    "asyncio",
    "prometheus_client",
    "google",
    "helium.adapters.commit_queue",
    "helium.adapters.git_repo.write",
    "helium.adapters.git_repo.worktree",
    "helium.adapters.git_repo.push",
    "helium.adapters.git_repo.remote_clock",
    "helium.adapters.ledger.tree",
    "helium.adapters.ledger.merge",
    "helium.adapters.ledger.plans",
    "helium.adapters.specs.spec_text",
    "helium.reconcile.ledger_writer",
    "helium.core.run",
)
NOT_FOR_QUIET_READS: tuple[str, ...] = ("jsonschema", "helium.core.sharded_plan", "importlib.metadata", "rich", "yaml")
NOT_FOR_QUIET_READS += (
    "helium.adapters.specs.spec_parser",
    "concurrent.futures",
    "secrets",
    "logging",
    "urllib.request",
)
NOT_FOR_A_LIST = (
    "helium.adapters.git_repo.walk",
    "helium.adapters.git_repo.history",
    "helium.adapters.ledger.history",
    "helium.core.connection",
    "helium.core.plan",
    "helium.reconcile.diff",
    "helium.reconcile.guard",
)
NOT_FOR_A_PLAN = (
    "helium.adapters.engine.cluster_look",
    "helium.adapters.engine.drift",
    "helium.adapters.kubernetes.pods",
    "http.client",
    "httpx2",
    "lightkube",
)
NOT_FOR_A_SERVER = (
    "helium.adapters.git_repo",
    "helium.adapters.ledger",
    "helium.adapters.specs",
    "helium.adapters.backends",
    "helium.adapters.commit_queue",
    "helium.adapters.engine",
    "helium.api",
    "helium.app.open_fleet",
    "helium.reconcile",
    "asyncio",
    "jsonschema",
    "pulumi",
    "pygit2",
    "rich",
    "yaml",
)
"""What of Helium only a clone needs."""
INTEGRITY = ["for-each-ref", "rev-list", "rev-list", "cat-file"]
"""What git is asked before anything else reads the repository."""


def imported(*args: str, folder: Path, env: dict[str, str] | None = None) -> set[str]:
    """The modules that a command has imported when it ends."""
    command = [sys.executable, "-c", START, *args]
    done = subprocess.run(
        command, cwd=folder, env={**os.environ, **ENVIRON, **(env or {})}, capture_output=True, text=True, check=False
    )
    return set(done.stderr.splitlines()[-1].split())


def git_runs(*args: str, folder: Path, env: dict[str, str]) -> list[str]:
    """What a command asks of the `git` program, by its verbs; what such a git starts itself does not count."""
    trace = folder.parent / "trace"
    trace.unlink(missing_ok=True)
    command = [sys.executable, "-m", "helium", *args]
    given = {**os.environ, **ENVIRON, **env, "GIT_TRACE2_EVENT": str(trace)}
    subprocess.run(command, cwd=folder, env=given, capture_output=True, check=True)
    events = map(json.loads, trace.read_text().splitlines())
    return [each["name"] for each in events if each["event"] == "cmd_name" and "/" not in each["sid"]]


def heavy(modules: set[str], rooms: tuple[str, ...]) -> list[str]:
    """Those that lie in one of the rooms."""
    return sorted(each for each in modules if any(each == room or each.startswith(f"{room}.") for room in rooms))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fleet with one file and no pass."""
    own = new_repo(tmp_path_factory.mktemp("start") / "own")
    land(own, {"helium.yaml": b"fleet: acme\nsandbox: [gcp, kubernetes]\n", "workspaces/alpha.yaml": b"{}\n"})
    return own


@pytest.mark.parametrize("args", [("--help",), ("--version",), ("lits",), ("show", "--help"), ("reconcile", "--help")])
def test_help_imports_only_click_and_words(folder: Path, args: tuple[str, ...]) -> None:
    """Not one module that reads a file, draws a table or knows a workspace."""
    assert [] == heavy(imported(*args, folder=folder), NOT_FOR_HELP)


def test_help_of_all_imports_no_command(folder: Path) -> None:
    """The table of commands tells enough."""
    modules = {f"helium.cli.{entry.module}" for entry in ENTRIES.values()}

    assert set() == modules & imported("--help", folder=folder)


@pytest.mark.parametrize("words", ["helium ", "helium show a", "helium extend a", "helium reconcile --only a"])
def test_completion_imports_as_little(folder: Path, words: str) -> None:
    """Also where it completes the names of workspaces."""
    env = {"_HELIUM_COMPLETE": "bash_complete", "COMP_WORDS": words, "COMP_CWORD": str(len(words.split()) - 1)}

    assert [] == heavy(imported(folder=folder, env=env), NOT_FOR_HELP)


@pytest.mark.parametrize("args", [("list",), ("show", "alpha"), ("why", "alpha"), ("backend", "list")])
def test_a_look_imports_git_ledger_and_specs_and_no_engine(folder: Path, args: tuple[str, ...]) -> None:
    """Who only reads waits for nothing that writes."""
    assert [] == heavy(imported(*args, folder=folder), NOT_FOR_READS)


def test_a_plan_imports_nothing_that_asks_a_cluster(folder: Path) -> None:
    """Nor does a pass, until it has something to do."""
    modules = imported("plan", folder=folder)

    assert "helium.adapters.engine.engine" in modules
    assert [] == heavy(modules, NOT_FOR_A_PLAN)


def test_a_look_at_a_quiet_fleet_judges_nothing(grown_in_memory: CommandLineFleet, tmp_path: Path) -> None:
    """Where each workspace is as its file says, and helium.yaml as it was at the last command."""
    folder, env = grown_in_memory.folder, {**grown_in_memory.env, "HELIUM_CACHE": str(tmp_path / "cache")}
    first = imported("list", folder=folder, env=env)

    assert "jsonschema" in first, "nothing was remembered yet"
    for args in (("list",), ("show", "plain"), ("why", "plain")):
        assert [] == heavy(imported(*args, folder=folder, env=env), NOT_FOR_QUIET_READS), args
    assert [] == heavy(imported("list", folder=folder, env=env), NOT_FOR_A_LIST)


def test_a_look_at_a_quiet_fleet_starts_five_processes(grown_in_memory: CommandLineFleet, tmp_path: Path) -> None:
    """Git looks whether all can be read. The rest is read in this process; only `why` walks history.

    It is also asked for remotes, where libgit2 sees none.
    """
    folder, env = grown_in_memory.folder, {**grown_in_memory.env, "HELIUM_CACHE": str(tmp_path / "cache")}

    assert ["remote", *INTEGRITY] == git_runs("list", folder=folder, env=env)
    assert ["remote", *INTEGRITY] == git_runs("show", "plain", folder=folder, env=env)
    assert ["remote", *INTEGRITY, "log"] == git_runs("why", "plain", folder=folder, env=env)


def test_a_look_asks_the_remote_once(folder: Path, tmp_path: Path) -> None:
    """Main is fetched when the fleet is opened, and a list has no use for the remote's clock."""
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "--quiet", str(folder), str(clone))
    env = {"HELIUM_CACHE": str(tmp_path / "cache")}

    assert ["fetch", *INTEGRITY, "log"] == git_runs("list", folder=clone, env=env), "no pass has seen it"
    asked = git_runs("why", "alpha", folder=clone, env=env)
    assert (1, 1) == (asked.count("fetch"), asked.count("remote"))


def test_a_look_searches_for_no_garbage(folder: Path) -> None:
    """Neither while it imports nor at its end, when everything that lives has been set aside."""
    count = "gc.get_stats()[0]['collections']"
    late = f"n = {count}; atexit.register(lambda: print({count} - n, gc.get_freeze_count()))"
    code = f"import atexit, gc, sys; from helium.cli import main; {late}; sys.argv = ['helium', 'list']; main()"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, env={**os.environ, **ENVIRON}, capture_output=True, check=True
    )
    searches, set_aside = map(int, done.stdout.splitlines()[-1].split())

    assert searches <= 1
    assert set_aside > 10_000


@pytest.mark.parametrize("name", ENTRIES)
def test_the_table_says_what_each_command_says(name: str) -> None:
    """One line of help, written twice so that help is quick, is the same twice."""
    command = cli.commands[name]

    assert command.short_help == ENTRIES[name].help
    assert len(ENTRIES[name].help) <= 64, "it must fit in a line of a terminal"


def test_every_command_of_a_module_is_in_the_table() -> None:
    """A command that the table forgets would be there for nobody."""
    modules = {entry.module for entry in ENTRIES.values()}
    there = {each.name for module in modules for each in _commands(module)}

    assert set(ENTRIES) == there


def _commands(module: str) -> tuple[click.Command, ...]:
    """A module's own list."""
    commands: tuple[click.Command, ...] = import_module(f"helium.cli.{module}").COMMANDS
    return commands


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("helium show ", ["alpha"]),
        ("helium delete alpha ", []),
        ("helium history b", []),
        ("helium extend al", ["alpha"]),
        ("helium reconcile --only ", ["alpha"]),
        ("helium audit --name a", ["alpha"]),
        ("helium ledger accept-loss ", ["alpha"]),
    ],
)
def test_names_of_workspaces_complete(folder: Path, words: str, expected: list[str]) -> None:
    """From main as it was fetched last; what stands on the line already is not offered again."""
    count = len(words.split()) - (not words.endswith(" "))
    env = {"_HELIUM_COMPLETE": "bash_complete", "COMP_WORDS": words, "COMP_CWORD": str(count)}
    command = [sys.executable, "-m", "helium"]
    done = subprocess.run(
        command, cwd=folder, env={**os.environ, **ENVIRON, **env}, capture_output=True, text=True, check=False
    )

    assert ("", [f"plain,{name}" for name in expected]) == (done.stderr, done.stdout.split())


def test_completion_reads_what_was_fetched_last_and_no_network(folder: Path, tmp_path: Path) -> None:
    """A clone offers its remote's main, though the remote is gone by now."""
    remote = tmp_path / "remote"
    git(tmp_path, "clone", "--quiet", str(folder), str(remote))
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "--quiet", str(remote), str(clone))
    remote.rename(tmp_path / "gone")
    env = {"_HELIUM_COMPLETE": "bash_complete", "COMP_WORDS": "helium show ", "COMP_CWORD": "2"}
    command = [sys.executable, "-m", "helium"]
    done = subprocess.run(
        command, cwd=clone, env={**os.environ, **ENVIRON, **env}, capture_output=True, text=True, check=False
    )

    assert "plain,alpha" == done.stdout.strip()


@pytest.mark.parametrize(
    ("at", "place"), [("HELIUM_SERVER", "clone"), ("--server", "clone"), ("HELIUM_SERVER", "else")]
)
def test_names_complete_at_a_server(folder: Path, tmp_path: Path, at: str, place: str) -> None:
    """By its list, with nothing that only a clone needs; a server that fails, or takes no token, offers none."""
    listed = {"IDs": ["bear", "beaver", "cat"]}
    for reply, expected in (((200, "application/json", listed), "bear beaver"), ((500, "text/html", "no"), "")):
        with misbehaving(reply) as server:
            words = f"helium --server {server.address} show be" if at == "--server" else "helium show be"
            env = {"_HELIUM_COMPLETE": "bash_complete", "COMP_WORDS": words, "COMP_CWORD": str(len(words.split()) - 1)}
            env |= {"HELIUM_TOKEN": "a-token", "XDG_CONFIG_HOME": str(tmp_path)}
            env |= {at: server.address} if at == "HELIUM_SERVER" else {}
            done = subprocess.run(
                [sys.executable, "-c", START],
                cwd=folder if place == "clone" else tmp_path,
                env={**os.environ, **ENVIRON, **env},
                capture_output=True,
                text=True,
                check=False,
            )
        assert expected.split() == [line.removeprefix("plain,") for line in done.stdout.split()], done.stderr
        assert [] == heavy(set(done.stderr.splitlines()[-1].split()), NOT_FOR_A_SERVER)


EVIL = ("--yes", "be;id", "be$(id)", "be\nplain,be`id`", "be*", "beaver")


def test_only_names_complete(tmp_path: Path) -> None:
    """A shell puts them on the line as they are: neither a server nor a file on main writes a command there."""
    own = new_repo(tmp_path / "own")
    files = {f"workspaces/{name}.yaml": b"{}\n" for name in EVIL}
    land(own, {"helium.yaml": b"fleet: acme\nsandbox: [gcp, kubernetes]\n", **files})
    env = {"_HELIUM_COMPLETE": "bash_complete", "COMP_WORDS": "helium show ", "COMP_CWORD": "2"}
    with misbehaving((200, "application/json", {"IDs": EVIL})) as server:
        at_server = {"HELIUM_SERVER": server.address, "HELIUM_TOKEN": "a-token", "XDG_CONFIG_HOME": str(tmp_path)}
        for more in ({}, at_server):
            done = subprocess.run(
                [sys.executable, "-m", "helium"],
                cwd=own,
                env={**os.environ, **ENVIRON, **env, **more},
                capture_output=True,
                text=True,
                check=False,
            )
            assert "plain,beaver\n" == done.stdout, done.stderr


def test_a_server_that_lets_nobody_in_holds_no_key_press(tmp_path: Path) -> None:
    """As behind a network that is off: it says neither yes nor no to a connection, and a command waits for longer."""
    with closing(socket.create_server(("127.0.0.1", 0), backlog=0)) as full, ExitStack() as callers:
        for _ in range(3):
            caller = callers.enter_context(closing(socket.socket()))
            caller.setblocking(False)
            caller.connect_ex(full.getsockname())
        environ = {"HELIUM_SERVER": f"http://127.0.0.1:{full.getsockname()[1]}", "HELIUM_TOKEN": "a-token"}
        begun = monotonic()
        names = names_at_server({**environ, "XDG_CONFIG_HOME": str(tmp_path)}, PlaceChoice(start=tmp_path))

    assert () == names
    assert 1 < monotonic() - begun < 6


def test_outside_of_a_fleet_nothing_completes(tmp_path: Path) -> None:
    """And nothing is said."""
    env = {"_HELIUM_COMPLETE": "bash_complete", "COMP_WORDS": "helium show ", "COMP_CWORD": "2"}
    command = [sys.executable, "-m", "helium"]
    done = subprocess.run(
        command, cwd=tmp_path, env={**os.environ, **ENVIRON, **env}, capture_output=True, text=True, check=False
    )

    assert ("", "") == (done.stdout.strip(), done.stderr)


@pytest.mark.parametrize(
    "args", [("list",), ("show", "alpha"), ("why", "alpha"), ("history", "alpha"), ("new", "beta"), ("delete", "alpha")]
)
def test_a_server_needs_nothing_of_a_clone(folder: Path, tmp_path: Path, args: tuple[str, ...]) -> None:
    """No git, no Pulumi, no spec: the server has them."""
    row = {"ID": "alpha", "Status": "ready"}
    strings = dict.fromkeys(("K8s", "K8sNamespace", "ConsoleURL", "NotebooksURL", "Pachctl"), "")
    whole = {"Name": "acme", "ID": "alpha", "IDs": [], "Workspaces": [row], "Workspace": row, "ConnectionInfo": strings}
    why = dict.fromkeys(("Kind", "Code", "Reason", "Backend", "Digest", "Blob", "Program", "Deadline"), "")
    why |= dict.fromkeys(("Commit", "LastOutcome", "Phase", "Drift", "Refused"), "")
    with misbehaving((200, "application/json", {**whole, **why, "Commits": [], "Outcomes": []})) as server:
        env = {"HELIUM_TOKEN": "a-token", "PATH": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path)}
        modules = imported("--server", server.address, *args, folder=folder, env=env)

    assert "helium.adapters.server.access" in modules
    assert [] == heavy(modules, NOT_FOR_A_SERVER)
