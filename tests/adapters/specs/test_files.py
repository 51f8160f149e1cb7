"""The files of a fleet on disk: what git would list, judged in one run."""

from __future__ import annotations

import os
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from helium.adapters.specs.files import blob_id, tree
from helium.adapters.specs.validate import ValidationScope, validate
from helium.errors import UsageError
from tests.adapters.specs.reading import SPECS

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A fleet without workspaces."""
    (tmp_path / "helium.yaml").write_text("fleet: acme\n")
    (tmp_path / "workspaces").mkdir()
    return tmp_path


def write(folder: Path, name: str, text: str = "{}\n") -> Path:
    """A file under workspaces/."""
    path = folder / "workspaces" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def errors_in(folder: Path, *paths: str, past: bool = False) -> list[tuple[str, str]]:
    """Path and pointer of every error."""
    verdict = validate(folder, SPECS, now=NOW, scope=ValidationScope(frozenset(paths), past))
    return [(issue.path, issue.pointer) for issue in verdict.issues]


def test_a_fleet_without_errors(folder: Path) -> None:
    """Valid files are counted, with helium.yaml; what holds no name is not."""
    write(folder, "a.yaml")
    write(folder, "team/b.yaml")
    write(folder, "README.md")
    write(folder, ".gitkeep", "")
    verdict = validate(folder, SPECS, now=NOW)

    assert (3, ()) == (verdict.files, verdict.issues)


def test_every_error_of_every_file_is_reported_at_once(folder: Path) -> None:
    """A bad helium.yaml does not hide what is wrong with the specs."""
    (folder / "helium.yaml").write_text("fleet: A\nbackends: {mine: 5}\n")
    write(folder, "a.yaml", "zzz: 1\n")
    write(folder, "b.yaml", "backend: mine\nowner: x\n")

    assert [
        ("helium.yaml", "/fleet"),
        ("helium.yaml", "/backends/mine"),
        ("workspaces/a.yaml", "/zzz"),
        ("workspaces/b.yaml", "/owner"),
    ] == errors_in(folder)


def test_entries_are_those_of_git(folder: Path) -> None:
    """Path, blob id and mode are what git lists for the same files."""
    write(folder, "a.yaml", "expiry: 2026-12-01\n")
    write(folder, "team/b.yaml").chmod(0o755)
    (folder / "workspaces" / "c.yaml").symlink_to("a.yaml")
    git = ["git", "-C", str(folder)]
    subprocess.run([*git, "init", "-q"], check=True)
    subprocess.run([*git, "add", "workspaces"], check=True)
    listed = subprocess.run([*git, "ls-files", "-s"], check=True, capture_output=True, text=True).stdout

    rows = [line.split() for line in listed.splitlines()]
    assert [(row[3], row[0]) for row in rows] == [(entry.path, entry.mode) for entry in tree(folder).entries]
    assert {row[1] for row in rows if row[0] != "120000"} == set(tree(folder).data)


def test_the_blob_id_is_gits() -> None:
    """An empty file has the id that git is known for."""
    assert "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391" == blob_id(b"")


def test_links_and_special_files_are_errors_and_are_not_opened(folder: Path) -> None:
    """A link may lead anywhere, and a pipe would block; both are named and left alone."""
    os.mkfifo(folder / "workspaces" / "pipe.yaml")
    (folder / "workspaces" / "link.yaml").symlink_to("/etc/hostname")
    (folder / "workspaces" / "broken.yaml").symlink_to("nowhere")
    (folder / "workspaces" / "round").symlink_to(".")
    (folder / "workspaces" / "inner" / ".git").mkdir(parents=True)

    assert [
        "workspaces/broken.yaml", "workspaces/inner", "workspaces/inner", "workspaces/link.yaml",
        "workspaces/pipe.yaml", "workspaces/round", "workspaces/round",
    ] == [path for path, _ in errors_in(folder)]  # fmt: skip


def test_a_large_file_is_not_read_to_its_end(folder: Path) -> None:
    """A file of a gigabyte costs no memory."""
    path = write(folder, "a.yaml")
    os.truncate(path, 2**30)

    assert [("workspaces/a.yaml", "")] == errors_in(folder)
    assert [65537] == [len(data) for data in tree(folder).data.values()]


def test_a_file_name_of_any_bytes_can_be_shown(folder: Path) -> None:
    """Names that are not text are errors like any other, in letters that can be printed."""
    Path(os.fsdecode(os.fsencode(folder) + b"/workspaces/\xff.yaml")).write_text("{}")

    assert [("workspaces/\\xff.yaml", "")] == errors_in(folder)


@pytest.mark.parametrize(("name", "shown"), [("a\nb", "a\\nb"), ("\x1b[31m", "\\x1b[31m"), ("\u202ea", "\\u202ea")])
def test_a_file_name_stays_on_its_line(folder: Path, name: str, shown: str) -> None:
    """What would break a line, colour it or turn it is shown by its number, also where the file was named."""
    write(folder, f"{name}.yaml")
    expected = [(f"workspaces/{shown}.yaml", "")]

    assert [expected, expected] == [errors_in(folder), errors_in(folder, f"workspaces/{name}.yaml")]


def test_what_git_ignores_is_left_out(folder: Path) -> None:
    """An editor's swap file holds no name as long as git would not take it."""
    write(folder, ".a.yaml.swp", "x")
    before = errors_in(folder)
    subprocess.run(["git", "-C", str(folder), "init", "-q"], check=True)
    (folder / ".gitignore").write_text("*.swp\n")

    assert ([("workspaces/.a.yaml.swp", "")], []) == (before, errors_in(folder))


