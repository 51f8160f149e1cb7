"""Cutting a release, on small files of the test's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.make import ROOT
from tools.release import main

CHANGELOG = """\
# Changelog

## Unreleased

### Added

* A door.

## 0.1.0 - 2026-11-01

* The house.
"""
PROJECT = '[project]\nname = "house"\nversion = "0.1.0"\n'
CUT = ("0.2.0", "--date", "2026-11-28")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project with one entry that no release has yet."""
    (tmp_path / "CHANGELOG.md").write_text(CHANGELOG)
    (tmp_path / "pyproject.toml").write_text(PROJECT)
    return tmp_path


def texts(root: Path) -> tuple[str, str]:
    """The two files that a cut changes."""
    return (root / "CHANGELOG.md").read_text(), (root / "pyproject.toml").read_text()


def test_a_cut_moves_what_is_unreleased_and_sets_the_version(root: Path) -> None:
    """The entries stand under version and date, an empty Unreleased above them, and the project has the version."""
    assert 0 == main(CUT, root)

    changelog = CHANGELOG.replace("## Unreleased\n", "## Unreleased\n\n## 0.2.0 - 2026-11-28\n")
    assert (changelog, PROJECT.replace("0.1.0", "0.2.0")) == texts(root)


def test_the_notes_are_those_of_the_tag(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The tag of the version that was cut prints its section, and no other."""
    main(CUT, root)
    capsys.readouterr()

    assert 0 == main(["--notes", "v0.2.0"], root)
    assert "### Added\n\n* A door.\n" == capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["0.1.0"], "0.1.0 is not newer than 0.1.0"),
        (["0.0.9"], "0.0.9 is not newer than 0.1.0"),
        (["2"], "'2' is not a version"),
        (["v0.2.0"], "'v0.2.0' is not a version"),
        (["--notes", "v0.2.0"], "The tag v0.2.0 is not v0.1.0"),
        (["--notes", "0.1.0"], "The tag 0.1.0 is not v0.1.0"),
    ],
)
def test_a_wrong_version_or_tag_changes_nothing(
    root: Path, capsys: pytest.CaptureFixture[str], words: list[str], sentence: str
) -> None:
    """Exit 1 with a sentence, and both files are as they were."""
    assert 1 == main(words, root)
    assert sentence in capsys.readouterr().err
    assert (CHANGELOG, PROJECT) == texts(root)


def test_nothing_to_tell_is_no_release(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An Unreleased part without an entry is refused, so a second cut in a row is too."""
    main(CUT, root)
    before = texts(root)

    assert 1 == main(["0.3.0"], root)
    assert "no entry under Unreleased" in capsys.readouterr().err
    assert before == texts(root)


def test_a_version_without_a_section_has_no_notes(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A version that somebody set by hand cannot be released."""
    (root / "CHANGELOG.md").write_text(CHANGELOG.replace("## 0.1.0 - 2026-11-01", "## 0.0.1 - 2026-11-01"))

    assert 1 == main(["--notes", "v0.1.0"], root)
    assert "CHANGELOG.md has no section for 0.1.0" in capsys.readouterr().err


def test_this_project_can_be_cut(tmp_path: Path) -> None:
    """The real files have the headings and the line that a cut looks for."""
    for name in ("CHANGELOG.md", "pyproject.toml"):
        text = (ROOT / name).read_text()
        (tmp_path / name).write_text(text.replace("## Unreleased\n", "## Unreleased\n\n* Something.\n"))

    assert 0 == main(["1000.0.0"], tmp_path)
