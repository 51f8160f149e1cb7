"""Where backends are looked for, and what of a folder counts."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from helium.adapters.backends import find, manifest


def test_caches_and_hidden_files_are_no_program() -> None:
    """What Python or an editor leaves in a folder changes no digest."""
    held = {"resources.py": b"x = 1", "part/more.py": b""}
    litter = {"__pycache__/resources.pyc": b"1", ".DS_Store": b"2", "part/__pycache__/x.pyc": b"3"}
    files = {f"stacks/mine/{path}": data for path, data in {**held, **litter}.items()}

    assert {"mine": held} == find.own({**files, "stacks/README.md": b"", "other/mine/resources.py": b""})


def test_a_program_s_digest_is_of_names_and_bytes() -> None:
    """Stable under order, and moved by a new name as well as by a new byte."""
    one = manifest.program_of({"a": b"1", "b": b"2"})

    assert one == manifest.program_of({"b": b"2", "a": b"1"})
    assert 3 == len({one, manifest.program_of({"a": b"1", "c": b"2"}), manifest.program_of({"a": b"2", "b": b"1"})})


@pytest.mark.parametrize(("placement", "package"), [("helium/stacks/x", "helium"), ("stacks/x", "helium")])
def test_built_in_folders_are_inside_or_beside(tmp_path: Path, placement: str, package: str) -> None:
    """In a wheel they are inside the package, in a clone beside it."""
    (tmp_path / package).mkdir()
    (tmp_path / placement).mkdir(parents=True)

    assert {"x": tmp_path / placement} == find.built_in(tmp_path / package)


def test_entry_points_are_found_and_not_run(tmp_path: Path) -> None:
    """A package's entry point gives its folder; one whose package is gone gives nothing."""
    points = "[helium.backends]\ntheirs = their_backend\nlost = no_such.package\n"
    for path, text in {
        "their_backend/__init__.py": "raise SystemExit('it ran')",
        "theirs-1.dist-info/METADATA": "Metadata-Version: 2.1\nName: theirs\nVersion: 1\n",
        "theirs-1.dist-info/entry_points.txt": points,
    }.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text)
    code = "from helium.adapters.backends import find; print(*find.installed().items())"
    environment = {"PYTHONPATH": f"{find.PACKAGE.parent}:{tmp_path}", "PATH": os.environ["PATH"]}

    done = subprocess.run((sys.executable, "-c", code), env=environment, capture_output=True, text=True, check=True)

    assert f"{('theirs', tmp_path / 'their_backend')}\n" == done.stdout
