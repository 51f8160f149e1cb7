"""Where a tool is found."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tools.programs import environ, program, says
from tools.find import cache, fits, home, locate, version
from tools.table import ETCD, KUBERNETES, PULUMI


@pytest.mark.parametrize(
    ("environ", "folder"),
    [
        ({"HELIUM_CACHE": "/a/b", "XDG_CACHE_HOME": "/x", "HOME": "/h"}, "/a/b"),
        ({"XDG_CACHE_HOME": "/x", "HOME": "/h"}, "/x/helium"),
        ({"HOME": "/h"}, "/h/.cache/helium"),
        ({"HELIUM_CACHE": "", "XDG_CACHE_HOME": "", "HOME": "/h"}, "/h/.cache/helium"),
    ],
)
def test_the_cache_is_the_users(environ: dict[str, str], folder: str) -> None:
    """HELIUM_CACHE names the cache folder, else XDG_CACHE_HOME holds it, else ~/.cache; empty means unset."""

    assert Path(folder) == cache(environ)


@pytest.mark.parametrize(
    ("said", "good"),
    [
        ("v3.258.0", True),
        ("v3.300.1", True),
        ("3.200.0", True),
        ("v3.199.9", False),
        ("v2.300.0", False),
        ("v4.0.0", False),
        ("no version at all", False),
    ],
)
def test_the_path_wins_where_its_version_will_do(tmp_path: Path, said: str, good: bool) -> None:
    """A Pulumi on the PATH is taken when it is new enough, within the same major."""
    says(tmp_path / "bin", "pulumi", said)

    folder = locate(PULUMI, environ(tmp_path))

    assert (tmp_path / "bin" if good else None) == folder


def test_an_old_one_on_the_path_gives_way_to_the_cache(tmp_path: Path) -> None:
    """What is too old on the PATH does not hide what the cache holds."""
    says(tmp_path / "bin", "pulumi", "v3.100.0")
    cached = home(PULUMI, environ(tmp_path)) / "bin"
    says(cached, "pulumi", "v3.258.0")

    assert cached == locate(PULUMI, environ(tmp_path))


def test_without_a_minimum_only_the_very_version_will_do() -> None:
    """A tool that tests pin is not replaced by a neighbour of it."""

    assert (True, False) == (fits(ETCD, (3, 6, 8)), fits(ETCD, (3, 6, 9)))


def test_half_of_a_tool_is_no_tool(tmp_path: Path) -> None:
    """A tool of three programs is there when all three are."""
    says(home(KUBERNETES, environ(tmp_path)) / "bin", "kube-apiserver", "1.35.4")

    assert locate(KUBERNETES, environ(tmp_path)) is None


def test_a_program_that_fails_has_no_version(tmp_path: Path) -> None:
    """A broken program on the PATH is passed over, not trusted and not fatal."""
    broken = program(tmp_path, "pulumi", "#!/bin/sh\necho v3.258.0\nexit 1\n")

    assert version(broken, ("version",)) is None