def test_no_workspaces_folder_is_no_error(folder: Path) -> None:
    """A fleet may begin without one; a link or a file in its place is an error."""
    (folder / "workspaces").rmdir()
    without = errors_in(folder)
    (folder / "workspaces").write_text("x")

    assert ([], [("workspaces", "")]) == (without, errors_in(folder))


def test_no_settings_are_an_error(tmp_path: Path) -> None:
    """A folder without helium.yaml is told what is missing; so is one where it is a folder or a link."""
    missing = errors_in(tmp_path)
    (tmp_path / "helium.yaml").symlink_to("other.yaml")
    link = validate(tmp_path, SPECS, now=NOW).issues
    (tmp_path / "helium.yaml").unlink()
    (tmp_path / "helium.yaml").mkdir()

    assert [[("helium.yaml", "")]] * 2 == [missing, errors_in(tmp_path)]
    assert [True] == ["it is a link" in issue.sentence for issue in link]


def test_dates_are_judged_by_today_and_told_at_their_line(folder: Path) -> None:
    """Beyond the maximum always; in the past only where a person asks for it."""
    write(folder, "a.yaml", "owner: a@b.cc\nexpiry: 2027-02-23\n")
    write(folder, "b.yaml", "expiry: 2026-11-23\n")
    write(folder, "c.yaml", "expiry: 2027-02-21\n")
    issue = validate(folder, SPECS, now=NOW).issues[0]

    assert ("workspaces/a.yaml", 2, 9, "/expiry") == (issue.path, issue.line, issue.column, issue.pointer)
    assert "write 2027-02-21 or earlier" in issue.sentence
    assert [("workspaces/a.yaml", "/expiry")] == errors_in(folder)
    assert [("workspaces/a.yaml", "/expiry"), ("workspaces/b.yaml", "/expiry")] == errors_in(folder, past=True)


def test_only_what_is_requested_is_judged(folder: Path) -> None:
    """A file, or a folder; names are compared with all the others all the same."""
    write(folder, "a.yaml", "zzz: 1\n")
    write(folder, "team/b.yaml", "zzz: 1\n")
    write(folder, "team/c.yaml")
    write(folder, "c.yaml", "zzz: 1\n")

    assert [("workspaces/a.yaml", "/zzz")] == errors_in(folder, "workspaces/a.yaml")
    assert [("workspaces/team/b.yaml", "/zzz"), ("workspaces/team/c.yaml", "")] == errors_in(folder, "workspaces/team")


@pytest.mark.parametrize("path", ["workspaces/gone.yaml", "README.md", "../a.yaml", "workspacesx/a.yaml"])
def test_a_path_that_is_no_spec_is_a_wrong_use(folder: Path, path: str) -> None:
    """A path outside workspaces/, or one that is not there, is told to the person who typed it."""
    with pytest.raises(UsageError, match=r"Name a file or a folder"):
        errors_in(folder, path)


def test_workspaces_in_another_case_is_an_error(folder: Path) -> None:
    """Its files hold no names here, and hold them on macOS."""
    (folder / "Workspaces").mkdir()

    assert ["Workspaces"] == [path for path, _ in errors_in(folder)]
