"""How a tool is made, and what a try that ended badly leaves."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.tools.programs import environ, go
from tools.find import home
from tools.make import ROOT, arguments, ensure
from tools.progress import SetupError
from tools.table import ETCD, GITEA, GITHUB_MOCK, KUBERNETES, PROVIDER, PULUMI, TOOLS, Tool


def test_a_missing_tool_is_built_once(tmp_path: Path) -> None:
    """The first call builds into the cache; the second finds it there and starts nothing."""
    calls = go(tmp_path / "bin")

    folders = [ensure(ETCD, environ(tmp_path)) for _ in range(2)]

    assert [home(ETCD, environ(tmp_path)) / "bin"] * 2 == folders
    assert 1 == calls.read_text().count("go build")


def test_all_programs_of_a_tool_are_built_together(tmp_path: Path) -> None:
    """One build of a tool with three programs gives all three."""
    go(tmp_path / "bin")

    folder = ensure(KUBERNETES, environ(tmp_path))

    assert set(KUBERNETES.binaries) == {path.name for path in folder.iterdir()}


def test_a_failed_build_leaves_nothing_and_says_why(tmp_path: Path) -> None:
    """The error ends with the compiler's last words and the whole log's path; no half-made tool is left."""
    go(tmp_path / "bin", code=2, words="undefined: nonsense")

    with pytest.raises(SetupError) as raised:
        ensure(ETCD, environ(tmp_path))

    log = tmp_path / "cache/making/etcd-3.6.8.log"
    assert ["    undefined: nonsense", f"The whole log: {log}"] == str(raised.value).splitlines()[-2:]
    assert ["making"] == [path.name for path in (tmp_path / "cache").iterdir()]


def test_without_go_the_sentence_says_what_to_install(tmp_path: Path) -> None:
    """Where there is neither the tool nor Go, the person reads which of them to put on the PATH."""
    bare = environ(tmp_path, PATH=str(tmp_path))

    with pytest.raises(SetupError, match=r"Install etcd or Go, put it on the PATH"):
        ensure(ETCD, bare)


def test_a_release_that_cannot_be_reached_falls_through_to_go(tmp_path: Path) -> None:
    """With the release's host out of reach, Pulumi is built from source, after seconds."""
    calls = go(tmp_path / "bin")
    nowhere = dict.fromkeys(("https_proxy", "HTTPS_PROXY"), "http://127.0.0.1:9")

    ensure(PULUMI, environ(tmp_path, **nowhere))

    assert 1 == calls.read_text().count("version.Version=3.258.0")


def test_without_node_the_sentence_says_what_to_install(tmp_path: Path) -> None:
    """The mock of GitHub is made of Node packages; everything else goes without."""
    with pytest.raises(SetupError, match=r"github-mock 23.0.2 needs Node 20 or newer with npm.*Install Node"):
        ensure(GITHUB_MOCK, environ(tmp_path, PATH=str(tmp_path)))


def test_node_packages_come_by_their_digests() -> None:
    """The lock has one for each package, and names no server: whoever installs has a registry of their own."""
    lock = json.loads((ROOT / "tools/npm/github-mock/package-lock.json").read_text())
    packages = {name: each for name, each in lock["packages"].items() if name}

    assert packages["node_modules/@octokit/openapi"]["version"] == GITHUB_MOCK.version
    assert [] == [name for name, each in packages.items() if not each["integrity"].startswith("sha512-")]
    assert [] == [name for name, each in packages.items() if "resolved" in each]


def start(tool: Tool, tmp_path: Path) -> subprocess.Popen[bytes]:
    """A set-up of one tool in a process of its own."""
    code = "import os; from tools import make, table; make.ensure(table.TOOLS[os.environ['TOOL']], os.environ)"
    return subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, env=environ(tmp_path, TOOL=tool.name), stderr=subprocess.DEVNULL
    )


def until(calls: Path, count: int) -> None:
    """Wait until the pretended Go was started so many times."""
    for _ in range(6000):
        if calls.read_text().count("go build") >= count:
            return
        time.sleep(0.05)
    raise AssertionError(f"Go was not started {count} times: {calls.read_text()!r}")


def test_a_killed_build_is_made_anew(tmp_path: Path) -> None:
    """After kill -9 in the middle, the next set-up builds the tool and removes what the first one left."""
    calls = go(tmp_path / "bin", pause=1)
    killed = start(ETCD, tmp_path)
    until(calls, 1)
    killed.kill()
    killed.wait()

    folder = ensure(ETCD, environ(tmp_path))

    assert "made\n" == (folder / "etcd").read_text()
    assert [] == list((tmp_path / "cache/making").glob("*.tmp"))


def test_two_clones_take_turns(tmp_path: Path) -> None:
    """Two set-ups at once of the same tool build it once, and both end well."""
    calls = go(tmp_path / "bin", pause=1)

    codes = [process.wait() for process in [start(ETCD, tmp_path), start(ETCD, tmp_path)]]

    assert [0, 0] == codes
    assert 1 == calls.read_text().count("go build")


def test_go_is_told_the_version_and_the_tags(tmp_path: Path) -> None:
    """Programs know their own version, carry no machine path, and have the tags that they need."""
    pulumi, gitea = (" ".join(arguments(tool, tmp_path)) for tool in (PULUMI, GITEA))

    assert "-mod=readonly -trimpath -ldflags -s -w -X github.com/pulumi/pulumi/sdk/v3/go" in pulumi
    assert "-tags sqlite,sqlite_unlock_notify" in gitea


@pytest.mark.parametrize("tool", [tool for tool in TOOLS.values() if not tool.npm], ids=str)
def test_every_tool_has_a_module_with_its_packages_and_checksums(tool: Tool) -> None:
    """A row of the table is backed by a pinned module, whose checksums are in the repository."""
    folder = ROOT / "tools/go" / tool.name
    pinned = (folder / "go.mod").read_text()

    assert "h1:" in (folder / "go.sum").read_text()
    # The provider's release is not a tagged version of its module; its row's version is what it is stamped with.
    assert tool is PROVIDER or tool.version in pinned


def test_only_pulumi_is_fetched() -> None:
    """No other tool is taken as a program that somebody else built."""

    assert [PULUMI] == [tool for tool in TOOLS.values() if tool.released]
