"""Branches that somebody made to do harm, or by mistake: planned and checked as data, with a sentence for each."""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from helium.errors import ExitCode
from tests.cli.conftest import CommandLineFleet

SPEC = "owner: ada@example.com\nexpiry: {}\n"
SOON = f"{datetime.now(UTC) + timedelta(days=5):%Y-%m-%d}"


def branch(fleet: CommandLineFleet, files: dict[str, str | None]) -> None:
    """A branch off main with these files, beside it; main stays checked out."""
    fleet.git("checkout", "--quiet", "-b", "change")
    for path, text in files.items():
        fleet.land(path, text)
    fleet.git("checkout", "--quiet", "main")


def literally(fleet: CommandLineFleet, kind: str, data: bytes) -> str:
    """An object that git itself would not make; its id."""
    command = ["git", "-C", str(fleet.folder), "hash-object", "-t", kind, "-w", "--literally", "--stdin"]
    return subprocess.run(command, input=data, capture_output=True, check=True).stdout.decode().strip()


def tree(fleet: CommandLineFleet, *entries: tuple[str, str, str]) -> str:
    """A tree of modes, names and ids, whatever the names."""
    data = b"".join(f"{mode} {name}\0".encode() + bytes.fromhex(id) for mode, name, id in entries)
    return literally(fleet, "tree", data)


def with_folder(fleet: CommandLineFleet, name: str, id: str) -> None:
    """A branch on main whose root has this folder instead of its own."""
    listed = (line.split(maxsplit=3) for line in fleet.git("ls-tree", "main").splitlines())
    entries = {path: (mode.lstrip("0"), path, blob) for mode, _, blob, path in listed}
    entries[name] = ("40000", name, id)
    root = tree(fleet, *(entries[path] for path in sorted(entries)))
    commit = fleet.git("commit-tree", root, "-p", "main", "-m", "odd")
    fleet.git("branch", "change", commit)


@pytest.mark.parametrize("name", ["..", ".", "a/b", ".git", ".GIT"])
def test_a_tree_with_an_impossible_name_writes_nothing_anywhere(
    up: CommandLineFleet, name: str, tmp_path: Path
) -> None:
    """Backends of a branch are written out to be read: a path that leads elsewhere must never get so far."""
    blob = literally(up, "blob", b"print('owned')\n")
    inner = tree(up, ("100644", "resources.py", blob), ("100644", "backend.json", literally(up, "blob", b"{}")))
    up_one = tree(up, ("40000", name, tree(up, ("40000", "escaped", inner))))
    with_folder(up, "stacks", tree(up, ("40000", "evil", up_one)))
    cache = tmp_path / "cache"
    env = {"HELIUM_CACHE": str(cache)}

    assert "cannot be a file's name" in up("ci", "check", "--head", "change", code=ExitCode.INVALID, env=env).stdout
    assert "cannot be a file's name" in up("ci", "plan", "--head", "change", env=env).stdout
    written = [str(path) for path in tmp_path.rglob("resources.py")]
    assert [] == [path for path in written if "escaped" in path]


def test_the_settings_moved_into_a_spec(up: CommandLineFleet) -> None:
    """A rename that looks harmless in a list of files: the fleet would have no settings, so that is the error."""
    up.git("checkout", "--quiet", "-b", "change")
    up.git("mv", "helium.yaml", "workspaces/x.yaml")
    up.git("commit", "--quiet", "--message", "Move")
    up.git("checkout", "--quiet", "main")
    shown = up("ci", "check", "--head", "change", code=ExitCode.INVALID).stdout

    assert "helium.yaml" in shown
    assert "would be gone" in shown
    assert "would be gone" in up("ci", "plan", "--head", "change").stdout


def test_a_workflow_moved_into_a_spec(up: CommandLineFleet) -> None:
    """The file holds a name, and is no spec; that the workflow goes is said as well."""
    up.land(".github/workflows/check.yml", "on: pull_request\n")
    up.git("checkout", "--quiet", "-b", "change")
    up.git("mv", ".github/workflows/check.yml", "workspaces/check.yaml")
    up.git("commit", "--quiet", "--message", "Move")
    up.git("checkout", "--quiet", "main")
    shown = up("ci", "plan", "--head", "change").stdout

    assert "workspaces/check.yaml" in shown
    assert ".github/workflows/check.yml" in shown
    up("ci", "check", "--head", "change", code=ExitCode.INVALID)


def test_everything_at_once_is_said_to_be_so(up: CommandLineFleet) -> None:
    """Workflows, programs, settings and schema beside one spec: a reader sees each of them."""
    settings = (up.folder / "helium.yaml").read_text()
    branch(
        up,
        {
            ".github/workflows/check.yml": "on: push\n",
            "stacks/own/resources.py": "raise SystemExit('never run')\n",
            "stacks/own/backend.json": '{"placement": []}',
            "schema/workspace.schema.json": "{}",
            "helium.yaml": f"{settings}# more\n",
            "workspaces/new.yaml": SPEC.format(SOON),
        },
    )
    shown = up("ci", "plan", "--head", "change").stdout

    assert "| create | new |" in shown
    for path in (
        ".github/workflows/check.yml",
        "helium.yaml",
        "schema/workspace.schema.json",
        "stacks/own/resources.py",
    ):
        assert path in shown.replace("\\", ""), path


