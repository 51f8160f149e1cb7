"""`python3 -m tools`, as the Makefile calls it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.tools.programs import environ, says
from tools.make import ROOT


def tools(tmp_path: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run one command of the set-up with a PATH and a cache of the test's own."""
    return subprocess.run(
        [sys.executable, "-m", "tools", *words],
        cwd=ROOT,
        env=environ(tmp_path),
        capture_output=True,
        text=True,
        check=False,
    )


def test_where_prints_one_path(tmp_path: Path) -> None:
    """What `where` prints can be put into a variable."""
    pulumi = says(tmp_path / "bin", "pulumi", "v3.258.0")

    said = tools(tmp_path, "where", "pulumi")

    assert (0, f"{pulumi}\n", "") == (said.returncode, said.stdout, said.stderr)


def test_where_says_how_to_get_what_is_missing(tmp_path: Path) -> None:
    """A tool that is not here is a sentence on stderr and exit 1."""
    said = tools(tmp_path, "where", "etcd")

    sentence = "set-up: etcd 3.6.8 is not here yet. Get it: python3 -m tools setup etcd\n"
    assert (1, "", sentence) == (said.returncode, said.stdout, said.stderr)


def test_an_unknown_word_is_a_usage_error(tmp_path: Path) -> None:
    """A command or a tool that does not exist is exit 2, with the list of those that do."""
    said = [tools(tmp_path, "where", "nonsense"), tools(tmp_path, "nonsense"), tools(tmp_path)]

    assert [(2, True)] * 3 == [(one.returncode, "actionlint" in one.stderr) for one in said]


def test_list_names_every_tool(tmp_path: Path) -> None:
    """`list` has a row for each tool, and starts none."""
    said = tools(tmp_path, "list")

    assert (0, 9) == (said.returncode, len(said.stdout.splitlines()))
