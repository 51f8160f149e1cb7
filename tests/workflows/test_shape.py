"""What every workflow keeps to, read from the files themselves."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import click
import pytest

from helium.cli.fleet_files import PIN
from helium.cli.operate import form as form_command
from helium.core.issue_form import EXPIRY, QUESTIONS
from helium.core.order import OrderKind
from tests.workflows.parts import (
    ACTION,
    GITEA,
    OPERATORS,
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
from tools.runner import JOBS

each = pytest.mark.parametrize("path", WORKFLOWS, ids=shown)
each_with_steps = pytest.mark.parametrize("path", [*WORKFLOWS, ACTION], ids=shown)

PASS = {"contents": "write", "pull-requests": "write", "statuses": "write"}
RIGHTS = {
    ("check.yml", "lint"): {"contents": "read"},
    ("check.yml", "test"): {"contents": "read"},
    ("check.yml", "slow"): {"contents": "read"},
    ("check.yml", "site"): {"contents": "read"},
    ("check.yml", "specs"): {"contents": "read"},
    # Beside it nothing of a pull request may run.
    ("plan.yml", "plan"): {"contents": "read", "pull-requests": "write"},
    # It calls the two jobs below, and must grant what either has.
    # What an issue says is data to it.
    ("request.yml", "request"): {"contents": "write", "issues": "write", "pull-requests": "write"},
    ("expire.yml", "reconcile"): {**PASS, "id-token": "write"},
    ("operate.yml", "order"): {"contents": "write"},
    ("operate.yml", "reconcile"): {**PASS, "id-token": "write"},
    ("operate.yml", "outcome"): {"contents": "read"},
    ("advance.yml", "advance"): {"contents": "write", "issues": "write", "pull-requests": "write"},
    ("reconcile.yml", "reconcile"): PASS,
    ("reconcile.yml", "google"): {**PASS, "id-token": "write"},
    ("operators' advance.yml", "advance"): {"contents": "read"},  # the same as of reconcile.yml
    ("operators' operate.yml", "order"): {"contents": "read"},
    ("operators' reconcile.yml", "reconcile"): {"contents": "read"},  # of that repository; a secret opens the fleet
    # The build runs strangers' code, so it may write nothing.
    ("release.yml", "build"): {"contents": "read"},
    ("release.yml", "image"): {"contents": "read", "packages": "write", "id-token": "write", "attestations": "write"},
    ("release.yml", "publish"): {"contents": "write", "id-token": "write", "attestations": "write"},
    ("release.yml", "site"): {"contents": "read"},
    ("release.yml", "pages"): {"pages": "write", "id-token": "write"},
}


def named(path: Path) -> str:
    """A workflow by its file, which is another one in the operators' repository."""
    return f"operators' {path.name}" if path.parent == OPERATORS else path.name


@each
def test_a_workflow_has_no_rights_but_those_of_its_jobs(path: Path) -> None:
    """Nothing is granted at the top, and each job has exactly the rights that are written down here."""
    rights = {(named(path), name): job["permissions"] for name, job in jobs(path)}

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
    pinned = set(
        re.findall(
            r"uses: ((?:actions|google-github-actions)/\S+@[0-9a-f]{40}) # v\d+\.\d+\.\d+$",
            path.read_text(),
            re.MULTILINE,
        )
    )

    assert foreign - pinned <= {filled(PIN)}
    assert re.fullmatch(r"\S+@[0-9a-f]{40}", filled(PIN))


@each
def test_what_others_may_start_has_no_secret_and_no_environment(path: Path) -> None:
    """A job that a pull request, a comment or an issue starts, from wherever, holds nothing that is worth taking.

    On `pull_request_target` it runs main's workflow with main's rights, so it checks out nothing but main, and its
    token is the job's own.
    """
    if not {"pull_request", "pull_request_target", "issue_comment", "issues", "merge_group"} & {*read(path)["on"]}:
        return
    for name, job in jobs(path):
        text = json.dumps(job)
        assert "uses" not in job, f"{name} calls a workflow, whose jobs this test would not see"
        assert "environment" not in job, name
        assert "id-token" not in job["permissions"], name
        assert [] == re.findall(r"secrets\b", text), name
        if "pull_request_target" in read(path)["on"]:
            (checkout,) = (step for step in job["steps"] if step.get("uses", "").startswith("actions/checkout@"))
            assert not {"ref", "repository"} & checkout["with"].keys(), name


