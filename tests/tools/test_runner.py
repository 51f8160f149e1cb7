"""`python3 -m tools runner`: what the composite action calls on a CI job's machine."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.tools.programs import environ, says
from tools import runner
from tools.make import ROOT
from tools.progress import SetupError

ASKPASS = ROOT / ".github/actions/helium/askpass"


def machine(tmp_path: Path, **more: str) -> dict[str, str]:
    """The environment of a job: two files that the runner reads between steps."""
    files = {name: str(tmp_path / name) for name in ("GITHUB_PATH", "GITHUB_ENV")}
    return {**environ(tmp_path), **files, **more}


def test_the_clone_s_own_helium_is_on_the_path(tmp_path: Path) -> None:
    """The steps that follow find the `helium` of the very tree that the action lies in."""
    code = runner.ready(ROOT, (), environ=machine(tmp_path))

    assert (0, f"{ROOT / '.venv/bin'}\n") == (code, (tmp_path / "GITHUB_PATH").read_text())
    assert f"GIT_ASKPASS={ASKPASS}\n" == (tmp_path / "GITHUB_ENV").read_text()


def test_a_machine_of_one_s_own_says_where_its_helium_is(tmp_path: Path) -> None:
    """HELIUM_BIN is taken as it is, and nothing is installed."""
    program = says(tmp_path / "own", "helium", "helium")

    runner.ready(tmp_path / "no-clone-here", (), environ=machine(tmp_path, HELIUM_BIN=str(program.parent)))

    assert f"{program.parent}\n" == (tmp_path / "GITHUB_PATH").read_text()


def test_a_folder_without_helium_is_refused(tmp_path: Path) -> None:
    """A HELIUM_BIN that holds no helium is a sentence, and the job's path stays as it was."""
    with pytest.raises(SetupError, match=r"which has no helium\. Correct or unset it"):
        runner.ready(ROOT, (), environ=machine(tmp_path, HELIUM_BIN=str(tmp_path)))

    assert not (tmp_path / "GITHUB_PATH").exists()


def test_a_person_s_machine_is_sent_to_make_setup(tmp_path: Path) -> None:
    """Where no runner runs there is nothing to tell, and the sentence says what to call instead."""
    with pytest.raises(SetupError, match=r"GITHUB_PATH is not set.*make setup"):
        runner.ready(ROOT, (), environ=environ(tmp_path))


@pytest.mark.parametrize(
    ("question", "answer"),
    [("Username for 'https://example.com': ", "x-access-token"), ("Password for 'https://example.com': ", "s3cret")],
)
def test_git_gets_the_step_s_token(question: str, answer: str) -> None:
    """Git's two questions are answered from the environment of the step that pushes."""
    said = subprocess.run(
        [ASKPASS, question], env={"GITHUB_TOKEN": "s3cret"}, capture_output=True, text=True, check=True
    )

    assert f"{answer}\n" == said.stdout