@pytest.mark.parametrize(
    "text",
    [
        "raise SystemExit(9)\n",
        "import os; os.kill(os.getpid(), 9)\n",
        "\0\x01",
    ],
)
def test_a_program_of_a_branch_is_never_run(up: CommandLineFleet, text: str) -> None:
    """It is read for its digest, and that is all."""
    settings = (up.folder / "helium.yaml").read_text().replace("backends:\n", "backends:\n  own: {}\n")
    branch(
        up,
        {
            "stacks/own/resources.py": text,
            "stacks/own/backend.json": "[1, 2",
            "helium.yaml": settings,
            "workspaces/new.yaml": f"{SPEC.format(SOON)}backend: own\n",
        },
    )
    shown = up("ci", "check", "--head", "change", code=ExitCode.INVALID).stdout

    assert "backend.json" in shown


@pytest.mark.parametrize(
    "name",
    [
        'quo"te',
        "new\nline",
        "$(touch owned)",
        "`touch owned`",
        "a|b",
        "[x](http://evil)",
        "<!-- helium:plan -->",
        "ÿ",
        "@all",
    ],
)
def test_a_strange_file_name_is_text(up: CommandLineFleet, name: str) -> None:
    """It is an error with its place, one annotation, and no markup in the comment."""
    branch(up, {f"workspaces/{name}.yaml": SPEC.format(SOON)})
    beside = up("ci", "check", "--head", "change", "--format", "github", code=ExitCode.INVALID).stdout
    comment = up("ci", "plan", "--head", "change").stdout

    assert all(line.startswith("::error file=") for line in beside.splitlines()[:-1])
    assert not (up.folder / "owned").exists()
    assert "](http:evil)" not in comment.replace("\\]", "")
    assert "<!--" not in comment
    assert "@all" not in comment


def test_what_people_write_into_a_spec_is_text(up: CommandLineFleet) -> None:
    """A description with markup, and a refusal that repeats it, stay what they are."""
    evil = "expiry: '](http://evil) <img src=x> @all'\nowner: ada@example.com\n"
    branch(up, {"workspaces/new.yaml": evil, "workspaces/other.yaml": f"{SPEC.format(SOON)}'<b>': 1\n"})
    comment = up("ci", "plan", "--head", "change").stdout

    assert "<img" not in comment
    assert "<b>" not in comment
    assert "@all" not in comment


def test_two_branches_for_one_name(up: CommandLineFleet) -> None:
    """The first one is merged; the second conflicts, or has a second file for the name."""
    branch(up, {"workspaces/new.yaml": SPEC.format(SOON)})
    up.git("checkout", "--quiet", "-b", "second", "main")
    up.land("workspaces/team/new.yaml", SPEC.format("2026-12-30"))
    up.git("checkout", "--quiet", "main")
    up("ci", "check", "--head", "change")
    up("ci", "check", "--head", "second")
    up.git("merge", "--quiet", "--no-ff", "--message", "Merge", "change")
    shown = up("ci", "check", "--head", "second", code=ExitCode.INVALID).stdout

    assert "the name new is also claimed by workspaces/new.yaml" in shown


def test_a_rewritten_main_is_no_branch_s_fault(up: CommandLineFleet) -> None:
    """Whoever force-pushed main has to settle that; a pull request on it is judged for what it does."""
    up.git("commit", "--quiet", "--amend", "--message", "Rewritten")
    branch(up, {"workspaces/new.yaml": SPEC.format(SOON)})

    assert "no errors" in up("ci", "check", "--head", "change").stdout
    assert "| held | new |" in up("ci", "plan", "--head", "change").stdout


def test_a_branch_of_thousands_of_files_is_told_in_seconds(up: CommandLineFleet) -> None:
    """Nothing of it is read: the count is enough."""
    up.git("checkout", "--quiet", "-b", "change")
    for number in range(5000):
        (up.folder / "workspaces" / f"n{number}.yaml").write_text(SPEC.format(SOON))
    up.git("add", "--all")
    up.git("commit", "--quiet", "--message", "Many")
    up.git("checkout", "--quiet", "main")

    assert "5000 files" in up("ci", "plan", "--head", "change", code=ExitCode.SOURCE).stderr


def test_one_huge_file_is_not_planned(up: CommandLineFleet) -> None:
    """Whatever it is: a spec has at most 64 KiB."""
    branch(up, {"workspaces/new.yaml": "x" * (6 * 1024 * 1024)})

    assert "6.0 MiB" in up("ci", "plan", "--head", "change", code=ExitCode.SOURCE).stderr


def test_links_and_submodules_are_errors_of_their_own(up: CommandLineFleet) -> None:
    """A spec that is a link to a secret of the machine is never followed."""
    up.git("checkout", "--quiet", "-b", "change")
    (up.folder / "workspaces/link.yaml").symlink_to("/etc/passwd")
    up.git("update-index", "--add", "--cacheinfo", f"160000,{'a' * 40},workspaces/module.yaml")
    up.git("add", "workspaces/link.yaml")
    up.git("commit", "--quiet", "--message", "Links")
    up.git("checkout", "--quiet", "main")
    shown = up("ci", "check", "--head", "change", code=ExitCode.INVALID).stdout

    assert "root:" not in shown
    assert "workspaces/link.yaml:" in shown
    assert "workspaces/module.yaml:" in shown
