"""`python3 -m tools runner`: what the composite action calls on a CI job's machine."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest

from tests.tools.programs import environ, says
from tools import runner
from tools.make import ROOT
from tools.progress import SetupError
from tools.table import PULUMI

ASKPASS = ROOT / ".github/actions/helium/askpass"


LOCKED = "one==1.0 \\\n    --hash=sha256:{digest}\n    # via own\n"
PROJECT = """[project]
name = "own-one"
version = "1.2.3"
dependencies = ["one"]
optional-dependencies = {engine = [], buckets = [], notify = []}
"""


def machine(tmp_path: Path, **more: str) -> dict[str, str]:
    """The environment of a job: the files that the runner reads between steps, and folders of its own."""
    files = {name: str(tmp_path / name) for name in ("GITHUB_PATH", "GITHUB_ENV", "GITHUB_OUTPUT")}
    (tmp_path / "temp").mkdir(exist_ok=True)
    return {**environ(tmp_path), **files, "RUNNER_TEMP": str(tmp_path / "temp"), **more}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A Helium that needs one package, whose wheel was kept for each job; it says from where that is imported."""
    root = tmp_path / "tree"
    (root / "helium/cli").mkdir(parents=True)
    (root / "helium/__init__.py").touch()
    main = "import one\nfrom importlib.metadata import version\ndef main(): print(one.__file__, version('own-one'))\n"
    (root / "helium/cli/__init__.py").write_text(main)
    (root / "pyproject.toml").write_text(PROJECT)
    kept = tmp_path / "wheel/one-1.0-py3-none-any.whl"
    kept.parent.mkdir()
    with zipfile.ZipFile(kept, "w") as archive:
        archive.writestr("one.py", "")
    (root / "requirements.lock").write_text(LOCKED.format(digest=hashlib.sha256(kept.read_bytes()).hexdigest()))
    for job in runner.JOBS:
        shutil.copytree(kept.parent, runner.kept(root, job, environ=machine(tmp_path)), dirs_exist_ok=True)
    return root


def test_the_tree_s_own_helium_is_on_the_path(tree: Path, tmp_path: Path) -> None:
    """The steps that follow find the `helium` of the very tree that the action lies in, and no other program."""
    code = runner.ready(tree, "check", environ=machine(tmp_path))

    folder = Path((tmp_path / "GITHUB_PATH").read_text().strip())
    said = subprocess.run(["helium"], env={"PATH": str(folder)}, capture_output=True, text=True, check=True)
    assert (0, ["helium"]) == (code, [path.name for path in folder.iterdir()])
    assert [str(folder.parent), "1.2.3"] == [said.stdout.split()[0][: len(str(folder.parent))], said.stdout.split()[1]]
    assert f"GIT_ASKPASS={tree / '.github/actions/helium/askpass'}\n" == (tmp_path / "GITHUB_ENV").read_text()


def test_two_jobs_share_no_folder(tree: Path, tmp_path: Path) -> None:
    """What one job left on a machine of one's own, the next one does not run."""
    for _ in range(2):
        runner.ready(tree, "plan", environ=machine(tmp_path))

    assert 2 == len(set((tmp_path / "GITHUB_PATH").read_text().split()))


@pytest.mark.parametrize(("gitea", "own"), [("true", False), ("true", True), ("", False)])
def test_gitea_s_runner_finds_no_link(tree: Path, tmp_path: Path, gitea: str, own: bool) -> None:
    """It copies the action's tree twice, and fails at a link that is there. Elsewhere, and in a checkout, all stays."""
    (tree / "tests").mkdir()
    link = tree / "tests/link"
    link.symlink_to("../helium")
    workspace = tree.parent if own else tmp_path / "temp"

    runner.ready(tree, "check", environ=machine(tmp_path, GITEA_ACTIONS=gitea, GITHUB_WORKSPACE=str(workspace)))

    assert (not gitea or own) == link.is_symlink()
    assert (tree / "helium").is_dir()


def test_a_pass_gets_pulumi(tree: Path, tmp_path: Path) -> None:
    """And no other job does."""
    tool = says(tmp_path / "tools", "pulumi", "v3.258.0")
    env = machine(tmp_path, PATH=f"{tool.parent}:{os.defpath}")

    assert 0 == runner.ready(tree, "pass", environ=env)


def test_the_cache_is_named_by_what_lies_in_it(tree: Path, tmp_path: Path) -> None:
    """Every light job has the same wheels, under the digest of the lock; a pass keeps Pulumi by its version too."""
    told = {}
    for job in runner.JOBS:
        (tmp_path / "GITHUB_OUTPUT").unlink(missing_ok=True)
        runner.keys(tree, job, environ=machine(tmp_path))
        told[job] = (tmp_path / "GITHUB_OUTPUT").read_text()

    kept = runner.kept(tree, "check", environ=machine(tmp_path))
    assert f"packages={kept}\npackages-key=helium-{kept.name}\n" == told["check"]
    assert {told["check"]} == {told[job] for job in told if job != "pass"}
    assert re.search(r"^tools-key=helium-pulumi-3\.\d+\.\d+-\S+-[0-9a-f]{16}$", told["pass"], re.MULTILINE)
    assert f"/pulumi-{PULUMI.version}\n" in told["pass"]

    (tree / "requirements.lock").write_text((tree / "requirements.lock").read_text().replace("1.0", "1.1"))
    assert kept != runner.kept(tree, "check", environ=machine(tmp_path))


def test_a_machine_of_one_s_own_says_where_its_helium_is(tmp_path: Path) -> None:
    """HELIUM_BIN is taken as it is: nothing is installed, and nothing is kept."""
    program = says(tmp_path / "own", "helium", "helium")
    env = machine(tmp_path, HELIUM_BIN=str(program.parent))

    runner.keys(tmp_path / "no-clone-here", "pass", environ=env)
    runner.ready(tmp_path / "no-clone-here", "pass", environ=env)

    assert f"{program.parent}\n" == (tmp_path / "GITHUB_PATH").read_text()
    assert not (tmp_path / "GITHUB_OUTPUT").exists()


def test_a_folder_without_helium_is_refused(tmp_path: Path) -> None:
    """A HELIUM_BIN that holds no helium is a sentence, and the job's path stays as it was."""
    with pytest.raises(SetupError, match=r"which has no helium\. Correct or unset it"):
        runner.ready(ROOT, "check", environ=machine(tmp_path, HELIUM_BIN=str(tmp_path)))

    assert not (tmp_path / "GITHUB_PATH").exists()


def test_a_person_s_machine_is_sent_to_make_setup(tmp_path: Path) -> None:
    """Where no runner runs there is nothing to tell, and the sentence says what to call instead."""
    with pytest.raises(SetupError, match=r"GITHUB_PATH is not set.*make setup"):
        runner.ready(ROOT, "check", environ=environ(tmp_path))


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


def test_a_protected_main_takes_the_token_of_heliums_account() -> None:
    """The host lets the job's own token past no rule; where both are set, git pushes with the other one."""
    both = {"GITHUB_TOKEN": "s3cret", "HELIUM_GIT_TOKEN": "0wn"}
    said = subprocess.run([ASKPASS, "Password for 'https://x': "], env=both, capture_output=True, text=True, check=True)

    assert "0wn\n" == said.stdout