@each
def test_secrets_are_in_the_environment_that_deploys_from_main(path: Path) -> None:
    """A job that names a secret, or may sign in to a cloud, is in `fleet`; it says for what it needs the machine."""
    if path.name == "release.yml":
        return
    if path.parent == OPERATORS:
        # This host knows no environments: the repository is the wall, and nobody else starts anything in it.
        assert {"schedule", "workflow_dispatch"} >= read(path)["on"].keys()
        return
    for _, job in jobs(path):
        if "steps" in job and ("secrets." in json.dumps(job) or "id-token" in job["permissions"]):
            assert "fleet" == job["environment"]
            assert job["if"].startswith("vars.HELIUM_RUNNER != ''")


@each
def test_one_trigger_is_an_exception_for_the_audit(path: Path) -> None:
    """`pull_request_target`, because a fork's own token may not comment; `workflow_run`, of which nothing is read.

    And the call of this repository's workflow.
    """
    excepted = {"plan.yml": "pull_request_target:", "advance.yml": "workflow_run:"}
    silenced = re.findall(r"(\S+):? .*# zizmor: ignore\[([\w,-]+)\]", path.read_text())

    assert (
        {(excepted[path.name], "dangerous-triggers")} == {*silenced}
        if path.name in excepted and path.parent != OPERATORS
        else ({rule for _, rule in silenced} <= {"secrets-inherit,self-repository"})
    )


@pytest.mark.parametrize("folder", [OWN, TEMPLATES], ids=shown)
def test_the_two_ways_to_apply_differ_in_the_login_alone(folder: Path) -> None:
    """The sandbox starts the one, a fleet on Google Cloud the other, and never both."""
    plain, google = (dict(jobs(folder / "reconcile.yml"))[name] for name in ("reconcile", "google"))
    (login,) = [step for step in google["steps"] if step.get("uses", "").startswith("google-github-actions/auth@")]

    assert plain["steps"] == [step for step in google["steps"] if step != login]
    assert plain["if"].replace("== ''", "!= ''") == google["if"]


@pytest.mark.parametrize("folder", [OWN, TEMPLATES, OPERATORS], ids=shown)
def test_the_form_of_orders_has_every_kind(folder: Path) -> None:
    """Each override and each command of a night can be chosen, and each field of the form reaches its variable."""
    inputs = read(folder / "operate.yml")["on"]["workflow_dispatch"]["inputs"]
    (form,) = (step for step in steps(folder / "operate.yml") if step.get("run", "").endswith("operate form"))
    given = {value for name, value in form["env"].items() if name.startswith("HELIUM_ORDER")}

    assert [kind.value for kind in OrderKind] == inputs["order"]["options"]
    assert {f"${{{{ inputs.{name} }}}}" for name in inputs} == given
    assert form["env"].keys() - {"GITHUB_TOKEN"} == {
        option.envvar for option in form_command.params if isinstance(option, click.Option) and option.envvar
    }


def test_a_job_that_an_issue_starts_says_nothing_of_it() -> None:
    """It runs one command, which reads the host's event; it is not started by other issues, and runs once for each."""
    job = dict(jobs(OWN / "request.yml"))["request"]
    asked = next(label for label, field in QUESTIONS.items() if field == EXPIRY)

    assert {"issues": {"types": ["opened"]}} == read(OWN / "request.yml")["on"]
    assert ["helium ci request"] == [step["run"] for step in job["steps"] if "run" in step]
    assert f"contains(github.event.issue.body, '### {asked}')" == job["if"]
    assert "github.event" not in json.dumps(job["steps"])


