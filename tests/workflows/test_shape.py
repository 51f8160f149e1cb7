"""What every workflow keeps to, read from the files themselves."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from helium.cli.init import PIN
from tests.workflows.parts import (
    ACTION,
    OWN,
    ROOT,
    TEMPLATES,
    WORKFLOWS,
    audited,
    filled,
    jobs,
    read,
    shown,
    steps,
    used,
)

each = pytest.mark.parametrize("path", WORKFLOWS, ids=shown)
each_with_steps = pytest.mark.parametrize("path", [*WORKFLOWS, ACTION], ids=shown)

RIGHTS = {
    ("check.yml", "lint"): {"contents": "read"},
    ("check.yml", "test"): {"contents": "read"},
    ("check.yml", "slow"): {"contents": "read"},
    ("check.yml", "specs"): {"contents": "read"},
    ("expire.yml", "expire"): {"contents": "write"},
    ("expire.yml", "reconcile"): {"contents": "write"},
    ("reconcile.yml", "reconcile"): {"contents": "write"},
    # The build runs strangers' code, so it may write nothing.
    ("release.yml", "build"): {"contents": "read"},
    ("release.yml", "image"): {"contents": "read", "packages": "write", "id-token": "write", "attestations": "write"},
    ("release.yml", "publish"): {"contents": "write", "id-token": "write", "attestations": "write"},
}


@each
def test_a_workflow_has_no_rights_but_those_of_its_jobs(path: Path) -> None:
    """Nothing is granted at the top, and each job has exactly the rights that are written down here."""
    rights = {(path.name, name): job["permissions"] for name, job in jobs(path)}

    assert {} == read(path)["permissions"]
    assert {job: RIGHTS[job] for job in rights} == rights


@each
def test_a_job_has_a_time_limit(path: Path) -> None:
    """A job that runs has a limit in minutes; one that calls a workflow has those of its jobs."""
    unlimited = [name for name, job in jobs(path) if "uses" not in job and not int(job.get("timeout-minutes", 0))]

    assert [] == unlimited


@each_with_steps
def test_actions_of_others_are_pinned(path: Path) -> None:
    """What comes from another repository is named by a full commit, GitHub's own actions with their version too."""
    foreign = {filled(name) for name in used(path) if not name.startswith("./")}
    pinned = set(re.findall(r"uses: (actions/\S+@[0-9a-f]{40}) # v\d+\.\d+\.\d+$", path.read_text(), re.MULTILINE))

    assert foreign - pinned <= {filled(PIN)}
    assert re.fullmatch(r"\S+@[0-9a-f]{40}", filled(PIN))


@each_with_steps
def test_no_foreign_text_is_in_a_shell_line(path: Path) -> None:
    """A shell line is constant, short, and no other language: what varies comes through the environment."""
    lines = [step["run"] for step in steps(path) if "run" in step]
    shells = {step.get("shell", "bash") for step in steps(path)}

    assert [] == [line for line in lines if "${{" in line or len(line.strip().splitlines()) > 3]
    assert {"bash"} >= shells


def test_tests_run_on_each_python_that_the_project_names() -> None:
    """The matrix is the list of classifiers, which begins with the oldest Python that can install Helium."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    named = [words.rpartition(" ")[2] for words in project["classifiers"] if ":: Python ::" in words]

    assert f">={named[0]}" == project["requires-python"]
    assert named == dict(jobs(OWN / "check.yml"))["test"]["strategy"]["matrix"]["python"]


@pytest.mark.parametrize("folder", [OWN, TEMPLATES], ids=shown)
def test_one_pass_at_a_time_and_never_cut_short(folder: Path) -> None:
    """The job that applies has a literal group, so it is one for the fleet, and is never cancelled."""
    job = dict(jobs(folder / "reconcile.yml"))["reconcile"]

    assert {"group": "helium-reconcile", "cancel-in-progress": "false"} == job["concurrency"]
    assert {"push", "workflow_dispatch", "workflow_call"} == set(read(folder / "reconcile.yml")["on"])


@pytest.mark.parametrize("name", ["reconcile.yml", "expire.yml"])
def test_a_fleet_runs_what_this_repository_runs(name: str) -> None:
    """A fleet's workflow is the one here, but that it takes the action from Helium's repository."""
    own = (OWN / name).read_text()
    template = (TEMPLATES / name).read_text()

    assert own == template.replace(PIN, "./.github/actions/helium")


def test_a_fleet_s_workflows_pass_the_audit(tmp_path: Path) -> None:
    """Filled in, a fleet's workflows give zizmor nothing to say."""
    said = audited(fleet(tmp_path))

    assert (0, []) == (said.returncode, re.findall(r"^\w+\[[\w-]+\].*", said.stdout, re.MULTILINE))


def fleet(tmp_path: Path) -> Path:
    """The templates, filled in, where a fleet has them."""
    folder = tmp_path / ".github/workflows"
    folder.mkdir(parents=True)
    for template in TEMPLATES.glob("*.yml"):
        (folder / template.name).write_text(filled(template.read_text()))
    return folder
