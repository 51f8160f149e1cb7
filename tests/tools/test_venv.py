"""When the virtual environment is left alone, and when it is filled or created again."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.venv import OWN, PACKAGES, UNFINISHED, complete, wanted


@pytest.fixture(name="clone")
def _clone(tmp_path: Path) -> Path:
    """A clone whose environment is complete, as far as its stamps tell."""
    binaries = tmp_path / ".venv/bin"
    binaries.mkdir(parents=True)
    for path in (tmp_path / "requirements.lock", tmp_path / "pyproject.toml", binaries / "python", binaries / "helium"):
        path.write_text(path.name)
    (tmp_path / ".venv" / PACKAGES).write_text(wanted(tmp_path, "requirements.lock"))
    (tmp_path / ".venv" / OWN).write_text(wanted(tmp_path, "pyproject.toml"))
    return tmp_path


def test_a_complete_environment_is_left_alone(clone: Path) -> None:
    """With both stamps in place, the set-up has nothing to do."""

    assert complete(clone, clone / ".venv")


@pytest.mark.parametrize("name", ["requirements.lock", "pyproject.toml"])
def test_a_changed_input_is_noticed(clone: Path, name: str) -> None:
    """A new lock or project file makes the environment incomplete."""
    (clone / name).write_text("changed")

    assert not complete(clone, clone / ".venv")


@pytest.mark.parametrize("name", ["bin/python", "bin/helium", PACKAGES, OWN])
def test_a_missing_part_is_noticed(clone: Path, name: str) -> None:
    """Without its interpreter, its command or a stamp, the environment is incomplete."""
    (clone / ".venv" / name).unlink()

    assert not complete(clone, clone / ".venv")


def test_an_interrupted_install_is_noticed(clone: Path) -> None:
    """A stamp that says `installing` is not the lock's digest."""
    (clone / ".venv" / PACKAGES).write_text(UNFINISHED)

    assert not complete(clone, clone / ".venv")


def test_a_moved_clone_is_noticed(clone: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Scripts in the environment name their folder, so a clone that moved is set up again."""
    moved = clone.rename(tmp_path_factory.mktemp("elsewhere") / "clone")

    assert not complete(moved, moved / ".venv")
