from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from helium.cli import cli
from helium.errors import ExitCode
from tests.cli.conftest import CommandLineFleet

COMMIT = "0123456789abcdef0123456789abcdef01234567"


def init(fleet: CommandLineFleet, *args: str, code: int = 0) -> str:
    """What `helium init` says."""
    result = CliRunner(env=dict(fleet.env)).invoke(cli, ["init", *args])
    assert code == result.exit_code, result.output
    return result.output


def test_a_new_fleet_is_whole_and_valid(fleet: CommandLineFleet) -> None:
    """All files of a fleet are there and committed, nothing is left over, and it validates."""
    files = {path for path in fleet.git("ls-files").splitlines() if not path.startswith("charts/")}

    assert {
        ".github/CODEOWNERS",
        ".github/pull_request_template.md",
        ".gitignore",
        "README.md",
        "helium.yaml",
        "schema/fleet.schema.json",
        "schema/workspace.schema.json",
        "workspaces/.gitkeep",
    } == files
    assert "" == fleet.git("status", "--porcelain")
    assert "fleet: acme " in (fleet.folder / "helium.yaml").read_text()
    assert {"jupyterhub", "pachyderm", "pachyderm-2.2.0-rc.1"} == {
        path.name for path in (fleet.folder / "charts").iterdir()
    }
    fleet("validate")
    fleet("doctor")


def test_a_fleet_is_never_made_over_another(fleet: CommandLineFleet, tmp_path: Path) -> None:
    """A folder that is a fleet, or holds a file of the same name, is refused and left as it was."""
    assert "is a fleet already" in init(fleet, str(fleet.folder), code=ExitCode.USAGE)
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "charts/pachyderm").mkdir(parents=True)
    (tmp_path / "other" / "charts/pachyderm/Chart.yaml").write_text("mine")
    assert "Chart.yaml exists, and is not overwritten" in init(fleet, str(tmp_path / "other"), code=ExitCode.USAGE)
    assert ["charts"] == [path.name for path in (tmp_path / "other").iterdir()]


@pytest.mark.parametrize("name", ["goog-team", "my-google"])
def test_no_fleet_begins_with_a_name_that_google_refuses(fleet: CommandLineFleet, tmp_path: Path, name: str) -> None:
    """By --name, and by the folder's own name; nothing is written."""
    for args in ((str(tmp_path / "new"), "--name", name), (str(tmp_path / name),)):
        assert "Google refuses" in init(fleet, *args, code=ExitCode.USAGE)
        assert not Path(args[0]).exists()


def test_in_a_repository_the_commit_is_left_to_its_person(fleet: CommandLineFleet, tmp_path: Path) -> None:
    """Where there is a repository, files are written, and who works there commits them."""
    folder = tmp_path / "there"
    subprocess.run(["git", "init", "--quiet", str(folder)], check=True)

    assert "commit its files" in init(fleet, str(folder))
    assert "?? helium.yaml" in CommandLineFleet(folder, fleet.env).git("status", "--porcelain")


@pytest.mark.parametrize(
    ("folder", "expected"), [("Acme Workspaces", "acme-workspaces"), ("2026_fleet", "fleet"), ("___", "fleet")]
)
def test_a_fleet_is_called_after_its_folder(
    fleet: CommandLineFleet, tmp_path: Path, folder: str, expected: str
) -> None:
    """The folder's name, as a fleet may be called."""
    init(fleet, str(tmp_path / folder))

    assert f"fleet: {expected} " in (tmp_path / folder / "helium.yaml").read_text()


def test_a_name_can_be_given(fleet: CommandLineFleet, tmp_path: Path) -> None:
    """`--name` wins; one that cannot be is refused before anything is written."""
    init(fleet, str(tmp_path / "a"), "--name", "beta")
    init(fleet, str(tmp_path / "b"), "--name", "Beta!", code=ExitCode.USAGE)

    assert "fleet: beta " in (tmp_path / "a" / "helium.yaml").read_text()
    assert not (tmp_path / "b").exists()


def test_workflows_run_the_helium_that_is_pinned(fleet: CommandLineFleet, tmp_path: Path) -> None:
    """`--pin` names a repository and a full commit; anything that can be moved is refused."""
    init(fleet, str(tmp_path / "a"), "--pin", f"acme/helium@{COMMIT}")
    init(fleet, str(tmp_path / "b"), "--pin", "acme/helium@main", code=ExitCode.USAGE)
    text = (tmp_path / "a" / ".github" / "workflows" / "reconcile.yml").read_text()

    assert f"uses: acme/helium/.github/actions/helium@{COMMIT}" in text
    assert f"acme/helium@{COMMIT}" in (tmp_path / "a" / "README.md").read_text()


def test_nobody_commits_nothing(fleet: CommandLineFleet, tmp_path: Path) -> None:
    """Without an identity in git's settings nothing is written, and the sentence says how to give one."""
    result = CliRunner(env={**fleet.env, "GIT_CONFIG_GLOBAL": "/dev/null"}).invoke(cli, ["init", str(tmp_path / "a")])

    assert ExitCode.USAGE == result.exit_code
    assert "git config --global user.email" in result.stderr
    assert not (tmp_path / "a" / "helium.yaml").exists()