@pytest.mark.parametrize("folder", [OWN, TEMPLATES], ids=shown)
def test_what_a_run_starts_reads_nothing_of_that_run(folder: Path) -> None:
    """`workflow_run` also follows a stranger's pull request: no step has a word of it, or fetches what it left."""
    text = (folder / "advance.yml").read_text()

    assert {"schedule", "workflow_run", "workflow_dispatch"} == read(folder / "advance.yml")["on"].keys()
    assert [] == re.findall(r"github\.event|download-artifact|cache@", text)
    (checkout,) = (
        step for step in steps(folder / "advance.yml") if step.get("uses", "").startswith("actions/checkout@")
    )
    assert not {"ref", "repository"} & checkout["with"].keys()


def test_orders_wait_for_no_pass() -> None:
    """They have a group of their own, and are never cancelled."""
    job = dict(jobs(OWN / "operate.yml"))["order"]

    assert {"group": "helium-operate", "cancel-in-progress": "false"} == job["concurrency"]
    assert "environment" not in job


@each_with_steps
def test_each_job_says_what_it_is_for(path: Path) -> None:
    """The action installs that and no more. What a pull request can start never gets what a pass has."""
    kinds = [
        step["with"]["for"] for step in steps(path) if step.get("uses", "").split("@")[0].endswith("actions/helium")
    ]

    assert {*kinds} <= JOBS.keys()
    assert "pass" not in kinds or path.name == "reconcile.yml"


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
    """The jobs that apply have a literal group, so it is one for the fleet, and are never cancelled."""
    groups = [job["concurrency"] for _, job in jobs(folder / "reconcile.yml")]

    assert [{"group": "helium-reconcile", "cancel-in-progress": "false"}] * 2 == groups
    assert {"push", "workflow_dispatch", "workflow_call"} == set(read(folder / "reconcile.yml")["on"])


@pytest.mark.parametrize("name", ["plan.yml", "reconcile.yml", "expire.yml", "operate.yml", "request.yml"])
def test_a_fleet_runs_what_this_repository_runs(name: str) -> None:
    """A fleet's workflow is the one here, but that it takes the action from Helium's repository."""
    own = (OWN / name).read_text()
    template = (TEMPLATES / name).read_text()

    assert own == template.replace(PIN, "./.github/actions/helium")


@pytest.mark.parametrize("name", ["check.yml", "plan.yml", "request.yml"])
def test_a_fleet_at_gitea_runs_what_one_at_github_runs(name: str) -> None:
    """But for the queue of merges, which Gitea has not, and its caches, which every branch can write."""
    at_gitea = (GITEA / name).read_text()
    uncached = re.sub(r'\n +cache: "" #.*', "", at_gitea)

    assert (TEMPLATES / name).read_text().replace("  merge_group:\n", "") == uncached
    assert at_gitea != uncached


def test_the_operators_of_a_fleet_at_gitea_run_the_same_commands() -> None:
    """On a clone of the fleet; no cache is restored, since every branch of the host's could have written it."""
    here = [step["run"] for step in dict(jobs(TEMPLATES / "reconcile.yml"))["reconcile"]["steps"] if "run" in step]
    action, clone, *there = dict(jobs(OPERATORS / "reconcile.yml"))["reconcile"]["steps"]

    assert here == [step["run"].replace("helium -C fleet ", "helium ") for step in there]
    assert {"for": "pass", "cache": ""} == action["with"]
    assert 'git clone --quiet "$FLEET" fleet' == clone["run"]


@pytest.mark.parametrize("folder", [TEMPLATES, GITEA, OPERATORS], ids=shown)
def test_a_fleet_s_workflows_pass_the_audit(tmp_path: Path, folder: Path) -> None:
    """Filled in, a fleet's workflows give zizmor nothing to say."""
    said = audited(fleet(tmp_path, folder))

    assert (0, []) == (said.returncode, re.findall(r"^\w+\[[\w-]+\].*", said.stdout, re.MULTILINE))


def fleet(tmp_path: Path, templates: Path) -> Path:
    """The templates, filled in, where a fleet has them."""
    folder = tmp_path / ".github/workflows"
    folder.mkdir(parents=True)
    for template in templates.glob("*.yml"):
        (folder / template.name).write_text(filled(template.read_text()))
    return folder
